"""The set of pupils an action is asked for, and what each action will and will not touch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q
from django.http import QueryDict
from django.utils import timezone

from preau.accounts.age import latest_birth
from preau.attachments.models import Attachment, Card
from preau.establishments.models import Membership
from preau.rosters.models import Learner, LearnerQuerySet, LearnerStatus
from preau.scenarios.people import Filters, find
from preau.web.selection import chosen_ids


def chosen_learners(membership: Membership, data: QueryDict, *, at: datetime) -> LearnerQuerySet:
    """The pupils chosen in the form, among those this person reaches: by hand, or (`all`) the whole search."""
    reached = Learner.objects.reached_by(membership)
    if data.get("all") == "1":
        found = find(Filters.read(data), reached, school=membership.establishment, at=at)
        return reached.filter(pk__in=found.learners.order_by().values("pk")).in_list_order()
    return reached.filter(pk__in=chosen_ids(data)).in_list_order()


@dataclass(frozen=True, slots=True)
class Effects:
    """How many pupils were chosen, and what they have already."""

    chosen: int
    present: int
    named: int  # have an identifier
    attached: int  # have an account
    carded: int  # hold a card not used yet
    closed: int  # have not made their account theirs: a card would open it
    mailed: int  # have an address
    young_mailed: int  # have an address before fifteen

    @property
    def left(self) -> int:
        """Chosen, but gone: nothing is done for them."""
        return self.chosen - self.present

    @property
    def unnamed(self) -> int:
        """Would get an identifier."""
        return self.present - self.named

    @property
    def kept_mails(self) -> int:
        """Have an address that stays: fifteen, or of unknown age."""
        return self.mailed - self.young_mailed

    @property
    def unattached(self) -> int:
        """Have no account: a new code would be their first card."""
        return self.present - self.attached


def effects_on(learners: LearnerQuerySet, *, at: datetime) -> Effects:
    """Count what the actions would touch; one query."""
    entry = Attachment.objects.opening().filter(learner=OuterRef("pk"))
    here = Q(status=LearnerStatus.PRESENT)
    card = Card.objects.valid(at).filter(learner=OuterRef("pk"))
    mail = here & Q(Exists(entry.filter(account__email__isnull=False)))
    young = Q(birth_date__gt=latest_birth(timezone.localdate(at)))
    return Effects(
        **learners.order_by().aggregate(
            chosen=Count("pk"),
            present=Count("pk", filter=here),
            named=Count("pk", filter=Q(Exists(entry.filter(account__username__isnull=False)))),
            attached=Count("pk", filter=Q(Exists(entry))),
            carded=Count("pk", filter=here & Q(Exists(card))),
            closed=Count("pk", filter=here & ~Q(Exists(entry.exclude(account__password_chosen_at=None)))),
            mailed=Count("pk", filter=mail),
            young_mailed=Count("pk", filter=mail & young),
        )
    )


def with_account(learners: LearnerQuerySet) -> LearnerQuerySet:
    """Those for whom a new code replaces a lost password."""
    return learners.present().filter(Exists(Attachment.objects.opening().filter(learner=OuterRef("pk"))))


def still_closed(learners: LearnerQuerySet) -> LearnerQuerySet:
    """Those who have not chosen a password yet, whatever other way they have: a card lets them."""
    opening = Attachment.objects.opening().filter(learner=OuterRef("pk"))
    return learners.present().exclude(Exists(opening.exclude(account__password_chosen_at=None)))
