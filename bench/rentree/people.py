"""Who the pupils are: drawn from a seed, the same whatever way they come in."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from preau.rosterfiles.generate_oddities import all_pupils
from preau.rosterfiles.generate_pupils import InventedPupil, Recipe
from preau.rosterfiles.identifiers import make_uai

YEAR = 2026
NOTHING, USERNAME, MEDIACENTRE, EMAIL = "RIEN", "IDENTIFIANT", "MEDIACENTRE", "MAIL"


@cache
def rates() -> dict[str, Any]:
    """The readable file of hypotheses."""
    return tomllib.loads((Path(__file__).parent / "taux.toml").read_text(encoding="utf-8"))


def chance(*parts: object) -> float:
    """A number in [0, 1) that only depends on what it is about: two worlds draw the same errors."""
    digest = sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7]) / (1 << 56)


@dataclass
class Person:
    """A pupil as they are in truth; what the roster has is in `listed_…`."""

    id: str
    school: int
    last_name: str
    usage_name: str
    first_names: tuple[str, ...]
    born: date
    ine: str
    division: str
    age: int
    listed_born: date
    said_last_name: str = ""  # the name they use
    before: str = NOTHING
    came_from: int | None = None  # the school of last year
    listed_before: date | None = None  # the birth date that the other school had
    sibling: str = ""  # whose session may be open
    homonym: bool = False  # born on the same day under the names of somebody else

    def draws(self, what: str, share: float, *more: object) -> bool:
        """Whether this befalls them."""
        return chance(self.id, what, *more) < share

    @property
    def moved(self) -> bool:
        return self.came_from is not None and self.came_from != self.school

    @property
    def password(self) -> str:
        """Nobody else has it; no vowel, so that it holds nobody's name, and no figure, so no date."""
        digest = sha256(f"{self.id}/password".encode()).hexdigest()[:24]
        return digest.translate(str.maketrans("0123456789abcdef", "bcdfghjkmpqtvwxz"))

    def uid(self, *, now: bool) -> str:
        """The opaque identifier of the ENT, last year or this year."""
        fresh = now and (self.moved or self.draws("uid", rates()["ent"]["nouvelle_identite"]))
        return sha256(f"{self.id}/{'now' if fresh else 'before'}".encode()).hexdigest()


@dataclass
class School:
    """An invented school; `target` is the way in it has chosen."""

    number: int
    uai: str
    kind: str
    target: str
    pupils: list[Person] = field(default_factory=list)


def schools_and_pupils(*, schools: int, pupils: int, seed: int) -> list[School]:
    """All of them, with where each was last year: a pure function of the seed."""
    said = rates()["ecoles"]
    lycees = max(1, round(schools * said["lycees"])) if schools > 1 else 0
    made = []
    for number in range(schools):
        kind = "lycee" if number < lycees else "college"
        target = MEDIACENTRE if (number * said["par_le_mediacentre"]) % 1 else USERNAME
        school = School(number, make_uai(f"999{number:04}"), kind, target)
        recipe = Recipe(
            pupils=pupils,
            seed=seed,
            school_year=YEAR,
            uai=school.uai,
            kind=kind,  # type: ignore[arg-type]
            exported_at=datetime(YEAR, 8, 31, 8),  # noqa: DTZ001 - the clock of the file
        )
        school.pupils = [_person(one, school, f"{seed}/{number}/{one.slot}") for one in all_pupils(recipe)]
        _families(school)
        made.append(school)
    _last_year(made)
    return made


def _person(one: InventedPupil, school: School, key: str) -> Person:
    said = rates()["liste"]
    day, month, year = map(int, str(one.born).split("/"))
    born = date(year, month, day)
    ine = "" if chance(key, "ine") < said["sans_ine"] else str(one.ine)
    wrong = chance(key, "listed") < said["date_fausse"]
    person = Person(
        id=key,
        school=school.number,
        last_name=one.surname,
        usage_name=one.usage_name or "",
        first_names=one.given_names,
        born=born,
        ine=ine,
        division=one.divisions[0],
        age=one.level.age,
        listed_born=_other_day(born) if wrong else born,
        said_last_name=one.usage_name or one.surname,
    )
    if person.draws("other name", said["nom_d_usage_absent"]):
        person.said_last_name = f"{Random(key).choice(('Delorme', 'Kaplan', 'Ozturk', 'Vasseur'))}"
    return person


def _other_day(born: date) -> date:
    return born + timedelta(days=1 if born.day < 28 else -1)


