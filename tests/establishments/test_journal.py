"""The journal in sentences, for the school and nobody else."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core import mail

import preau
from preau.audit.actions import record
from preau.audit.models import Entry
from preau.establishments.journal import SENTENCES, Asked, entries_of, said, verb_choices
from tests.page import squeeze
from tests.world import World


def test_every_verb_the_code_writes_has_its_sentence() -> None:
    root = Path(preau.__file__).parent
    written = set()
    for path in root.rglob("*.py"):
        written |= set(
            re.findall(r'\b(?:verb=|_note\(|_record\(\s*)"([a-z-]+)"', path.read_text(encoding="utf-8"))
        )
    assert written - set(SENTENCES) == set()


def test_the_filter_names_acts_in_words_that_have_no_hole() -> None:
    named = [name for _, name in verb_choices()]
    assert len(set(named)) > 60
    odd = re.compile(r"  |\(|«\s*»|[:→]\s*$|\{")
    assert [name for name in named if odd.search(name)] == []
    assert {"a changé la façon d’entrer", "a ajouté … questions de l’établissement"} <= set(named)


def test_sentences_read_well() -> None:
    lea = {"verb": "rattache", "about": "Léa MARTIN", "facts": {}}
    assert said(Entry(**lea)) == "a rattaché Léa MARTIN"
    assert said(Entry(verb="carte-preparee", about="Léa", facts={"batch": "2026-014"})) == (
        "a préparé une carte pour Léa (lot 2026-014)"
    )
    assert said(Entry(verb="carte-preparee", about="Léa", facts={})) == "a préparé une carte pour Léa"
    assert (
        said(Entry(verb="equipe-rejointe", facts={"role": "HEAD"}))
        == "a rejoint l’équipe (chef d’établissement)"
    )
    assert said(Entry(verb="verbe-inconnu", about="Léa", facts={})) == "verbe inconnu\u00a0: Léa"


@pytest.mark.parametrize("verb", SENTENCES)
def test_no_sentence_breaks_on_missing_or_hostile_facts(verb: str) -> None:
    assert "{" not in said(Entry(verb=verb, about="", facts={}))
    hostile = Entry(verb=verb, about="{about.__class__}", facts={"role": ["x"], "code": "{0}", "cards": None})
    assert "class '" not in said(hostile)
    assert all("{" not in words for _, words in verb_choices())


@pytest.fixture
def told(world: World) -> World:
    uai = world.tilleuls.uai
    record(
        verb="rattache",
        at=datetime(2026, 9, 1, 22, 30, tzinfo=UTC),
        by=world.boeuf,
        uai=uai,
        about="Léa MARTIN",
    )
    record(verb="detache", at=datetime(2026, 9, 3, 8, 0, tzinfo=UTC), by=world.ndiaye, uai=uai, about="=2+5")
    record(
        verb="rattache", at=datetime(2026, 9, 3, 9, 0, tzinfo=UTC), by=world.okonkwo, uai=world.mimosas.uai
    )
    return world


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Asked(), 2),
        (Asked(who="léa"), 1),
        (Asked(who="bœuf"), 1),
        (Asked(verb="detache"), 1),
        # 22:30 UTC on the first is already the second in Paris.
        (Asked(since=date(2026, 9, 2), until=date(2026, 9, 2)), 1),
        (Asked(until=date(2026, 9, 1)), 0),
        (Asked(since=date(1, 1, 2), until=date.max), 2),
    ],
)
def test_a_school_finds_its_own_lines(told: World, asked: Asked, found: int) -> None:
    assert entries_of(told.tilleuls, asked).count() == found


def test_the_page_tells_the_story_by_day(told: World, as_, clock) -> None:
    clock(datetime(2026, 9, 10, 8, 0, tzinfo=UTC))  # another year would be told
    seen = as_(told.boeuf).open(f"/e/{told.tilleuls.uai}/journal/")
    assert "Cécile BŒUF-DELAŸE a rattaché Léa MARTIN" in seen
    days = [squeeze(head.text) for head in seen.css("main h2")]
    assert days == ["Jeudi 3 septembre", "Mercredi 2 septembre"]
    assert "OKONKWO" not in seen


@pytest.mark.parametrize(
    "query",
    [
        "?who=%00",
        "?verb=x",
        "?since=2026-99-99",
        "?since=x&until=y",
        "?page=-3",
        "?until=9999-12-31",
        "?who=é%25",
    ],
)
def test_a_strange_address_still_answers(told: World, as_, query: str) -> None:
    assert as_(told.boeuf).open(f"/e/{told.tilleuls.uai}/journal/{query}").status == 200


def test_the_export_cannot_run_as_a_formula(told: World, as_) -> None:
    answer = as_(told.boeuf).get(f"/e/{told.tilleuls.uai}/journal.csv?verb=detache")
    text = b"".join(answer).decode("utf-8-sig")
    assert "'=2+5" in text
    assert len(text.splitlines()) == 2
    assert "attachment" in answer["Content-Disposition"]
    assert Entry.objects.filter(verb="journal-exporte").count() == 1


def test_the_page_costs_the_same_whatever_the_number_of_lines(
    told: World, as_, django_assert_num_queries
) -> None:
    for _ in range(60):
        record(verb="rattache", at=datetime(2026, 9, 4, tzinfo=UTC), by=told.boeuf, uai=told.tilleuls.uai)
    client = as_(told.boeuf)
    with django_assert_num_queries(6):
        client.get(f"/e/{told.tilleuls.uai}/journal/")


def test_an_empty_journal_says_what_will_come(world: World, as_) -> None:
    seen = as_(world.boeuf).open(f"/e/{world.tilleuls.uai}/journal/")
    assert "Le journal est encore vide" in seen
    assert "Aucune ligne" in as_(world.boeuf).open(f"/e/{world.tilleuls.uai}/journal/?who=zzz")


@pytest.mark.parametrize(
    "asked", ["since=0001-01-01", "until=0001-01-01", "since=9999-12-31", "until=9999-12-31"]
)
def test_a_day_of_no_school_filters_nothing(as_, world: World, asked: str) -> None:
    record(verb="journal-exporte", at=datetime(2026, 9, 1, tzinfo=UTC), by=world.boeuf, uai="0931434D")
    assert "a exporté le journal" in as_(world.boeuf).open(f"/e/0931434D/journal/?{asked}")


def test_a_password_replaced_by_mail_is_in_the_journal_of_the_school(
    page, world: World, settings, tasks_now
) -> None:
    settings.MAIL_CONFIGURED = True
    page.open("/personnel/mot-de-passe-oublie/").submit("Envoyer le lien", email="boeuf@tilleuls.example")
    tasks_now()
    link = next(line for line in mail.outbox[0].body.splitlines() if line.startswith("http"))
    page.open(link.removeprefix(settings.SITE_URL)).submit("Garder", password="un banc vert sous la pluie")
    assert Entry.objects.get(verb="connexion-personnel").uai == "0931434D"
