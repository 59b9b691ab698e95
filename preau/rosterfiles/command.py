"""The command `preau read FILE`: what a roster file says, without a database."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn, TextIO

from preau.rosterfiles.identifiers import check_uai, mask_ine
from preau.rosterfiles.limits import Limits
from preau.rosterfiles.pupil import Problem, Pupil, RosterFile, Status
from preau.rosterfiles.read import read_roster

READ, UNREADABLE, WRONG_USE = 0, 1, 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # The library's own words are English, and name what was typed: the usage says enough.
        said = message if message.startswith("argument") else "il faut un fichier, et rien qu’un."
        sys.stderr.write(
            f"preau read\u00a0: {said}\npreau read FICHIER [--json] [--uai UAI] [--year ANNÉE] [--today JOUR]\n"
        )
        raise SystemExit(WRONG_USE)


def main(argv: list[str]) -> int:
    """Print what the file says; 0 importable (perhaps once settled), 1 unreadable, 2 wrong use."""
    try:
        options = _parser().parse_args(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else WRONG_USE
    try:
        roster = _read(options)
    except OSError as trouble:
        sys.stderr.write(_file_trouble(options.file, trouble))
        return WRONG_USE
    try:
        _print(roster, sys.stdout, as_json=options.json)
    except BrokenPipeError:  # whoever was listening (head, less) has read enough
        _hush(sys.stdout)
    except OSError as trouble:
        _hush(sys.stdout)
        sys.stderr.write(f"preau read\u00a0: l’écriture a échoué ({trouble.strerror}).\n")
        return WRONG_USE
    return UNREADABLE if roster.unreadable else READ


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="preau read",
        description="Lit un fichier d’élèves (export SIECLE, tableau, classeur, OneRoster, AAF) et dit "
        "ce qu’il contient, sans rien enregistrer.",
    )
    parser.add_argument("file", metavar="FICHIER", type=Path)
    parser.add_argument("--json", action="store_true", help="tout ce qui a été lu, en JSON")
    parser.add_argument("--uai", type=_uai, action="append", help="établissement attendu (répétable)")
    parser.add_argument("--year", type=_year, help="année de la rentrée attendue, par exemple 2026")
    parser.add_argument("--today", type=_day, help="date du jour, AAAA-MM-JJ (aujourd’hui par défaut)")
    parser.add_argument("--no-limits", action="store_true", help="lit aussi un fichier démesuré")
    return parser


def _uai(text: str) -> str:
    check = check_uai(text)
    if not check.valid:
        hint = f", attendu\u00a0: {check.expected}" if check.expected else ""
        raise argparse.ArgumentTypeError(f"«\u00a0{text}\u00a0» n’est pas un UAI{hint}")
    return check.uai


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise argparse.ArgumentTypeError(f"«\u00a0{text}\u00a0» n’est pas une année (AAAA)")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"«\u00a0{text}\u00a0» n’est pas une date (AAAA-MM-JJ)") from None


def _read(options: argparse.Namespace) -> RosterFile:
    # Nothing is uploaded here: a bare XML file may weigh what a zip may hold.
    limits = replace(Limits(), upload_bytes=Limits().inflated_bytes)
    with options.file.open("rb") as file:
        return read_roster(
            file,
            name=options.file.name,
            today=options.today or datetime.now(UTC).astimezone().date(),
            expected_uais=frozenset(options.uai) if options.uai else None,
            school_year=options.year,
            limits=Limits.lifted() if options.no_limits else limits,
        )


def _file_trouble(file: Path, trouble: OSError) -> str:
    if isinstance(trouble, FileNotFoundError):
        what = "ce fichier n’existe pas"
    elif isinstance(trouble, IsADirectoryError):
        what = "c’est un dossier, pas un fichier"
    elif isinstance(trouble, PermissionError):
        what = "vous n’avez pas le droit de lire ce fichier"
    else:
        what = f"ce fichier ne peut pas être lu ({trouble.strerror or trouble})"
    return f"preau read\u00a0: {file}\u00a0: {what}.\n"


def _hush(out: TextIO) -> None:
    """What is still to be written goes nowhere, lest it fail again when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


