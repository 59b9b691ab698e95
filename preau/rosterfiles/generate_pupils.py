"""Pupils who do not exist, drawn one by one: what the fixtures and benchmarks are filled with.

Every pupil is a pure function of the recipe and of a slot number, so a file of any length is written
without holding it, and a later file of the same school finds the same pupils again.
"""

import math
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from importlib.resources import files
from random import Random
from typing import Literal

from preau.rosterfiles.identifiers import check_uai, make_ine_bea, make_ine_rnie, make_uai

SchoolKind = Literal["college", "lycee"]
# Department 999 does not exist: this school number belongs to nobody.
INVENTED_UAI = make_uai("0999001")

_TWINS_EVERY = 97
_HOMONYMS_EVERY = 149
# Odd and not a multiple of five, hence coprime with the powers of ten: numbers never meet.
_NUMBER_STEP = 387_420_489

_FRENCH_BIRTHS = (
    *("001", "013", "014", "021", "02A", "02B", "029", "031", "033", "035", "038", "042", "044", "051"),
    *("057", "059", "063", "064", "067", "069", "075", "076", "083", "087", "092", "093", "094", "974"),
)
_FOREIGN_BIRTHS = (
    *(("109", "BERLIN"), ("114", "BUCAREST"), ("122", "VARSOVIE"), ("127", "ROME"), ("132", "LONDRES")),
    *(("134", "MADRID"), ("139", "LISBONNE"), ("155", "KIEV"), ("208", "ANKARA"), ("216", "PEKIN")),
    *(("223", "NEW DELHI"), ("243", "HANOI"), ("261", "DAMAS"), ("312", "KINSHASA"), ("322", "YAOUNDE")),
    *(("326", "ABIDJAN"), ("335", "BAMAKO"), ("341", "DAKAR"), ("350", "RABAT"), ("351", "TUNIS")),
    *(("352", "ALGER"), ("404", "NEW YORK"), ("410", "PORT-AU-PRINCE"), ("416", "BRASILIA")),
)
_LANGUAGES = (("ESP", "030602"), ("ESP", "030602"), ("ALL", "030102"), ("ITA", "030802"), ("CHI", "034502"))


@dataclass(frozen=True, slots=True)
class Level:
    """A school year of the course: `age` is the usual one on the last day of December."""

    group_prefix: str
    class_prefix: str
    mef: str
    age: int


_COLLEGE = (
    Level("6", "6", "10010012110", 11),
    Level("5", "5", "10110001110", 12),
    Level("4", "4", "10210001110", 13),
    Level("3", "3", "10310019110", 14),
)
_LYCEE = (
    Level("2", "2", "20010018110", 15),
    Level("1", "1S", "20111010110", 16),
    Level("T", "TG", "20211010110", 17),
)
_LEVELS: dict[SchoolKind, tuple[Level, ...]] = {"college": _COLLEGE, "lycee": _LYCEE}
_CLASS_SIZES: dict[SchoolKind, int] = {"college": 28, "lycee": 34}
_MEF_BEFORE = {"college": "00110009111", "lycee": "10310019110"}
_CLASS_BEFORE = {"college": "CM2", "lycee": "3"}


