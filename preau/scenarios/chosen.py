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
from preau.handouts.models import Deed
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


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a deed will do and leave alone: figures that are not 0, each with its words."""

    will: list[tuple[int, str]]
    spared: list[tuple[int, str]]
    breaks: int = 0  # cards given out already, that will open nothing any more


def foretell(deed: Deed, effects: Effects) -> Foretold:
    """Say what this deed will and will not touch, before it is asked of many."""
    touched: dict[Deed, list[tuple[int, str]]] = {
        Deed.CARDS: [
            (effects.present, "recevront une carte"),
            (
                effects.present - effects.closed,
                "parmi eux ont déjà choisi leur mot de passe : s’ils s’en servent, ils en choisiront un autre",
            ),
        ],
        Deed.CODES: [(effects.attached, "recevront un nouveau code, sur une carte")],
        Deed.USERNAMES: [(effects.unnamed, "recevront un identifiant")],
        Deed.USERNAMES_AND_CARDS: [
            (effects.unnamed, "recevront un identifiant"),
            (effects.closed, "recevront une carte"),
        ],
        Deed.MAILS: [
            (effects.young_mailed, "de moins de 15 ans : l’adresse laisse la place à un identifiant")
        ],
    }
    spared: dict[Deed, list[tuple[int, str]]] = {
        Deed.CARDS: [],
        Deed.CODES: [(effects.unattached, "n’ont pas encore de compte : préparez-leur une carte")],
        Deed.USERNAMES: [(effects.named, "ont déjà un identifiant")],
        Deed.USERNAMES_AND_CARDS: [
            (effects.present - effects.closed, "ont déjà choisi leur mot de passe : pas de carte"),
        ],
        Deed.MAILS: [
            (effects.kept_mails, "gardent leur adresse : 15 ans, ou date de naissance inconnue"),
            (effects.present - effects.mailed, "n’ont pas d’adresse"),
        ],
    }
    gone = (effects.left, "sont partis : rien ne change pour eux")
    return Foretold(
        will=[one for one in touched[deed] if one[0]],
        spared=[one for one in (*spared[deed], gone) if one[0]],
        breaks=effects.carded if deed in {Deed.CARDS, Deed.CODES, Deed.USERNAMES_AND_CARDS} else 0,
    )
