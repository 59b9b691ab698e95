"""Erase a person, or everybody whose time has come; forget who did what long ago."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from preau.accounts.models import Account
from preau.attachments.actions import unreach
from preau.attachments.merges import Merge
from preau.attachments.models import Attachment, HelpRequest
from preau.audit import actions as journal
from preau.audit.actions import record
from preau.establishments.models import Establishment, Invitation
from preau.privacy.models import LONGEST_DAYS, SHORTEST_DAYS, Departure, PrivacyChoices
from preau.privacy.retention import kept_days
from preau.rosterfiles.names import fold
from preau.rosters.models import (
    ImportChange,
    ImportQuestion,
    ImportState,
    Learner,
    LearnerStatus,
    RosterImport,
)
from preau.web.refusals import Refusal

AT_ONCE = 500
DETACHED_KEPT = timedelta(days=30)  # an attachment ended by mistake can be undone
STAFF_KEPT = timedelta(days=365)
NAMES_IN_JOURNAL = timedelta(days=365)
OPEN_STATES = (ImportState.READING, ImportState.MAPPING, ImportState.READY)
# Verbs of the journal whose `about` is a colleague, or their address.
ABOUT_STAFF = ("invitation-envoyee", "invitation-annulee", "equipe-retrait", "role-change")


class StillEnrolled(Refusal):
    """The next import would bring them back."""

    message = (
        "Cet élève est inscrit : le prochain import le ramènerait. Marquez d’abord son départ, puis effacez."
    )


class DaysOutOfBounds(Refusal):
    """Longer than allowed, or too short for an import to be undone."""

    message = f"Entre {SHORTEST_DAYS} et {LONGEST_DAYS} jours."


@transaction.atomic
def set_choices(
    *, establishment: Establishment, days: int, contact: str, officer: str, by: Account, at: datetime
) -> PrivacyChoices:
    """Keep how long this school keeps those who left, and who answers families. Raises DaysOutOfBounds."""
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise DaysOutOfBounds
    values = {"kept_days": days, "contact": contact, "officer": officer, "set_by": by, "set_at": at}
    chosen, _ = PrivacyChoices.objects.update_or_create(establishment=establishment, defaults=values)
    record(verb="donnees-reglees", at=at, by=by, uai=establishment.uai, days=days)
    return chosen


@transaction.atomic
def erase(*, learner: Learner, by: Account, at: datetime) -> None:
    """Erase a pupil who left, without waiting; once is enough. Raises StillEnrolled."""
    uai = learner.establishment.uai
    if not _erase([learner.pk], at=at):
        if Learner.objects.filter(pk=learner.pk).exists():
            raise StillEnrolled
        return
    record(verb="eleve-efface", at=at, by=by, uai=uai)


def erase_due(*, at: datetime) -> int:
    """Erase everybody whose school keeps them no longer, school by school, a few hundred at a time; say how many."""
    today, total = timezone.localdate(at), 0
    due = Departure.objects.due(today)
    schools = Establishment.objects.filter(pk__in=due.values("learner__establishment")).order_by("pk")
    for school in schools.iterator():
        gone = 0
        while numbers := list(
            due.filter(learner__establishment=school)
            .order_by("pk")
            .values_list("learner", flat=True)[:AT_ONCE]
        ):
            with transaction.atomic():
                erased = _erase(numbers, at=at)
            gone += erased
            if not erased:  # they came back meanwhile
                break
        if gone:
            record(verb="eleves-effaces", at=at, by=None, uai=school.uai, count=gone, days=kept_days(school))
        total += gone
    return total


def _erase(numbers: Sequence[int], *, at: datetime) -> int:
    """Erase those of them who are still gone, and their accounts that open nothing else."""
    gone = list(
        Learner.objects.select_for_update(of=("self",))
        .filter(pk__in=numbers, status=LearnerStatus.LEFT)
        .order_by("pk")
    )
    learners = [learner.pk for learner in gone]
    accounts = _accounts_of(learners, at=at)
    _forget_in_imports(gone)
    HelpRequest.objects.filter(Q(learner__in=learners) | Q(account__in=accounts)).delete()
    journal.forget(learner_ids=learners, account_ids=accounts)
    unreach(learners=learners, accounts=accounts)
    Learner.objects.filter(pk__in=learners).delete()
    Account.objects.filter(pk__in=accounts).delete()
    return len(learners)


def _accounts_of(learners: Collection[int], *, at: datetime) -> list[int]:
    """The accounts of these pupils that open no other school, and of nobody who works here."""
    theirs = {
        *Attachment.objects.filter(learner__in=learners).values_list("account", flat=True),
        *Merge.objects.filter(learner__in=learners).values_list("joined", flat=True),
    }
    others = Attachment.objects.exclude(learner__in=learners).filter(
        Q(ended_at=None) | Q(ended_at__gt=at - DETACHED_KEPT)
    )
    free = Account.objects.filter(pk__in=theirs, is_staff=False, is_superuser=False, memberships=None)
    elsewhere = Exists(others.filter(account=OuterRef("pk")))
    return list(free.exclude(elsewhere).order_by("pk").values_list("pk", flat=True))


def _forget_in_imports(gone: Sequence[Learner]) -> None:
    """Take these pupils out of what imports say; a preview that speaks of one of them must be made again."""
    numbers = {learner.pk for learner in gone}
    schools = {learner.establishment_id for learner in gone}
    imports = RosterImport.objects.filter(establishment__in=schools)
    changes = ImportChange.objects.filter(learner__in=numbers)
    stale = set(
        changes.filter(roster_import__state__in=OPEN_STATES).values_list(
            "roster_import__establishment", flat=True
        )
    )
    questions = ImportQuestion.objects.filter(roster_import__in=imports)
    asked = [
        (pk, state, school)
        for pk, state, school, same_as, candidates in questions.values_list(
            "pk", "roster_import__state", "roster_import__establishment", "same_as", "candidates"
        ).iterator()
        if same_as in numbers or any(person["learner_id"] in numbers for person in candidates)
    ]
    stale |= {school for _, state, school in asked if state in OPEN_STATES}
    Establishment.objects.filter(pk__in=stale).update(roster_version=F("roster_version") + 1)
    changes.delete()
    questions.filter(pk__in=[pk for pk, _, _ in asked]).delete()
    _forget_problems(imports.exclude(problems=[]), gone)


def _forget_problems(imports: Any, gone: Sequence[Learner]) -> None:
    names = [fold(f"{learner.shown_last_name} {learner.first_name}") for learner in gone]
    locals_ = {learner.local_id for learner in gone if learner.local_id}
    for one in imports.only("pk", "problems").iterator():
        kept = [problem for problem in one.problems if not _names(problem, names, locals_)]
        if len(kept) != len(one.problems):
            RosterImport.objects.filter(pk=one.pk).update(problems=kept)


def _names(problem: dict[str, Any], names: Sequence[str], locals_: Collection[str]) -> bool:
    """Whether a remark on a file speaks of one of these pupils."""
    pupil = problem.get("pupil") or {}
    said = fold(f"{pupil.get('name', '')} | {problem.get('message', '')}")
    return pupil.get("local_id") in locals_ or any(name in said for name in names)


@transaction.atomic
def forget_old_staff(*, at: datetime) -> None:
    """Forget accounts that open nothing any more: pupils' after ninety days, staff's and invitations after a year."""
    accounts = Account.objects.filter(is_staff=False, is_superuser=False, memberships=None)
    useful = Attachment.objects.filter(Q(ended_at=None) | Q(ended_at__gt=at - timedelta(days=LONGEST_DAYS)))
    idle = accounts.exclude(Exists(useful.filter(account=OuterRef("pk"))))
    adult = Q(username=None, birth_date=None, email__isnull=False)
    late = ~adult & Q(made_at__lt=at - timedelta(days=LONGEST_DAYS))
    late |= adult & Q(made_at__lt=at - STAFF_KEPT) & (Q(last_login=None) | Q(last_login__lt=at - STAFF_KEPT))
    numbers = list(idle.filter(late).order_by("pk").values_list("pk", flat=True)[:5000])
    journal.forget(learner_ids=[], account_ids=numbers)
    unreach(accounts=numbers)
    Account.objects.filter(pk__in=numbers).delete()
    Invitation.objects.filter(invited_at__lt=at - STAFF_KEPT).delete()


def forget_old_acts(*, at: datetime) -> None:
    """Take names out of the journal after twelve months, and out of what old imports had to say.

    Part by part, each kept: a night that is cut short goes on the next one.
    """
    pupils = Attachment.objects.values("account")
    journal.pseudonymise(before=at - NAMES_IN_JOURNAL, pupils=pupils, verbs_about_people=ABOUT_STAFF)
    old = RosterImport.objects.filter(uploaded_at__lt=at - timedelta(days=LONGEST_DAYS)).exclude(
        state__in=OPEN_STATES
    )
    ImportQuestion.objects.filter(roster_import__in=old).delete()
    old.exclude(problems=[]).update(problems=[])
