"""The second engine, for items that enough pupils have answered: Rasch, expected a posteriori on a grid.

Same scale and same slope as `adaptive.py`, but each item has its own difficulty, and the parcours stops when the
level is known well enough.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log, sqrt

from preau.parcours.adaptive import SLOPE, Limits, Measure, Stop, chance, measure, success

ENOUGH = 200  # answers before an item has a difficulty of its own
GRID = tuple(-1 + place * 0.25 for place in range(45))  # levels -1 to 10
SPREAD, APART = 2.0, 1.2  # of pupils around the middle; of a pupil's competences around their own level
ERROR = 0.75  # of a level: known well enough
EQUAL = 3  # the nearest items are equal, so that all are seen


@dataclass(frozen=True, slots=True)
class Scaled:
    """An item with its own difficulty."""

    id: str
    competence: str
    difficulty: float
    luck: float = 0.0  # the odds of a right answer without knowing


@dataclass(frozen=True, slots=True)
class Scale:
    """The items of one competence, the easier first."""

    items: tuple[Scaled, ...]
    difficulties: tuple[float, ...]
    top: int


class Scales(dict[str, Scale]):
    """Competence → scale; made once for a bank."""

    def __init__(self, scales: Mapping[str, Scale]) -> None:
        super().__init__(scales)
        self.known = {item.id: item for scale in scales.values() for item in scale.items}
        ends = [d for scale in scales.values() for d in (scale.difficulties[0], scale.difficulties[-1])]
        self.middle = (min(ends) + max(ends)) / 2 if ends else 0.0


def scales_of(items: Iterable[Scaled], tops: Mapping[str, int]) -> Scales:
    """One scale a competence."""
    by_competence: dict[str, list[Scaled]] = {}
    for item in items:
        by_competence.setdefault(item.competence, []).append(item)
    scales = {}
    for name in sorted(by_competence):
        ordered = tuple(sorted(by_competence[name], key=lambda one: (one.difficulty, one.id)))
        scales[name] = Scale(ordered, tuple(one.difficulty for one in ordered), tops[name])
    return Scales(scales)


@lru_cache(maxsize=4096)
def _said(difficulty: float, luck: float, right: bool) -> tuple[float, ...]:
    """Log-odds of one answer at each level of the grid; a wrong one says the same whatever the luck."""
    if not right:
        return tuple(log(success(difficulty, theta)) for theta in GRID)
    return tuple(log(luck + (1 - luck) * success(theta, difficulty)) for theta in GRID)


def expected(
    answers: Iterable[tuple[float, float, bool]], *, middle: float, spread: float = SPREAD
) -> tuple[float, float]:
    """The level expected after these (difficulty, luck, right) answers, and its standard error."""
    weights = [-0.5 * ((theta - middle) / spread) ** 2 for theta in GRID]
    for difficulty, luck, right in answers:
        weights = [a + b for a, b in zip(weights, _said(round(difficulty, 1), luck, right), strict=True)]
    most = max(weights)
    odds = [exp(weight - most) for weight in weights]
    total = sum(odds)
    mean = sum(theta * weight for theta, weight in zip(GRID, odds, strict=True)) / total
    spread_left = sum(weight * (theta - mean) ** 2 for theta, weight in zip(GRID, odds, strict=True)) / total
    return mean, sqrt(spread_left)


class Weighing:
    """Where a pupil stands after some answers."""

    def __init__(self, scales: Scales, answers: Iterable[tuple[str, bool]] = ()) -> None:
        self.scales = scales
        known = scales.known
        self.answers: dict[str, list[tuple[float, float, bool]]] = {name: [] for name in scales}
        self.seen: set[str] = set()
        for item, right in answers:
            if item in known:
                one = known[item]
                self.answers[one.competence].append((one.difficulty, one.luck, right))
                self.seen.add(item)

    def overall(self) -> float:
        """The level over all competences."""
        return expected((one for said in self.answers.values() for one in said), middle=self.scales.middle)[0]

    def level_of(self, competence: str, overall: float) -> tuple[float, float]:
        """The level in one competence, and its standard error."""
        return expected(self.answers[competence], middle=overall, spread=APART)

    def measures(self) -> dict[str, Measure]:
        """What to say of each competence that was asked about."""
        overall = self.overall()
        return {
            name: measure(name, *self.level_of(name, overall), top=self.scales[name].top, asked=len(said))
            for name, said in self.answers.items()
            if said
        }

    def next_item(self, limits: Limits, *, seed: int, spent: float = 0.0) -> str | Stop:
        """The item to ask now, or why to stop: in a competence asked least, near the pupil's level."""
        asked = len(self.seen)
        stop = limits.reached(asked, spent)
        if stop is not None:
            return stop
        overall = self.overall()
        for name in self._least_asked_first(seed, asked):
            theta, error = self.level_of(name, overall)
            if self.answers[name] and error <= ERROR:
                continue
            near = self._near(self.scales[name], theta)
            if near:
                return near[chance(seed, asked, name) % len(near)]
        return Stop.SETTLED

    def _least_asked_first(self, seed: int, asked: int) -> list[str]:
        return sorted(self.scales, key=lambda name: (len(self.answers[name]), chance(seed, asked, name)))

    def _near(self, scale: Scale, theta: float) -> list[str]:
        """The few unseen items nearest to this level, found by looking on both sides of it."""
        right = bisect_left(scale.difficulties, theta)
        left = right - 1
        found: list[str] = []
        while len(found) < EQUAL and (left >= 0 or right < len(scale.items)):
            leftwards = right >= len(scale.items) or (
                left >= 0 and theta - scale.difficulties[left] <= scale.difficulties[right] - theta
            )
            item = scale.items[left if leftwards else right]
            left, right = (left - 1, right) if leftwards else (left, right + 1)
            if item.id not in self.seen:
                found.append(item.id)
        return found


def calibrate(answers: Sequence[tuple[float, bool]], *, luck: float = 0.0) -> float | None:
    """The difficulty at which pupils of these levels would succeed as often as they did; None below ENOUGH answers.

    `luck` is the odds of a right answer without knowing: what it explains says nothing of the difficulty.
    """
    rights = sum(right for _, right in answers)
    if len(answers) < ENOUGH:
        return None
    known = (rights - luck * len(answers)) / (1 - luck)
    # An item that nobody misses, or that nobody knows, still has a difficulty.
    bounded = min(max(known, 1), len(answers) - 1)
    difficulty = sum(theta for theta, _ in answers) / len(answers)
    for _ in range(50):
        odds = [success(theta, difficulty) for theta, _ in answers]
        move = (sum(odds) - bounded) / (SLOPE * sum(p * (1 - p) for p in odds) or 1e-9)
        difficulty += max(-1.0, min(1.0, move))
        if abs(move) < 1e-4:
            break
    return max(-0.5, min(9.5, difficulty))
