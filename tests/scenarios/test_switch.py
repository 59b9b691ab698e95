"""« Et si on changeait ? »: what another way in would ask of whom, then the choice."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from preau.accounts.models import ConnectionMode
from preau.audit.models import Entry
from preau.rosters.models import Learner
from preau.scenarios.facts import around, groups_of
from preau.scenarios.switch import by_who, foresee
from tests.page import Page
from tests.scenarios.people import give_account
from tests.world import World

pytestmark = pytest.mark.django_db
PAGE = "/e/0931434D/changer/"


def rows(page: Page, heading: str) -> list[list[str]]:
    """The rows of the table in one section, its bars left out."""
    return [
        [" ".join(cell.text_content().split()) for cell in tr if cell.text_content().strip()]
        for tr in page.css(f"section[aria-labelledby={heading}] tbody tr")
    ]


@pytest.fixture
def settled(world: World, now: datetime) -> World:
    """Léa and Zoé are in with an identifier, Maëlys by the Médiacentre too, Nils and Apolline have nothing."""
    Learner.objects.update(birth_date=date(now.year - 12, 1, 1), ine=None)
    Learner.objects.filter(establishment=world.tilleuls).update(ine=None)
    for key in ("lea", "zoe"):
        give_account(world.learners[key], now, username=f"eleve.{key}")
    give_account(world.learners["maelys"], now, username="maelys.o", seen=True)
    return world


def test_what_the_mediacentre_would_ask_of_whom(settled: World, as_) -> None:
    page = as_(settled.boeuf).open(PAGE)
    assert "2 élèves sur 5 auraient une étape de plus" in page
    assert rows(page, "combien") == [
        ["Vous", "2", "0"],
        ["Élève", "0", "4"],
        ["Secrétariat", "3", "1"],
    ]
    assert [" ".join(row) for row in rows(page, "quoi")] == [
        (
            "Sans compte Élève Ouvrir la tuile Médiacentre "
            "la connexion à l’ENT ; le nom, le prénom et la date de naissance, ou une carte 2"
        ),
        (
            "Identifiant → Médiacentre Élève Ouvrir la tuile Médiacentre "
            "la connexion à l’ENT ; le mot de passe d’avant, ou une carte 2"
        ),
        "C’est fait Secrétariat Ajouter l’INE le dossier de l’élève dans SIECLE ou ONDE 1",
    ]
    assert rows(page, "classes")[0] == ["6A", "2", "0", "2", "0", "0", "1"]
    assert settled.tilleuls.target_mode == ConnectionMode.USERNAME


def test_the_pupils_behind_a_figure_with_todays_step_and_the_next(settled: World, as_) -> None:
    page = as_(settled.boeuf).open(PAGE).follow("Identifiant → Médiacentre")
    assert [row[0] for row in rows(page, "qui")] == ["MARTIN Léa", "MARTIN-LEROY Zoé"]
    assert rows(page, "qui")[0][2:] == ["Secrétariat Ajouter l’INE", "Élève Ouvrir la tuile Médiacentre"]
    of_class = as_(settled.boeuf).open(f"{PAGE}?vers=EMAIL&classe={settled.divisions['6C'].pk}")
    assert [row[0] for row in rows(of_class, "qui")] == ["BŒUF Apolline"]


def test_the_choice_is_made_once_and_the_journal_says_from_what_to_what(settled: World, as_) -> None:
    page = as_(settled.ndiaye).open(PAGE)
    assert "on entre maintenant par « Médiacentre »" in page.submit("Choisir « Médiacentre »")
    settled.tilleuls.refresh_from_db()
    assert settled.tilleuls.target_mode == ConnectionMode.MEDIACENTRE
    page.submit("Choisir « Médiacentre »")
    assert Entry.objects.filter(verb="mode-change").count() == 1
    journal = as_(settled.ndiaye).open("/e/0931434D/journal/")
    assert "a changé la façon d’entrer : Identifiant → Médiacentre" in journal


def test_a_choice_made_from_an_old_page_is_asked_again(settled: World, as_) -> None:
    page = as_(settled.boeuf).open(f"{PAGE}?vers=EMAIL")
    settled.tilleuls.target_mode = ConnectionMode.MEDIACENTRE
    settled.tilleuls.save()
    assert "a changé entre-temps" in page.submit("Choisir « Mail »")
    settled.tilleuls.refresh_from_db()
    assert settled.tilleuls.target_mode == ConnectionMode.MEDIACENTRE


@pytest.mark.parametrize("data", [{}, {"depuis": "USERNAME"}, {"depuis": "X", "vers": "\x00"}])
def test_a_strange_form_changes_nothing(settled: World, as_, data: dict[str, str]) -> None:
    client = as_(settled.boeuf)
    assert "Choisissez d’abord" in client.read(client.post(PAGE, data, follow=True))
    for query in ("vers=x", "vers=USERNAME", "vers=EMAIL&situation=x&classe=²", "vers=EMAIL&classe=sans"):
        assert client.open(f"{PAGE}?{query}").status == 200


def test_only_who_runs_the_school_looks_and_chooses(world: World, as_, page) -> None:
    for account in (world.garcao, world.okonkwo):
        assert as_(account).get(PAGE).status_code == 404
        assert as_(account).post(PAGE, {"depuis": "USERNAME", "vers": "EMAIL"}).status_code == 404
    assert page.get(PAGE).status_code == 302


def test_the_foresight_is_the_diagnosis_after_the_switch(settled: World, now: datetime) -> None:
    pupils = Learner.objects.filter(establishment=settled.tilleuls)
    for target in ConnectionMode:
        foreseen = foresee(groups_of(pupils, around(settled.tilleuls, at=now)), target)
        settled.tilleuls.target_mode = target
        settled.tilleuls.save()
        after = groups_of(pupils, around(settled.tilleuls, at=now))
        assert [change.then for change in foreseen] == after
        assert sum(line.then for line in by_who(foreseen)) == 5


def test_more_pupils_ask_no_more_queries(settled: World, as_, now: datetime) -> None:
    client = as_(settled.boeuf)
    path = f"{PAGE}?vers=MEDIACENTRE&qui=pupil"
    client.open(path)
    with CaptureQueriesContext(connection) as few:
        client.open(path)
    for number in range(40):
        pupil = settled.learner(
            f"p{number}", establishment=settled.tilleuls, first_name="Íñigo", last_name=f"NUÑEZ{number:02}",
            division=settled.divisions["6C"],
        )  # fmt: skip
        if number % 2:
            give_account(pupil, now, username=f"inigo.nunez{number}")
    with CaptureQueriesContext(connection) as many:
        client.open(path)
    assert len(many) == len(few)


def test_a_school_without_pupils_says_what_to_do(world: World, as_) -> None:
    Learner.objects.all().delete()
    assert as_(world.boeuf).open(PAGE).link("Importer la base élèves").endswith("/import/")
