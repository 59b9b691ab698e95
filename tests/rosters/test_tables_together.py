"""Answers given by two people, or while somebody applies: only PostgreSQL lets them run side by side."""

from __future__ import annotations

import pytest

from preau.rosters.actions import NotReady, answer_questions, apply_import
from preau.rosters.models import Learner, RosterImport
from tests.rosters.conftest import NOON, Office
from tests.rosters.test_together import together
from tests.world import build_world

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def doubtful(office: Office) -> RosterImport:
    """A file in which Nils, who has no INE, has another number and was born a day later."""
    nils = {"local_id": "9002", "born": "02/07/2015"}
    return office.bring(office.file(nils=nils))


def test_two_different_answers_at_the_same_instant_leave_one_of_them_whole() -> None:
    office = Office(build_world())
    ready, nils = doubtful(office), office.world.learners["nils"].pk
    together(
        *[
            lambda who=who: answer_questions(roster_import=ready, answers={0: who}, by=None, at=NOON)
            for who in (nils, None, nils, None)
        ]
    )
    ready.refresh_from_db()
    question = ready.questions.get()
    kinds = sorted(ready.changes.values_list("kind", flat=True))
    assert kinds == (["CORRECTION"] if question.same_as else ["ARRIVAL", "DEPARTURE"])
    assert ready.change_count == len(kinds)


def test_an_answer_while_somebody_applies_comes_before_or_not_at_all() -> None:
    office = Office(build_world())
    ready, nils = doubtful(office), office.world.learners["nils"].pk
    applied, answered = together(
        lambda: apply_import(roster_import=ready, by=None, at=NOON),
        lambda: answer_questions(roster_import=ready, answers={0: nils}, by=None, at=NOON),
    )
    assert isinstance(applied, RosterImport)
    born = str(Learner.objects.get(pk=nils).birth_date)
    assert born == ("2015-07-01" if isinstance(answered, NotReady) else "2015-07-02")
