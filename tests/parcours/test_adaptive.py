"""What the engine promises, whatever the pupil, the chains and the order of the answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preau.parcours.adaptive import Climb, Limits, Stop, chains_of, chance, draw

FAR = Limits(length=1000)


@dataclass(frozen=True)
class Rung:
    id: str
    competence: str
    level: int
    order: int = 0


def rungs(shape: dict[str, list[int]]) -> list[Rung]:
    return [Rung(f"{c}-{n}", c, level, n) for c, levels in shape.items() for n, level in enumerate(levels)]


shapes = st.dictionaries(
    st.sampled_from(["1.1", "1.2", "2.1", "3.4", "5.2"]),
    st.lists(st.integers(1, 8), min_size=1, max_size=12),
    min_size=1,
)


lucks = st.sampled_from([0.0, 0.05, 0.25])  # words, boxes, one choice among four


def told(answers: list[tuple[str, bool]], luck: float = 0.0) -> list[tuple[str, bool, float]]:
    return [(skill, right, luck) for skill, right in answers]


def climb(
    skills: list[Rung], knows, *, seed: int = 1, limits: Limits = FAR, luck: float = 0.0, stock: int = 1
) -> tuple[Climb, list[str], Stop]:
    """A whole parcours of somebody who answers right when `knows(rung)`."""
    by_id = {one.id: one for one in skills}
    of_each = {"luck": dict.fromkeys(by_id, luck), "stock": dict.fromkeys(by_id, stock)}
    going, path = Climb(chains_of(skills, **of_each)), []
    while True:
        step = going.next_skill(limits, seed=seed)
        if isinstance(step, Stop):
            return going, path, step
        path.append(step)
        going.note(step, knows(by_id[step]), luck)


@given(shapes, st.integers(0, 2**32), lucks)
def test_a_pupil_who_knows_everything_reaches_the_top(shape, seed, luck) -> None:
    going, _, why = climb(rungs(shape), lambda _: True, seed=seed, luck=luck)
    assert why is Stop.SETTLED
    assert {name: m.level for name, m in going.measures().items()} == {n: max(ls) for n, ls in shape.items()}


@given(shapes, st.integers(0, 2**32), lucks)
def test_a_pupil_who_knows_nothing_is_below_the_easiest(shape, seed, luck) -> None:
    going, _, _ = climb(rungs(shape), lambda _: False, seed=seed, luck=luck)
    assert all(m.level < min(shape[name]) for name, m in going.measures().items())


@settings(deadline=None, max_examples=40)  # a hundred choices an example
@given(shapes, st.randoms(use_true_random=False), st.integers(0, 2**32), st.integers(1, 3))
def test_it_always_stops_and_never_runs_out_of_questions(shape, chances, seed, stock) -> None:
    skills = rungs(shape)
    _, path, _ = climb(skills, lambda _: chances.random() < 0.5, seed=seed, stock=stock)
    asked = Counter(path)
    assert max(asked.values()) <= stock
    assert len(asked) <= len(skills)


@settings(deadline=None, max_examples=40)
@given(shapes, st.randoms(use_true_random=False), st.integers(0, 2**32))
def test_nothing_settled_is_asked_while_something_is_left_to_settle(shape, chances, seed) -> None:
    going, limits = Climb(chains_of(rungs(shape), stock={one.id: 3 for one in rungs(shape)})), Limits(60)
    while not isinstance(step := going.next_skill(limits, seed=seed), Stop):
        name = going.chains.where[step]
        window, place = going.windows[name], going.chains[name].places[step][0]
        left = any(one.low < one.high for one in going.windows.values())
        assert (window.low <= place < window.high) == left
        going.note(step, chances.random() < 0.5)


def test_when_all_is_settled_it_asks_on_until_an_answer_teaches_nothing() -> None:
    skills = rungs({"1.1": [1, 3, 5], "1.2": [1, 3, 5]})
    short = climb(skills, lambda r: r.level < 4, stock=1)
    long, path, why = climb(skills, lambda r: r.level < 4, stock=9)
    assert why is Stop.SETTLED
    assert len(path) > len(short[1])
    assert Counter(one[:3] for one in path)["1.1"] == len(path) / 2
    assert max(m.error for m in long.measures().values()) < min(m.error for m in short[0].measures().values())
    # Near the level of this pupil, not at the ends that are known.
    again = path[4:]
    assert sum(one.endswith(("-1", "-2")) for one in again) > len(again) / 2


@given(shapes, st.data(), lucks)
def test_what_luck_could_explain_proves_less(shape, data, luck) -> None:
    skills = rungs(shape)
    answers = [(one.id, data.draw(st.booleans())) for one in skills]
    sure = Climb(chains_of(skills), told(answers)).measures()
    lucky = Climb(chains_of(skills), told(answers, luck)).measures()
    assert all(lucky[name].theta <= sure[name].theta + 1e-3 for name in sure)


@given(shapes, st.data(), lucks)
def test_the_order_of_the_answers_never_harms(shape, data, luck) -> None:
    skills = rungs(shape)
    answers = [(one.id, data.draw(st.booleans())) for one in skills]
    shuffled = data.draw(st.permutations(answers))
    one = Climb(chains_of(skills), told(answers, luck))
    other = Climb(chains_of(list(reversed(skills))), told(shuffled, luck))
    assert one.next_skill(FAR, seed=3) == other.next_skill(FAR, seed=3)
    ours, theirs = one.measures(), other.measures()
    assert {n: (m.level, m.low, m.high) for n, m in ours.items()} == {
        n: (m.level, m.low, m.high) for n, m in theirs.items()
    }


@given(shapes, st.data(), lucks)
def test_one_more_right_answer_never_lowers_a_level(shape, data, luck) -> None:
    skills = rungs(shape)
    answers = [(one.id, data.draw(st.booleans())) for one in skills]
    place = data.draw(st.integers(0, len(answers) - 1))
    better = [(one, right or n == place) for n, (one, right) in enumerate(answers)]
    before = Climb(chains_of(skills), told(answers, luck)).measures()
    after = Climb(chains_of(skills), told(better, luck)).measures()
    assert all(after[name].theta >= before[name].theta - 1e-3 for name in before)


@given(shapes, st.integers(0, 2**32))
def test_the_same_seed_takes_the_same_path(shape, seed) -> None:
    assert (
        climb(rungs(shape), lambda r: r.level < 4, seed=seed)[1]
        == (climb(rungs(shape), lambda r: r.level < 4, seed=seed)[1])
    )


SIXTEEN = {f"{d}.{n}": [1, 1, 2, 3, 3, 4, 5] for d in range(1, 5) for n in range(1, 5)}


def test_the_questions_are_balanced_over_the_competences() -> None:
    luck = Random(5)
    _, path, why = climb(rungs(SIXTEEN), lambda _: luck.random() < 0.6, limits=Limits(length=24))
    asked = [sum(one.startswith(name) for one in path) for name in SIXTEEN]
    assert why is Stop.LENGTH
    assert max(asked) - min(asked) <= 1


def test_neighbours_do_not_meet_the_same_skills_in_the_same_order() -> None:
    starts = {climb(rungs(SIXTEEN), lambda _: True, seed=s, limits=Limits(4))[1][0] for s in range(40)}
    assert len(starts) > 8


def test_the_time_that_is_spent_stops_the_parcours() -> None:
    going = Climb(chains_of(rungs(SIXTEEN)))
    assert going.next_skill(Limits(16, seconds=900), seed=1, spent=901) is Stop.TIME
    assert not isinstance(going.next_skill(Limits(16, seconds=900), seed=1, spent=899), Stop)


def test_more_answers_make_us_surer() -> None:
    skills = rungs({"1.1": [1, 2, 3, 4, 5]})
    few = Climb(chains_of(skills), told([("1.1-2", True)])).measures()["1.1"]
    more = Climb(chains_of(skills), told([(f"1.1-{n}", n < 3) for n in range(5)] * 3)).measures()["1.1"]
    assert more.error < few.error
    assert few.high - few.low >= more.high - more.low
    assert (more.level, more.low, more.high) == (3, 2, 4)


def test_a_skill_that_left_the_bank_counts_for_nothing() -> None:
    going = Climb(chains_of(rungs({"1.1": [1, 2]})), told([("partie", True)]))
    assert going.measures() == {}


def test_an_item_not_seen_yet_comes_first() -> None:
    assert draw(["a", "b", "c"], ["a", "c"], seed=9) == "b"
    assert draw(["a"], ["a"], seed=9) == "a"
    assert {draw(["a", "b", "c"], [], seed=s) for s in range(30)} == {"a", "b", "c"}


@pytest.mark.parametrize("about", [(0,), (1, "x")])
def test_chance_is_the_same_on_every_machine(about) -> None:
    assert chance(7, *about) == {(0,): 15971330445000585728, (1, "x"): 928408820931719850}[about]
