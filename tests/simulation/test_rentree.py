"""A rentrée of one school, played by the bench: nobody is attached to somebody else, nobody has two accounts."""

import pytest

from bench.rentree.play import play
from bench.rentree.world import Rules


@pytest.mark.parametrize("seed", [1])
def test_x(db, seed):
    figures, world = play(Rules(), schools=4, pupils=60, seed=seed)
    print(figures)
    figures, world = play(Rules(short=False), schools=4, pupils=60, seed=seed) if 0 else (figures, world)
