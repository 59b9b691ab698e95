"""What happens to invented pupils: the changes between two files, and the oddities of real ones."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from preau.rosterfiles.generate_pupils import (
    InventedPupil,
    Recipe,
    division_code,
    draw_pupil,
    french_date,
    read_names,
    seeded,
)
from preau.rosterfiles.identifiers import make_ine_bea

Oddity = Callable[[InventedPupil, Recipe, Random], tuple[InventedPupil, ...]]

_RARE = 0.02


def _no_ine(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, ine=None, ine_rnie=None, ine_bea=None),)


def _with_ine(pupil: InventedPupil, ine: str) -> tuple[InventedPupil, ...]:
    return (replace(pupil, ine=ine, ine_rnie=ine, ine_bea=None),)


def _bad_key(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    number = pupil.ine or ""
    return _with_ine(pupil, number[:-1] + ("A" if number[-1] != "A" else "B"))


def _mistyped_ine(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return _with_ine(pupil, "O" + (pupil.ine or "")[1:])


def _older_ine(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    bea = pupil.ine_bea or make_ine_bea(pupil.slot)
    return (replace(pupil, ine=bea, ine_rnie=None, ine_bea=bea),)


def _apprentice(pupil: InventedPupil, _recipe: Recipe, rng: Random) -> tuple[InventedPupil, ...]:
    (pupil,) = _with_ine(pupil, f"{rng.randrange(10**4):04d}A{pupil.slot % 10**5:05d}B")
    return (replace(pupil, status="AP"),)


def _enrolled_twice(pupil: InventedPupil, recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    """Same person, same INE: she left, then came back under another ELEVE_ID."""
    sid = f"9{pupil.sid}"
    back = replace(pupil, sid=sid, structures_sid=(sid,), entered=_before(recipe, 3))
    return replace(pupil, left=_before(recipe, 20)), back


def _neighbour_s_ine(pupil: InventedPupil, recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    """Two people under one number: somebody typed on the wrong line."""
    return _with_ine(pupil, draw_pupil(recipe, pupil.slot + 1).ine or "")


def _before(recipe: Recipe, days: int) -> date:
    return recipe.exported_at.date() - timedelta(days=days)


def _left(pupil: InventedPupil, recipe: Recipe, rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, left=_before(recipe, rng.randrange(1, 15))),)


def _leaves_today(pupil: InventedPupil, recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, left=_before(recipe, 0)),)


def _leaves_later(pupil: InventedPupil, recipe: Recipe, rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, left=_before(recipe, -rng.randrange(5, 60))),)


def _came_back(pupil: InventedPupil, recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, left=_before(recipe, 30), entered=_before(recipe, 10)),)


def _inactive(pupil: InventedPupil, _recipe: Recipe, rng: Random) -> tuple[InventedPupil, ...]:
    code = rng.choice(("Inactifs", "INACTIFS", "inactif ", "Inactif"))
    return (replace(pupil, divisions=(code,), groups=()),)


def _group_without_class(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, divisions=()),)


def _no_structure(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, structures_sid=()),)


def _two_structures(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, structures_sid=(pupil.sid, pupil.sid)),)


def _spaced_sid(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, structures_sid=(f" {pupil.sid} ",)),)


def _same_record_twice(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return pupil, replace(pupil, structures_sid=())


def _spaced_class(pupil: InventedPupil, _recipe: Recipe, rng: Random) -> tuple[InventedPupil, ...]:
    code = pupil.divisions[0]
    return (replace(pupil, divisions=(rng.choice((f"{code}  ", f" {code} ", code.lower())),)),)


def _two_classes(pupil: InventedPupil, recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, divisions=(*pupil.divisions, _next_class(pupil, recipe))),)


def _numbered_class(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, divisions=(f"{pupil.level.age}01",)),)


def _unknown_structure(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, other_structures=(("UPE2A", "X"),)),)


def _birth(born: str | None) -> Oddity:
    return lambda pupil, _recipe, _rng: (replace(pupil, born=born),)


def _iso_birth(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, born="-".join(reversed((pupil.born or "").split("/")))),)


def _adult(pupil: InventedPupil, recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, born=french_date(date(recipe.school_year - 34, 3, 12))),)


def _lost_letters(pupil: InventedPupil, _recipe: Recipe, rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, surname=rng.choice(read_names("surnames_beyond"))),)


def _stray_quotes(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, given_names=(f'{pupil.given_names[0]} "Lou"', "A & B", "<sans>")),)


def _long_name(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, surname=f"DE LA {pupil.surname}--{pupil.surname} DE BOISROND-D'HAUTERIVE"),)


def _same_usage_name(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, usage_name=pupil.surname),)


def _no_commune(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, country="100", department="75", commune=None, town=None),)


def _no_sex(pupil: InventedPupil, _recipe: Recipe, _rng: Random) -> tuple[InventedPupil, ...]:
    return (replace(pupil, sex=None),)


ODDITIES: tuple[Oddity, ...] = (
    *(_no_ine, _enrolled_twice, _left, _leaves_later, _inactive, _group_without_class, _no_structure),
    *(_birth(None), _birth(""), _iso_birth, _lost_letters, _spaced_class, _same_usage_name, _adult),
    *(_bad_key, _mistyped_ine, _older_ine, _apprentice, _leaves_today, _came_back, _two_structures),
    *(_spaced_sid, _same_record_twice, _two_classes, _numbered_class, _unknown_structure),
    *(_stray_quotes, _long_name, _no_commune, _no_sex, _neighbour_s_ine),
)


def _next_class(pupil: InventedPupil, recipe: Recipe) -> str:
    return division_code(recipe, pupil.level, pupil.rank + 1)


def _correct(pupil: InventedPupil, rng: Random) -> InventedPupil:
    """A birth day or a surname put right; the day stays under the 28th so that every month has it."""
    if rng.random() < 0.5 and pupil.born:
        day, rest = pupil.born[:2], pupil.born[2:]
        return replace(pupil, born=f"{int(day) % 28 + 1:02d}{rest}")
    return replace(pupil, surname=f"{pupil.surname}-{rng.choice(read_names('surnames'))}")


def _change_step(recipe: Recipe) -> tuple[int, int]:
    """A walk that meets every slot once, hence exactly the share asked for."""
    rng = seeded(recipe.seed, recipe.uai, "changes", recipe.change_seed)
    step = rng.randrange(1, max(2, recipe.pupils))
    while math.gcd(step, recipe.pupils) != 1:
        step += 1
    return step, rng.randrange(max(1, recipe.pupils))


def _changed(pupil: InventedPupil, recipe: Recipe, turn: int, rng: Random) -> InventedPupil | None:
    """By turns: another class, a correction, an exit date, gone from the file (None), replaced in it."""
    match turn % 5:
        case 0:
            return replace(pupil, divisions=(_next_class(pupil, recipe),))
        case 1:
            return _correct(pupil, rng)
        case 2:
            return replace(pupil, left=_before(recipe, 1))
        case _:
            return None


def _as_changed(recipe: Recipe) -> Iterator[tuple[int, InventedPupil]]:
    count = round(recipe.pupils * recipe.changes)
    step, start = _change_step(recipe)
    for slot in range(recipe.pupils):
        pupil: InventedPupil | None = draw_pupil(recipe, slot)
        turn = (slot * step + start) % recipe.pupils
        if pupil and turn < count:
            pupil = _changed(pupil, recipe, turn, seeded(recipe.change_seed, slot))
        if pupil:
            yield slot, pupil
        elif turn % 5 == 4:
            newcomer = recipe.pupils * (recipe.change_seed % 1000 + 1) + slot
            yield slot, replace(draw_pupil(recipe, newcomer), entered=_before(recipe, 2))


def _oddity_of(slot: int, rng: Random) -> Oddity | None:
    if slot % 3 == 1 and slot // 3 < len(ODDITIES):
        return ODDITIES[slot // 3]
    return rng.choice(ODDITIES) if rng.random() < _RARE else None


def all_pupils(recipe: Recipe) -> Iterator[InventedPupil]:
    """Every ELEVE of the file, in order.

    With oddities, the first pupils show each of them once, one pupil in three, then some two in a hundred.
    """
    for slot, pupil in _as_changed(recipe):
        if not recipe.oddities:
            yield pupil
            continue
        rng = seeded(recipe.seed, recipe.uai, "oddities", slot)
        oddity = _oddity_of(slot, rng)
        yield from oddity(pupil, recipe, rng) if oddity else (pupil,)
