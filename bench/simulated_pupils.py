"""How well we measure, by simulated pupils: python -m bench.simulated_pupils [pupils, 10 000 by default].

The judge is catsim, which shares no code with us: its response model draws every answer, its estimator measures the
same answers again, and its own adaptive test (most informative item) stands beside ours on one scale.

Sixteen competences, a chain of twelve skills each (levels 1 to 6). A pupil has a general level and, around it, a level
in each competence. Compared at the same length: our two engines, a test whose questions are fixed (the same skills for
everybody, spread over the levels), and a test that draws its skills at random; all but Rasch measured the same way.
Then: how many of our questions reach the error of the fixed test.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from functools import lru_cache
from io import StringIO
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import fmean

import numpy
from catsim import estimation, initialization, irt, selection, simulation, stopping
from catsim.item_bank import ItemBank

from preau.parcours.adaptive import SLOPE, Chains, Climb, Limits, Measure, Stop, chains_of
from preau.parcours.rasch import Scaled, Scales, Weighing, scales_of

DOCS = Path(__file__).resolve().parent.parent / "docs" / "images"
COMPETENCES = [
    f"{domain}.{place}"
    for domain, many in ((1, 3), (2, 4), (3, 4), (4, 3), (5, 2))
    for place in range(1, many + 1)
]
LEVELS = (1, 2, 3, 4, 5, 6)
LENGTHS = (16, 32, 48)
EVERY = range(16, 49, 4)  # where our engine is measured on its way
GENERAL, AROUND = (3.2, 1.5), 0.9


@dataclass(frozen=True)
class Rung:
    id: str
    competence: str
    level: int
    order: int


RUNGS = [
    Rung(f"{c}/{level}{half}", c, level, n)
    for c in COMPETENCES
    for n, level in enumerate(LEVELS)
    for half in "ab"
]
BY_ID = {rung.id: rung for rung in RUNGS}
TOPS = dict.fromkeys(COMPETENCES, LEVELS[-1])


def _as_the_bank(rung: str) -> float:
    """One skill in three is shown by one choice among four, as in the bank."""
    return 0.25 if Random(rung).random() < 1 / 3 else 0.0


LUCK: dict[str, Callable[[str], float]] = {
    "aucune": lambda _: 0.0,
    "comme la banque": _as_the_bank,
    "20 % partout": lambda _: 0.2,
}


@dataclass(frozen=True)
class World:
    """The same skills, and how much luck there is in their questions."""

    luck: dict[str, float]
    chains: Chains
    scales: Scales
    difficulty: dict[str, float]


@lru_cache
def world_of(name: str) -> World:
    """Made once by each process."""
    luck = {rung.id: LUCK[name](rung.id) for rung in RUNGS}
    rng = Random(7)
    # Items with a difficulty of their own, around the level of their skill.
    items = [
        Scaled(f"{r.id}{n}", r.competence, r.level + rng.gauss(0, 0.35), luck[r.id])
        for r in RUNGS
        for n in range(2)
    ]
    difficulty = {item.id: item.difficulty for item in items}
    luck |= {item.id: item.luck for item in items}
    return World(luck, chains_of(RUNGS, luck=luck), scales_of(items, TOPS), difficulty)


class Pupil:
    """True levels, and answers drawn by catsim's response model; the same question twice has the same answer."""

    def __init__(self, seed: int, world: World) -> None:
        self.rng, self.seed, self.world = Random(seed), seed, world
        general = self.rng.gauss(*GENERAL)
        self.truth = {c: min(8.0, max(-1.0, self.rng.gauss(general, AROUND))) for c in COMPETENCES}

    def answers(self, question: str, difficulty: float) -> tuple[str, bool, float]:
        """The question, whether it went right, the luck there was in it."""
        luck = self.world.luck[question]
        odds = irt.icc(self.truth[question.partition("/")[0]], SLOPE, difficulty, luck, 1)
        return question, Random(f"{self.seed}/{question}").random() < odds, luck


Path_ = list[tuple[str, bool, float]]
Measures = dict[str, tuple[float, float, int, int]]


def by_chains(pupil: Pupil, length: int) -> Path_:
    """Our engine without calibration."""
    climb, path = Climb(pupil.world.chains), []
    while not isinstance(step := climb.next_skill(Limits(length), seed=pupil.seed), Stop):
        path.append(pupil.answers(step, BY_ID[step].level))
        climb.note(*path[-1])
    return path


def fixed(pupil: Pupil, length: int) -> Path_:
    """The same skills for everybody: as many a competence, spread over the levels."""
    each = length // len(COMPETENCES)
    levels = [LEVELS[round((n + 0.5) * len(LEVELS) / each - 0.5)] for n in range(each)]
    return [pupil.answers(f"{c}/{level}a", level) for c in COMPETENCES for level in levels]


def at_random(pupil: Pupil, length: int) -> Path_:
    """As many skills a competence, any of them."""
    each = length // len(COMPETENCES)
    asked = [one for c in COMPETENCES for one in pupil.rng.sample(pupil.world.chains[c].skills, each)]
    return [pupil.answers(one, BY_ID[one].level) for one in asked]


