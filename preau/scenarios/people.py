"""The pupils of the Élèves tab: which ones, in what order, and what each row shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from allauth.socialaccount.models import SocialAccount
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from preau.accounts.models import ConnectionMode
from preau.attachments.models import Attachment, Card
from preau.campaigns.models import Participation
from preau.establishments.models import Establishment, Membership, school_year_of
from preau.rosterfiles.names import fold
from preau.rosters.models import Division, Learner, LearnerQuerySet, LearnerStatus
from preau.scenarios.diagnosis import NOTHING, Facts, Step, next_step

NO_CLASS, NO_MODE, NO_MEDIACENTRE = "sans", "aucun", "sans-mediacentre"
MODES = {
    "mediacentre": "Médiacentre",
    "identifiant": "Identifiant",
    "mail": "Mail",
    NO_MODE: "Aucun",
    NO_MEDIACENTRE: "Sans Médiacentre",
}
STATUSES = {"": "Présents", "partis": "Partis", "tous": "Tous"}
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked for, cleaned: whatever is not understood asks for nothing."""

    text: str = ""
    division: str = ""
    mode: str = ""
    status: str = ""

    @classmethod
    def read(cls, data: Any) -> Filters:
        """From a query string or a form."""
        mode, status, division = data.get("mode", ""), data.get("statut", ""), data.get("classe", "")
        number = division.isascii() and division.isdigit() and len(division) < 19
        return cls(
            text="".join(c for c in data.get("q", "") if c.isprintable()).strip()[:100],
            division=division if number or division == NO_CLASS else "",
            mode=mode if mode in MODES else "",
            status=status if status in STATUSES else "",
        )

    @property
    def empty(self) -> bool:
        """Whether nothing narrows the list."""
        return self == Filters()

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The filters as the fields of a form."""
        values = {"q": self.text, "classe": self.division, "mode": self.mode, "statut": self.status}
        return [(name, value) for name, value in values.items() if value]

    @property
    def query(self) -> str:
        """The filters as a query string."""
        return urlencode(self.fields)

    def apply(self, learners: LearnerQuerySet) -> LearnerQuerySet:
        """Keep the pupils asked for, in list order."""
        if self.status != "tous":
            learners = learners.gone() if self.status else learners.present()
        if self.division == NO_CLASS:
            learners = learners.filter(division=None)
        elif self.division:
            learners = learners.filter(division=int(self.division))
        if self.mode:
            learners = learners.filter(_has_mode(self.mode))
        if self.text:
            learners = learners.filter(_says(self.text))
        return learners.in_list_order()


def _says(text: str) -> Q:
    """Every word somewhere in the folded names, in any order; or the beginning of an identifier."""
    names = Q()
    for word in fold(text).split()[:MOST_WORDS]:
        names &= Q(search_key__contains=word)
    typed = "".join(text.lower().split())
    account = Attachment.objects.opening().filter(learner=OuterRef("pk"), account__username__startswith=typed)
    return (names | Q(Exists(account))) if names else Q(Exists(account))


def _has_mode(mode: str) -> Q:
    """A condition on the account that lets the pupil in; who left has none here any more."""
    entry = Attachment.objects.opening().filter(learner=OuterRef("pk"))
    identity = Exists(SocialAccount.objects.filter(user=OuterRef("account")))
    if mode == "mediacentre":
        return Q(Exists(entry.filter(identity)))
    if mode == NO_MEDIACENTRE:
        return ~Q(Exists(entry.filter(identity)))
    if mode == "identifiant":
        return Q(Exists(entry.filter(account__username__isnull=False)))
    if mode == "mail":
        return Q(Exists(entry.filter(account__email__isnull=False)))
    some = Q(account__username__isnull=False) | Q(account__email__isnull=False) | Q(identity)
    return ~Q(Exists(entry.filter(some)))


@dataclass(frozen=True, slots=True)
class Row:
    """One pupil of the tab."""

    learner: Learner
    modes: list[str]
    step: Step
    last_login: datetime | None
    participations: int
    present: bool
    username: str | None


def school_year_start(at: datetime) -> datetime:
    """The first moment of the running school year: who signed in since then has « entered »."""
    year = school_year_of(timezone.localdate(at))
    return timezone.make_aware(datetime(year, 8, 1))  # noqa: DTZ001 — made aware right away


def entries_of(learner_ids: Sequence[int]) -> list[Attachment]:
    """The attachments that let these pupils in, with their accounts; `account.modes` costs nothing more. One query."""
    identity = Exists(SocialAccount.objects.filter(user=OuterRef("account")))
    entries = (
        Attachment.objects.opening()
        .filter(learner__in=learner_ids)
        .select_related("account")
        .annotate(has_identity=identity)
        .order_by("pk")
    )
    found: list[Any] = list(entries)
    for entry in found:
        entry.account.has_identity = entry.has_identity  # what `Account.modes` looks for before it asks
    return found


def rows_of(learners: Iterable[Learner], *, school: Establishment, at: datetime) -> list[Row]:
    """What the tab shows of these pupils (their class already fetched): three queries, however many they are."""
    pupils = list(learners)
    ids = [learner.pk for learner in pupils]
    entries = {entry.learner_id: entry for entry in entries_of(ids)}
    cards = dict(Card.objects.valid(at).filter(learner__in=ids).values_list("learner_id", "made_at"))
    taken = dict(
        Participation.objects.filter(learner__in=ids).values_list("learner").annotate(Count("pk")).order_by()
    )
    return [
        _row(learner, entries.get(learner.pk), cards.get(learner.pk), taken.get(learner.pk, 0), school, at)
        for learner in pupils
    ]


def _row(
    learner: Learner,
    entry: Attachment | None,
    card_made_at: datetime | None,
    participations: int,
    school: Establishment,
    at: datetime,
) -> Row:
    account = entry.account if entry else None
    facts = facts_of(learner, entry, card_made_at=card_made_at, school=school, at=at)
    return Row(
        learner=learner,
        modes=account.modes if account else [],
        step=next_step(facts) if facts.present else NOTHING,
        last_login=account.last_login if account else None,
        participations=participations,
        present=facts.present,
        username=account.username if account else None,
    )


def facts_of(
    learner: Learner,
    entry: Attachment | None,
    *,
    card_made_at: datetime | None,
    school: Establishment,
    at: datetime,
) -> Facts:
    """What the diagnosis needs to know.

    `entry` is the attachment that lets the pupil in, `card_made_at` when their valid card was made; None for none.
    A valid card that an account already opened since does not need typing any more.
    """
    account = entry.account if entry else None
    modes = frozenset(account.modes if account else ())
    last_login = account.last_login if account else None
    owned = bool(account and account.password_chosen_at) or ConnectionMode.MEDIACENTRE in modes
    needed = card_made_at is not None and (not owned or last_login is None or last_login < card_made_at)
    return Facts(
        present=learner.status == LearnerStatus.PRESENT,
        division=learner.division.name if learner.division else "",
        has_ine=learner.ine is not None,
        modes=modes,
        target=school.target_mode,
        owned=owned,
        entered=bool(last_login and last_login >= school_year_start(at)),
        card=needed,
    )


def divisions_reached(membership: Membership) -> list[Division]:
    """The classes this person may filter by."""
    if membership.runs:
        return list(Division.objects.filter(establishment=membership.establishment_id))
    return list(membership.divisions.all())
