"""Fill the rehearsal: a whole rentrée in each invented school, told in the order in which it happens."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from django.db import transaction
from django.db.models import Exists, OuterRef

from preau.accounts.models import Account
from preau.attachments.actions import ask_for_help
from preau.attachments.failed_tries import note_failed_try
from preau.attachments.matching import Kind, Typed
from preau.attachments.models import Attachment
from preau.establishments.models import Establishment, Membership, Role
from preau.rehearsal import calendar, parcours, pupils
from preau.rehearsal.calendar import Calendar
from preau.rehearsal.doubles import two_accounts
from preau.rehearsal.office import Office
from preau.rehearsal.pupils import Rentree, Story
from preau.rehearsal.schools import School
from preau.rehearsal.team import open_school, welcome_teachers
from preau.rehearsal.tile import come_by_the_tile
from preau.rosters.models import ChangeKind, Learner, RosterImport


@transaction.atomic
def fill_school(school: School, *, by: Account, now: datetime) -> Establishment:
    """Invent everything that happened in this school since the rentrée, up to `now`.

    Whole or nothing: a run that is interrupted starts again. Always the same people for the same school year; only
    secrets differ (cards, campaign codes).
    """
    days = Calendar(now)
    opening = days.lesson(calendar.FIRST_IMPORT + 1, 14)
    establishment, head, referent = open_school(school, by=by, at=opening)
    office = Office(school, establishment, referent.account, now)
    office.bring_and_apply(at=days.lesson(calendar.FIRST_IMPORT, 9))
    welcome_teachers(school, establishment, by=referent.account, at=days.lesson(calendar.FIRST_IMPORT, 10))
    rng = Random(school.seed)  # noqa: S311 - it hides nothing
    rentree = Rentree(school, establishment, referent, days, rng)
    pupils.first_lessons(rentree)
    parcours.trial(rentree)
    office.bring_and_apply(at=days.lesson(calendar.SECOND_IMPORT, 9), changes=0.05, change_seed=1)
    pupils.names_lessons(rentree)
    pupils.cards_lessons(rentree)
    parcours.year(_still_here(rentree))
    pupils.detach_some(rentree)
    # Those whom the second file forgot are back in the third, and the other way round.
    office.bring_and_apply(at=days.lesson(calendar.THIRD_IMPORT, 9), changes=0.03, change_seed=2)
    pupils.reprint_some(rentree)
    lately = pupils.come_back(rentree)
    if not school.mails:
        come_by_the_tile(rentree, lately[::3])
    _ask_for_help(rentree)
    two_accounts(rentree, head)
    ready = office.bring(at=now - timedelta(minutes=20), changes=0.04, change_seed=3)
    _knock_in_vain(ready, at=now - timedelta(hours=3))
    _sign_in_staff(rentree, head)
    return establishment


def _sign_in_staff(rentree: Rentree, head: Membership) -> None:
    """All but one teacher came these last days; the référente has just brought the file."""
    days = rentree.calendar
    teacher = rentree.establishment.memberships.filter(role=Role.TEACHER).order_by("pk")[0]
    for member, at in (
        (head, days.lesson(1, 17)),
        (teacher, days.lesson(2, 8)),
        (rentree.referent, days.now - timedelta(minutes=25)),
    ):
        Account.objects.filter(pk=member.account_id).update(last_login=at)


def _still_here(rentree: Rentree) -> Rentree:
    """Forget those who have left meanwhile, and learn the new classes of the others."""
    accounts = {learner.pk: account for learner, account in rentree.entered}
    here = Learner.objects.present().filter(pk__in=accounts).select_related("division", "establishment")
    rentree.entered = [(learner, accounts[learner.pk]) for learner in here.order_by("pk")]
    return rentree


def _ask_for_help(rentree: Rentree) -> None:
    """Three pupils of a class that has nothing yet wrote something close to what the office wrote."""
    waiting = next(rentree.classes(Story.NOTHING))
    known = [(one, one.birth_date) for one in waiting if one.birth_date is not None][:3]
    for place, (learner, born) in enumerate(known):
        ask_for_help(
            establishment=rentree.establishment,
            typed=_almost(learner, born, place),
            reason=Kind.NEAR.value,
            account=None,
            waiting=None,
            rng=rentree.rng,
            at=rentree.calendar.now - timedelta(minutes=3 + 4 * place),
        )


def _knock_in_vain(ready: RosterImport, *, at: datetime) -> None:
    """One pupil without an account typed three times the birth date that the waiting file corrects."""
    inside = Attachment.objects.active().filter(learner=OuterRef("learner"))
    corrections = ready.changes.filter(~Exists(inside), kind=ChangeKind.CORRECTION).order_by("pk")
    for change in corrections:
        before, after = change.before or {}, change.after or {}
        if before["birth_date"] and after["birth_date"] and before["birth_date"] != after["birth_date"]:
            typed = Typed(after["last_name"], after["first_name"], date.fromisoformat(after["birth_date"]))
            for minutes in (0, 1, 4):
                moment = at + timedelta(minutes=minutes)
                note_failed_try(establishment=ready.establishment, typed=typed, at=moment)
            return


def _almost(learner: Learner, born: date, place: int) -> Typed:
    """The right names on the day after, a nickname, half a name: what pupils do."""
    last, first = learner.last_name.title(), learner.first_name
    if place == 0:
        return Typed(last, first, born + timedelta(days=1))
    if place == 1:
        return Typed(last, first[:3], born)
    return Typed(last[: max(3, len(last) // 2)], first, born)
