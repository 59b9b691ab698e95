"""The picture of a class: where it stands in each competence, and what to work on first. No mark, no ranking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median_low
from typing import Any

from django.db.models import Avg, Count, Q

from preau.parcours.adaptive import SURE
from preau.parcours.editions import bank_of_edition, version_of
from preau.parcours.framework import Competence, competences
from preau.parcours.items import Item, present
from preau.parcours.looking_back import Reached
from preau.parcours.models import OWN, Answer
from preau.results.scope import Scope

WIDE = 23  # of the little bar beside a number
FIRST_ONES = 3
HALF = 0.5
SEEN_BY = 3  # pupils who had a question about a skill before we say anything of it
NAMED = 5  # competences whose names and squares fit at the head of a table; more are told by their codes
Levels = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Bar:
    """How many pupils are about at one level, and the length of their bar."""

    level: int
    pupils: int
    width: str  # as SVG writes it: with a point, whatever the language


@dataclass(frozen=True, slots=True)
class ClassLevel:
    """A class in one competence."""

    reached: Reached  # the median pupil's
    counts: tuple[Bar, ...]
    pupils: int
    unsure: float  # for one pupil, on each side, four times out of five

    @property
    def competence(self) -> Competence:
        return self.reached.competence


@dataclass(frozen=True, slots=True)
class ToWorkOn:
    """A skill that many pupils do not show yet."""

    competence: Competence
    level: int
    statement: str
    asked: int
    missed: int


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """One question: how many answered, how many were right, how long it took."""

    item_id: str
    prompt: str
    statement: str
    competence: Competence
    level: int
    asked: int
    right: int
    passed: int
    time: timedelta

    @property
    def share(self) -> int:
        return round(100 * self.right / self.asked)

    @property
    def width(self) -> str:
        return _width(self.right / self.asked)

    @property
    def time_words(self) -> str:
        """« 45 s », « 1 min 20 »."""
        minutes, seconds = divmod(round(self.time.total_seconds()), 60)
        return f"{minutes}\u00a0min\u00a0{seconds:02}" if minutes else f"{seconds}\u00a0s"

    @property
    def own(self) -> bool:
        """Written by the school."""
        return self.item_id.startswith(OWN)


def _width(share: float) -> str:
    return f"{WIDE * share:.1f}"


def reached_of(levels: Levels) -> dict[str, Reached]:
    """What one try says of each competence, by its code, in the framework's order."""
    said = {one["competence"]: one for one in levels}
    return {
        code: Reached(known, *(said[code][key] for key in ("level", "low", "high", "top", "asked")))
        for code, known in competences().items()
        if code in said
    }


def class_levels(tries: Iterable[Levels]) -> list[ClassLevel]:
    """Where a class stands, from the levels of one try a pupil."""
    by_competence: dict[str, list[Mapping[str, Any]]] = {}
    for levels in tries:
        for one in levels:
            by_competence.setdefault(one["competence"], []).append(one)
    highest = max((one["top"] for said in by_competence.values() for one in said), default=0)
    return [
        _class_level(known, by_competence[code], highest)
        for code, known in competences().items()
        if code in by_competence
    ]


def _class_level(known: Competence, said: Sequence[Mapping[str, Any]], highest: int) -> ClassLevel:
    tops, sizes = max(one["top"] for one in said), len(said)
    numbers = [sum(one["level"] == level for one in said) for level in range(highest + 1)]
    level, low, high = (median_low(one[key] for one in said) for key in ("level", "low", "high"))
    middle = Reached(known, level, low, high, tops, sum(one["asked"] for one in said))
    counts = tuple(Bar(level, n, _width(n / sizes)) for level, n in enumerate(numbers))
    return ClassLevel(middle, counts, sizes, round(SURE * sum(one["error"] for one in said) / sizes, 1))


def to_work_on(scope: Scope) -> list[ToWorkOn]:
    """Three skills at most: among those that half the pupils or more miss, the easiest first, then the most missed."""
    rows = (
        _answers(scope)
        .filter(level__gte=1)
        .values("skill", "competence", "level")
        .annotate(asked=Count("pk"), rights=Count("pk", filter=Q(right=True)))
        .order_by()
    )
    missed = [row for row in rows if row["asked"] >= SEEN_BY and row["rights"] <= row["asked"] * HALF]
    missed.sort(key=lambda row: (row["level"], row["rights"] / row["asked"], row["skill"]))
    named = {item.skill.id: item.skill.statement for item in _items(scope)} if missed else {}
    return [
        ToWorkOn(
            competences()[row["competence"]],
            row["level"],
            named.get(row["skill"], ""),
            row["asked"],
            row["asked"] - row["rights"],
        )
        for row in missed[:FIRST_ONES]
    ]


def item_figures(scope: Scope, *, competence: str = "") -> list[ItemFigures]:
    """Every question that was answered, the least often right first."""
    answers = _answers(scope)
    if competence:
        answers = answers.filter(competence=competence)
    rows = (
        answers.with_time()
        .values("item_id", "item_version", "competence", "level")
        .annotate(
            asked=Count("pk"),
            rights=Count("pk", filter=Q(right=True)),
            passes=Count("pk", filter=Q(passed=True)),
            mean=Avg("time"),
        )
        .order_by()
    )
    known = {(item.id, version_of(item)): item for item in _items(scope)} if rows else {}
    found = [_figures(row, known.get((row["item_id"], row["item_version"]))) for row in rows]
    return sorted(found, key=lambda one: (one.right / one.asked, -one.asked, one.item_id))


def _figures(row: Mapping[str, Any], item: Item | None) -> ItemFigures:
    return ItemFigures(
        item_id=row["item_id"],
        prompt=present(item, "apercu").prompt if item else row["item_id"],
        statement=item.skill.statement if item else "",
        competence=competences()[row["competence"]],
        level=row["level"],
        asked=row["asked"],
        right=row["rights"],
        passed=row["passes"],
        time=row["mean"],
    )


def _answers(scope: Scope) -> Any:
    return Answer.objects.filter(attempt__in=scope.shown().values("attempt"))


def _items(scope: Scope) -> Iterator[Item]:
    """The questions of every edition that these tries began with; the newest is already in memory."""
    for version in scope.shown().order_by().values_list("attempt__edition", flat=True).distinct():
        yield from bank_of_edition(version).items
