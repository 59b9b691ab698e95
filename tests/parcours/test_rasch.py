"""The engine for items that many pupils have answered."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from preau.parcours.adaptive import Limits, Stop, success
from preau.parcours.rasch import ENOUGH, ERROR, Scaled, Weighing, calibrate, scales_of

FAR = Limits(length=500)


def scales(names: tuple[str, ...] = ("1.1", "1.2"), many: int = 30):
    items = [Scaled(f"{c}-{n}", c, 0.5 + 7 * n / many) for c in names for n in range(many)]
    return scales_of(items, dict.fromkeys(names, 7))


def weigh(knows, *, seed: int = 1, limits: Limits = FAR) -> tuple[Weighing, list[str], Stop]:
    answers: list[tuple[str, bool]] = []
    table = {item.id: item for scale in scales().values() for item in scale.items}
    while True:
        going = Weighing(scales(), answers)
        step = going.next_item(limits, seed=seed)
        if isinstance(step, Stop):
            return going, [item for item, _ in answers], step
        answers.append((step, knows(table[step])))


@given(st.integers(0, 2**32))
def test_a_pupil_who_knows_everything_reaches_the_top(seed) -> None:
    going, path, why = weigh(lambda _: True, seed=seed)
    assert why is Stop.SETTLED
    assert len(path) == len(set(path))
    assert [m.level for m in going.measures().values()] == [7, 7]


def test_it_stops_when_the_level_is_known_well_enough() -> None:
    going, path, why = weigh(lambda item: item.difficulty < 4)
    assert why is Stop.SETTLED
    assert len(path) < 30
    assert all(m.error <= ERROR and m.level in (3, 4) for m in going.measures().values())


def test_the_same_seed_takes_the_same_path_and_neighbours_differ() -> None:
    assert weigh(lambda i: i.difficulty < 3, seed=4)[1] == weigh(lambda i: i.difficulty < 3, seed=4)[1]
    assert len({weigh(lambda _: True, seed=s, limits=Limits(1))[1][0] for s in range(20)}) > 2


def test_the_time_and_the_length_stop_it() -> None:
    assert weigh(lambda _: True, limits=Limits(3))[2] is Stop.LENGTH
    assert Weighing(scales()).next_item(Limits(9, seconds=60), seed=1, spent=61) is Stop.TIME


def test_an_item_finds_its_difficulty_from_enough_answers() -> None:
    luck = Random(3)
    levels = [luck.uniform(1, 7) for _ in range(2000)]
    answers = [(theta, luck.random() < success(theta, 4.4)) for theta in levels]
    assert abs(calibrate(answers) - 4.4) < 0.2
    assert calibrate(answers[: ENOUGH - 1]) is None


def test_an_item_that_nobody_misses_still_has_a_difficulty() -> None:
    assert -0.5 <= calibrate([(4.0, True)] * ENOUGH) < 0
    assert 8 < calibrate([(4.0, False)] * ENOUGH) <= 9.5
