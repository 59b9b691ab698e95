"""The correction sheet: what each person can put right, in which software, without jargon nor number of anybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from preau.rosterfiles.names import sort_key
from preau.rosterfiles.tables.values import split_name
from preau.rosters.models import ImportQuestion, RosterImport
from preau.rosters.preview import Person

# What is wrong with a pupil, and what to do about it, in the words of an office. Codes: rosterfiles.problems.
WORDS = {
    "INE_MISSING": ("INE absent", "Demander l’INE à l’école d’origine"),
    "INE_SHAPE": ("INE mal écrit", "Vérifier l’INE"),
    "INE_KEY": ("INE faux", "Vérifier l’INE"),
    "INE_TYPING": ("INE mal écrit", "Une lettre a été prise pour un chiffre : corriger l’INE"),
    "INE_DOUBLED": ("Élève en double", "Supprimer l’une des deux fiches"),
    "INE_SHARED": (
        "INE en double",
        "Le même INE est porté par plusieurs élèves : corriger celui qui est faux",
    ),
    "LOCAL_ID_DOUBLED": ("Élève en double", "Vérifier la fiche"),
    "LOCAL_ID_SHARED": ("Numéro interne en double", "Refaire l’export sans modifier le fichier"),
    "LOCAL_ID_MISSING": ("Numéro interne absent", "Refaire l’export sans modifier le fichier"),
    "NO_IDENTITY": ("Ni INE ni numéro interne", "Refaire l’export sans modifier le fichier"),
    "STRUCTURES_DOUBLED": ("Classe dite en plusieurs fois", "Vérifier la classe"),
    "DIVISION_SEVERAL": ("Plusieurs classes", "Garder une seule classe"),
    "DIVISION_INACTIVE": ("Classe « inactifs »", "Si l’élève est là, l’affecter à sa classe"),
    "DIVISION_MISSING": ("Classe absente", "Affecter une classe"),
    "NAME_MISSING": ("Nom ou prénom absent", "Compléter la fiche"),
    "NAME_DOUBTFUL": ("Nom abîmé", "Corriger l’orthographe : une lettre est perdue"),
    "TEXT_TOO_LONG": ("Nom ou code trop long", "Vérifier la fiche"),
    "BIRTH_DATE_MISSING": ("Date de naissance absente", "Compléter la date"),
    "BIRTH_DATE_UNREADABLE": ("Date de naissance illisible", "Écrire la date JJ/MM/AAAA"),
    "AGE_UNLIKELY": ("Date de naissance douteuse", "Vérifier l’année"),
    "ENTRY_DATE_UNREADABLE": ("Date d’entrée illisible", "Écrire la date JJ/MM/AAAA"),
    "EXIT_DATE_UNREADABLE": ("Date de sortie illisible", "Écrire la date JJ/MM/AAAA"),
    "BIRTH_PLACE_MISSING": ("Commune de naissance absente", "Compléter la fiche si possible"),
    "PUPIL_DOUBLED": ("Élève en double", "Garder une seule ligne"),
    "HOMONYMS": ("Même nom, sans date ni INE", "Ajouter la date de naissance ou l’INE"),
    "NAME_SPLIT_DOUBTFUL": ("Nom et prénom mêlés", "Vérifier où finit le nom"),
    "BY_HAND_UNSEEN": (
        "Ajouté à la main, absent du fichier",
        "Inscrire l’élève, ou dire son départ dans Préau",
    ),
    "DEPARTURE_WITHHELD": ("Départ mis de côté", "Décider quand les départs seront pris"),
    "PUPIL_UNNAMED": ("Nom ou prénom absent", "Compléter la ligne"),
}
_TITLES = {
    "SECRETARIAT": "Le secrétariat, {software}",
    "HEAD": "Le chef d’établissement",
    "ENT_ADMIN": "L’administrateur de l’ENT",
    "PREAU": "L’équipe de Préau",
}
_HERE = "Le référent numérique, dans Préau"
# Said at the preview, and settled there.
_SETTLED = frozenset({"UAI_MISSING", "YEAR_MISSING", "YEAR_NEWER", "COLUMNS_UNKNOWN"})
HEADINGS = ("Qui peut corriger", "Élève", "Classe", "Ce qui manque", "À corriger")


@dataclass(slots=True)
class Pupil:
    """One pupil to correct, with everything that is to be corrected."""

    name: str
    division: str
    missing: list[str] = field(default_factory=list)
    todo: list[str] = field(default_factory=list)

    @property
    def who(self) -> Person | None:
        """The same name parted, when its capitals say where the surname ends."""
        last, first, sure = split_name(self.name)
        return Person(last, "", first) if sure else None


@dataclass(slots=True)
class Share:
    """What one person can put right: pupils in the order of a list, and what concerns the whole file."""

    title: str
    pupils: list[Pupil]
    of_file: list[str]


def shares(roster_import: RosterImport) -> list[Share]:
    """The sheet of an import, by who can act; one query, for the open questions."""
    found = []
    for who, title in _TITLES.items():
        problems = [problem for problem in roster_import.problems if problem["who"] == who]
        pupils = _pupils(problems)
        of_file = [
            problem["message"]
            for problem in problems
            if problem["pupil"] is None and problem["code"] not in _SETTLED
        ]
        if pupils or of_file:
            found.append(Share(title.format(software=roster_import.software), pupils, of_file))
    if unsure := _unanswered(roster_import):
        found.append(Share(_HERE, unsure, []))
    return found


def count(found: Iterable[Share]) -> int:
    """How many pupils are on the sheet."""
    return len({(pupil.name, pupil.division) for share in found for pupil in share.pupils})


def table(found: Iterable[Share]) -> Iterable[tuple[str, ...]]:
    """The sheet as rows of a spreadsheet."""
    for share in found:
        for pupil in share.pupils:
            yield share.title, pupil.name, pupil.division, " ; ".join(pupil.missing), " ; ".join(pupil.todo)


def _pupils(problems: list[dict[str, Any]]) -> list[Pupil]:
    """Each pupil once: two lines are one person only if number, name and class are the same."""
    found: dict[tuple[str | None, str, str | None], Pupil] = {}
    for problem in problems:
        said = problem["pupil"]
        if said is None:
            continue
        key = said["local_id"], said["name"], said["division"]
        pupil = found.setdefault(key, Pupil(said["name"] or "Sans nom", said["division"] or "—"))
        missing, todo = WORDS.get(problem["code"], (problem["message"], ""))
        if missing not in pupil.missing:
            pupil.missing.append(missing)
        if todo and todo not in pupil.todo:
            pupil.todo.append(todo)
    return sorted(found.values(), key=lambda pupil: sort_key(pupil.name))


def _unanswered(roster_import: RosterImport) -> list[Pupil]:
    rows = ImportQuestion.objects.filter(roster_import=roster_import, answered=False)
    return [
        Pupil(
            f"{row['usage_name'] or row['last_name']} {row['first_name']}",
            row["division"] or "—",
            ["Pas sûr que ce soit l’élève déjà connu"],
            ["Déposer le fichier à nouveau et répondre à la question"],
        )
        for row in rows.values_list("row", flat=True)
    ]
