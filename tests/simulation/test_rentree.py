"""A small rentrée, played by the bench: nobody opens somebody else's row, nobody ends with two accounts."""

from __future__ import annotations

import pytest
from django.db import transaction

from bench.rentree.figures import Figures, together
from bench.rentree.people import schools_and_pupils
from bench.rentree.play import play
from bench.rentree.report import table
from bench.rentree.world import Rules


def rentree() -> Figures:
    """Sixty pupils, two schools that they move between; nothing of it stays."""
    with transaction.atomic():
        figures, _ = play(Rules(), schools=2, pupils=30, seed=7)
        transaction.set_rollback(True)
    return figures


@pytest.mark.django_db
def test_nobody_is_mistaken_for_somebody_else_and_everybody_gets_in_twice_the_same() -> None:
    figures = rentree()
    assert (figures.pupils, figures.wrong, figures.duplicates) == (60, 0, 0)
    assert figures.attached == figures.entered == 60
    assert figures.alone >= 0.99 * figures.pupils
    assert rentree() == figures


def test_the_same_seed_gives_the_same_pupils_and_another_one_others() -> None:
    once, again, other = (schools_and_pupils(schools=2, pupils=30, seed=seed) for seed in (7, 7, 8))
    assert once == again
    assert once != other


def test_groups_of_schools_add_up() -> None:
    one = Figures(
        pupils=60, attached=60, at_import=30, alone=60, entered=60, entered_alone=57, wrong=0, duplicates=0,
        twice=1, adult_minutes=30.0, waits=[60] * 59 + [600], calls={"au_bureau": 1}, refused={},
    )  # fmt: skip
    both = together([one, one])
    assert (both.pupils, both.calls, both.late) == (120, {"au_bureau": 2}, 1.0)
    assert both.lesson_minutes == pytest.approx(one.lesson_minutes)
    assert "| La façon courte | 120 | 100,00 % | 95,0 % | 50,0 |" in table({"La façon courte": both})[-1]
