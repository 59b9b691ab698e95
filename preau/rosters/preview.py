"""An import in words: what changes for each person, what it does to them, who can put a problem right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from preau.rosterfiles.names import fold
from preau.rosters.models import (
    CODES_TO_SETTLE,
    ChangeKind,
    ImportChange,
    ImportQuestion,
    ImportState,
    LearnerStatus,
    RosterImport,
)
from preau.rosters.signals import Effect, Teller, import_effects
from preau.web.french import day_words

GROUP_SIZE = 50
STAGES = ("Fichier", "Vérification", "Aperçu", "Application")
STAGE_OF = {
    ImportState.READING: 2,
    ImportState.MAPPING: 2,
    ImportState.READY: 3,
    ImportState.APPLIED: 4,
    ImportState.UNDONE: 4,
}

TITLES = {
    ChangeKind.DEPARTURE: ("Départs", "départ", "départs"),
    ChangeKind.ARRIVAL: ("Arrivées", "arrivée", "arrivées"),
    ChangeKind.CLASS_CHANGE: ("Changements de classe", "changement de classe", "changements de classe"),
    ChangeKind.CORRECTION: ("Corrections", "correction", "corrections"),
    ChangeKind.RETURN: ("Retours", "retour", "retours"),
}
WHO = {
    "SECRETARIAT": "Le secrétariat peut le corriger {software}",
    "HEAD": "Le chef d’établissement peut en décider",
    "ENT_ADMIN": "L’administrateur de l’ENT peut le corriger",
    "PREAU": "L’équipe de Préau peut vous aider",
}
COLUMNS = ("Changement", "Nom", "Nom d’usage", "Prénom", "Classe avant", "Classe", "Ce qui change", "Effet")
NAMES_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Person:
    """A name, as the `person` filter reads it."""

    last_name: str
    usage_name: str
    first_name: str

    @property
    def display_name(self) -> str:
        """« Zoé MARTIN-LEROY », for sentences."""
        return f"{self.first_name} {(self.usage_name or self.last_name).upper()}"


@dataclass(frozen=True, slots=True)
class Shift:
    """One thing that changes: in words, and before → after when it may be shown."""

    words: str
    before: str = ""
    after: str = ""
    hidden: bool = False  # a birth date: shown only when asked for, and that is journalled


@dataclass(frozen=True, slots=True)
class Line:
    """One person touched by an import."""

    pk: int
    who: Person
    division: str
    division_before: str  # only when the class changes
    shifts: list[Shift]
    effect: str
    effect_kind: str  # "bad", "ok" or ""


@dataclass(frozen=True, slots=True)
class Group:
    """The people touched in one way: all of them, or the first ones."""

    kind: str
    title: str
    count: int
    lines: list[Line]
    more: str  # « les 38 autres départs », or nothing


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody known whom a pupil of the file may be."""

    learner_id: int
    who: Person
    division: str
    left: bool
    reasons: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as the screen asks it."""

    rank: int
    who: Person
    division: str
    choices: list[Choice]
    answered: bool
    same_as: int | None


@dataclass(slots=True)
class ProblemGroup:
    """The same problem of several pupils."""

    severity: str
    message: str
    count: int = 0
    names: list[str] = field(default_factory=list)

    @property
    def others(self) -> int:
        """How many are not named."""
        return self.count - len(self.names)


def tabs(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    """(kind, title, how many) of the kinds that touch somebody, who loses something first."""
    return [(kind.value, TITLES[kind][0], counts[kind]) for kind in ChangeKind if counts.get(kind)]


def found(roster_import: RosterImport, words: str) -> QuerySet[ImportChange]:
    """The changes of the people whose names hold all these words, before or after."""
    changes = ImportChange.objects.filter(roster_import=roster_import).order_by("sort_key", "pk")
    for word in fold(words).split()[:6]:
        changes = changes.filter(
            Q(sort_key__contains=word)
            | Q(after__search_key__icontains=word)
            | Q(before__search_key__icontains=word)
        )
    return changes


def questions(roster_import: RosterImport) -> QuerySet[ImportQuestion]:
    """The questions of an import, open ones first."""
    return ImportQuestion.objects.filter(roster_import=roster_import).order_by("answered", "rank")


def plain_questions(roster_import: RosterImport) -> dict[str, int]:
    """How many questions there are, still open, and open with the same names and class on both sides."""
    still = Q(answered=False)
    return ImportQuestion.objects.filter(roster_import=roster_import).aggregate(
        total=Count("pk"),
        open=Count("pk", filter=still),
        plain=Count("pk", filter=still & Q(plain=True)),
    )


def asked(question: ImportQuestion) -> Asked:
    """One question in words; it shows no birth date."""
    choices = [
        Choice(
            each["learner_id"],
            _person(each["before"]),
            each["before"]["division"] or "sans classe",
            each["before"]["status"] == LearnerStatus.LEFT,
            ", ".join(each["reasons"]),
        )
        for each in question.candidates
    ]
    return Asked(
        question.rank,
        _person(question.row),
        question.row["division"] or "sans classe",
        choices,
        question.answered,
        question.same_as,
    )


def _person(row: dict[str, Any]) -> Person:
    return Person(row["last_name"], row["usage_name"], row["first_name"])


def effects_of(roster_import: RosterImport) -> Teller:
    """What the rooms above know of those whom an import touches; a few queries, whatever their number."""
    answers = import_effects.send(sender=RosterImport, roster_import=roster_import)
    tellers = [cast("Teller", teller) for _, teller in answers]

    def tell(change: ImportChange) -> Effect | None:
        return next((effect for teller in tellers if (effect := teller(change)) is not None), None)

    return tell


def table(changes: QuerySet[ImportChange], tell: Teller) -> Iterable[tuple[str, ...]]:
    """The changes as rows of a spreadsheet, without a birth date nor an INE; one query, read as it goes."""
    for change in changes.iterator(chunk_size=500):
        line = line_of(change, tell(change))
        said = [
            shift.words + (f" : {shift.before} → {shift.after}" if not shift.hidden and shift.before else "")
            for shift in line.shifts
        ]
        kind = TITLES[ChangeKind(change.kind)][1]
        who = (line.who.last_name, line.who.usage_name, line.who.first_name)
        yield kind, *who, line.division_before, line.division, " ; ".join(said), line.effect


def counts_of(changes: QuerySet[ImportChange]) -> dict[str, int]:
    """How many by kind, for a search; an import knows its own."""
    return dict(changes.order_by().values_list("kind").annotate(Count("pk")))


def groups(changes: QuerySet[ImportChange], counts: dict[str, int], tell: Teller) -> list[Group]:
    """The first people of each kind; one query a kind, whatever the number of people."""
    made = []
    for kind in ChangeKind:
        if count := counts.get(kind, 0):
            lines = [line_of(change, tell(change)) for change in changes.filter(kind=kind)[:GROUP_SIZE]]
            made.append(Group(kind.value, TITLES[kind][0], count, lines, _more(kind, count - len(lines))))
    return made


def _more(kind: ChangeKind, rest: int) -> str:
    _, one, many = TITLES[kind]
    if rest <= 0:
        return ""
    return f"les {rest} autres {many}" if rest > 1 else f"l’autre {one}"


def line_of(change: ImportChange, known: Effect | None = None) -> Line:
    """One change in words; `known` is what another room knows of its effect."""
    before, after = change.before or {}, change.after or {}
    shown = after or before
    moves = change.kind in {ChangeKind.CLASS_CHANGE, ChangeKind.RETURN}
    changes_class = moves and before.get("division_key") != after.get("division_key")
    effect = known or _effect(change.kind, before, after)
    shifts = [*_main_shift(change.kind, before, after), *_corrections(change.kind, before, after)]
    return Line(
        pk=change.pk,
        who=_person(shown),
        division=shown["division"] or "sans classe",
        division_before=(before.get("division") or "sans classe") if changes_class else "",
        shifts=[*shifts, Shift(effect.shift)] if effect.shift else shifts,
        effect=effect.words,
        effect_kind=effect.kind,
    )


def _main_shift(kind: str, before: dict[str, Any], after: dict[str, Any]) -> Iterable[Shift]:
    if kind == ChangeKind.DEPARTURE:
        yield Shift(f"Sortie {_day(after['left_on'])}" if after["left_on"] else "N’est plus dans le fichier")
    elif kind == ChangeKind.ARRIVAL:
        yield Shift("Arrive" if after["ine"] else "Arrive · sans INE")
    elif kind == ChangeKind.CLASS_CHANGE:
        yield Shift("Change de classe")
    elif kind == ChangeKind.RETURN:
        yield Shift(f"Revient (sortie {_day(before['left_on'])})" if before["left_on"] else "Revient")


def _day(text: str) -> str:
    day, today = date.fromisoformat(text), timezone.localdate()
    words = day_words(day, today=today)
    return words if abs((day - today).days) <= 1 else f"le {words}"


_NAMES = (
    ("last_name", "Nom corrigé"),
    ("usage_name", "Nom d’usage corrigé"),
    ("first_name", "Prénom corrigé"),
    ("other_first_names", "Autres prénoms corrigés"),
)


def _corrections(kind: str, before: dict[str, Any], after: dict[str, Any]) -> Iterable[Shift]:
    if kind in {ChangeKind.ARRIVAL, ChangeKind.DEPARTURE}:
        return
    for name, words in _NAMES:
        if before[name] != after[name]:
            yield Shift(words, before[name] or "aucun", after[name] or "aucun")
    if before["birth_date"] != after["birth_date"]:
        hidden = before["birth_date"] is not None
        yield Shift("Date de naissance corrigée" if hidden else "Date de naissance ajoutée", hidden=True)
    for name, words in (("ine", "INE"), ("local_id", "Numéro SIECLE")):
        if before[name] != after[name]:
            yield Shift(f"{words} {_fate(before[name], after[name])}")
    if before["groups"] != after["groups"]:
        yield Shift("Groupes mis à jour")


def _fate(before: str | None, after: str | None) -> str:
    if after is None:
        return "repris par un autre élève"
    return "ajouté" if before is None else "corrigé"


def _effect(kind: str, before: dict[str, Any], after: dict[str, Any]) -> Effect:
    if kind == ChangeKind.DEPARTURE:
        return Effect("Ne peut plus entrer", "bad")
    if kind == ChangeKind.RETURN:
        return Effect("Retrouve son compte et son historique", "ok")
    if kind == ChangeKind.ARRIVAL:
        return Effect(
            "Recevra une façon d’entrer" if after["ine"] else "Entre avec une carte ; INE à demander"
        )
    if kind == ChangeKind.CLASS_CHANGE:
        return Effect("Garde tout")
    if any(before[name] != after[name] for name in ("last_name", "usage_name", "first_name")):
        return Effect("Garde son identifiant")
    return Effect("Garde son compte")


def problem_groups(
    problems: list[dict[str, Any]], software: str = "dans SIECLE"
) -> list[tuple[str, list[ProblemGroup]]]:
    """The problems by who can put them right, then by what they are: never by error code alone."""
    by_who: dict[str, dict[str, ProblemGroup]] = {}
    for problem in problems:
        if problem["code"] in CODES_TO_SETTLE:  # said where they are settled
            continue
        of_who = by_who.setdefault(problem["who"], {})
        group = of_who.setdefault(problem["code"], ProblemGroup(problem["severity"], problem["message"]))
        if problem["pupil"] is not None:
            group.count += 1
            if len(group.names) < NAMES_SHOWN:
                division = problem["pupil"]["division"]
                group.names.append(problem["pupil"]["name"] + (f" ({division})" if division else ""))
    order = {"REFUSED": 0, "TODO": 1, "WARNING": 2}
    return [
        (
            words.format(software=software),
            sorted(by_who[who].values(), key=lambda group: order[group.severity]),
        )
        for who, words in WHO.items()
        if who in by_who
    ]
