"""The pupils of the Élèves tab: which ones, in what order, and what each row shows."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from allauth.socialaccount.models import SocialAccount
from django.db.models import Count, Exists, OuterRef, Q, Subquery

from preau.attachments.models import Attachment, AttachmentQuerySet
from preau.campaigns.models import Participation
from preau.establishments.models import Establishment, Membership
from preau.rosterfiles.names import fold
from preau.rosters.models import Division, Learner, LearnerQuerySet, LearnerStatus
from preau.scenarios import words
from preau.scenarios.diagnosis import Diagnosis, diagnose
from preau.scenarios.facts import Around, Group, around, groups_in, keys_where, read_facts, tally, with_facts
from preau.scenarios.words import Step, Who

NO_CLASS, NO_MODE, NO_MEDIACENTRE = "sans", "aucun", "sans-mediacentre"
MODES = {
    "mediacentre": "Médiacentre",
    "identifiant": "Identifiant",
    "mail": "Mail",
    NO_MODE: "Aucun",
    NO_MEDIACENTRE: "Sans Médiacentre",
}
STATUSES = {"": "Présents", "partis": "Partis", "tous": "Tous"}
WHOS = {who.key: who.value or "Rien à faire" for who in Who}
STEPS = {step.key: step.label or "Rien à faire" for step in words.STEPS}
SITUATIONS = {situation.key: situation.label for situation in words.SITUATIONS}
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked for, cleaned: whatever is not understood asks for nothing."""

    text: str = ""
    division: str = ""
    mode: str = ""
    status: str = ""
    who: str = ""
    step: str = ""
    situation: str = ""

    @classmethod
    def read(cls, data: Any) -> Filters:
        """From a query string or a form."""
        division = data.get("classe", "")
        number = division.isascii() and division.isdigit() and len(division) < 19
        return cls(
            text="".join(c for c in data.get("q", "") if c.isprintable()).strip()[:100],
            division=division if number or division == NO_CLASS else "",
            mode=_among(MODES, data.get("mode", "")),
            status=_among(STATUSES, data.get("statut", "")),
            who=_among(WHOS, data.get("qui", "")),
            step=_among(STEPS, data.get("etape", "")),
            situation=_among(SITUATIONS, data.get("situation", "")),
        )

    @property
    def empty(self) -> bool:
        """Whether nothing narrows the list."""
        return self == Filters()

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The filters as the fields of a form."""
        values = {
            "q": self.text,
            "classe": self.division,
            "mode": self.mode,
            "statut": self.status,
            "qui": self.who,
            "etape": self.step,
            "situation": self.situation,
        }
        return [(name, value) for name, value in values.items() if value]

    @property
    def query(self) -> str:
        """The filters as a query string."""
        return urlencode(self.fields)

    def apply(self, learners: LearnerQuerySet, *, school: int) -> LearnerQuerySet:
        """Keep the pupils of this school that are asked for, in list order, whatever their next step."""
        if self.status != "tous":
            learners = learners.gone() if self.status else learners.present()
        if self.division == NO_CLASS:
            learners = learners.filter(division=None)
        elif self.division:
            learners = learners.filter(division=int(self.division))
        if self.mode:
            learners = learners.filter(_has_mode(self.mode, school))
        if self.text:
            learners = learners.filter(_says(self.text, school))
        return learners.in_list_order()

    def keeps(self, group: Group) -> bool:
        """Whether pupils of this group have the next step that is asked for."""
        found = group.diagnosis
        return (
            (not self.who or found.who.key == self.who)
            and (not self.step or found.step.key == self.step)
            and (not self.situation or found.situation.key == self.situation)
        )


def _among(choices: Container[str], asked: str) -> str:
    return asked if asked in choices else ""


@dataclass(frozen=True, slots=True)
class Found:
    """The pupils of a search: their rows to come, and how many there are for each answer of the diagnosis."""

    filters: Filters
    learners: LearnerQuerySet
    groups: list[Group]
    known: Around

    @property
    def count(self) -> int:
        """How many pupils are found; the groups know, and nobody is counted twice."""
        return sum(group.count for group in self.groups if self.filters.keeps(group))

    def choices(self, name: str, of: Callable[[Group], str]) -> dict[str, int]:
        """How many pupils each choice of one filter would leave, the others being as they are."""
        others = replace(self.filters, **{name: ""})
        return tally((group for group in self.groups if others.keeps(group)), of)


def find(filters: Filters, reached: LearnerQuerySet, *, school: Establishment, at: datetime) -> Found:
    """The pupils asked for among those reached: four queries, and one more to read them, whatever is asked."""
    known = around(school, at=at)
    learners = with_facts(filters.apply(reached, school=school.pk), known)
    groups = groups_in(learners, known)
    if filters.who or filters.step or filters.situation:
        learners = learners.filter(Q(facts_key__in=keys_where(groups, filters.keeps)))
    return Found(filters, learners, groups, known)


def _entries(school: int) -> AttachmentQuerySet:
    """What lets a pupil in; the school is said, so that no other one's accounts are read."""
    return Attachment.objects.opening().filter(establishment=school, learner=OuterRef("pk"))


