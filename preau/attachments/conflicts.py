"""Cases of two accounts, or two identities, where one was expected: both sides, as the staff of the school see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount

from preau.accounts.models import Account, ConnectionMode
from preau.accounts.providers.ways import providers
from preau.attachments.models import Attachment, Conflict, ConflictKind, HelpState, How
from preau.establishments.models import Membership
from preau.rosters.models import Learner

MOST = 60


@dataclass(frozen=True, slots=True)
class Side:
    """One account of a case. Where else it may be attached is nobody's business here."""

    title: str
    username: str
    modes: list[str]
    last_login: datetime | None
    made_at: datetime | None
    how: str
    learner: Learner | None  # of this school


@dataclass(frozen=True, slots=True)
class Case:
    """A conflict and its two sides."""

    conflict: Conflict
    why: str
    code: str
    sides: tuple[Side, ...]

    @property
    def can_give(self) -> bool:
        """Whether an ENT opens the other account, which is nobody's here, and the pupil has one to give it to."""
        return (
            len(self.sides) == 2
            and self.sides[1].learner is None
            and ConnectionMode.MEDIACENTRE in self.sides[1].modes
        )


def cases_reached_by(membership: Membership, *, code: str = "") -> list[Case]:
    """The cases about pupils whom this member of staff reaches, latest first; three queries in all.

    `code` is the help code that a pupil reads: only their case.
    """
    asked = {"help_request__code": code, "help_request__state": HelpState.WAITING} if code else {}
    rows = (
        Conflict.objects.filter(
            establishment=membership.establishment_id,
            seen_at=None,
            learner__in=Learner.objects.reached_by(membership),
            **asked,
        )
        .select_related("learner__division", "help_request")
        .order_by("-made_at", "-pk")[:MOST]
    )
    found = list(rows)
    ids = {pk for one in found for pk in (one.account_id, one.other_account_id) if pk}
    accounts: dict[int, Any] = {one.pk: one for one in Account.objects.with_mode_facts().filter(pk__in=ids)}
    here = _attached(membership, ids)
    return [_case(one, accounts, here) for one in found]


def identities_of(learner: Learner) -> list[tuple[int, str, datetime | None]]:
    """The ENT identities that open this pupil's account: number, provider, last arrival; never the identity itself."""
    held = Attachment.objects.active().filter(learner=learner).values("account")
    rows = SocialAccount.objects.filter(user__in=held).order_by("provider", "pk")
    names = {one.sub_id: one.name for one in providers()}
    return [(one.pk, names.get(one.provider, one.provider), one.last_login) for one in rows]


def _attached(membership: Membership, accounts: Iterable[int]) -> dict[int, Attachment]:
    rows = Attachment.objects.active().filter(account__in=accounts, establishment=membership.establishment_id)
    return {one.account_id: one for one in rows.select_related("learner__division").order_by("pk")}


def _case(conflict: Conflict, accounts: dict[int, Account], here: dict[int, Attachment]) -> Case:
    names = {
        conflict.account_id: "Le compte de l’élève ici",
        conflict.other_account_id: "L’autre compte",
    }
    sides = tuple(
        _side(title, accounts[pk], here.get(pk)) for pk, title in names.items() if pk and pk in accounts
    )
    asked = conflict.help_request
    why = ConflictKind(conflict.kind).label
    return Case(conflict, why, asked.code if asked else "", sides)


def _side(title: str, account: Account, attachment: Attachment | None) -> Side:
    return Side(
        title=title,
        username=account.username or "",
        modes=account.modes,
        last_login=account.last_login,
        made_at=attachment.made_at if attachment else None,
        how=How(attachment.made_how).label if attachment else "",
        learner=attachment.learner if attachment else None,
    )