def _families(school: School) -> None:
    """Siblings by name; now and then somebody of the same names was born the same day."""
    share = rates()["liste"]["homonyme_ne_le_meme_jour"]
    by_name: dict[str, list[Person]] = {}
    for place, person in enumerate(school.pupils):
        if place and person.draws("homonym", share):
            other = school.pupils[place - 1]
            person.last_name, person.usage_name = other.last_name, other.usage_name
            person.first_names, person.said_last_name = other.first_names, other.said_last_name
            person.born = person.listed_born = other.born
            person.homonym = True
        by_name.setdefault(person.last_name, []).append(person)
    for family in by_name.values():
        for one, other in zip(family, family[1:] + family[:1], strict=True):
            one.sibling = other.id if other is not one else ""


def _last_year(schools: list[School]) -> None:
    said = rates()["hier"]
    colleges = [one for one in schools if one.kind == "college"]
    for school in schools:
        for person in school.pupils:
            person.came_from = _came_from(person, school, colleges, schools, said)
            if person.came_from is None:
                continue
            person.before = _before(person, schools[person.came_from], said)
            moved = person.moved and person.draws("date", rates()["liste"]["date_corrigee_en_arrivant"])
            person.listed_before = _other_day(person.listed_born) if moved else person.listed_born


def _came_from(
    person: Person, school: School, colleges: list[School], schools: list[School], said: dict[str, Any]
) -> int | None:
    youngest = {"college": 11, "lycee": 15}[school.kind]
    others = [one for one in schools if one.kind == school.kind and one is not school]
    where = chance(_family(person), "where")  # brothers and sisters move together
    if person.age == youngest and school.kind == "college":
        return None
    if person.age == youngest:
        known = chance(_family(person), "known") < said["seconde_d_un_college_connu"]
        return colleges[int(where * len(colleges))].number if colleges and known else None
    if others and chance(_family(person), "moves") < said["change_d_etablissement"]:
        return others[int(where * len(others))].number
    return school.number


def _family(person: Person) -> str:
    return f"{person.id.rsplit('/', 1)[0]}/{person.last_name}"


def _before(person: Person, school: School, said: dict[str, Any]) -> str:
    shares = said["mediacentre" if school.target == MEDIACENTRE else "identifiant"]
    drawn, total, mode = chance(person.id, "before"), 0.0, NOTHING
    for mode, share in shares.items():  # noqa: B007 - the one it stops at
        total += share
        if drawn < total:
            break
    old = person.born <= date(YEAR - 16, 8, 31)
    mail = mode == USERNAME and old and person.draws("mail", said["mail_parmi_les_identifiants"])
    return EMAIL if mail else str(mode)


def siecle_file(school: School, people: list[Person], *, year: int, on: date, before: bool = False) -> bytes:
    """A bare export of SIECLE that says exactly these pupils."""
    rows, structures = [], []
    for person in people:
        born = (person.listed_before or person.listed_born) if before else person.listed_born
        number = local_id(person, school)
        others = "".join(
            f"<PRENOM{i}>{name}</PRENOM{i}>" for i, name in enumerate(person.first_names[1:], start=2)
        )
        rows.append(
            f'<ELEVE ELEVE_ID="{number}"><ID_NATIONAL>{person.ine}</ID_NATIONAL>'
            f"<NOM_DE_FAMILLE>{person.last_name}</NOM_DE_FAMILLE><NOM_USAGE>{person.usage_name}</NOM_USAGE>"
            f"<PRENOM>{person.first_names[0]}</PRENOM>{others}<DATE_NAISS>{born:%d/%m/%Y}</DATE_NAISS></ELEVE>"
        )
        structures.append(
            f'<STRUCTURES_ELEVE ELEVE_ID="{number}"><STRUCTURE><CODE_STRUCTURE>{person.division}'
            "</CODE_STRUCTURE><TYPE_STRUCTURE>D</TYPE_STRUCTURE></STRUCTURE></STRUCTURES_ELEVE>"
        )
    text = (
        '<?xml version="1.0" encoding="ISO-8859-15"?><BEE_ELEVES VERSION="3.0"><PARAMETRES>'
        f"<UAJ>{school.uai}</UAJ><ANNEE_SCOLAIRE>{year}</ANNEE_SCOLAIRE>"
        f"<DATE_EXPORT>{on:%d/%m/%Y}</DATE_EXPORT></PARAMETRES><DONNEES><ELEVES>{''.join(rows)}</ELEVES>"
        f"<STRUCTURES>{''.join(structures)}</STRUCTURES></DONNEES></BEE_ELEVES>"
    )
    return text.encode("iso-8859-15", errors="replace")


def local_id(person: Person, school: School) -> str:
    """The number that this school gives: another one in another school."""
    return str(int(chance(person.id, school.number, "number") * 10**12))
