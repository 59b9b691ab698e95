"""Small rentrées, played by the bench: nobody opens somebody else's row, nobody ends with two accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from django.db import transaction

from bench.rentree import report
from bench.rentree.counting import duplicates
from bench.rentree.figures import Figures, together
from bench.rentree.people import Person, rates, schools_and_pupils
from bench.rentree.play import play
from bench.rentree.words import ACTS, ERRORS
from bench.rentree.world import Rules, World
from preau.rosterfiles.names import fold

SWITCHES = [one.name for one in fields(Rules) if one.default is True]
RARE = {
    "liste": 0.15,
    "bureau": 0.3,
    "ent": 0.25,
    "appareil": 0.3,
    "presence": 0.2,
    "doigts": 0.25,
    "memoire": 0.4,
    "hier": 0.3,
}  # what a rate becomes at least, on a bad day


def rentree(*, pupils: int = 30, seed: int = 7, **rules: bool) -> Figures:
    """Two schools that pupils move between; nothing of it stays."""
    return played(Rules(**rules), pupils=pupils, seed=seed)[0]


def played(rules: Rules, *, pupils: int, seed: int = 7) -> tuple[Figures, World]:
    with transaction.atomic():
        found = play(rules, schools=2, pupils=pupils, seed=seed)
        transaction.set_rollback(True)
    return found


@pytest.fixture
def bad_day(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything that may go wrong does, often."""
    for part, least in RARE.items():
        for name, rate in rates()[part].items():
            if isinstance(rate, float):
                monkeypatch.setitem(rates()[part], name, max(rate, least))
    return


@pytest.mark.django_db
def test_nobody_is_mistaken_for_somebody_else_and_everybody_gets_in_twice_the_same() -> None:
    figures = rentree()
    assert (figures.pupils, figures.wrong, figures.duplicates) == (60, 0, 0)
    assert figures.attached == figures.entered == 60
    assert figures.alone >= 0.99 * figures.pupils
    assert rentree() == figures


@pytest.mark.django_db
@pytest.mark.usefixtures("bad_day")
def test_on_a_day_when_everything_goes_wrong_still_nobody_is_mistaken_and_each_switch_is_felt() -> None:
    lived = [played(Rules(), pupils=14, seed=seed) for seed in (1, 9)]
    for figures, world in lived:
        assert figures.wrong == 0
        # Nothing but an INE, or somebody who names the former school, tells one school that another knows this pupil.
        left = [world.people[one] for one in duplicates(world)]
        assert all(one.moved and not one.ine for one in left)
        assert all(one.id in world.met["l_eleve_ne_le_dit_pas"] or _told_apart(one, world) for one in left)
    short, other = (figures for figures, _ in lived)
    schools = rentree(pupils=14, seed=1, short=False, linked=False)
    assert set(ERRORS) - set(short.met) - set(other.met) - set(schools.met) == set()
    assert set(short.seconds) | set(other.seconds) | set(schools.seconds) <= set(ACTS)
    without = {name: rentree(pupils=14, seed=1, **{name: False}) for name in SWITCHES}
    # Where every account is known, the question is for so few that nobody here is one of them.
    assert {name for name, figures in without.items() if figures == short} == {"asks_old"}
    assert rentree(pupils=14, seed=1, linked=False, asks_old=False) != without["linked"]


def _told_apart(one: Person, world: World) -> bool:
    """Whether the two schools do not write the same pupil: another date, or a homonym over there."""
    others = [other for other in world.people.values() if other.id != one.id and other.born == one.born]
    same = [other for other in others if fold(other.last_name) == fold(one.last_name)]
    return one.listed_before != one.listed_born or bool(same)


def test_the_same_seed_gives_the_same_pupils_and_another_one_others() -> None:
    once, again, other = (schools_and_pupils(schools=2, pupils=30, seed=seed) for seed in (7, 7, 8))
    assert once == again
    assert once != other


def figures(**more: int) -> Figures:
    said = {
        "pupils": 60, "attached": 60, "at_import": 30, "alone": 60, "entered": 60, "entered_first": 55,
        "never_helped": 57, "wrong": 0, "duplicates": 0, "twice": 1,
    }  # fmt: skip
    return Figures(
        **(said | more), waits=[60] * 59 + [600], seconds={"import": 1800.0}, calls={}, refused={}, met={"surnom": 2},
    )  # fmt: skip


def test_groups_of_schools_add_up_and_say_how_sure_they_are(tmp_path: Path) -> None:
    one = figures()
    both = together([one, one])
    assert (both.pupils, both.met, both.late) == (120, {"surnom": 4}, 1.0)
    assert both.adult_minutes == one.adult_minutes == 50.0
    found = report.Found(
        {"La façon courte": [one, figures(alone=59)]}, {"Courte": [one], "sans cartes": [one]}
    )
    lines = [
        report.line_of(table, name, place, one)
        for table in ("ways", "without")
        for name, groups in getattr(found, table).items()
        for place, one in enumerate(groups)
    ]
    (tmp_path / "kept").write_text("".join(lines))
    assert report.Found.read(tmp_path / "kept") == found
    said = report.say(found)
    assert "| **Rattachés sans adulte** | 99,17 % ± 10,59 |" in said
    assert "| sans cartes | 100,00 % | 95,0 % | 50,0 (=) |" in said
    assert report.same(found, found) is None
