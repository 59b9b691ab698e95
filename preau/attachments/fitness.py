"""Whether two accounts may be merged: who says that they are one person, and which school they live in."""

from __future__ import annotations

from collections.abc import Iterable

from preau.accounts.models import Account
from preau.attachments.merges import Transfer, TransferState
from preau.attachments.models import Attachment, Conflict, ConflictKind
from preau.attachments.refusals import BothElsewhere, LivesElsewhere, MergeOver, OtherPerson, StaffAccount
from preau.establishments.models import Membership
from preau.rosters.models import Learner, LearnerStatus

PROVED = (ConflictKind.LEARNER_TAKEN, ConflictKind.IDENTITY_TAKEN)


def check_fitness(*, learner: Learner, kept: Account, joined: Account, held: Iterable[Attachment]) -> None:
    """Refuse what staff of one school cannot decide; `held` are the active attachments of both accounts.

    Raises StaffAccount, MergeOver, OtherPerson, LivesElsewhere, BothElsewhere.
    """
    both = [kept, joined]
    if any(one.is_staff for one in both) or Membership.objects.filter(account__in=both).exists():
        raise StaffAccount
    here = [one for one in held if one.establishment_id == learner.establishment_id]
    if learner.pk not in {one.learner_id for one in here}:
        raise MergeOver
    if any(not may_be_one(learner, one.learner) for one in here):
        raise OtherPerson
    elsewhere = [one for one in held if one.establishment_id != learner.establishment_id]
    theirs = {one.establishment_id: one for one in elsewhere if one.account_id == joined.pk}
    if any(one.establishment_id in theirs for one in elsewhere if one.account_id == kept.pk):
        raise BothElsewhere
    lived = {school for school, one in theirs.items() if one.learner.status == LearnerStatus.PRESENT}
    if lived and not proved(learner, joined) and lived - _released(learner, joined):
        raise LivesElsewhere


def may_be_one(one: Learner, other: Learner) -> bool:
    """Whether two records of a school may be one person: same folded names, same day, and not two INEs of today."""
    if one.pk == other.pk:
        return True
    if one.sort_key != other.sort_key or one.birth_date != other.birth_date or one.birth_date is None:
        return False
    return not are_two(one.ine, one.status, other.ine, other.status)


def are_two(ine: str | None, status: str, other_ine: str | None, other_status: str) -> bool:
    """Two pupils of today with two INEs are two people, however alike."""
    present = status == other_status == LearnerStatus.PRESENT
    return present and bool(ine) and bool(other_ine) and ine != other_ine


def proved(learner: Learner, account: Account) -> bool:
    """Whether the pupil themself proved this account here, beside the one they have."""
    met = Conflict.objects.filter(learner=learner, other_account=account, kind__in=PROVED)
    return met.exists()


def _released(learner: Learner, account: Account) -> set[int]:
    rows = Transfer.objects.filter(learner=learner, account=account, state=TransferState.RELEASED)
    return set(rows.values_list("holder", flat=True))
