"""Who in the roster is the person who typed these names and this birth date (« Matching without a card »).

Pure: frozen values in, frozen values out. Nobody is ever attached on this answer alone: a person says yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import token_sort_ratio

from preau.rosterfiles.names import compact, fold

LETTERS_PER_EDIT = 4
GIVEN_NAMES_READ = 3
ALIKE = 75  # percent, what makes two whole names worth a look by a person


@dataclass(frozen=True, slots=True)
class Typed:
    """What a pupil typed."""

    last_name: str
    first_name: str
    birth_date: date | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pupil of the roster, as far as matching reads it; `other_first_names` are separated by commas."""

    pk: int
    last_name: str
    usage_name: str
    first_name: str
    other_first_names: str
    birth_date: date | None
    division: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that agrees or does not, in a sentence for staff that shows no birth date."""

    agrees: bool
    text: str


@dataclass(frozen=True, slots=True)
class Near:
    """Somebody it could be, and why; `score` only serves to sort, highest first."""

    candidate: Candidate
    reasons: tuple[Reason, ...]
    score: float


class Kind(Enum):
    """How sure the names and the date make us."""

    EXACT = "exact"  # same names, folded
    CLOSE = "close"  # within the rule of one edit per four letters
    SEVERAL = "several"
    NEAR = "near"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Match:
    """`found` is the one pupil to ask « C’est bien toi ? »; otherwise `near` lists who staff may recognise."""

    kind: Kind
    found: Candidate | None = None
    near: tuple[Near, ...] = ()


def match(typed: Typed, candidates: Iterable[Candidate]) -> Match:
    """Find the one pupil meant, or whom staff may recognise; several and none are for a person to settle."""
    people = tuple(candidates)
    kind, found = recognise(typed, people)
    if found is not None:
        return Match(kind, found)
    near = nearest(typed, people)
    if kind is Kind.NONE and near:
        kind = Kind.NEAR
    return Match(kind, near=near)


def recognise(typed: Typed, candidates: Iterable[Candidate]) -> tuple[Kind, Candidate | None]:
    """Only the pupil meant: exact birth date always; names strictly first, then within the edit rule.

    The kind is EXACT or CLOSE with that pupil, SEVERAL or NONE with nobody.
    """
    same_day = [
        one for one in candidates if one.birth_date is not None and one.birth_date == typed.birth_date
    ]
    for kind, agrees in ((Kind.EXACT, same_names), (Kind.CLOSE, close_names)):
        found = [one for one in same_day if agrees(typed, one)]
        if found:
            return (kind, found[0]) if len(found) == 1 else (Kind.SEVERAL, None)
    return Kind.NONE, None


def same_names(typed: Typed, candidate: Candidate) -> bool:
    """Whether the names are the same once folded, however they were parted between the two fields."""
    if not (compact(typed.first_name) and compact(typed.last_name)):
        return False
    return compact(typed.first_name) + compact(typed.last_name) in whole_names(candidate)


def whole_names(candidate: Candidate) -> set[str]:
    """Every way to write this pupil's names in one go, folded: given names first or last."""
    return {
        whole
        for family in _families(candidate)
        for given in _givens(candidate)
        for whole in (given + family, family + given)
    }


def close_names(typed: Typed, candidate: Candidate) -> bool:
    """Whether each name is within one edit per four letters typed (insert, drop, change, or swap two neighbours)."""
    return any(
        _within(last, _families(candidate)) and _within(first, _givens(candidate))
        for last, first in _both_ways(typed)
    )


def nearest(typed: Typed, candidates: Iterable[Candidate], *, limit: int = 5) -> tuple[Near, ...]:
    """Those a person may recognise, best first, with the reasons why; at most `limit`."""
    near = [found for one in candidates if (found := explain(typed, one)) is not None]
    return tuple(sorted(near, key=lambda one: (-one.score, one.candidate.pk))[:limit])


def explain(typed: Typed, candidate: Candidate) -> Near | None:
    """Say what agrees and what does not between what was typed and one pupil; None when too little agrees."""
    names, name_score = _names_reasons(typed, candidate)
    day, day_score = _day_reason(typed.birth_date, candidate.birth_date)
    # Same day and something in the names, nearly the same day and one name, or both names whatever the day.
    if name_score < (1 if day_score >= 2 else 2 if day_score else 3):
        return None
    return Near(candidate, (*names, day), name_score + day_score)


