"""Every page and action of a school, as `bench.national` does them: through the whole stack, undone afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from bench.national_steps import IMPORTING
from bench.pupils_tab import UAI
from preau.accounts.models import Account
from preau.attachments.codes import derive_code
from preau.attachments.models import Attachment
from preau.campaigns.models import Campaign
from preau.classroom.actions import open_session
from preau.establishments.models import Establishment, school_year_of
from preau.handouts.actions import new_token
from preau.handouts.errands import run_errand
from preau.rosterfiles.generate import generate_roster
from preau.rosters.actions import apply_import, read_import, start_import, undo_import
from preau.rosters.models import Division, Learner

Act = Callable[[], Any]
BASE = f"/e/{UAI}/"
PAGES = {
    "Élèves": "eleves/",
    "Élèves, dernière page": "eleves/?page=999",
    "Élèves, nom cherché": "eleves/?q=oeuvrard+tiana",
    "Élèves, identifiant cherché": "eleves/?q=lea.",
    "Élèves, mode Médiacentre": "eleves/?mode=mediacentre",
    "Élèves, mode Mail": "eleves/?mode=mail",
    "Élèves, mode aucun": "eleves/?mode=aucun",
    "Élèves, partis": "eleves/?statut=partis",
    "Élèves, qui agit : vous": "eleves/?qui=you",
    "Élèves, situation": "eleves/?situation=USERNAME_TO_MEDIACENTRE",
    "Numéros de toute la recherche": "eleves/numeros/",
    "Accueil rentrée": "",
    "Avancement": "avancement/",
    "La rentrée en un chiffre": "un-chiffre/",
    "Et si on changeait ?": "changer/?vers=USERNAME&qui=you",
    "Couverture du Médiacentre": "mediacentre/",
    "Doublons": "doublons/",
    "Demandes d’aide": "aides/",
    "Imports": "import/",
    "Cartes": "cartes/",
    "Campagnes": "campagnes/",
    "Séances": "seances/",
    "Équipe": "equipe/",
    "Journal": "journal/",
    "Parcours de l’établissement": "parcours/",
    "Questions de l’établissement": "questions/",
}
PHRASE = "quatre tilleuls et un banc"


def deeds() -> Iterator[tuple[str, Act]]:
    """What, and how: each can be done again and again, for nothing of it stays."""
    school = Establishment.objects.get(uai=UAI)
    staff = Account.objects.get(email="boeuf@tilleuls.example")
    desk = _signed_in(staff)
    for what, path in PAGES.items():
        yield what, partial(_get, desk, BASE + path)
    here = Attachment.objects.filter(establishment=school).order_by("pk")
    pupil = here.filter(account__username__isnull=False)[0]
    division = Division.objects.filter(establishment=school).order_by("pk")[1]
    campaign = Campaign.objects.get(establishment=school)
    lesson = open_session(division=division, minutes=120, by=staff, at=timezone.now())
    yield "Élèves, une classe", partial(_get, desk, f"{BASE}eleves/?classe={division.pk}")
    yield "Fiche d’un élève", partial(_get, desk, f"{BASE}eleves/{pupil.learner_id}/")
    yield "Une campagne", partial(_get, desk, f"{BASE}campagnes/{campaign.pk}/")
    yield "Campagne, relances", partial(_get, desk, f"{BASE}campagnes/{campaign.pk}/relances/")
    yield "Campagne, fichier CSV", partial(_get, desk, f"{BASE}campagnes/{campaign.pk}/eleves.csv")
    yield "Tableau de séance", partial(_get, desk, f"{BASE}seances/{lesson.pk}/")
    everybody = ",".join(map(str, Learner.objects.filter(establishment=school).values_list("pk", flat=True)))
    chosen = {"chosen_elsewhere": everybody}
    yield "Ce que les actions toucheraient", partial(_post, desk, f"{BASE}eleves/effets/", chosen)
    yield "Tous les élèves en CSV", partial(_post, desk, f"{BASE}eleves/export/", {})
    yield "Cartes de toute l’école", _undone(partial(_cards, desk, chosen))
    yield "Identifiants pour toute l’école", _undone(partial(_usernames, desk, chosen))
    yield from _of_pupils(pupil, campaign, desk)
    yield from _imports()


def _of_pupils(known: Attachment, campaign: Campaign, desk: Client) -> Iterator[tuple[str, Act]]:
    """Ways in, and what pupils see."""
    account = known.account
    account.set_password(PHRASE)
    account.save(update_fields=["password"])
    child = _signed_in(account)
    stranger = Learner.objects.present().filter(establishment=known.establishment, attachments=None)[0]
    yield "Page d’un élève", partial(_get, child, "/moi/")
    yield "Entrer avec son identifiant", _undone(partial(_enters, account.username))
    yield "Se tromper de mot de passe", _undone(partial(_enters, account.username, "autre chose", 200))
    yield "Première fois, avec une carte", _undone(partial(_first_time, desk, stranger))
    yield "Première fois, avec ses noms", _undone(partial(_found, stranger, campaign))
    yield "Un code de campagne", _undone(partial(_get, child, f"/code/{campaign.code}/", 302))


def _imports() -> Iterator[tuple[str, Act]]:
    """A school that has nobody brings 500 pupils, and undoes it."""
    school = Establishment.objects.get(uai=IMPORTING)
    office = Account.objects.get(email="secretariat@importe.example")
    year = school_year_of(timezone.localdate())
    exported_at = datetime(year, 9, 3, 7, 58)  # noqa: DTZ001 - the clock of the school
    content = generate_roster(pupils=500, seed=1, school_year=year, exported_at=exported_at, uai=IMPORTING)
    made = []

    def read() -> None:
        school.refresh_from_db()
        brought = start_import(
            establishment=school, file_name="e.zip", content=content, by=office, at=timezone.now()
        )
        read_import(roster_import_id=brought.pk, clock=timezone.now)
        made.append(brought)

    def change() -> None:
        read()
        made[-1].refresh_from_db()
        applied = apply_import(roster_import=made[-1], by=office, at=timezone.now())
        undo_import(roster_import=applied, by=office, at=timezone.now())

    yield "Import de 500 : lire, appliquer, annuler", change


def _signed_in(account: Account) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _get(client: Client, path: str, status: int = 200) -> Any:
    answer = client.get(path)
    b"".join(answer) if answer.streaming else answer.content
    assert answer.status_code == status, (path, answer.status_code, answer.headers.get("Location"))
    return answer


def _post(client: Client, path: str, form: dict[str, str], status: int = 200) -> Any:
    answer = client.post(path, form)
    assert answer.status_code == status, (path, answer.status_code, answer.headers.get("Location"))
    return answer


def _undone(act: Act) -> Act:
    """The same, its keys verified as a COMMIT would, then as if nothing had been."""

    def acts() -> None:
        with transaction.atomic():
            act()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)

    return acts


def _cards(desk: Client, chosen: dict[str, str]) -> None:
    """Ask, the worker's errand, the page of the codes."""
    token = new_token()
    asked = _post(desk, f"{BASE}cartes/preparer/", {"token": token, **chosen}, 302)
    _post(desk, f"{BASE}cartes/preparer/", {"token": token, "errand": _errand(asked)})


