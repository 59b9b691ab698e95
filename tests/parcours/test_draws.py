"""A pupil who has begun keeps their figures: what a draw gives for a seed is fixed for ever."""

from __future__ import annotations

import hashlib
import json
import re
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from preau.parcours.practical.draws import DRAWS

GIVEN = Path(__file__).with_name("draws.json")


def given(name: str) -> str:
    """A short name of what this draw gives for ten seeds."""
    told = [DRAWS[name](Random(f"{seed}/essai/draw")) for seed in range(10)]
    words = json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", sorted(DRAWS))
def test_a_draw_always_gives_the_same_to_the_same_pupil(name) -> None:
    kept = json.loads(GIVEN.read_text("utf-8"))
    assert name in kept, f'a new draw: add "{name}": "{given(name)}" to {GIVEN.name}'
    assert kept[name] == given(name), (
        f"« {name} » now draws otherwise: pupils in the middle of a parcours would find other figures than"
        f" those they worked on. Leave it, write « {name}_2 » and let the question name that one."
    )


def test_no_draw_is_taken_away_while_an_attempt_may_name_it() -> None:
    assert set(json.loads(GIVEN.read_text("utf-8"))) == set(DRAWS)


SEEDS = range(60)


def drawn(name: str) -> list[dict[str, Any]]:
    return [DRAWS[name](Random(seed)) for seed in SEEDS]


def test_the_hardest_answers_are_those_that_a_pupil_finds_in_the_files() -> None:
    for told in drawn("join"):
        far = dict(told["distances"][1:])
        cyclists = [code for code, _, way in told["trips"][1:] if way == "à vélo"]
        assert told["count"] == sum(far[code] > 3 for code in cyclists)
        assert 3 not in far.values()
    for told in drawn("codes"):
        lines = told["content"].splitlines()
        assert told["count"] == sum(bool(re.search("^[A-Z][A-Z]-[0-9][0-9][0-9]$", line)) for line in lines)
    for told in drawn("seals"):
        assert [line.split(" : ")[0] for line in told["content"].splitlines() if told["seal"] in line] == [
            told["good"]
        ]
    for told in drawn("hops"):
        times = [int(line.split()[-2]) for line in told["content"].splitlines()]
        assert told["hop"] == min(n for n in range(1, 12) if min(times[n - 1 :]) > 150)
        assert sum(time > 80 for time in times[: told["hop"] - 1]) == 1


def test_the_answers_of_writing_are_those_that_a_pupil_finds_in_the_files() -> None:
    for told in drawn("twice"):
        words = re.findall(r"\w+", told["content"])
        assert [a for a, b in pairwise(words) if a == b] == [told["word"]]
    for told in drawn("merge"):
        rooms = [room for first, last, _, room in told["rows"][1:] if f"{first} {last}" == told["guest"]]
        assert rooms == [told["room"]]
        alike = [row for row in told["rows"][1:] if row[0] == told["guest"].split()[0]]
        assert len(alike) == 2
        assert len({row[3] for row in alike}) == 2
