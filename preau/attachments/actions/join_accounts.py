"""One account takes up what another one has, and gives it back: the deed behind a merge.

Lock order: pupil records, then accounts, each by number, as whoever comes in does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.utils.dateparse import parse_datetime

from preau.accounts.actions import end_sessions
from preau.accounts.models import Account
from preau.attachments.fitness import check_fitness
from preau.attachments.merges import Merge
from preau.attachments.models import Attachment, Conflict, IdentityChange
from preau.attachments.refusals import LaterMerge, MergeOver
from preau.attachments.signals import Moved, accounts_merging, accounts_unmerging
from preau.rosters.models import Learner

WHY_JOINED = "deux comptes réunis"
DATES = ("last_login", "entered_at", "password_chosen_at")


def join_accounts(
    *, learner: Learner, kept: Account, joined: Account, by: Account, at: datetime
) -> dict[str, Any]:
    """Move everything of `joined` to `kept`, in the caller's transaction; what it answers puts everything back.

    Raises MergeOver, StaffAccount, OtherPerson, LivesElsewhere, BothElsewhere.
    """
    kept, joined = lock_both(learner, kept, joined)
    held = list(
        Attachment.objects.active()
        .filter(account__in=[kept.pk, joined.pk])
        .select_related("learner")
        .order_by("pk")
    )
    check_fitness(learner=learner, kept=kept, joined=joined, held=held)
    identities = _take(SocialAccount.objects.filter(user=joined), user=kept)
    changes = _take(IdentityChange.objects.filter(account=joined), account=kept)
    moved, ended, rows = _attachments(learner, kept, joined, held, by=by, at=at)
    conflicts = Conflict.objects.filter(
        account__in=[kept.pk, joined.pk], other_account__in=[kept.pk, joined.pk], seen_at=None
    )
    answers: list[Any] = accounts_merging.send(sender=Merge, kept=kept.pk, joined=joined.pk, rows=rows)
    facts = {
        "identities": identities,
        "changes": changes,
        "attachments": moved,
        "ended": ended,
        "conflicts": list(conflicts.order_by("pk").values_list("pk", flat=True)),
        "names": _names(kept, joined, at=at),
        "rooms": {one.room: one.rows for _, one in answers if isinstance(one, Moved)},
    }
    conflicts.update(seen_at=at, seen_by=by)
    end_sessions(accounts=[joined.pk])
    return facts


def lock_both(learner: Learner, kept: Account, joined: Account) -> tuple[Account, Account]:
    """The two accounts as they are now, and nobody changes them or their pupils until the end; raises MergeOver.

    Before anything else is written: two people who decide at once wait here, in the same order.
    """
    both = [kept.pk, joined.pk]
    here = Attachment.objects.active().filter(account__in=both, establishment=learner.establishment_id)
    records = {learner.pk, *here.values_list("learner", flat=True)}
    list(Learner.objects.select_for_update().filter(pk__in=records).order_by("pk"))
    rows = {one.pk: one for one in Account.objects.select_for_update().filter(pk__in=both).order_by("pk")}
    if len(rows) != 2 or not all(one.is_active for one in rows.values()):
        raise MergeOver
    return rows[kept.pk], rows[joined.pk]


def _take(rows: Any, **changes: object) -> list[int]:
    """Change these rows, and say which ones they were."""
    numbers = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.model.objects.filter(pk__in=numbers).update(**changes)
    return numbers


def _attachments(
    learner: Learner,
    kept: Account,
    joined: Account,
    held: Iterable[Attachment],
    *,
    by: Account,
    at: datetime,
) -> tuple[list[int], list[int], dict[int, int]]:
    """Which attachments move, which end because the kept account has one here, and which record follows which."""
    here = {one.account_id: one for one in held if one.establishment_id == learner.establishment_id}
    theirs = [one for one in held if one.account_id == joined.pk]
    double = [one for one in theirs if kept.pk in here and one.establishment_id == learner.establishment_id]
    moving = [one.pk for one in theirs if one not in double]
    ending = [one.pk for one in double]
    Attachment.objects.filter(pk__in=moving).update(account=kept)
    Attachment.objects.filter(pk__in=ending).update(ended_at=at, ended_by=by, ended_why=WHY_JOINED)
    return moving, ending, {one.learner_id: here[kept.pk].learner_id for one in double}


def _names(kept: Account, joined: Account, *, at: datetime) -> dict[str, Any]:
    """Give the kept account the names and the password that it lacks; the other one closes.

    Where both have a password, the identifier of the closed account stays on it: whoever types it with its password
    is told where to go, instead of being told that it is wrong.
    """
    before = {field: _text(getattr(kept, field)) for field in DATES}
    given: dict[str, Any] = {"before": before, "password": ""}
    lacks = not kept.has_usable_password()
    for field in ("username", "email"):
        moves = getattr(kept, field) is None and (lacks or not joined.has_usable_password())
        given[field] = getattr(joined, field) if moves else None
        if given[field]:
            setattr(kept, field, given[field])
            setattr(joined, field, None)
    if lacks and joined.has_usable_password():
        given["password"] = kept.password  # not a secret: it says that there is none
        kept.password, kept.password_chosen_at = joined.password, joined.password_chosen_at
    kept.last_login = max(filter(None, (kept.last_login, joined.last_login)), default=None)
    kept.entered_at = min(filter(None, (kept.entered_at, joined.entered_at)), default=None)
    joined.is_active, joined.joined_to = False, kept
    joined.save(update_fields=["username", "email", "is_active", "joined_to"])
    kept.save(update_fields=["username", "email", "password", *DATES])
    given["after"] = {field: _text(getattr(kept, field)) for field in DATES}
    return given


def part_accounts(*, merge: Merge, at: datetime) -> None:
    """Put back what a merge moved, as far as it is still where the merge put it; raises LaterMerge."""
    moved: dict[str, Any] = merge.moved
    records = Attachment.objects.filter(pk__in=[*moved["ended"], *moved["attachments"]]).values("learner")
    list(Learner.objects.select_for_update().filter(pk__in=records).order_by("pk"))
    both = [merge.kept_id, merge.joined_id]
    rows = {one.pk: one for one in Account.objects.select_for_update().filter(pk__in=both).order_by("pk")}
    kept, joined = rows[merge.kept_id], rows[merge.joined_id]
    if kept.joined_to_id is not None or joined.joined_to_id != kept.pk:
        raise LaterMerge
    _give_names_back(kept, joined, moved["names"])
    SocialAccount.objects.filter(pk__in=moved["identities"], user=kept).update(user=joined)
    IdentityChange.objects.filter(pk__in=moved["changes"], account=kept).update(account=joined)
    Attachment.objects.filter(pk__in=moved["attachments"], account=kept).update(account=joined)
    taken = Attachment.objects.active().values(
        "learner"
    )  # somebody else is that record since: it stays ended
    again = Attachment.objects.filter(pk__in=moved["ended"], account=joined, ended_at=merge.decided_at)
    again.exclude(learner__in=taken).update(ended_at=None, ended_by=None, ended_why="")
    _open_again(moved["conflicts"], merge)
    accounts_unmerging.send(sender=Merge, kept=kept.pk, joined=joined.pk, moved=moved["rooms"])
    # Whoever came in by what goes back goes out.
    end_sessions(accounts=[kept.pk], since=merge.decided_at)


def _open_again(numbers: list[int], merge: Merge) -> None:
    closed = Conflict.objects.filter(pk__in=numbers, seen_at=merge.decided_at)
    for one in closed.order_by("pk"):
        if not Conflict.objects.filter(learner=one.learner_id, kind=one.kind, seen_at=None).exists():
            Conflict.objects.filter(pk=one.pk).update(seen_at=None, seen_by=None)


def _give_names_back(kept: Account, joined: Account, given: dict[str, Any]) -> None:
    """Each name goes back with the password that opens it now: the pupil may have chosen another one since."""
    returned = False
    for field in ("username", "email"):
        value = given[field]
        if value is None:
            continue
        if getattr(kept, field) == value:
            setattr(kept, field, None)
            returned = True
        elif Account.objects.filter(**{field: value}).exists():
            continue
        setattr(joined, field, value)
    chosen_since = _text(kept.password_chosen_at) != given["after"]["password_chosen_at"]
    if given["password"] and returned and chosen_since:
        joined.password, joined.password_chosen_at = kept.password, kept.password_chosen_at
    if given["password"] and (returned or not chosen_since):
        kept.password = given["password"]
        kept.password_chosen_at = _moment(given["before"]["password_chosen_at"])
    for field in ("last_login", "entered_at"):
        if _text(getattr(kept, field)) == given["after"][field]:
            setattr(kept, field, _moment(given["before"][field]))
    joined.is_active, joined.joined_to = True, None
    kept.save(update_fields=["username", "email", "password", *DATES])
    joined.save(
        update_fields=["username", "email", "password", "password_chosen_at", "is_active", "joined_to"]
    )


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""


def _moment(text: str) -> datetime | None:
    return parse_datetime(text) if text else None