def _usernames(desk: Client, chosen: dict[str, str]) -> None:
    form = {**chosen, "token": new_token(), "action": "identifiants", "sure": "1"}
    _errand(_post(desk, f"{BASE}eleves/action/", form, 302))


def _errand(asked: Any) -> str:
    """What the worker does with what was just asked; its number."""
    number = str(asked.headers["Location"]).rstrip("/").rpartition("/travaux/")[2]
    run_errand(errand_id=int(number), at=timezone.now())
    return number


def _enters(username: str, phrase: str = PHRASE, status: int = 302) -> None:
    _post(
        Client(SERVER_NAME="localhost"), "/connexion/", {"identifier": username, "password": phrase}, status
    )


def _first_time(desk: Client, who: Learner) -> None:
    """A card is made, typed, confirmed; a phrase is chosen; the pupil's page."""
    token = new_token()
    _post(desk, f"{BASE}cartes/preparer/", {"token": token, "chosen_elsewhere": str(who.pk)})
    child = Client(SERVER_NAME="localhost")
    _post(child, "/carte/", {"code": derive_code(token, 1, key=settings.CARD_KEYS[0])}, 302)
    key = _key(_get(child, "/c-est-moi/"))
    _post(child, "/c-est-moi/", {"key": key, "moi": "oui"}, 302)
    page = _get(child, "/mot-de-passe/")
    form = {"key": _key(page), "username": "", "password": PHRASE, "again": PHRASE}
    _post(child, "/mot-de-passe/", form, 302)
    _get(child, "/moi/")


def _found(who: Learner, campaign: Campaign) -> None:
    """Names and birth date, in the school of a code."""
    child = Client(SERVER_NAME="localhost")
    _get(child, f"/code/{campaign.code}/")
    born = who.birth_date
    typed = {"last_name": who.last_name, "first_name": who.first_name, "birth_date": f"{born:%d/%m/%Y}"}
    _post(child, "/premiere-fois/", typed, 302)


def _key(page: Any) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page.content.decode())
    assert found, "the page has no key"
    return found.group(1)
