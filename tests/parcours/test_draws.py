"""A pupil who has begun keeps their figures: what a draw gives for a seed is fixed for ever."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from random import Random

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
