"""How well we measure, by simulated pupils: python -m bench.simulated_pupils [pupils, 10 000 by default].

The judge is catsim, which shares no code with us: its response model draws every answer, its estimator measures the
same answers again, and its own adaptive test (most informative item) stands beside ours on one scale.

Sixteen competences, a chain of twelve skills each (levels 1 to 6). A pupil has a general level and, around it, a level
in each competence. Compared at the same length: our two engines, a test whose questions are fixed (the same skills for
everybody, spread over the levels), and a test that draws its skills at random; all but Rasch measured the same way.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from io import StringIO
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import fmean

import numpy
from catsim import estimation, initialization, irt, selection, simulation, stopping
from catsim.item_bank import ItemBank

from preau.parcours.adaptive import SLOPE, Chain, Climb, Limits, Stop, chains_of
from preau.parcours.rasch import Scale, Scaled, Weighing, scales_of

DOCS = Path(__file__).resolve().parent.parent / "docs" / "images"
COMPETENCES = [
    f"{domain}.{place}"
    for domain, many in ((1, 3), (2, 4), (3, 4), (4, 3), (5, 2))
    for place in range(1, many + 1)
]
LEVELS = (1, 2, 3, 4, 5, 6)
LENGTHS = (16, 32)
GENERAL, AROUND = (3.2, 1.5), 0.9
GUESS = 0.2  # a question with choices is right by luck one time in five


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
CHAINS: dict[str, Chain] = chains_of(RUNGS)
TOPS = dict.fromkeys(COMPETENCES, LEVELS[-1])


def _scales(rng: Random) -> dict[str, Scale]:
    """Items with a difficulty of their own, around the level of their skill."""
    items = [
        Scaled(f"{r.id}{n}", r.competence, r.level + rng.gauss(0, 0.35)) for r in RUNGS for n in range(2)
    ]
    return scales_of(items, TOPS)


SCALES = _scales(Random(7))
DIFFICULTY = {item.id: item.difficulty for scale in SCALES.values() for item in scale.items}


class Pupil:
    """True levels, and answers drawn by catsim's response model; the same question twice has the same answer."""

    def __init__(self, seed: int, guess: float) -> None:
        self.rng, self.seed, self.guess = Random(seed), seed, guess
        general = self.rng.gauss(*GENERAL)
        self.truth = {c: min(8.0, max(-1.0, self.rng.gauss(general, AROUND))) for c in COMPETENCES}

    def right(self, question: str, competence: str, difficulty: float) -> bool:
        odds = irt.icc(self.truth[competence], SLOPE, difficulty, self.guess, 1)
        return Random(f"{self.seed}/{question}").random() < odds


Path_ = list[tuple[str, bool]]


def by_chains(pupil: Pupil, length: int) -> Path_:
    """Our engine without calibration."""
    climb, path = Climb(CHAINS), []
    while not isinstance(step := climb.next_skill(Limits(length), seed=pupil.seed), Stop):
        rung = BY_ID[step]
        path.append((step, pupil.right(step, rung.competence, rung.level)))
        climb.note(*path[-1])
    return path


def fixed(pupil: Pupil, length: int) -> Path_:
    """The same skills for everybody: as many a competence, spread over the levels."""
    each = length // len(COMPETENCES)
    levels = [LEVELS[round((n + 0.5) * len(LEVELS) / each - 0.5)] for n in range(each)]
    asked = [f"{c}/{level}a" for c in COMPETENCES for level in levels]
    return [(one, pupil.right(one, BY_ID[one].competence, BY_ID[one].level)) for one in asked]


def at_random(pupil: Pupil, length: int) -> Path_:
    """As many skills a competence, any of them."""
    each, path = length // len(COMPETENCES), []
    for c in COMPETENCES:
        path += [
            (one, pupil.right(one, c, BY_ID[one].level)) for one in pupil.rng.sample(CHAINS[c].skills, each)
        ]
    return path


def by_rasch(pupil: Pupil, length: int) -> tuple[Path_, dict[str, tuple[float, float, int, int]]]:
    """Our second engine."""
    path: Path_ = []
    while True:
        weighing = Weighing(SCALES, path)
        step = weighing.next_item(Limits(length), seed=pupil.seed)
        if isinstance(step, Stop):
            return path, {c: (m.theta, m.error, m.low, m.high) for c, m in weighing.measures().items()}
        path.append((step, pupil.right(step, step.split("/")[0], DIFFICULTY[step])))


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