def seeded(*parts: object) -> Random:
    """Chance that falls alike on every machine: texts are hashed by SHA-512, not by Python's own hash."""
    return Random("/".join(map(str, parts)))  # noqa: S311 - it hides nothing


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a file is made from: the same recipe gives the same pupils, on any machine.

    `school_year` is the calendar year of the rentrée. `changes` is the share of pupils whom a later
    file of the same school shows otherwise, drawn with `change_seed`. Raises ValueError.
    """

    pupils: int
    seed: int
    school_year: int
    exported_at: datetime
    uai: str = INVENTED_UAI
    oddities: bool = False
    kind: SchoolKind = "college"
    changes: float = 0.0
    change_seed: int = 0

    def __post_init__(self) -> None:
        if self.pupils < 0:
            raise ValueError("the number of pupils is negative")
        if not 0 <= self.changes <= 1:
            raise ValueError("the share of changes is not between 0 and 1")
        if not check_uai(self.uai).valid or check_uai(self.uai).uai != self.uai:
            raise ValueError("the school number is wrong")
        if not 1990 <= self.school_year <= 2100:
            raise ValueError("the school year is out of reach")

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """From the youngest to the oldest."""
        return _LEVELS[self.kind]

    @cached_property
    def classes_per_level(self) -> int:
        """Two at least, for a pupil to have somewhere to move."""
        return max(2, math.ceil(self.pupils / len(self.levels) / _CLASS_SIZES[self.kind]))

    @cached_property
    def first_number(self) -> int:
        """Where the national numbers of this school start."""
        return seeded(self.seed, self.uai, "numbers").randrange(10**9)


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedPupil:
    """One ELEVE as it will be written: texts in the shape SIECLE gives them, None when the tag is missing."""

    slot: int
    sid: str
    structures_sid: tuple[str, ...]
    ine: str | None
    ine_rnie: str | None
    ine_bea: str | None
    surname: str
    usage_name: str | None
    given_names: tuple[str, ...]
    sex: str | None
    born: str | None
    country: str
    department: str
    commune: str | None
    town: str | None
    level: Level
    rank: int
    status: str
    entered: date
    left: date | None = None
    repeats: bool = False
    divisions: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    other_structures: tuple[tuple[str, str], ...] = ()
    language: str = "030602"
    last_mef: str = ""
    last_class: str = ""
    grant: bool = False


@dataclass(frozen=True, slots=True)
class _Person:
    surname: str
    given_name: str
    sex: str
    born: date


@cache
def read_names(name: str) -> tuple[str, ...]:
    """The lines of one of the lists of names kept in `data`."""
    text = files("preau.rosterfiles").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    return tuple(text.split("\n")[:-1])


def french_date(day: date) -> str:
    """JJ/MM/AAAA, as SIECLE writes every date."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def letters(number: int) -> str:
    """A, B … Z, AA, AB …: the names of classes, however many."""
    text = ""
    number += 1
    while number:
        number, remainder = divmod(number - 1, 26)
        text = chr(65 + remainder) + text
    return text


def division_code(recipe: Recipe, level: Level, number: int) -> str:
    """6A in a collège and 2A at the gate of a lycée, then 1S1 and TG1."""
    place = number % recipe.classes_per_level
    return level.class_prefix + (letters(place) if len(level.class_prefix) == 1 else str(place + 1))


def _place(recipe: Recipe, slot: int) -> tuple[Level, int]:
    """The level of a slot and its rank there: pupils of the same level come by two, as twins do."""
    pair, second = divmod(slot, 2)
    turn, level = divmod(pair, len(recipe.levels))
    return recipe.levels[level], turn * 2 + second


def _draw_surname(rng: Random) -> str:
    names = read_names("surnames")
    surname = rng.choice(names)
    chance = rng.random()
    if chance < 0.04:
        return f"{surname}--{rng.choice(names)}"
    if chance < 0.07:
        return f"{surname}-{rng.choice(names)}"
    return f"{surname} {rng.choice(names)}" if chance < 0.09 else surname


def _draw_person(recipe: Recipe, slot: int, rng: Random) -> _Person:
    level, _rank = _place(recipe, slot)
    sex = rng.choice("12")
    chance = rng.random()
    late = 1 if chance < 0.1 else -1 if chance > 0.98 else 0
    first_day = date(recipe.school_year - level.age - late, 1, 1)
    return _Person(
        surname=_draw_surname(rng),
        given_name=rng.choice(read_names("given_names_boys" if sex == "1" else "given_names_girls")),
        sex=sex,
        born=first_day + timedelta(days=rng.randrange(365)),
    )


def _rng(recipe: Recipe, slot: int) -> Random:
    return seeded(recipe.seed, recipe.uai, recipe.kind, slot)


