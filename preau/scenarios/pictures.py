"""The figures behind the pictures: who got in and when, modes, situations, participation. A few grouped queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, F, Q, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from preau.accounts.models import ConnectionMode
from preau.campaigns.models import Campaign, Participation, ParticipationState
from preau.establishments.models import Membership, school_year_start
from preau.rosters.models import Learner
from preau.scenarios.dashboard import ClassLine, class_lines, whole
from preau.scenarios.facts import Group, around, entry_at, groups_of, tally
from preau.scenarios.words import SITUATIONS, Who

DAYS_SHOWN = 30
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Slice:
    """One line of a picture: a label, how many pupils, an address that lists them."""

    label: str
    count: int
    query: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """How many pupils came in for the first time that day, and how many had in all, that day included."""

    day: date
    count: int
    total: int

    @property
    def point(self) -> tuple[str, int]:
        """As the columns draw it."""
        return f"{self.day.day}/{self.day.month}", self.count


@dataclass(frozen=True, slots=True)
class Taking:
    """How far the pupils of a campaign are; `concerned` are those whom it is for."""

    title: str
    pk: int
    concerned: int
    started: int
    done: int


@dataclass(frozen=True)
class Figures:
    """All that this person may see of their school today."""

    lines: list[ClassLine]
    groups: list[Group]
    entries: list[tuple[date, int | None, int]]  # day, class, how many first entries
    takings: list[Taking]
    today: date

    @cached_property
    def all(self) -> ClassLine:
        """All the classes together."""
        return whole(self.lines)

    @property
    def percent(self) -> int:
        """How many pupils in a hundred have come in; never 100 before the last one has."""
        return self.all.entered * 100 // self.all.pupils if self.all.pupils else 0

    @property
    def this_week(self) -> int:
        """First entries of the last seven days."""
        return sum(count for day, _, count in self.entries if day > self.today - WEEK)

    def days(self, division_id: int | None = None, *, of_class: bool = False) -> list[Day]:
        """The last thirty days, every one of them; of one class if asked."""
        counts: dict[date, int] = {}
        for day, division, count in self.entries:
            if not of_class or division == division_id:
                counts[day] = counts.get(day, 0) + count
        first = self.today - timedelta(days=DAYS_SHOWN - 1)
        total, days = sum(count for day, count in counts.items() if day < first), []
        for step in range(DAYS_SHOWN):
            day = first + timedelta(days=step)
            total += counts.get(day, 0)
            days.append(Day(day, counts.get(day, 0), total))
        return days

    @property
    def whos(self) -> list[Slice]:
        """Who must act, for how many pupils."""
        counts = tally(self.groups, lambda group: group.diagnosis.who)
        return [
            Slice(who.value or "Rien à faire", counts[who], f"qui={who.key}") for who in Who if who in counts
        ]

    @property
    def situations(self) -> list[Slice]:
        """The rows of the leaflet, and what comes before and after."""
        counts = tally(self.groups, lambda group: group.diagnosis.situation.key)
        return [
            Slice(one.label, counts[one.key], f"situation={one.key}")
            for one in SITUATIONS
            if one.key in counts
        ]

    @property
    def modes(self) -> list[Slice]:
        """How many hold each mode; they cumulate, so they add up to more than the pupils."""
        held = [
            Slice(mode.label, _count(self.groups, mode.value), f"mode={mode.label.lower().replace('é', 'e')}")
            for mode in ConnectionMode
        ]
        several = sum(group.count for group in self.groups if len(group.facts.held) > 1)
        nothing = sum(group.count for group in self.groups if not group.facts.held)
        return [*held, Slice("Plusieurs à la fois", several), Slice("Aucun", nothing, "mode=aucun")]

    def by_class(self, division_id: int | None) -> dict[Who, int]:
        """Who must act in one class."""
        inside = [group for group in self.groups if group.division_id == division_id]
        return tally(inside, lambda group: group.diagnosis.who)


def _count(groups: Iterable[Group], mode: str) -> int:
    return sum(group.count for group in groups if mode in group.facts.held)


def figures_of(membership: Membership, *, at: datetime) -> Figures:
    """Read the school, or a teacher's classes; as many queries for ten pupils as for four thousand."""
    reached = Learner.objects.reached_by(membership).present()
    lines = class_lines(membership, at=at)
    return Figures(
        lines=lines,
        groups=groups_of(reached, around(membership.establishment, at=at)),
        entries=_first_entries(membership, reached, at),
        takings=_takings(membership, reached, lines, at),
        today=timezone.localdate(at),
    )


def _first_entries(membership: Membership, reached: Any, at: datetime) -> list[tuple[date, int | None, int]]:
    """The day each pupil first came in since the rentrée; of who came before we kept it, the last day we know."""
    start = school_year_start(at)
    moment = Case(
        When(entry__account__entered_at__gte=start, then=F("entry__account__entered_at")),
        default=F("entry__account__last_login"),
    )
    rows = (
        reached.order_by()
        .annotate(entry=entry_at(membership.establishment_id))
        .filter(entry__account__last_login__gte=start)
        .annotate(came_on=TruncDate(moment))
        .values_list("came_on", "division_id")
        .annotate(count=Count("pk"))
        .order_by("came_on", "division_id")
    )
    return list(rows)


def _takings(membership: Membership, reached: Any, lines: Sequence[ClassLine], at: datetime) -> list[Taking]:
    campaigns = list(
        Campaign.objects.filter(
            establishment=membership.establishment_id, archived_at=None, opens_at__lte=at
        ).prefetch_related("divisions")
    )
    taken = Participation.objects.filter(campaign__in=campaigns, learner__in=reached.values("pk"))
    finished_too = Q(state=ParticipationState.DONE)
    counted = (
        taken.order_by()
        .values("campaign")
        .annotate(
            began=Count("learner", distinct=True),
            ended=Count("learner", distinct=True, filter=finished_too),
        )
    )
    counts = {row["campaign"]: (row["began"], row["ended"]) for row in counted}
    takings = []
    for campaign in campaigns:
        classes = {division.pk for division in campaign.divisions.all()}
        concerned = sum(line.pupils for line in lines if not classes or line.division_id in classes)
        started, finished = counts.get(campaign.pk, (0, 0))
        if concerned or started:
            takings.append(Taking(campaign.title, campaign.pk, max(concerned, started), started, finished))
    return takings
