"""Which question next, and about which level: pure, the same for the same seed, no calibrated bank needed.

The skills of a competence stand in a chain, the easier first. A right answer settles the easier ones as known, a wrong
one the harder as not yet known; what is left between the two is the window. The next skill is the one expected to
settle most. Levels and difficulties share one scale: at level 3, a skill of level 3 succeeds one time in two.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from math import exp, floor, sqrt
from typing import Protocol

SLOPE = 1.0  # of the logistic, by level: one level more is 0.73 instead of 0.50
# Nobody is measured by two answers: four imagined ones stand beside them, a success below the easiest and a failure
# above the hardest, then a success and a failure at the pupil's own level over all competences.
PULL = 2.0
SURE = 1.2816  # standard errors on each side: the true level is inside four times out of five
NEARLY = 0.05  # skills that settle nearly as much are equal, so that all are seen


class Skill(Protocol):
    """What the engine needs to know of a skill."""

    @property
    def id(self) -> str: ...
    @property
    def competence(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def order(self) -> int: ...


class Stop(Enum):
    """Why there is no next question."""

    SETTLED = "settled"  # another answer would teach nothing
    LENGTH = "length"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a parcours goes."""

    length: int
    seconds: int | None = None

    def reached(self, asked: int, spent: float) -> Stop | None:
        """Why to stop after this many questions and seconds, or None."""
        if asked >= self.length:
            return Stop.LENGTH
        return Stop.TIME if self.seconds is not None and spent >= self.seconds else None


@dataclass(frozen=True, slots=True)
class Measure:
    """About which level, and how sure: four times out of five between `low` and `high`."""

    competence: str
    theta: float
    error: float
    level: int
    low: int
    high: int
    top: int  # the hardest level that could be asked
    asked: int


@dataclass(frozen=True, slots=True)
class Chain:
    """The skills of one competence, the easier first."""

    competence: str
    skills: tuple[str, ...]
    blocks: tuple[tuple[int, int, int], ...]  # level, first place, place after the last
    places: Mapping[str, tuple[int, int]]  # skill → place, level

    @property
    def lowest(self) -> int:
        return self.blocks[0][0]

    @property
    def highest(self) -> int:
        return self.blocks[-1][0]


class Chains(dict[str, Chain]):
    """Competence → chain; made once for a bank, so that choosing does not grow with it."""

    def __init__(self, chains: Mapping[str, Chain]) -> None:
        super().__init__(chains)
        self.where = {skill: name for name, chain in chains.items() for skill in chain.places}


def chains_of(skills: Iterable[Skill]) -> Chains:
    """One chain a competence, whatever the order in which the skills come."""
    by_competence: dict[str, list[Skill]] = {}
    for skill in skills:
        by_competence.setdefault(skill.competence, []).append(skill)
    return Chains({name: _chain(name, by_competence[name]) for name in sorted(by_competence)})


def _chain(competence: str, skills: list[Skill]) -> Chain:
    ordered = sorted(skills, key=lambda one: (one.level, one.order, one.id))
    levels = [one.level for one in ordered]
    blocks = tuple(
        (level, bisect_left(levels, level), bisect_right(levels, level)) for level in sorted(set(levels))
    )
    places = {one.id: (place, one.level) for place, one in enumerate(ordered)}
    return Chain(competence, tuple(one.id for one in ordered), blocks, places)


@dataclass(slots=True)
class Window:
    """What is still open in a chain, and what was answered at each level."""

    low: int
    high: int
    asked: int
    tally: dict[int, tuple[int, int]]  # level → answers, right ones

    def note(self, place: int, level: int, right: bool) -> None:
        """Settle the easier ones after a right answer, the harder ones after a wrong one."""
        if right:
            self.low = max(self.low, place + 1)
        else:
            self.high = min(self.high, place)
        asked, rights = self.tally.get(level, (0, 0))
        self.tally[level] = asked + 1, rights + right
        self.asked += 1