def name_likeness(typed: Typed, candidate: Candidate) -> float:
    """How alike the whole names look, in percent."""
    words = fold(f"{typed.first_name} {typed.last_name}")
    return max(
        token_sort_ratio(words, f"{given} {family}")
        for given in {
            fold(candidate.first_name),
            fold(f"{candidate.first_name} {candidate.other_first_names}"),
        }
        for family in {fold(candidate.last_name), fold(candidate.usage_name or candidate.last_name)}
    )


def _families(candidate: Candidate) -> Iterator[str]:
    last, usage = compact(candidate.last_name), compact(candidate.usage_name)
    forms = (last, usage, last + usage, usage + last) if usage else (last,)
    return (form for form in forms if form)


def _givens(candidate: Candidate) -> Iterator[str]:
    names = [compact(candidate.first_name), *map(compact, candidate.other_first_names.split(","))]
    names = [name for name in names if name][:GIVEN_NAMES_READ]
    yield from names
    for count in range(2, len(names) + 1):
        yield "".join(names[:count])


def _both_ways(typed: Typed) -> tuple[tuple[str, str], tuple[str, str]]:
    last, first = compact(typed.last_name), compact(typed.first_name)
    return (last, first), (first, last)


def _edits(name: str, forms: Iterable[str]) -> int:
    return min((OSA.distance(name, form) for form in forms), default=len(name))


def _within(name: str, forms: Iterable[str]) -> bool:
    return bool(name) and _edits(name, forms) <= len(name) // LETTERS_PER_EDIT


def _names_reasons(typed: Typed, candidate: Candidate) -> tuple[tuple[Reason, ...], float]:
    if same_names(typed, candidate):
        swapped = compact(typed.last_name) in set(_givens(candidate))
        text = (
            "Mêmes nom et prénom, tapés l’un à la place de l’autre." if swapped else "Même nom, même prénom."
        )
        return (Reason(agrees=True, text=text),), 4
    last, first = min(_both_ways(typed), key=lambda way: _edits(way[0], _families(candidate)))
    family = _name_reason("nom", last, tuple(_families(candidate)))
    given = _name_reason("prénom", first, tuple(_givens(candidate)))
    score = family[1] + given[1]
    if not score and name_likeness(typed, candidate) >= ALIKE:
        return (Reason(agrees=False, text="Les noms se ressemblent, sans plus."),), 1
    return (family[0], given[0]), score


def _name_reason(word: str, name: str, forms: tuple[str, ...]) -> tuple[Reason, float]:
    if name and name in forms:
        return Reason(agrees=True, text=f"Même {word}."), 2
    edits = _edits(name, forms)
    if _within(name, forms):
        letters = "une lettre près" if edits == 1 else f"{edits} lettres près"
        return Reason(agrees=False, text=f"Même {word}, à {letters}."), 1.5
    if len(name) >= 3 and any(name in form or (len(form) >= 3 and form in name) for form in forms):
        return Reason(agrees=False, text=f"Une partie seulement du {word} est la même."), 1
    if name and edits <= len(name) // LETTERS_PER_EDIT + 1 and edits < len(name) / 2:
        return Reason(
            agrees=False,
            text=f"Le {word} ressemble : {edits} lettre{'s' * (edits > 1)} diffère{'nt' * (edits > 1)}.",
        ), 0.5
    return Reason(agrees=False, text=f"Le {word} est différent."), 0


def _day_reason(typed: date | None, known: date | None) -> tuple[Reason, float]:
    if known is None:
        return Reason(agrees=False, text="La base élèves ne donne pas sa date de naissance."), 0.5
    if typed is None:
        return Reason(agrees=False, text="Aucune date de naissance n’a été tapée."), 0.5
    if typed == known:
        return Reason(agrees=True, text="Même date de naissance."), 2
    slip = _slip(typed, known)
    if slip:
        return Reason(agrees=False, text=f"Date de naissance : {slip}."), 1.5
    return Reason(agrees=False, text="La date de naissance ne correspond pas."), 0


def _slip(typed: date, known: date) -> str:
    """How two dates differ when a slip of the finger explains it, or nothing."""
    if (typed.year, typed.month, typed.day) == (known.year, known.day, known.month):
        return "le jour et le mois sont inversés"
    if abs((typed - known).days) == 1:
        return "un jour d’écart"
    part = _one_figure_apart(typed, known)
    return f"un chiffre {part} diffère" if part else ""


def _one_figure_apart(typed: date, known: date) -> str:
    """The part of the date where the only differing figure is: « du jour », « du mois », « de l’année », or nothing."""
    differing = [
        place for place, (a, b) in enumerate(zip(typed.isoformat(), known.isoformat(), strict=True)) if a != b
    ]
    if len(differing) != 1:
        return ""
    return "de l’année" if differing[0] < 4 else "du mois" if differing[0] < 7 else "du jour"
