"""Any sequence of imports and undos leaves everything as if the undone imports had never been."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from preau.accounts.models import Account
from preau.attachments.actions import attach
from preau.attachments.models import Attachment, How
from preau.campaigns.actions import begin
from preau.campaigns.models import Campaign, Participation
from preau.establishments.models import Establishment
from preau.rosters.actions import undo_import
from preau.rosters.models import Division, Learner, RosterImport
from tests.rosters.conftest import Office
from tests.rosters.siecle import file_of, pupil
from tests.world import World, enrol

NAMES = ("Ana", "Bob", "Cléo", "Dov", "Éva", "Fê")
INES = (None, "111111111GA", "222222222GC", "333333333GD", "123456789FJ")
BORN = ("01/02/2015", "05/06/2014", None)
UNDO, COME_IN, START = "undo", "come in", "start"


@dataclass(frozen=True)
class Line:
    """A pupil as one file says them."""

    who: int
    local_id: int
    ine: int
    born: int
    division: str | None
    gone: bool

    def pupil(self) -> dict[str, object]:
        """For the file."""
        return pupil(
            f"50{self.local_id}",
            "KOVÁČ",
            NAMES[self.who],
            self.division,
            ine=INES[self.ine],
            born=BORN[self.born],
            left="01/09/2026" if self.gone else None,
        )


lines = st.builds(
    Line,
    who=st.integers(0, 5),
    local_id=st.integers(0, 5),
    ine=st.integers(0, 4),
    born=st.integers(0, 2),
    division=st.sampled_from(["6A", "6B", "6b ", "3Z", None]),
    gone=st.sampled_from([False, False, False, True]),
)
files = st.lists(lines, max_size=6, unique_by=lambda line: line.local_id).map(tuple)
steps = st.lists(st.one_of(files, st.just(UNDO), st.just(UNDO), st.just(COME_IN), st.just(START)), max_size=9)


def people(office: Office) -> None:
    """Two pupils known elsewhere, whom imports may recognise; one of the school who comes in on his own."""
    mimosas = office.world.mimosas
    for rank, born in ((1, date(2015, 2, 1)), (2, date(2014, 6, 5))):
        learner = enrol(mimosas, "Ici", f"AILLEURS{rank}", ine=INES[rank], birth_date=born)
        account = Account.objects.create(username=f"ailleurs{rank}")
        attach(learner=learner, account=account, how=How.CARD, by=account, at=office.now)


def survivors(done: list[Any]) -> list[Any]:
    """The same steps without the imports that were undone, nor their undos."""
    kept: list[Any] = []
    for step in done:
        if step == UNDO:
            last = max((i for i, one in enumerate(kept) if isinstance(one, tuple)), default=None)
            if last is not None:
                del kept[last]
        else:
            kept.append(step)
    return kept


def play(office: Office, done: list[Any]) -> list[object]:
    """Do all this, and look at what is left."""
    applied: list[RosterImport] = []
    for step in done:
        office.later(minutes=1)
        if step == UNDO:
            if applied:
                undo_import(roster_import=applied.pop(), by=None, at=office.now)
        elif step == COME_IN:
            come_in(office)
        elif step == START:
            start(office)
        else:
            ready = office.bring(file_of(*office.unchanged("lea"), *(line.pupil() for line in step)))
            applied.append(office.apply(ready, confirmation=ready.brake_words))
    connection.check_constraints()
    return snapshot()


def come_in(office: Office) -> None:
    """Nils, who is in every file and has no INE, comes in with his names."""
    nils = office.world.learners["nils"]
    account, _ = Account.objects.get_or_create(username="nils")
    attach(learner=nils, account=account, how=How.NAMES, by=account, at=office.now)


def start(office: Office) -> None:
    """Nils starts what is to be started, when he has come in."""
    nils = office.world.learners["nils"]
    attachment = Attachment.objects.active().filter(learner=nils).first()
    if attachment is not None:
        begin(campaign=Campaign.objects.get(), learner=nils, account=attachment.account, at=office.now)


FIELDS = [
    field.attname for field in Learner._meta.concrete_fields if field.attname not in {"id", "division_id"}
]


def snapshot() -> list[object]:
    """Every row, by what it says: a row made again has another number, a row that stayed has the same."""
    who = ("learner__local_id", "learner__first_name", "learner__ine", "learner__establishment")
    return [
        sorted(Learner.objects.values_list(*FIELDS, "division__key", "division__name"), key=repr),
        sorted(Division.objects.values_list("establishment", "key", "name")),
        sorted(Attachment.objects.values_list(*who, "account__username", "made_how", "ended_at"), key=repr),
        sorted(Participation.objects.values_list(*who, "account__username", "state"), key=repr),
        [
            (learner.pk, learner.first_name, learner.ine)
            for learner in Learner.objects.filter(local_id__in=["1001", "1002", "1003", "1004", "1005"])
            .filter(establishment__uai="0931434D")
            .order_by("pk")
        ],
    ]


@contextmanager
def elsewhere_in_time(office: Office) -> Any:
    """Whatever happens inside is forgotten."""
    then = office.now
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    office.now = then


def line(who: int, local_id: int, ine: int = 0, born: int = 0, division: str | None = "6A") -> Line:
    return Line(who, local_id, ine, born, division, gone=False)


@pytest.mark.django_db
@settings(
    max_examples=60 if connection.vendor == "sqlite" else 6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
@given(done=steps)
@example(done=[(line(0, 0, ine=1),), (line(1, 0, ine=1),), UNDO, UNDO])
@example(done=[(line(0, 0),), (line(0, 0, ine=1),), UNDO])
@example(done=[(line(0, 0, ine=1), line(1, 1, ine=2)), (line(0, 1, ine=2), line(1, 0, ine=1)), UNDO])
@example(done=[(line(0, 0, ine=1),), (), (line(0, 0, division="3Z"),), UNDO, UNDO, (line(0, 3, ine=1),)])
@example(done=[(line(2, 2, ine=4),), UNDO, COME_IN, START, (line(2, 2),), UNDO])
def test_undone_imports_have_never_been(world: World, done: list[Any]) -> None:
    office = Office(world)
    with elsewhere_in_time(office):
        Campaign.objects.create(
            establishment=Establishment.objects.get(uai="0931434D"),
            title="Essai",
            code="BDFGHJ234",
            opens_at=office.now,
            made_at=office.now,
        )
        people(office)
        with elsewhere_in_time(office):
            left = play(office, done)
        with elsewhere_in_time(office):
            expected = play(office, survivors(done))
        for mine, theirs in zip(left, expected, strict=True):
            assert mine == theirs
