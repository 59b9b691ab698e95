"""A pupil of the 6A who uses the password of a sister of the 5B: the page says whose it is, the teacher's tile asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from preau.accounts.models import Account
from preau.campaigns.models import Campaign
from preau.classroom.actions import open_session
from preau.classroom.models import Session
from preau.rosters.models import Learner
from tests.classroom.conftest import signs_in
from tests.page import PageClient
from tests.world import World

pytestmark = pytest.mark.django_db
ASKED = "Un compte du même nom, d’une autre classe, est entré"


@pytest.fixture
def ines(world: World, account_of: Callable[..., Account]) -> Learner:
    """The sister, in 5B."""
    pupil = world.learner(
        "ines",
        establishment=world.tilleuls,
        first_name="Inès",
        last_name="MARTIN",
        division=world.divisions["5B"],
    )
    account_of(pupil, "ines.martin")
    return pupil


def test_the_page_says_whose_it_is_and_the_teacher_is_asked(
    world: World, as_: Callable[..., PageClient], lesson: Session, ines: Learner, campaign: Campaign
) -> None:
    browser = signs_in("ines.martin")
    home = browser.open("/moi/")
    assert "Tu es Inès MARTIN, 5B." in home
    assert "la 6A est en séance" in home
    assert "Léa" not in home  # whoever it is, they learn nothing of anybody else
    assert "la 6A est en séance" in browser.open(f"/parcours/{campaign.code}/")
    board = as_(world.garcao).open(f"/e/0931434D/seances/{lesson.pk}/")
    assert ASKED in board
    assert "1" in board.css("#totaux .state-warn + dd")[0].text_content()
    browser.post("/deconnexion/")
    assert "séance" not in signs_in("ines.martin").open("/moi/").css("header")[0].text_content()


def test_a_name_of_use_is_a_name_too(world: World, ines: Learner, lesson: Session) -> None:
    Learner.objects.filter(pk=ines.pk).update(last_name="ROUX", usage_name="MARTIN")
    assert "la 6A est en séance" in signs_in("ines.martin").open("/moi/")


def test_nobody_is_warned_without_a_reason(
    world: World,
    as_: Callable[..., PageClient],
    ines: Learner,
    account_of: Callable[..., Account],
    lesson: Session,
) -> None:
    account_of(world.zoe, "zoe.martinleroy")
    assert "est en séance" not in signs_in("zoe.martinleroy").open("/moi/")  # another name
    account_of(world.lea, "lea.martin")
    assert "est en séance" not in signs_in("lea.martin").open("/moi/")  # her own lesson
    assert "est en séance" not in signs_in("ines.martin").open("/moi/")  # Léa is in already
    assert ASKED not in as_(world.garcao).open(f"/e/0931434D/seances/{lesson.pk}/")


def test_nor_when_both_classes_work_or_once_the_lesson_is_over(
    world: World, ines: Learner, lesson: Session
) -> None:
    browser = signs_in("ines.martin")
    assert "est en séance" in browser.open("/moi/")
    session = browser.session
    session["lesson-elsewhere"] = ["6A", (timezone.now() - timedelta(minutes=1)).timestamp()]
    session.save()
    assert "est en séance" not in browser.open("/moi/")
    open_session(division=world.divisions["5B"], minutes=55, by=world.garcao, at=timezone.now())
    assert "est en séance" not in signs_in("ines.martin").open("/moi/")


def test_a_sign_in_costs_one_question_when_no_lesson_runs(
    world: World, ines: Learner, rf, django_assert_num_queries
) -> None:
    from preau.classroom.siblings import lesson_elsewhere

    account = Account.objects.get(username="ines.martin")
    with django_assert_num_queries(1):
        assert lesson_elsewhere(account, at=timezone.now()) is None