def _says(text: str, school: int) -> Q:
    """Every word somewhere in the folded names, in any order; or the beginning of an identifier."""
    names = Q()
    for word in fold(text).split()[:MOST_WORDS]:
        names &= Q(search_key__contains=word)
    typed = "".join(text.lower().split())
    account = _entries(school).filter(account__username__startswith=typed)
    return (names | Q(Exists(account))) if names else Q(Exists(account))


def _has_mode(mode: str, school: int) -> Q:
    """A condition on the account that lets the pupil in; who left has none here any more."""
    entry = _entries(school)
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
    diagnosis: Diagnosis
    last_login: datetime | None
    participations: int
    present: bool
    username: str | None

    @property
    def step(self) -> Step:
        """The one next step."""
        return self.diagnosis.step


def entries_of(learner_ids: Sequence[int]) -> list[Attachment]:
    """The attachments that let these pupils in, with their accounts; one query.

    `account.modes` costs nothing more; `tile_at` is when the Médiacentre last sent them.
    """
    identities = SocialAccount.objects.filter(user=OuterRef("account"))
    entries = (
        Attachment.objects.opening()
        .filter(learner__in=learner_ids)
        .select_related("account")
        .annotate(
            has_identity=Exists(identities),
            tile_at=Subquery(identities.order_by("-last_login").values("last_login")[:1]),
        )
        .order_by("pk")
    )
    found: list[Any] = list(entries)
    for entry in found:
        entry.account.has_identity = entry.has_identity  # what `Account.modes` looks for before it asks
    return found


def rows_of(learners: Iterable[Learner], known: Around) -> list[Row]:
    """What the tab shows of these pupils (`with_facts`, their class fetched): two queries, however many they are."""
    pupils = list(learners)
    ids = [learner.pk for learner in pupils]
    entries = {entry.learner_id: entry for entry in entries_of(ids)}
    taken = dict(
        Participation.objects.filter(learner__in=ids).values_list("learner").annotate(Count("pk")).order_by()
    )
    return [_row(one, entries.get(one.pk), taken.get(one.pk, 0), known) for one in pupils]


def _row(learner: Any, entry: Attachment | None, participations: int, known: Around) -> Row:
    account = entry.account if entry else None
    return Row(
        learner=learner,
        modes=account.modes if account else [],
        diagnosis=diagnose(read_facts(learner.facts_key, target=known.target)),
        last_login=account.last_login if account else None,
        participations=participations,
        present=learner.status == LearnerStatus.PRESENT,
        username=account.username if account else None,
    )


def divisions_reached(membership: Membership) -> list[Division]:
    """The classes this person may filter by."""
    if membership.runs:
        return list(Division.objects.filter(establishment=membership.establishment_id))
    return list(membership.divisions.all())
