"""What an identity provider says of a person, checked and cut down to what we use.

Everything here comes from outside. `arrived` keeps the opaque identifier, the schools and the profile, and hands the
names on as `Hints`; the rest is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from preau.accounts.identities import Hints, Profile
from preau.accounts.providers.refusals import ArrivalRefused, Reason
from preau.rosterfiles.identifiers import check_uai

# The GAR's identifier: hexadecimal, one case throughout, so that another case is another identity.
GAR_UID = r"[0-9a-f]{16,128}|[0-9A-F]{16,128}"
# An ENT chooses its own; nothing that looks different to a person and equal to a database, or the reverse.
ENT_UID = r"[0-9A-Za-z][0-9A-Za-z._@|:{}=+/-]{0,127}"
MOST_SCHOOLS = 30
LONGEST_HINT = 100

UAI_NAMES = (
    "UAI",
    "uai",
    "ENTPersonStructRattachUAI",
    "ENTPersonStructRattachRNE",
    "ENTEleveStructRattachUAI",
)
PROFILE_NAMES = ("PRO", "profile", "ENTPersonProfils", "profil")
FIRST_NAME_NAMES = ("PRE", "given_name", "givenName", "ENTPersonPrenom")
LAST_NAME_NAMES = ("NOM", "family_name", "sn", "ENTPersonNom")
DIVISION_NAMES = ("DIV", "ENTEleveClasses", "classes")

PUPILS = {"national_elv", "national_1", "eleve", "élève", "student"}
TEACHERS = {"national_ens", "national_3", "enseignant", "teacher"}

Attributes = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Arrived:
    """A person the provider vouches for, for the length of a request."""

    uid: str = field(repr=False)
    uais: tuple[str, ...]
    profile: Profile
    hints: Hints = field(default=Hints(), repr=False)


@dataclass(frozen=True, slots=True)
class Names:
    """Where this provider puts things; "" means the usual names."""

    uid: str
    uai: str = ""
    profile: str = ""
    uid_pattern: str = ENT_UID


def arrived(attributes: Attributes, names: Names) -> Arrived:
    """The person these attributes describe. Raises ArrivalRefused when the identifier is missing, doubled or odd."""
    return Arrived(
        uid=_uid(attributes.get(names.uid, ()), names.uid_pattern),
        uais=_uais(_all(attributes, (names.uai,) if names.uai else UAI_NAMES)),
        profile=_profile(_all(attributes, (names.profile,) if names.profile else PROFILE_NAMES)),
        hints=Hints(
            first_name=_one(attributes, FIRST_NAME_NAMES),
            last_name=_one(attributes, LAST_NAME_NAMES),
            divisions=tuple(text[:LONGEST_HINT] for text in _all(attributes, DIVISION_NAMES)[:5]),
        ),
    )


def _uid(values: Sequence[str], pattern: str) -> str:
    if len(values) != 1:
        raise ArrivalRefused(Reason.NO_IDENTIFIER if not values else Reason.TWO_IDENTIFIERS)
    if not re.fullmatch(pattern, values[0]) or len(values[0]) > 128:
        raise ArrivalRefused(Reason.ODD_IDENTIFIER)
    return values[0]


def _uais(values: Sequence[str]) -> tuple[str, ...]:
    """The schools that are written as schools are, each once; some ENTs put two in one value."""
    words = [word.upper() for value in values for word in re.split(r"[\s,;|$]+", value) if word]
    return tuple(dict.fromkeys(word for word in words if check_uai(word).valid))[:MOST_SCHOOLS]


def _profile(values: Sequence[str]) -> Profile:
    """A pupil only when the provider says so and says nothing else."""
    said = {value.strip().casefold() for value in values}
    if said and said <= PUPILS:
        return Profile.PUPIL
    return Profile.TEACHER if said & TEACHERS and not said & PUPILS else Profile.OTHER


def _all(attributes: Attributes, names: Sequence[str]) -> list[str]:
    """The values of the first of these names that has any."""
    return next((list(attributes[name]) for name in names if attributes.get(name)), [])


def _one(attributes: Attributes, names: Sequence[str]) -> str:
    values = _all(attributes, names)
    return values[0].strip()[:LONGEST_HINT] if len(values) == 1 else ""