class Climb:
    """Where a pupil stands after some answers, in whatever order they came."""

    def __init__(self, chains: Chains, answers: Iterable[tuple[str, bool]] = ()) -> None:
        self.chains = chains
        self.windows = {name: Window(0, len(chain.skills), 0, {}) for name, chain in chains.items()}
        self.asked = 0
        for skill, right in answers:
            self.note(skill, right)

    def note(self, skill: str, right: bool) -> None:
        """One more answer; a skill that is no longer in the chains is left out."""
        name = self.chains.where.get(skill)
        if name is not None:
            self.windows[name].note(*self.chains[name].places[skill], right)
            self.asked += 1

    def overall(self) -> float:
        """The level at which observed and expected successes agree, over all competences."""
        tally: dict[int, tuple[int, int]] = {}
        for window in self.windows.values():
            for level, (asked, rights) in window.tally.items():
                before = tally.get(level, (0, 0))
                tally[level] = before[0] + asked, before[1] + rights
        lowest = min(chain.lowest for chain in self.chains.values())
        highest = max(chain.highest for chain in self.chains.values())
        return agreement(tally, lowest - 1, highest + 1)[0]

    def level_of(self, competence: str, overall: float) -> tuple[float, float]:
        """The level in one competence and its standard error; `overall` is what the others say."""
        chain, window = self.chains[competence], self.windows[competence]
        return agreement(window.tally, chain.lowest - 1, chain.highest + 1, pull=overall)

    def measures(self) -> dict[str, Measure]:
        """What to say of each competence that was asked about."""
        overall = self.overall()
        return {
            name: measure(
                name, *self.level_of(name, overall), top=self.chains[name].highest, asked=window.asked
            )
            for name, window in self.windows.items()
            if window.asked
        }

    def next_skill(self, limits: Limits, *, seed: int, spent: float = 0.0) -> str | Stop:
        """The skill to ask about now, or why to stop. Its cost does not grow with the chains."""
        stop = limits.reached(self.asked, spent)
        if stop is not None:
            return stop
        open_ones = [
            (window.asked, name) for name, window in self.windows.items() if window.low < window.high
        ]
        if not open_ones:
            return Stop.SETTLED
        fewest, overall = min(open_ones)[0], self.overall()
        found = []
        for asked, name in open_ones:
            if asked == fewest:
                gain, block, odds = self._best_block(name, overall)
                found.append((gain, name, block, odds))
        best = max(gain for gain, *_ in found)
        equal = [one for one in found if one[0] >= best * (1 - NEARLY)]
        gain, name, block, odds = equal[chance(seed, self.asked, "competence") % len(equal)]
        return self._in_block(name, block, odds, gain, seed)

    def _best_block(self, name: str, overall: float) -> tuple[float, tuple[int, int], float]:
        """The level of this chain whose best skill is expected to settle most: gain, places, odds.

        Inside a level the odds are the same, so what is expected grows or falls by steps of 2·odds - 1: looking at the
        two ends is looking at all of them.
        """
        window = self.windows[name]
        theta = self.level_of(name, overall)[0] if window.asked else overall
        best: tuple[float, tuple[int, int], float] = (-1.0, (0, 0), 0.5)
        for level, start, end in self.chains[name].blocks:
            first, last = max(start, window.low), min(end, window.high) - 1
            if first > last:
                continue
            odds = success(theta, level)
            end_place = last if odds >= 0.5 else first
            gain = odds * (end_place - window.low + 1) + (1 - odds) * (window.high - end_place)
            if gain > best[0]:
                best = gain, (first, last), odds
        return best

    def _in_block(self, name: str, block: tuple[int, int], odds: float, gain: float, seed: int) -> str:
        """Any of the skills of this level that settle nearly as much as the best."""
        first, last = block
        step = abs(2 * odds - 1)
        near = last - first if step == 0 else min(last - first, floor(gain * NEARLY / step))
        away = chance(seed, self.asked, name) % (near + 1)
        return self.chains[name].skills[last - away if odds >= 0.5 else first + away]


def success(theta: float, difficulty: float) -> float:
    """The odds that a pupil of this level succeeds at this difficulty."""
    return 1 / (1 + exp(-SLOPE * (theta - difficulty)))


def agreement(
    tally: Mapping[int, tuple[int, int]], below: float, above: float, *, pull: float | None = None
) -> tuple[float, float]:
    """The level at which observed and expected successes agree, and its standard error.

    `tally` is level → (answers, right ones); `below` and `above` are where the imagined success and failure stand,
    `pull` is the level over all competences.
    """
    points: list[tuple[float, float]] = [(below, 1), (above, 1)]
    observed = 1.0
    if pull is not None:
        points.append((pull, PULL))
        observed += PULL / 2
    for level, (asked, rights) in tally.items():
        points.append((level, asked))
        observed += rights
    theta = (below + above) / 2 if pull is None else pull
    information = 0.0
    for _ in range(25):
        expected = information = 0.0
        for difficulty, weight in points:
            odds = success(theta, difficulty)
            expected += weight * odds
            information += weight * odds * (1 - odds)
        move = (observed - expected) / (SLOPE * information)
        theta += max(-1.0, min(1.0, move))
        if abs(move) < 1e-4:
            break
    return theta, 1 / (SLOPE * sqrt(information))


def measure(competence: str, theta: float, error: float, *, top: int, asked: int) -> Measure:
    """Say a level in whole numbers: the hardest at which the pupil succeeds more often than not; 0 below the first."""

    def whole(value: float) -> int:
        return max(0, min(top, floor(value)))

    low, high = whole(theta - SURE * error), whole(theta + SURE * error)
    return Measure(competence, theta, error, whole(theta), low, high, top, asked)


def chance(seed: int, *about: object) -> int:
    """A number that nobody guesses and that the same seed always draws again, on every machine."""
    words = ":".join(map(str, (seed, *about))).encode()
    return int.from_bytes(blake2b(words, digest_size=8).digest())


def draw(items: Sequence[str], seen: Iterable[str], *, seed: int) -> str:
    """One of the items of a skill, rather one that this pupil has not had yet."""
    place = chance(seed, "item", items[0]) % len(items)
    already = set(seen)
    for away in range(len(items)):
        item = items[(place + away) % len(items)]
        if item not in already:
            return item
    return items[place]