def by_rasch(pupil: Pupil, length: int) -> Path_:
    """Our second engine."""
    path: Path_ = []
    while True:
        step = _weighed(path, pupil.world).next_item(Limits(length), seed=pupil.seed)
        if isinstance(step, Stop):
            return path
        path.append(pupil.answers(step, pupil.world.difficulty[step]))


def _weighed(path: Path_, world: World) -> Weighing:
    return Weighing(world.scales, ((item, right) for item, right, _ in path))


@dataclass
class Tally:
    """What is known of one way of asking, over pupils and competences."""

    misses: list[float] = field(default_factory=list)
    truths: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Join what another process found."""
        for name in ("misses", "truths", "covered", "asked"):
            getattr(self, name).extend(getattr(other, name))

    def figures(self) -> dict[str, float]:
        """Bias and error in levels, share within one level, share inside the interval, questions."""
        miss = numpy.array(self.misses)
        return {
            "bias": float(miss.mean()),
            "rmse": float(numpy.sqrt((miss**2).mean())),
            "near": float((numpy.abs(miss) <= 1).mean()),
            "covered": fmean(self.covered),
            "asked": fmean(self.asked),
        }

    def bias_by_level(self) -> list[float]:
        """The mean miss of pupils of each true level, 0 to 6."""
        miss, truth = numpy.array(self.misses), numpy.floor(numpy.array(self.truths))
        return [float(miss[truth == level].mean()) for level in range(7)]


def _whole(theta: float) -> int:
    return max(0, min(LEVELS[-1], int(numpy.floor(theta))))


def _judge(pupil: Pupil, path: Path_, measures: Measures, into: Tally) -> None:
    for c, (theta, _, low, high) in measures.items():
        true = min(max(pupil.truth[c], 0.0), LEVELS[-1] + 1.0)
        into.truths.append(true)
        into.misses.append(min(max(theta, 0.0), LEVELS[-1] + 1.0) - true)
        into.covered.append(low <= _whole(pupil.truth[c]) <= high)
    into.asked.append(len(path))


def _measured(path: Path_, world: World) -> Measures:
    return _told(Climb(world.chains, path).measures())


def _told(found: Mapping[str, Measure]) -> Measures:
    return {c: (m.theta, m.error, m.low, m.high) for c, m in found.items()}


Key = tuple[str, int]  # a way of asking, how many questions


def simulate(job: tuple[int, int, str]) -> dict[Key, Tally]:
    """Some pupils, every way of asking, every length."""
    first, last, name = job
    world, tallies = world_of(name), defaultdict[Key, Tally](Tally)
    for seed in range(first, last):
        pupil = Pupil(seed, world)
        path = by_chains(pupil, max(EVERY))
        for length in EVERY:  # a shorter parcours is the beginning of a longer one
            so_far = path[:length]
            _judge(pupil, so_far, _measured(so_far, world), tallies["chaînes", length])
        pupil = Pupil(seed, world)
        path = by_rasch(pupil, max(LENGTHS))
        for length in LENGTHS:
            so_far = path[:length]
            _judge(pupil, so_far, _told(_weighed(so_far, world).measures()), tallies["Rasch", length])
        for length in LENGTHS:
            for ask, way in ((fixed, "fixe"), (at_random, "au hasard")):
                pupil = Pupil(seed, world)
                path = ask(pupil, length)
                _judge(pupil, path, _measured(path, world), tallies[way, length])
    return dict(tallies)


def everybody(pupils: int, name: str) -> dict[Key, Tally]:
    """All of them, on every processor."""
    workers = os.cpu_count() or 1
    edges = numpy.linspace(0, pupils, workers * 4 + 1).astype(int)
    jobs = [(int(a), int(b), name) for a, b in pairwise(edges)]
    whole: dict[Key, Tally] = defaultdict(Tally)
    with ProcessPoolExecutor(workers) as pool:
        for part in pool.map(simulate, jobs):
            for key, tally in part.items():
                whole[key].add(tally)
    return whole


def as_good(found: dict[Key, Tally], length: int) -> int | None:
    """How many of our questions reach the error of the fixed test of this length."""
    wanted = found["fixe", length].figures()["rmse"]
    enough = (n for n in EVERY if found["chaînes", n].figures()["rmse"] <= wanted)
    return next(enough, None)


@dataclass
class OneScale:
    """Our chain and catsim's adaptive test on one scale."""

    ours: float
    theirs: float
    asked: int
    apart: float


