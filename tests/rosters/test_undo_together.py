"""An undo and something else at the very same moment: only PostgreSQL lets them run side by side."""

from __future__ import annotations

from datetime import timedelta

import pytest

from preau.accounts.models import Account
from preau.attachments.actions import attach, make_cards
from preau.attachments.models import Attachment, How
from preau.attachments.refusals import LearnerLeft
from preau.establishments.models import Establishment
from preau.rosters.actions import (
    AlreadyUndone,
    ChangedByHand,
    LaterImport,
    StaleImport,
    apply_import,
    undo_import,
)
from preau.rosters.models import Learner, RosterImport
from tests.rosters.conftest import NOON, Office
from tests.rosters.siecle import pupil
from tests.rosters.test_together import together
from tests.world import build_world

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
INIGO = pupil("2001", "NUÑEZ", "Íñigo", "6D", ine="012345678KE")


def undo(roster_import: RosterImport) -> RosterImport:
    return undo_import(roster_import=roster_import, by=None, at=NOON)


def test_a_double_click_at_the_same_instant_undoes_once() -> None:
    office = Office(build_world())
    applied = office.apply(office.bring(office.file(INIGO, without=("lea",))))
    results = together(*[lambda: undo(applied)] * 6)
    assert sum(isinstance(result, RosterImport) for result in results) == 1
    assert sum(isinstance(result, AlreadyUndone) for result in results) == 5
    assert Establishment.objects.get(uai="0931434D").roster_version == 2
    assert Learner.objects.filter(status="PRESENT").count() == 6


@pytest.mark.parametrize("changes", [True, False])
def test_an_undo_and_an_apply_at_the_same_instant_and_one_wins(changes: bool) -> None:
    for _ in range(5):
        office = Office(build_world())
        first = office.apply(office.bring(office.file(INIGO)))
        next_one = office.bring(office.file(INIGO, without=("nils",) if changes else ()))
        results = together(
            lambda first=first: undo(first),
            lambda next_one=next_one: apply_import(roster_import=next_one, by=None, at=NOON),
        )
        refusals = [result for result in results if not isinstance(result, RosterImport)]
        assert [type(one) for one in refusals] in ([StaleImport], [LaterImport])
        undone = RosterImport.objects.get(pk=first.pk).state == "UNDONE"
        assert undone == isinstance(refusals[0], StaleImport)
        assert Learner.objects.filter(ine="012345678KE").exists() != undone
        Establishment.objects.all().delete()
        Account.objects.all().delete()


def test_two_people_undo_two_imports_at_the_same_instant() -> None:
    office = Office(build_world())
    first = office.apply(office.bring(office.file(INIGO)))
    second = office.apply(office.bring(office.file(INIGO, without=("nils",))))
    results = together(*[lambda one=one: undo(one) for one in (first, second)])
    assert isinstance(results[1], RosterImport)
    assert isinstance(results[0], RosterImport | LaterImport)
    assert not any(isinstance(result, ChangedByHand) for result in results)


def test_inigo_comes_in_while_his_import_is_undone_and_is_kept_or_was_too_late() -> None:
    for _ in range(5):
        office = Office(build_world())
        applied = office.apply(office.bring(office.file(INIGO)))
        inigo = Learner.objects.get(ine="012345678KE")
        account = Account.objects.create(username="inigo.nunez")

        def come_in(inigo: Learner = inigo, account: Account = account) -> Attachment:
            return attach(learner=inigo, account=account, how=How.NAMES, by=account, at=NOON)

        _, came = together(lambda applied=applied: undo(applied), come_in)
        assert Learner.objects.filter(pk=inigo.pk).exists() == isinstance(came, Attachment)
        assert RosterImport.objects.get(pk=applied.pk).state == "UNDONE"
        assert isinstance(came, Attachment | LearnerLeft)
        if isinstance(came, Attachment):
            assert Learner.objects.get(pk=inigo.pk).status == "LEFT"
        Establishment.objects.all().delete()
        Account.objects.all().delete()


def test_cards_printed_while_the_import_is_undone_are_of_pupils_who_stay() -> None:
    office = Office(build_world())
    applied = office.apply(office.bring(office.file(INIGO)))
    inigo = Learner.objects.get(ine="012345678KE")

    def cards() -> int:
        expires = NOON + timedelta(days=30)
        made = make_cards(
            learners=[inigo], token="t" * 32, batch_number="2026-001", expires_at=expires, by=None, at=NOON
        )
        return len(made)

    _, made = together(lambda: undo(applied), cards)
    assert Learner.objects.filter(pk=inigo.pk).exists() == bool(made)
