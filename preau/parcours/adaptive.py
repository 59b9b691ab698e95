"""Which question next, and about which level: pure, the same for the same seed, no calibrated bank needed.

The skills of a competence stand in a chain, the easier first. A right answer settles the easier ones as known, a wrong
one the harder as not yet known; what is left between the two is the window. The next skill is the one expected to
settle most. Levels and difficulties share one scale: at level 3, a skill of level 3 is known one time in two. Where a
question can be right by luck (one choice among four), a right answer counts for the odds that it was known.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from math import exp, floor, sqrt
from statistics import fmean
from typing import Protocol

SLOPE = 1.0  # of the logistic, by level: one level more is 0.73 instead of 0.50
# Nobody is measured by two answers: four imagined ones stand beside them, a success below the easiest and a failure
# above the hardest, then a success and a failure at the pupil's own level over all competences.
PULL = 2.0
SURE = 1.2816  # standard errors on each side: the true level is inside four times out of five
STEPS = 40  # far more than are needed to agree
LEAST = 0.05  # of a level: an answer that makes us surer by less teaches nothing
NEARLY = 0.05  # skills that settle nearly as much are equal, so that all are seen


Tally = dict[tuple[int, float], tuple[int, int]]  # level and luck → answers, right ones


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
class Block:
    """The skills of one level in a chain: from `first` to the one before `end`."""

    level: int
    first: int
    end: int
    luck: float  # the odds, on average, of a right answer without knowing


@dataclass(frozen=True, slots=True)
class Chain:
    """The skills of one competence, the easier first."""

    competence: str
    skills: tuple[str, ...]
    blocks: tuple[Block, ...]
    places: Mapping[str, tuple[int, int]]  # skill → place, level
    stocks: tuple[int, ...]  # how many questions show each skill

    @property
    def lowest(self) -> int:
        return self.blocks[0].level

    @property
    def highest(self) -> int:
        return self.blocks[-1].level


class Chains(dict[str, Chain]):
    """Competence → chain; made once for a bank, so that choosing does not grow with it."""

    def __init__(self, chains: Mapping[str, Chain]) -> None:
        super().__init__(chains)
        self.where = {skill: name for name, chain in chains.items() for skill in chain.places}


def chains_of(
    skills: Iterable[Skill],
    *,
    luck: Mapping[str, float] | None = None,
    stock: Mapping[str, int] | None = None,
) -> Chains:
    """One chain a competence, whatever the order in which the skills come.

    `luck` is skill → odds of a right answer without knowing (none by default), `stock` skill → how many questions
    show it (one by default).
    """
    by_competence: dict[str, list[Skill]] = {}
    for skill in skills:
        by_competence.setdefault(skill.competence, []).append(skill)
    return Chains(
        {name: _chain(by_competence[name], luck or {}, stock or {}) for name in sorted(by_competence)}
    )


def _chain(skills: list[Skill], luck: Mapping[str, float], stock: Mapping[str, int]) -> Chain:
    ordered = sorted(skills, key=lambda one: (one.level, one.order, one.id))
    levels = [one.level for one in ordered]
    blocks = tuple(
        Block(
            level,
            first := bisect_left(levels, level),
            end := bisect_right(levels, level),
            fmean(luck.get(one.id, 0.0) for one in ordered[first:end]),
        )
        for level in sorted(set(levels))
    )
    places = {one.id: (place, one.level) for place, one in enumerate(ordered)}
    stocks = tuple(stock.get(one.id, 1) for one in ordered)
    return Chain(ordered[0].competence, tuple(one.id for one in ordered), blocks, places, stocks)


@dataclass(slots=True)
class Window:
    """What is still open in a chain, and what was answered at each level."""

    low: int
    high: int
    asked: int
    tally: Tally
    times: dict[int, int]  # place → how often it was asked about

    def note(self, place: int, level: int, right: bool, luck: float) -> None:
        """Settle the easier ones after a right answer, the harder ones after a wrong one."""
        if right:
            self.low = max(self.low, place + 1)
        else:
            self.high = min(self.high, place)
        asked, rights = self.tally.get((level, luck), (0, 0))
        self.tally[level, luck] = asked + 1, rights + right
        self.times[place] = self.times.get(place, 0) + 1
        self.asked += 1


class Climb:
    """Where a pupil stands after some answers, in whatever order they came."""

    def __init__(self, chains: Chains, answers: Iterable[tuple[str, bool, float]] = ()) -> None:
        self.chains = chains
        self.windows = {name: Window(0, len(chain.skills), 0, {}, {}) for name, chain in chains.items()}
        self.asked = 0
        for skill, right, luck in answers:
            self.note(skill, right, luck)

    def note(self, skill: str, right: bool, luck: float = 0.0) -> None:
        """One more answer, to a question with these odds of luck; a skill that left the chains is left out."""
        name = self.chains.where.get(skill)
        if name is not None:
            self.windows[name].note(*self.chains[name].places[skill], right, luck)
            self.asked += 1

    def overall(self) -> float:
        """The level at which observed and expected successes agree, over all competences."""
        tally: Tally = {}
        for window in self.windows.values():
            for key, (asked, rights) in window.tally.items():
                before = tally.get(key, (0, 0))
                tally[key] = before[0] + asked, before[1] + rights
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
            return self._once_more(seed)
        fewest, overall = min(open_ones)[0], self.overall()
        found = []
        for asked, name in open_ones:
            if asked == fewest:
                gain, places, step = self._best_block(name, overall)
                found.append((gain, name, places, step))
        best = max(gain for gain, *_ in found)
        equal = [one for one in found if one[0] >= best * (1 - NEARLY)]
        gain, name, places, step = equal[chance(seed, self.asked, "competence") % len(equal)]
        return self._in_block(name, places, step, gain, seed)

    def _best_block(self, name: str, overall: float) -> tuple[float, tuple[int, int], float]:
        """The level of this chain whose best skill is expected to settle most: gain, places, step between them.

        Inside a level the odds are the same, so what is expected grows or falls by even steps: looking at the two ends
        is looking at all of them. What luck would settle settles nothing.
        """
        window = self.windows[name]
        theta = self.level_of(name, overall)[0] if window.asked else overall
        best: tuple[float, tuple[int, int], float] = (-1.0, (0, 0), 0.0)
        for block in self.chains[name].blocks:
            first, last = max(block.first, window.low), min(block.end, window.high) - 1
            if first > last:
                continue
            known = success(theta, block.level)
            missed = (1 - block.luck) * (1 - known)
            place = last if known >= missed else first
            gain = known * (place - window.low + 1) + missed * (window.high - place)
            if gain > best[0]:
                best = gain, (first, last), known - missed
        return best

    def _in_block(self, name: str, places: tuple[int, int], step: float, gain: float, seed: int) -> str:
        """Any of the skills of this level that settle nearly as much as the best."""
        first, last = places
        near = last - first if step == 0 else min(last - first, floor(gain * NEARLY / abs(step)))
        away = chance(seed, self.asked, name) % (near + 1)
        return self.chains[name].skills[last - away if step >= 0 else first + away]

    def _once_more(self, seed: int) -> str | Stop:
        """When all is settled, another question near a level that it would make surer; SETTLED when none would.

        The competences asked least come first, as before.
        """
        overall, found = self.overall(), []
        for name, window in self.windows.items():
            theta, error = self.level_of(name, overall)
            block, place = self._unseen_near(name, theta, seed)
            if block is not None:
                odds = success(theta, block.level)
                taught = SLOPE**2 * odds * (1 - odds) * (1 - block.luck)
                if error - 1 / sqrt(error**-2 + taught) >= LEAST:
                    found.append((window.asked, chance(seed, self.asked, name), name, place))
        if not found:
            return Stop.SETTLED
        *_, name, place = min(found)
        return self.chains[name].skills[place]

    def _unseen_near(self, name: str, theta: float, seed: int) -> tuple[Block | None, int]:
        """The nearest level that has a question left, and the place of its skill."""
        chain, window = self.chains[name], self.windows[name]
        for block in sorted(chain.blocks, key=lambda one: (abs(one.level - theta), one.level)):
            many = block.end - block.first
            start = chance(seed, self.asked, name, "again") % many
            for away in range(min(many, window.asked + 1)):
                place = block.first + (start + away) % many
                if window.times.get(place, 0) < chain.stocks[place]:
                    return block, place
        return None, 0


def success(theta: float, difficulty: float) -> float:
    """The odds that a pupil of this level knows what is asked at this difficulty."""
    return 1 / (1 + exp(-SLOPE * (theta - difficulty)))


def agreement(
    tally: Mapping[tuple[int, float], tuple[int, int]],
    below: float,
    above: float,
    *,
    pull: float | None = None,
) -> tuple[float, float]:
    """The level at which observed and expected successes agree, and its standard error.

    `tally` is (level, luck) → (answers, right ones); `below` and `above` are where the imagined success and failure
    stand, `pull` is the level over all competences. A right answer is a success for the odds that it was known rather
    than lucky at this very level, so the level is sought again until it no longer moves (an EM step each time).
    """
    points: list[tuple[float, float, float, float]] = [(below, 0, 1, 1), (above, 0, 1, 0)]
    if pull is not None:
        points.append((pull, 0, PULL, PULL / 2))
    points.extend((level, luck, asked, rights) for (level, luck), (asked, rights) in tally.items())
    theta = (below + above) / 2 if pull is None else pull
    information = 0.0
    for _ in range(STEPS):
        apart = steepness = information = 0.0
        for difficulty, luck, asked, rights in points:
            odds = success(theta, difficulty)
            known = odds / (luck + (1 - luck) * odds)  # of a right answer: 1 without luck
            apart += rights * known - asked * odds
            steepness += asked * odds * (1 - odds)
            information += asked * odds * (1 - odds) * known * (1 - luck)
        move = apart / (SLOPE * steepness)
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
