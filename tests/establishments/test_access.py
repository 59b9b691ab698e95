"""Who reaches which page of a school."""

from __future__ import annotations

import pytest
from django.urls import reverse

from preau.accounts.models import Account
from preau.establishments import context
from preau.establishments.models import Membership
from tests.page import PageClient
from tests.world import World

PEOPLE = ("nobody", "pupil", "other school", "teacher", "referente", "head")
SEEN, DOOR, HIDDEN = 200, 302, 404
# One row per page, one column per person, in the order above.
MATRIX = {
    "team": (DOOR, HIDDEN, HIDDEN, SEEN, SEEN, SEEN),
    "invite": (DOOR, HIDDEN, HIDDEN, HIDDEN, HIDDEN, SEEN),
    "colleague": (DOOR, HIDDEN, HIDDEN, HIDDEN, HIDDEN, SEEN),
    "remove": (DOOR, HIDDEN, HIDDEN, HIDDEN, HIDDEN, SEEN),
    "settings": (DOOR, HIDDEN, HIDDEN, HIDDEN, SEEN, SEEN),
    "journal": (DOOR, HIDDEN, HIDDEN, HIDDEN, SEEN, SEEN),
    "journal_csv": (DOOR, HIDDEN, HIDDEN, HIDDEN, SEEN, SEEN),
}


def who(world: World, person: str) -> Account | None:
    return {
        "nobody": lambda: None,
        "pupil": lambda: Account.objects.create(username="lea.martin"),
        "other school": lambda: world.okonkwo,
        "teacher": lambda: world.garcao,
        "referente": lambda: world.boeuf,
        "head": lambda: world.ndiaye,
    }[person]()


@pytest.mark.parametrize("name", MATRIX)
@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_reaches_their_pages_and_no_other(world: World, as_, name: str, person: str) -> None:
    account = who(world, person)
    client = as_(account) if account else PageClient()
    args: list[object] = [world.tilleuls.uai]
    if name in {"colleague", "remove"}:
        args.append(Membership.objects.get(account=world.garcao).pk)
    answer = client.read(client.get(reverse(f"establishments:{name}", args=args)))
    assert answer.status == MATRIX[name][PEOPLE.index(person)]
    if answer.status == DOOR:
        assert answer.response["Location"].startswith("/personnel/?next=%2Fe%2F")


@pytest.mark.parametrize("uai", ["0931434D0", "x", "0931434E", "0931434d"])
def test_a_school_that_is_not_there_looks_like_one_that_is_not_yours(world: World, as_, uai: str) -> None:
    assert as_(world.ndiaye).get(f"/e/{uai}/equipe/").status_code == 404


def test_a_colleague_of_another_school_cannot_be_changed_from_here(world: World, as_) -> None:
    other = Membership.objects.get(account=world.okonkwo)
    for name in ("colleague", "remove"):
        url = reverse(f"establishments:{name}", args=[world.tilleuls.uai, other.pk])
        assert as_(world.ndiaye).get(url).status_code == 404


def test_a_form_sent_after_the_session_ended_comes_back_to_a_page_one_can_open(
    world: World, page: PageClient
) -> None:
    answer = page.post(f"/e/{world.tilleuls.uai}/reglages/", {"name": "x"})
    assert answer["Location"] == "/personnel/?next=%2Fe%2F"


def test_a_teacher_sees_fewer_sections_than_the_referente(world: World) -> None:
    def sections(account: Account) -> list[object]:
        membership = Membership.objects.select_related("establishment").get(account=account)
        return [section["label"] for section in context.sections_of(membership)]

    assert sections(world.garcao) == [
        "Accueil",
        "Élèves",
        "Cartes",
        "Séances",
        "Campagnes",
        "Aides",
        "Équipe",
    ]
    assert sections(world.boeuf) == [
        "Accueil", "Élèves", "Import", "Cartes", "Séances", "Campagnes", "Aides", "Journal", "Équipe", "Réglages",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("view", "section"),
    [
        ("scenarios:home", "home"),
        ("scenarios:pupil", "pupils"),
        ("rosters:detail", "imports"),
        ("handouts:batch", "cards"),
        ("campaigns:edit", "campaigns"),
        ("attachments:help_requests", "help"),
        ("establishments:journal", "journal"),
        ("establishments:invite", "team"),
        ("establishments:settings", "settings"),
        ("web:help", ""),
    ],
)
def test_every_page_knows_its_section(view: str, section: str) -> None:
    assert context.section_of(view) == section


def test_the_school_of_a_page_is_asked_for_once(world: World, as_, django_assert_num_queries) -> None:
    client = as_(world.boeuf)
    # Session, account, membership with its school, the form's fresh copy of the school, then the ENT whose
    # certificate may be about to end, and what waits in « Aides ».
    with django_assert_num_queries(6):
        client.get(f"/e/{world.tilleuls.uai}/reglages/")


def test_one_school_opens_at_once_and_several_ask(world: World, as_) -> None:
    assert as_(world.boeuf).get("/e/")["Location"] == f"/e/{world.tilleuls.uai}/"
    Membership.objects.create(account=world.boeuf, establishment=world.mimosas, role="TEACHER")
    both = as_(world.boeuf).open("/e/")
    assert "Collège des Quatre-Tilleuls" in both
    assert "Lycée des Mimosas" in both


def test_somebody_of_no_team_is_told_who_can_invite(world: World, as_) -> None:
    assert "dans l’équipe d’aucun établissement" in as_(who(world, "pupil")).open("/e/")
