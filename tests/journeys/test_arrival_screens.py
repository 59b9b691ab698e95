"""The screens of an arrival from the ENT, in each of their states, read by axe, on a desk and on a phone."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from preau.attachments.actions import attach
from preau.attachments.models import Conflict, ConflictKind, How
from tests.attachments.ent import (
    MIMOSAS,
    PASSWORD,
    TILLEULS,
    brings,
    clicks_the_tile,
    known_by,
    with_account,
)
from tests.journeys.conftest import Person
from tests.page import PageClient
from tests.world import PASSWORD as STAFF_PASSWORD
from tests.world import build_world

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


@pytest.mark.parametrize("how", [{}, {"phone": True, "dark": True}], ids=["bureau", "téléphone le soir"])
def test_every_screen_of_an_arrival_can_be_read_by_everyone(
    someone: Callable[..., Person], how: dict
) -> None:
    world = build_world()
    with_account(world.lea)
    arrives(someone(**how), uais=UAIS).sees_title("Bienvenue").presses("Continuer")
    arrives(someone(**how), uais=("0750001A",)).sees_title("pas encore ici")
    arrives(someone(**how), uais=UAIS, names=("Zoé", "Martin-Leroy")).sees_title("C’est toi, Zoé")

    lea = arrives(someone(**how), uais=UAIS, names=("Léa", "Martin")).sees_title("C’est toi, Léa")
    lea.types("mot de passe", "pas le bon").presses("Réunir").reads("Ce n’est pas ce mot de passe")
    lea.types("mot de passe", PASSWORD).presses("Réunir").reads("Tu peux maintenant entrer par l’ENT")
    lea.opens("/moi/facons/").follows("Retirer Médiacentre").sees_title("Retirer Médiacentre")

    arrives(lea, uais=UAIS).sees_title("Réunir")
    arrives(lea, uais=UAIS, names=("Nils", "Østergaard")).sees_title("Qui es-tu").presses("Je suis Nils")
    lea.sees_title("C’est toi, Nils")


@pytest.mark.parametrize("how", [{}, {"phone": True, "dark": True}], ids=["bureau", "téléphone le soir"])
def test_what_the_staff_read_of_arrivals_can_be_read_by_everyone(
    someone: Callable[..., Person], how: dict
) -> None:
    world, at = build_world(), timezone.now()
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
        made_at=at,
    )
    staff = someone(**how).signs_in_as_staff("boeuf@tilleuls.example", STAFF_PASSWORD)
    staff.opens(f"/e/{TILLEULS}/mediacentre/").reads("Sans doute pas distribuée", "Message prêt à copier")
    staff.opens(f"/e/{TILLEULS}/aides/").reads("Deux comptes pour un élève")
    staff.opens(f"/e/{TILLEULS}/eleves/{world.zoe.pk}/ent/").presses("Remettre l’ancienne").reads("Annulé")
