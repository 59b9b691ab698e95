"""The screens of an arrival from the ENT, each of their states read by axe: on a desk, on a phone, in the evening."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from preau.accounts.models import Account
from preau.attachments.actions import attach
from preau.attachments.models import Conflict, ConflictKind, How
from preau.scenarios.coverage import FEW
from tests.attachments.ent import (
    MIMOSAS,
    PASSWORD,
    TILLEULS,
    brings,
    card_of,
    clicks_the_tile,
    known_by,
    with_account,
)
from tests.journeys.conftest import Person
from tests.page import PageClient
from tests.world import PASSWORD as STAFF_PASSWORD
from tests.world import World, enrol

UAIS = (TILLEULS,)


def arrives(person: Person, **what: Any) -> Person:
    """The tile of the ENT was clicked in this browser, and nobody has this identity yet."""
    cookies = {one["name"]: one["value"] for one in person.page.context.cookies()}
    page = PageClient()
    if settings.SESSION_COOKIE_NAME in cookies:
        page.cookies[settings.SESSION_COOKIE_NAME] = cookies[settings.SESSION_COOKIE_NAME]
    brings(page, uid=secrets.token_hex(32), **what)
    value = page.cookies[settings.SESSION_COOKIE_NAME].value
    person.page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": person.site}]
    )
    return person.opens("/arrivee/ent/")


def proves(person: Person, proof: str, button: str) -> Person:
    person.page.locator("input[name=proof]").fill(proof)
    return person.presses(button).everywhere()


def test_every_screen_of_an_arrival_can_be_read_by_everyone(
    someone: Callable[..., Person], world: World
) -> None:
    with_account(world.lea)
    new = arrives(someone(), uais=UAIS).sees_title("Bienvenue").everywhere()
    new.presses("Continuer").everywhere()
    arrives(new, uais=("0750001A",)).sees_title("pas encore ici").everywhere()
    arrives(new, uais=(TILLEULS, MIMOSAS)).reads(
        "Collège des Quatre-Tilleuls", "Lycée des Mimosas"
    ).everywhere()
    new.types("identifiant", card_of(world.zoe)).presses("Continuer").sees_title(
        "C’est bien toi"
    ).everywhere()
    arrives(new, uais=UAIS).types("identifiant", card_of(world.learners["noe"])).presses("Continuer")
    new.sees_title("Quelqu’un doit vérifier").everywhere()
    new.opens("/arrivee/ent/").sees_title("On repart de ton ENT").everywhere()

    arrives(new, uais=UAIS, names=("Zoé", "Martin-Leroy")).sees_title("C’est toi, Zoé").everywhere()
    proves(new, "1/1/2010", "Oui, c’est moi").reads("pas la date")
    nils = world.learners["nils"]
    attach(learner=nils, account=known_by(nils, "n", TILLEULS), how=How.SSO, by=None, at=timezone.now())
    arrives(new, uais=UAIS, names=("Nils", "Østergaard")).reads("Le code de ta carte").everywhere()
    proves(new, "ABCD-EFGH-JKMN", "Oui, c’est moi")

    lea = arrives(someone(), uais=UAIS, names=("Léa", "Martin")).sees_title("C’est toi, Léa").everywhere()
    proves(lea, "pas le bon", "Réunir").reads("Ce n’est pas ce mot de passe")
    proves(lea, PASSWORD, "Réunir").reads("Tu peux maintenant entrer par l’ENT")
    arrives(lea, uais=UAIS).sees_title("Réunir").everywhere()
    arrives(lea, uais=UAIS, names=("Nils", "Østergaard")).sees_title("Qui es-tu").everywhere()
    lea.presses("Je suis Nils").sees_title("C’est toi, Nils")


def test_every_state_of_the_ways_in_can_be_read_by_everyone(
    someone: Callable[..., Person], world: World
) -> None:
    account = with_account(world.lea)
    Account.objects.filter(pk=account.pk).update(email="lea@exemple.fr")
    lea = arrives(someone(), uais=UAIS, names=("Léa", "Martin"))
    proves(lea, PASSWORD, "Réunir").opens("/moi/facons/").reads("lea@exemple.fr").everywhere()
    lea.follows("Retirer Médiacentre").everywhere().presses("Retirer Médiacentre")
    lea.reads("ne t’ouvre plus rien", "ouvre ton ENT").everywhere()
    lea.follows("Retirer Mail").presses("Retirer Mail").reads("On ne retire jamais la dernière").everywhere()

    zoe = arrives(someone(), uais=UAIS, names=("Zoé", "Martin-Leroy"))
    proves(zoe, "5/11/2014", "Oui, c’est moi").opens("/moi/facons/").reads("Une seule").everywhere()
    zoe.follows("Un identifiant et un mot de passe").everywhere().types("mot de passe", "a").presses(
        "Ajouter"
    )
    zoe.everywhere().types("mot de passe", PASSWORD).presses("Ajouter").reads("note-le").everywhere()


def test_what_the_staff_read_of_arrivals_can_be_read_by_everyone(
    someone: Callable[..., Person], world: World
) -> None:
    at = timezone.now()
    here = with_account(world.lea)
    attach(learner=world.zoe, account=known_by(world.zoe, "a", MIMOSAS), how=How.IMPORT, by=None, at=at)
    brings(PageClient(), uais=UAIS, divisions=("6A",))
    clicks_the_tile(PageClient(), names=("Zoé", "Martin-Leroy")).submit("Oui", proof="5/11/2014")
    Conflict.objects.create(
        establishment=world.tilleuls,
        kind=ConflictKind.LEARNER_TAKEN,
        learner=world.lea,
        account=here,
        other_account=known_by(world.lea, "b", MIMOSAS),
        made_at=at - timedelta(minutes=1),
    )
    for number in range(FEW):
        enrol(world.tilleuls, "Ana", f"COSTA {number}", world.divisions["6C"])
    staff = someone().signs_in_as_staff("boeuf@tilleuls.example", STAFF_PASSWORD)
    staff.opens(f"/e/{TILLEULS}/mediacentre/").reads("Sans doute pas distribuée", "Message prêt à copier")
    staff.everywhere().opens(f"/e/{TILLEULS}/aides/").reads("Deux comptes pour un élève").everywhere()
    entries = f"/e/{TILLEULS}/eleves/{world.zoe.pk}/ent/"
    staff.opens(entries).reads("Remettre l’ancienne").everywhere()
    staff.presses("Remettre l’ancienne").reads("Annulé").everywhere()
    staff.presses("Ce n’est pas la sienne").reads("retirée par l’établissement").everywhere()
    staff.presses("Annuler").reads("Ce qui ouvre son compte")
