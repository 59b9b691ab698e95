"""Play one rentrée from last year's accounts to the third lesson."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.hashers import check_password, make_password
from django.test.utils import override_settings

from bench.rentree.counting import duplicates, figures_of
from bench.rentree.desk import ask_where_from, look_at_doubts, merge_pairs
from bench.rentree.figures import Figures
from bench.rentree.lessons import school_days
from bench.rentree.people import schools_and_pupils
from bench.rentree.world import Rules, World, hand_out, in_bulk, last_year, on, open_schools, this_year

# One cheap digest: with Argon2id, twenty thousand passwords would be most of the time of the bench, and nothing else.
CHEAP = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])


def play(
    rules: Rules, *, schools: int, pupils: int, seed: int, say: Callable[[str], None] = lambda _: None
) -> tuple[Figures, World]:
    """In an empty database; the same seed gives the same figures."""
    with CHEAP:
        assert check_password("x", make_password("x"))
        made = schools_and_pupils(schools=schools, pupils=pupils, seed=seed)
        world = World(rules, made, {one.id: one for school in made for one in school.pupils})
        offices = open_schools(made)
        world.referents = {one.establishment.pk: one.referent.account for one in offices}
        for office in offices:
            last_year(world, office)
        say("hier")
        for office in offices:
            this_year(world, office)
        for office in offices:
            look_at_doubts(world, office, at=on(8, 31, 14))
            ask_where_from(world, office, at=on(8, 31, 15))
            hand_out(world, office)
        say("la liste")
        for office in offices:
            school_days(world, office)
            in_bulk(world, office)
        say("les séances")
        twice = set(duplicates(world))
        for office in offices:
            ask_where_from(world, office, at=on(9, 18, 9), again=True)
            merge_pairs(world, office, at=on(9, 21, 9))
        say("le bureau")
    return figures_of(world, twice=twice), world
