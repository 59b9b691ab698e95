"""The facts that the database works out, and the tab that filters by what the diagnosis says of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from preau.accounts import throttle
from preau.accounts.age import latest_birth, may_use_email
from preau.accounts.models import Account, ConnectionMode
from preau.attachments.models import (
    Attachment,
    Card,
    Conflict,
    ConflictKind,
    Doubt,
    RecognitionRefusal,
    Sighting,
)
from preau.rosters.models import ImportState, Learner, LearnerStatus, RosterImport
from preau.scenarios import words
from preau.scenarios.diagnosis import Age, Facts, Known, Password, Roster, Seen
from preau.scenarios.facts import around, groups_of, read_facts, with_facts
from preau.scenarios.facts import facts_of as facts_alone
from tests.page import Page
from tests.scenarios.people import give_account
from tests.world import World

TAB = "/e/0931434D/eleves/"
pytestmark = pytest.mark.django_db


def facts_of(learner: Learner, at: datetime) -> Facts:
    known = around(learner.establishment, at=at)
    (found,) = with_facts(Learner.objects.filter(pk=learner.pk), known)
    return read_facts(found.facts_key, target=known.target)


def card(learner: Learner, at: datetime, made_at: datetime | None = None) -> Card:
    return Card.objects.create(
        learner=learner, batch_number="2026-001", rank=1, digest=str(learner.pk) * 8,
        made_at=made_at or at - timedelta(minutes=5), expires_at=at + timedelta(days=30),
    )  # fmt: skip


@pytest.fixture
def lea(world: World, now: datetime) -> Learner:
    """Léa, eleven years old whatever the day."""
    Learner.objects.filter(pk=world.lea.pk).update(birth_date=date(now.year - 11, 1, 1))
    return Learner.objects.get(pk=world.lea.pk)


def test_looking_at_one_pupil_alone_says_the_same_of_them(lea: Learner, now: datetime) -> None:
    give_account(lea, now)
    account = Account.objects.get(attachments__learner=lea)
    for _ in range(2):
        alone = around(lea.establishment, at=now, alone=account)
        assert facts_alone(lea, alone) == facts_of(lea, now)
        SocialAccount.objects.get_or_create(user=account, provider="mediacentre", uid="ab" * 32)
    assert alone.seen_classes == frozenset()


def test_lea_before_anything_happens(lea: Learner, now: datetime) -> None:
    assert facts_of(lea, now) == Facts()


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"status": LearnerStatus.LEFT}, {"roster": Roster.LEFT}),
        ({"division": None}, {"has_class": False}),
        ({"ine": None}, {"has_ine": False}),
        ({"birth_date": None}, {"age": Age.UNKNOWN}),
        ({"birth_date": date(2000, 1, 1)}, {"age": Age.FROM_15}),
    ],
)
def test_what_the_base_eleves_says(lea: Learner, now: datetime, change: dict, fact: dict) -> None:
    Learner.objects.filter(pk=lea.pk).update(**change)
    assert facts_of(lea, now) == Facts(**fact)


def test_an_account_its_modes_and_whether_it_came_in(lea: Learner, now: datetime) -> None:
    account = give_account(lea, now, username="lea.martin", email="lea@exemple.fr", seen=True)
    inside = Facts(
        account=Known.ATTACHED, modes=frozenset(ConnectionMode.values), password=Password.OWN, seen=Seen.PUPIL,
        entered=True, by_tile=True,
    )  # fmt: skip
    assert facts_of(lea, now) == inside
    SocialAccount.objects.update(last_login=now - timedelta(days=400))
    Account.objects.filter(pk=account.pk).update(last_login=now - timedelta(days=400))
    before = facts_of(lea, now)
    assert (before.entered, before.by_tile) == (False, False)
    Attachment.objects.update(ended_at=now)
    assert facts_of(lea, now) == Facts()


def test_a_card_counts_until_it_has_served_its_purpose(lea: Learner, now: datetime) -> None:
    made = card(lea, now)
    assert facts_of(lea, now).password is Password.ONE_TIME
    account = give_account(lea, now - timedelta(minutes=9), username="lea.martin")
    assert facts_of(lea, now).password is Password.ONE_TIME
    Account.objects.filter(pk=account.pk).update(last_login=now)  # they came in after it was made
    assert facts_of(lea, now).password is Password.OWN
    Account.objects.filter(pk=account.pk).update(password_chosen_at=None)
    assert facts_of(lea, now).password is Password.ONE_TIME
    for spent in ({"used_at": now}, {"used_at": None, "voided_at": now}):
        Card.objects.filter(pk=made.pk).update(**spent)
        assert facts_of(lea, now).password is Password.NONE


def test_wrong_passwords_are_a_fact_while_they_bar_the_way(lea: Learner, now: datetime) -> None:
    give_account(lea, now, username="lea.martin")
    for _ in range(9):
        throttle.failed(throttle.account_key("lea.martin"), at=now)
        throttle.failed(throttle.account_key("personne.d.ici"), at=now)
    assert facts_of(lea, now).password is Password.THROTTLED
    assert facts_of(lea, now + timedelta(hours=2)).password is Password.OWN


def test_what_the_mediacentre_has_shown_of_the_school_the_class_and_the_pupil(
    world: World, lea: Learner, now: datetime
) -> None:
    give_account(world.learners["noe"], now, seen=True)  # of another school
    assert facts_of(lea, now).seen is Seen.NOBODY
    give_account(world.zoe, now, seen=True)
    assert facts_of(lea, now).seen is Seen.SCHOOL
    give_account(world.learners["nils"], now, seen=True)
    assert facts_of(lea, now).seen is Seen.CLASS
    Learner.objects.filter(pk__in=[lea.pk, world.learners["nils"].pk]).update(division=None)
    assert facts_of(lea, now).seen is Seen.SCHOOL
    give_account(lea, now, seen=True)
    assert facts_of(lea, now).seen is Seen.PUPIL


def test_arrivals_that_no_account_knew_count_for_their_class_this_year(
    world: World, lea: Learner, now: datetime
) -> None:
    last_year = Sighting.objects.create(
        establishment=world.tilleuls,
        division_key="6a",
        day=timezone.localdate(now) - timedelta(days=400),
        held=3,
    )
    assert facts_of(lea, now).seen is Seen.NOBODY
    Sighting.objects.create(
        establishment=world.tilleuls, division_key="", day=timezone.localdate(now), held=2
    )
    assert facts_of(lea, now).seen is Seen.SCHOOL
    Sighting.objects.filter(pk=last_year.pk).update(day=timezone.localdate(now))
    assert facts_of(lea, now).seen is Seen.CLASS


def test_two_accounts_that_claim_one_pupil_are_a_doubt_until_somebody_looked(
    world: World, lea: Learner, now: datetime
) -> None:
    Conflict.objects.create(
        establishment=world.tilleuls, kind=ConflictKind.IDENTITY_TAKEN, learner=lea, made_at=now
    )
    assert facts_of(lea, now) == Facts(account=Known.DOUBTED)
    Conflict.objects.update(seen_at=now)
    assert facts_of(lea, now) == Facts()


def test_an_account_nobody_dared_to_attach_is_a_fact_until_somebody_looked(
    world: World, lea: Learner, now: datetime
) -> None:
    brought = RosterImport.objects.create(
        establishment=world.tilleuls, state=ImportState.APPLIED, file_name="x.zip", sha256="0" * 64, size=1,
        uploaded_at=now, progress_at=now, applied_at=now,
    )  # fmt: skip
    RecognitionRefusal.objects.create(
        learner=lea, roster_import=brought, reason=Doubt.BIRTH_DATE, made_at=now
    )
    assert facts_of(lea, now) == Facts(account=Known.DOUBTED)
    RecognitionRefusal.objects.update(seen_at=now)
    assert facts_of(lea, now) == Facts()


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)), st.dates(date(2020, 1, 1), date(2032, 12, 31)))
def test_fifteen_is_the_same_day_for_one_pupil_and_for_a_school(birth: date, on: date) -> None:
    assert (birth <= latest_birth(on)) == may_use_email(birth, on=on)


def test_pupils_with_the_same_facts_are_counted_together(world: World, now: datetime) -> None:
    known = around(world.tilleuls, at=now)
    groups = groups_of(Learner.objects.filter(establishment=world.tilleuls), known)
    assert sum(group.count for group in groups) == 5
    assert {group.diagnosis.step for group in groups} == {words.GIVE_CARD}


# The tab


def names(page: Page) -> list[str]:
    return [" ".join(link.text_content().split()) for link in page.css("table.pupils th.fold-name a")]


def chips(page: Page) -> list[str]:
    return [" ".join(link.text_content().split()) for link in page.css("#qui-agit a")]


def options(page: Page, name: str) -> list[str]:
    return [option.text_content() for option in page.css(f"select#{name} option")][1:]


@pytest.fixture
def tab(world: World, as_, now: datetime) -> Page:
    """Léa is in, Zoé must sign in, Nils holds a card, the two others have nothing yet."""
    Learner.objects.filter(establishment=world.tilleuls).update(
        birth_date=date(now.year - 12, 1, 1), ine=None
    )
    give_account(world.lea, now, username="lea.martin")
    give_account(world.zoe, now, username="zoe.martin", entered=False)
    card(world.learners["nils"], now)
    return as_(world.boeuf).open(TAB)


def test_who_must_act_comes_first_with_how_many_pupils_wait_for_them(tab: Page) -> None:
    assert chips(tab) == ["Tous 5", "Vous 2", "Élève 2", "Secrétariat 1"]
    assert options(tab, "situation") == ["Sans compte (3)", "Identifiant → Identifiant (1)", "C’est fait (1)"]
    assert "Donner une carte (2)" in options(tab, "etape")
    waiting = tab.follow("Élève 2")
    assert names(waiting) == ["MARTIN-LEROY Zoé", "ØSTERGAARD Nils"]
    assert options(waiting, "situation") == ["Sans compte (1)", "Identifiant → Identifiant (1)"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("qui=you", ["BŒUF Apolline", "D’ŒUILLY Maëlys"]),
        ("situation=DONE", ["MARTIN Léa"]),
        ("etape=TYPE_CARD", ["ØSTERGAARD Nils"]),
        ("qui=pupil&situation=NO_ACCOUNT", ["ØSTERGAARD Nils"]),
        ("qui=pupil&q=martin", ["MARTIN-LEROY Zoé"]),
        ("qui=you&situation=DONE", []),
    ],
)
def test_the_tab_is_filtered_by_what_the_diagnosis_says(tab: Page, query: str, found: list[str]) -> None:
    assert names(tab.client.open(f"{TAB}?{query}")) == found
    numbers = tab.client.get(f"{TAB}numeros/?{query}").json()
    assert len(numbers) == len(found)


@pytest.mark.parametrize("query", ["qui=x", "etape=%00", "situation=NOPE", "qui=you&qui=pupil"])
def test_a_strange_filter_asks_for_nothing(tab: Page, query: str) -> None:
    assert tab.client.open(f"{TAB}?{query}").status == 200


def test_the_whole_search_is_acted_on_by_situation_too(tab: Page) -> None:
    answer = tab.client.post(
        TAB + "export/", {"situation": "DONE", "qui": "secretariat"}
    ).content.decode("utf-8-sig")  # fmt: skip
    assert answer.count("\r\n") == 2
    assert "Secrétariat : Ajouter l’INE" in answer
    assert "L’élève est entré comme l’établissement l’a choisi." in answer


@pytest.mark.parametrize(
    "query", ["", "q=martin", "q=lea.", "classe=sans", "mode=mediacentre", "qui=you", "situation=DONE&etape=ADD_INE"]
)  # fmt: skip
def test_no_filter_makes_the_tab_ask_more(tab: Page, query: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        tab.client.open(f"{TAB}?{query}")
    assert len(asked) <= 14


# The pupil's own page


def own_step(page: Page) -> str:
    (found,) = page.css("section[aria-labelledby=etape]")
    return " ".join(found.text_content().split())


def test_lea_reads_her_next_step_in_her_own_words(world: World, lea: Learner, as_, now: datetime) -> None:
    account = give_account(lea, now, username="lea.martin")
    assert "C’est fait ! Tu n’as rien d’autre à faire pour entrer." in own_step(as_(account).open("/moi/"))
    world.tilleuls.target_mode = ConnectionMode.MEDIACENTRE
    world.tilleuls.save()
    told = own_step(as_(account).open("/moi/"))
    assert "Ouvre la tuile Médiacentre de ton ENT." in told
    assert "Tu as déjà un compte. Cette année, on entre ici par le Médiacentre." in told


def test_an_account_that_is_no_pupil_of_a_school_is_told_no_step(world: World, as_, now: datetime) -> None:
    alone = Account.objects.create(username="seul.e", first_name="Sam", last_name="SEUL")
    assert not as_(alone).open("/moi/").css("section[aria-labelledby=etape]")