def _person(recipe: Recipe, slot: int, rng: Random) -> _Person:
    person = _draw_person(recipe, slot, rng)
    if slot % _TWINS_EVERY == 13 and slot % 2:
        elder = _draw_person(recipe, slot - 1, _rng(recipe, slot - 1))
        return replace(person, surname=elder.surname, born=elder.born)
    if slot % _HOMONYMS_EVERY == 40:
        other = _draw_person(recipe, slot - 10, _rng(recipe, slot - 10))
        return replace(person, surname=other.surname, given_name=other.given_name, sex=other.sex)
    return person


def _draw_groups(recipe: Recipe, slot: int, language: str, rng: Random) -> tuple[str, ...]:
    """Two to four groups: the language, help by fifteens, now and then Latin or sports.

    The field holds eight characters, even for a city of pupils.
    """
    level, rank = _place(recipe, slot)
    rank %= recipe.classes_per_level * _CLASS_SIZES[recipe.kind]
    prefix, number = level.group_prefix, rank // 56 + 1
    groups = [f"{prefix}{language}{number}", f"{prefix}AP {rank // 15 + 1}"]
    if rng.random() < 0.2:
        groups.append(f"{prefix} LA{number}")
    if rng.random() < 0.08:
        groups.append(f"_{prefix}U.{number}")
    return tuple(groups)


def _draw_birth_place(rng: Random) -> tuple[str, str, str | None, str | None]:
    """Country, department, commune and town: a French birth has no town, a foreign one no commune."""
    if rng.random() < 0.1:
        country, town = rng.choice(_FOREIGN_BIRTHS)
        return country, "099", None, town
    department = rng.choice(_FRENCH_BIRTHS)
    stem = department if department.startswith("97") else department[-2:] + "0"
    if not department.isdigit():
        stem = f"{department[1:]}0"
    return "100", department, f"{stem}{rng.randrange(1, 60):02d}", None


def draw_pupil(recipe: Recipe, slot: int) -> InventedPupil:
    """The pupil of a slot, before anything happens to her."""
    rng = _rng(recipe, slot)
    person = _person(recipe, slot, rng)
    level, rank = _place(recipe, slot)
    rnie = make_ine_rnie((recipe.first_number + slot * _NUMBER_STEP) % 10**9)
    bea = make_ine_bea((recipe.first_number * 7 + slot * _NUMBER_STEP) % 10**10)
    language, subject = rng.choice(_LANGUAGES)
    country, department, commune, town = _draw_birth_place(rng)
    second = rng.choice(read_names("given_names_boys" if person.sex == "1" else "given_names_girls"))
    third = rng.choice(read_names("given_names_boys" if person.sex == "1" else "given_names_girls"))
    others = (second, third)[: rng.choice((0, 1, 1, 2, 2))]
    years = recipe.levels.index(level)
    sid = str(1_200_000 + recipe.first_number % 100_000 + slot)
    before = recipe.levels[years - 1] if years else None
    return InventedPupil(
        slot=slot,
        sid=sid,
        structures_sid=(sid,),
        ine=rnie,
        ine_rnie=rnie,
        # SIECLE keeps the older number of those who went to school before the autumn of 2017.
        ine_bea=bea if person.born.year <= 2014 and rng.random() < 0.9 else None,
        surname=person.surname,
        usage_name=_draw_surname(rng) if rng.random() < 0.03 else None,
        given_names=(person.given_name, *others),
        sex=person.sex,
        born=french_date(person.born),
        country=country,
        department=department,
        commune=commune,
        town=town,
        level=level,
        rank=rank,
        status="ST",
        entered=date(recipe.school_year - rng.randrange(years + 1), 9, 1),
        repeats=rng.random() < 0.01,
        divisions=(division_code(recipe, level, rank),),
        groups=_draw_groups(recipe, slot, language, rng),
        language=subject,
        last_mef=before.mef if before else _MEF_BEFORE[recipe.kind],
        last_class=division_code(recipe, before, rank + 1) if before else _CLASS_BEFORE[recipe.kind] + "A",
        grant=rng.random() < 0.25,
    )