def _print(roster: RosterFile, out: TextIO, *, as_json: bool) -> None:
    # A name such as « Œdipe » must not depend on the terminal's settings.
    if hasattr(out, "reconfigure"):
        out.reconfigure(encoding="utf-8", errors="backslashreplace")
    out.writelines(_json_pieces(roster) if as_json else _lines(roster))
    out.flush()


def _json_pieces(roster: RosterFile) -> Iterator[str]:
    """One JSON object, written as it goes: a large file is never held twice."""
    head: dict[str, object] = {
        "source": roster.source,
        "uai": roster.uai,
        "school_year": roster.school_year,
        "exported_on": _iso(roster.exported_on),
    }
    yield _dump(head)[:-1] + ',\n"pupils":['
    yield from _joined(_pupil_json(pupil) for pupil in roster.pupils)
    yield '],\n"problems":['
    yield from _joined(_problem_json(problem) for problem in roster.problems)
    yield "]}\n"


def _joined(values: Iterable[dict[str, object]]) -> Iterator[str]:
    before = "\n"
    for value in values:
        yield before + _dump(value)
        before = ",\n"


def _dump(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _pupil_json(pupil: Pupil) -> dict[str, object]:
    return {
        "local_id": pupil.local_id,
        "ine": pupil.ine,
        "last_name": pupil.last_name,
        "usage_name": pupil.usage_name,
        "first_name": pupil.first_name,
        "other_first_names": list(pupil.other_first_names),
        "birth_date": _iso(pupil.birth_date),
        "division": pupil.division,
        "groups": list(pupil.groups),
        "status": pupil.status.value,
        "left_on": _iso(pupil.left_on),
    }


def _problem_json(problem: Problem) -> dict[str, object]:
    ref = problem.pupil
    return {
        "severity": problem.severity.value,
        "code": problem.code,
        "who": problem.who.value,
        "pupil": ref and {"local_id": ref.local_id, "name": ref.name, "division": ref.division},
        "line": problem.line,
        "message": problem.message,
    }


_SEVERITIES = {"REFUSED": "Refusé", "TODO": "À faire", "WARNING": "À vérifier"}
_PEOPLE = {
    "SECRETARIAT": "secrétariat",
    "HEAD": "direction",
    "ENT_ADMIN": "administrateur de l’ENT",
    "PREAU": "équipe de Préau",
}


def _lines(roster: RosterFile) -> Iterator[str]:
    if not roster.unreadable:
        yield from _summary(roster)
    for problem in roster.problems:
        yield _problem_line(problem)


def _summary(roster: RosterFile) -> Iterator[str]:
    year = "inconnue" if roster.school_year is None else f"{roster.school_year}-{roster.school_year + 1}"
    day = "date inconnue" if roster.exported_on is None else f"le {roster.exported_on:%d/%m/%Y}"
    yield f"Établissement {roster.uai or 'inconnu'}, année scolaire {year}, export fait {day}.\n"
    by_division: dict[str, int] = {}
    left = 0
    for pupil in roster.pupils:
        if pupil.status is Status.LEFT:
            left += 1
        else:
            name = pupil.division or "sans classe"
            by_division[name] = by_division.get(name, 0) + 1
        yield _pupil_line(pupil)
    present = sum(by_division.values())
    yield f"{_count(present, 'présent')}, {_count(left, 'sorti')}.\n"
    if by_division:
        divisions = ", ".join(f"{name} ({count})" for name, count in sorted(by_division.items()))
        yield f"Par classe\u00a0: {divisions}.\n"


def _pupil_line(pupil: Pupil) -> str:
    names = f"{pupil.usage_name or pupil.last_name} {pupil.first_name}"
    born = f"{pupil.birth_date:%d/%m/%Y}" if pupil.birth_date else "date de naissance inconnue"
    ine = mask_ine(pupil.ine) if pupil.ine else "sans INE"
    state = "" if pupil.status is Status.PRESENT else "  (sorti)"
    return f"  {pupil.division or '—':<10} {names}, {born}, {ine}{state}\n"


def _problem_line(problem: Problem) -> str:
    where = f" (ligne {problem.line})" if problem.line else ""
    name = f"{problem.pupil.name}\u00a0: " if problem.pupil else ""
    severity, who = _SEVERITIES[problem.severity], _PEOPLE[problem.who]
    return f"{severity} [{problem.code}]{where} {name}{problem.message} → {who}\n"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}"