SIXTY = [Rung(f"s{n:02}", "1.1", 1 + n // 10, n) for n in range(60)]
BANK = numpy.array([[SLOPE, rung.level, 0.0, 1.0] for rung in SIXTY])


def against_catsim(pupils: int) -> OneScale:
    """Error of our chain, of catsim's test of as many questions, and how far its estimator is from ours."""
    rng = Random(3)
    truths = numpy.array([min(6.5, max(0.5, rng.gauss(*GENERAL))) for _ in range(pupils)])
    estimator, bank = estimation.NumericalSearchEstimator(), ItemBank(BANK)
    misses, apart, lengths = [], [], []
    for seed, truth in enumerate(truths):
        theta, path = _one_chain(seed, truth)
        misses.append(theta - truth)
        lengths.append(len(path))
        said = [right for _, right, _ in path]
        # Without our imagined answers an all-right path has no level: only mixed ones are compared.
        if 0 < sum(said) < len(said):
            asked = [int(skill[1:]) for skill, *_ in path]
            again = estimator.estimate(
                item_bank=bank, administered_items=asked, response_vector=said, est_theta=theta
            )
            apart.append(abs(again - theta))
    asked = round(fmean(lengths))
    theirs = numpy.clip(_their_test(truths, asked), 0, 7) - truths
    return OneScale(_rms(misses), _rms(theirs), asked, fmean(apart))


def _one_chain(seed: int, truth: float) -> tuple[float, Path_]:
    chance, climb, path = Random(seed), Climb(ONE), []
    while not isinstance(step := climb.next_skill(Limits(60), seed=seed), Stop):
        right = bool(chance.random() < irt.icc(truth, SLOPE, ONE["1.1"].places[step][1]))
        path.append((step, right, 0.0))
        climb.note(*path[-1])
    return climb.measures()["1.1"].theta, path


ONE = chains_of(SIXTY)


def _their_test(truths: numpy.ndarray, length: int) -> numpy.ndarray:
    simulator = simulation.Simulator(
        ItemBank(BANK),
        truths,
        initializer=initialization.FixedPointInitializer(3.5),
        selector=selection.MaxInfoSelector(),
        estimator=estimation.NumericalSearchEstimator(),
        stopper=stopping.TestLengthStopper(max_items=length),
        seed=3,
    )
    with redirect_stderr(StringIO()):
        simulator.simulate()
    return numpy.array(simulator.latest_estimations)


def _rms(misses: object) -> float:
    return float(numpy.sqrt(numpy.mean(numpy.square(misses))))


STYLES: dict[str, dict[str, str]] = {
    "chaînes": {"color": "#53368f", "linestyle": "-", "marker": "o"},
    "Rasch": {"color": "#1c6844", "linestyle": "--", "marker": "s"},
    "fixe": {"color": "#864500", "linestyle": ":", "marker": "^"},
    "au hasard": {"color": "#5d5769", "linestyle": "-.", "marker": "x"},
}


def draw(found: dict[Key, Tally]) -> None:
    """Two small pictures for docs/mesure.md."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    error, axes = pyplot.subplots(figsize=(6, 3.4))
    bias, below = pyplot.subplots(figsize=(6, 3.4))
    for name, style in STYLES.items():
        lengths = EVERY if name == "chaînes" else LENGTHS
        shown = style | ({"marker": "", "linewidth": "2"} if name == "chaînes" else {})
        axes.plot(lengths, [found[name, n].figures()["rmse"] for n in lengths], label=name, **shown)
        below.plot(range(7), found[name, LENGTHS[0]].bias_by_level(), label=name, **style)
    axes.set(title="Erreur, en niveaux", xlabel="Questions", xticks=LENGTHS)
    below.axhline(0, color="#24202e", linewidth=0.8)
    below.set(title=f"Biais par vrai niveau, {LENGTHS[0]} questions", xlabel="Vrai niveau")
    for figure, ax, name in ((error, axes, "mesure-erreur"), (bias, below, "mesure-biais")):
        ax.legend(frameon=False)
        figure.tight_layout()
        figure.savefig(DOCS / f"{name}.png", dpi=80)


def _line(luck: str, way: str, length: int, one: dict[str, float]) -> str:
    near, covered = f"{one['near']:.0%}", f"{one['covered']:.0%}"
    return f"| {luck} | {length} | {way} | {one['bias']:+.2f} | {one['rmse']:.3f} | {near} | {covered} |"


def main() -> None:
    """The tables of docs/mesure.md, then its pictures."""
    pupils = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("| Chance | Questions | Façon | Biais | Erreur | À un niveau près | Dans l’intervalle |")
    print("| --- | ---: | --- | ---: | ---: | ---: | ---: |")
    saved = []
    for luck in LUCK:
        found = everybody(pupils, luck)
        for length in LENGTHS:
            for way in STYLES:
                print(_line(luck, way, length, found[way, length].figures()), flush=True)
            saved.append((luck, length, as_good(found, length)))
        if luck == "comme la banque" and pupils >= 1000:
            draw(found)
    print("\n| Chance | Test fixe | Nos questions pour la même erreur |\n| --- | ---: | ---: |")
    for luck, length, ours in saved:
        print(f"| {luck} | {length} | {ours or 'plus'} |")
    one = against_catsim(min(pupils, 1000))
    print(
        f"\none scale, {one.asked} questions: our chain {one.ours:.2f}, catsim's test {one.theirs:.2f};"
        f" its estimator is {one.apart:.2f} of a level from ours"
    )


if __name__ == "__main__":
    main()