def _judge(
    pupil: Pupil, path: Path_, measures: dict[str, tuple[float, float, int, int]], into: Tally
) -> None:
    for c, (theta, _, low, high) in measures.items():
        true = min(max(pupil.truth[c], 0.0), LEVELS[-1] + 1.0)
        into.truths.append(true)
        into.misses.append(min(max(theta, 0.0), LEVELS[-1] + 1.0) - true)
        into.covered.append(low <= _whole(pupil.truth[c]) <= high)
    into.asked.append(len(path))


def _measured(path: Path_) -> dict[str, tuple[float, float, int, int]]:
    return {c: (m.theta, m.error, m.low, m.high) for c, m in Climb(CHAINS, path).measures().items()}


WAYS: dict[str, Callable[[Pupil, int], Path_]] = {
    "chaînes": by_chains,
    "fixe": fixed,
    "au hasard": at_random,
}


def simulate(job: tuple[int, int, int, float]) -> dict[str, Tally]:
    """Some pupils, every way of asking."""
    first, last, length, guess = job
    tallies = {name: Tally() for name in (*WAYS, "Rasch")}
    for seed in range(first, last):
        for name, ask in WAYS.items():
            pupil = Pupil(seed, guess)
            path = ask(pupil, length)
            _judge(pupil, path, _measured(path), tallies[name])
        pupil = Pupil(seed, guess)
        path, measures = by_rasch(pupil, length)
        _judge(pupil, path, measures, tallies["Rasch"])
    return tallies


def everybody(pupils: int, length: int, guess: float) -> dict[str, Tally]:
    """All of them, on every processor."""
    workers = os.cpu_count() or 1
    edges = numpy.linspace(0, pupils, workers * 4 + 1).astype(int)
    jobs = [(int(a), int(b), length, guess) for a, b in pairwise(edges)]
    whole: dict[str, Tally] = {}
    with ProcessPoolExecutor(workers) as pool:
        for part in pool.map(simulate, jobs):
            for name, tally in part.items():
                whole.setdefault(name, Tally()).add(tally)
    return whole


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
        said = [right for _, right in path]
        # Without our imagined answers an all-right path has no level: only mixed ones are compared.
        if 0 < sum(said) < len(said):
            asked = [int(skill[1:]) for skill, _ in path]
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
        path.append((step, bool(chance.random() < irt.icc(truth, SLOPE, ONE["1.1"].places[step][1]))))
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


def draw(found: dict[int, dict[str, Tally]]) -> None:
    """Two small pictures for docs/mesure.md."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    error, axes = pyplot.subplots(figsize=(6, 3.4))
    for name, style in STYLES.items():
        axes.plot(list(found), [ways[name].figures()["rmse"] for ways in found.values()], label=name, **style)
    axes.set(title="Erreur, en niveaux", xlabel="Questions", xticks=list(found))
    bias, below = pyplot.subplots(figsize=(6, 3.4))
    for name, style in STYLES.items():
        below.plot(range(7), found[min(found)][name].bias_by_level(), label=name, **style)
    below.axhline(0, color="#24202e", linewidth=0.8)
    below.set(title=f"Biais par vrai niveau, {min(found)} questions", xlabel="Vrai niveau")
    for figure, ax, name in ((error, axes, "mesure-erreur"), (bias, below, "mesure-biais")):
        ax.legend(frameon=False)
        figure.tight_layout()
        figure.savefig(DOCS / f"{name}.png", dpi=80)


def _line(name: str, length: int, guess: float, one: dict[str, float]) -> str:
    asked, bias = f"{one['asked']:.1f}", f"{one['bias']:+.2f}"
    near, covered = f"{one['near']:.0%}", f"{one['covered']:.0%}"
    return f"| {length} | {guess:.0%} | {name} | {asked} | {bias} | {one['rmse']:.2f} | {near} | {covered} |"


def main() -> None:
    """The tables of docs/mesure.md, then its pictures."""
    pupils = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("| Longueur | Hasard | Façon | Questions | Biais | Erreur | À un niveau près | Dans l’intervalle |")
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    found = {}
    for length, guess in ((LENGTHS[0], 0.0), (LENGTHS[1], 0.0), (LENGTHS[0], GUESS)):
        ways = everybody(pupils, length, guess)
        if not guess:
            found[length] = ways
        for name, tally in ways.items():
            print(_line(name, length, guess, tally.figures()), flush=True)
    if pupils >= 1000:
        draw(found)
    one = against_catsim(min(pupils, 1000))
    print(
        f"one scale, {one.asked} questions: our chain {one.ours:.2f}, catsim's test {one.theirs:.2f};"
        f" its estimator is {one.apart:.2f} of a level from ours"
    )


if __name__ == "__main__":
    main()
