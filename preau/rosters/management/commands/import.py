"""The command `preau import`: what a file changes in a school, or the files of many schools, and the change itself."""

# ruff: noqa: N999 - the name is the verb people type

from __future__ import annotations

import json
import signal
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.utils import timezone

from preau.establishments.models import Establishment, school_year_of
from preau.rosterfiles.identifiers import check_uai
from preau.rosterfiles.limits import Limits
from preau.rosterfiles.read import read_roster
from preau.rosterfiles.tables.headers import Field
from preau.rosters.academy import WELL, Line, Source, Wish, import_all, sources_in, summary_of, tally_of
from preau.rosters.academy import Outcome as Fate
from preau.rosters.actions import ReadingFailed, apply_import, drop_import, read_import, start_import
from preau.rosters.actions.read_import import mappings_of, problem_document
from preau.rosters.diff import compare
from preau.rosters.forms import missing_names
from preau.rosters.models import CODES_TO_SETTLE, ChangeKind, ImportState, PendingFile, RosterImport
from preau.rosters.preview import TITLES
from preau.rosters.staging import known_learners
from preau.web.refusals import Refusal

REFUSED, WRONG_USE, STOPPED = 1, 2, 130


@dataclass(slots=True)
class Outcome:
    """What is printed, in words or in JSON."""

    uai: str
    school_year: int | None
    exported_on: str | None
    counts: dict[str, int]
    changes: list[dict[str, Any]]
    problems: list[dict[str, Any]]
    applied: bool = False
    refusal: str | None = None
    code: int = REFUSED  # of the exit, when it is refused
    questions: int = 0  # pupils about whom only somebody of the school can say who they are


class Command(BaseCommand):
    """Without --apply, nothing is written at all; with it, the import is in the school's history and journal."""

    help = (
        "Compare un fichier avec la base d’un établissement, ou ceux d’un dossier ou d’un zip avec celles de toute "
        "une académie ; les applique avec --apply."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths",
            nargs="*",
            metavar="FICHIER",
            help="un fichier d’élèves, ou les dossiers, zips et fichiers de plusieurs établissements",
        )
        parser.add_argument("--uai", help="l’UAI de l’établissement")
        parser.add_argument("--apply", action="store_true", help="applique l’import")
        parser.add_argument("--json", action="store_true", help="tout, en JSON")
        parser.add_argument("--confirm", metavar="PHRASE", help="la phrase du frein, « 43 départs »")
        parser.add_argument(
            "--older", action="store_true", help="le fichier, plus ancien que le dernier, est voulu"
        )
        parser.add_argument("--processes", type=int, default=2, metavar="N", help="combien à la fois (2)")
        parser.add_argument("--again", action="store_true", help="reprend même ce qui est déjà appliqué")
        parser.add_argument("--settled", action="store_true", help="l’année ou l’UAI du fichier sont voulus")

    def handle(self, *_: object, **options: Any) -> None:
        if sources := self._many(options):
            self._bring_all(sources, options)
            return
        establishment = self._school(options["uai"])
        name, content = self._content(next(iter(options["paths"]), None))
        at = timezone.now()
        if options["apply"]:
            outcome = _applied(
                establishment, name, content, at, options["confirm"], options["settled"], options["older"]
            )
        else:
            outcome = _previewed(establishment, name, content, at)
        if options["json"]:
            self.stdout.write(json.dumps(_printable(outcome), ensure_ascii=False))
        else:
            self._say(outcome)
        if outcome.refusal:
            self.stderr.write(outcome.refusal)
            sys.exit(outcome.code)

    def _many(self, options: dict[str, Any]) -> list[Source]:
        """The files of an academy; none when a single file is asked for, of a school that is named."""
        paths = [Path(text) for text in options["paths"]]
        if len(paths) < 2 and (options["uai"] or not any(path.exists() for path in paths)):
            return []
        if options["uai"] or options["confirm"]:
            self._misused("--uai et --confirm vont avec un seul fichier : chacun dit son établissement.")
        if options["processes"] < 1:
            self._misused("--processes veut un nombre à partir de 1.")
        try:
            sources = sources_in(paths)
        except OSError as error:
            self._misused(f"« {error.filename} » n’existe pas ou ne peut pas être lu.")
        if not sources:
            self._misused("Il n’y a aucun fichier à importer ici.")
        alone = len(paths) == 1 and paths[0].is_file() and not sources[0].member
        return [] if alone else sources

    def _bring_all(self, sources: list[Source], options: dict[str, Any]) -> None:
        wish = Wish(options["apply"], options["again"], options["settled"], options["older"])
        fates: Counter[Fate] = Counter()
        try:
            with (
                _told_to_stop(),
                closing(import_all(sources, wish=wish, processes=options["processes"])) as lines,
            ):
                for line in lines:
                    fates[line.outcome] += 1
                    self._print(line, in_json=options["json"])
        except KeyboardInterrupt:
            self.stderr.write("Arrêté. Relancez la même commande : ce qui est déjà appliqué sera passé.")
            sys.exit(STOPPED)
        summary = {"summary": {fate.value: fates[fate] for fate in Fate}}
        self.stdout.write(json.dumps(summary) if options["json"] else summary_of(fates))
        if set(fates) - WELL:
            sys.exit(REFUSED)

    def _print(self, line: Line, *, in_json: bool) -> None:
        self.stdout.write(json.dumps(asdict(line), ensure_ascii=False) if in_json else str(line))
        self.stdout.flush()

    def _school(self, text: str | None) -> Establishment:
        if not text:
            self._misused("Dites de quel établissement il s’agit : --uai 0931434D.")
        check = check_uai(text)
        if not check.valid:
            hint = f" Vouliez-vous dire {check.expected} ?" if check.expected else ""
            self._misused(f"« {text} » n’est pas un UAI.{hint}")
        found = Establishment.objects.filter(uai=check.uai).first()
        return found or self._misused(f"L’établissement {check.uai} n’est pas dans Préau.")

    def _content(self, text: str | None) -> tuple[str, bytes]:
        if not text:
            self._misused("Dites quel fichier importer : preau import FICHIER --uai UAI.")
        path, limit = Path(text), Limits().upload_bytes
        try:
            with path.open("rb") as file:
                # One byte too many is enough for the reader to say that it is too large.
                return path.name, file.read(limit + 1)
        except FileNotFoundError:
            self._misused(f"« {text} » n’existe pas.")
        except IsADirectoryError:
            self._misused(f"« {text} » est un dossier : donnez le fichier qu’il contient.")
        except OSError:
            self._misused(f"« {text} » ne peut pas être lu : vérifiez ses droits.")

    def _misused(self, sentence: str) -> NoReturn:
        self.stderr.write(sentence)
        sys.exit(WRONG_USE)

    def _say(self, outcome: Outcome) -> None:
        for problem in outcome.problems:
            who = f"{problem['pupil']['name']} : " if problem["pupil"] else ""
            self.stdout.write(f"- {who}{problem['message']}")
        for change in outcome.changes:
            title = TITLES[ChangeKind(change["kind"])][1].capitalize()
            self.stdout.write(f"{title} : {change['name']}, {_where(change)}")
        tally = tally_of(outcome.counts)
        if outcome.questions:
            self.stdout.write(
                f"Est-ce la même personne ? À dire dans Préau pour {outcome.questions} élève(s), laissés tels quels."
            )
        if not outcome.refusal or tally:
            verb = "Appliqué" if outcome.applied else "Rien n’est encore appliqué"
            self.stdout.write(f"{verb} : {tally or 'aucun changement'}.")


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """Take « stop » from whoever runs the machine as a Ctrl-C."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _where(change: dict[str, Any]) -> str:
    before, after = change["division_before"] or "sans classe", change["division"] or "sans classe"
    return f"{before} → {after}" if change["kind"] == ChangeKind.CLASS_CHANGE else after


def _printable(outcome: Outcome) -> dict[str, Any]:
    return {name: getattr(outcome, name) for name in Outcome.__slots__ if name != "code"}


def _previewed(establishment: Establishment, name: str, content: bytes, at: datetime) -> Outcome:
    """Read and compare, in memory only."""
    today = timezone.localdate(at)
    file = read_roster(
        content,
        name=name,
        today=today,
        expected_uais=frozenset({establishment.uai}),
        school_year=school_year_of(today),
        mapping=mappings_of(establishment),
    )
    problems = [problem_document(problem) for problem in file.problems]
    day = file.exported_on.isoformat() if file.exported_on else None
    outcome = Outcome(establishment.uai, file.school_year, day, {}, [], problems)
    if file.needs_mapping and file.sample is not None:
        outcome.refusal, outcome.code = _columns_missing(f.value for f in file.sample.columns), WRONG_USE
        return outcome
    if _refused(problems):
        outcome.refusal = "Ce fichier ne peut pas être importé."
        return outcome
    diff = compare(known_learners(establishment), file.pupils, file.blocked, silent_on=file.silent_on)
    outcome.counts, outcome.questions = diff.counts(), len(diff.questions)
    outcome.changes = _people(
        (change.kind, change.before._asdict() if change.before else None, change.after._asdict())
        for change in diff.changes
    )
    return outcome


def _applied(
    establishment: Establishment,
    name: str,
    content: bytes,
    at: datetime,
    confirm: str | None,
    settled: bool,
    older: bool,
) -> Outcome:
    """Import for good, as the machine."""
    made = start_import(
        establishment=establishment, file_name=name, content=content, by=None, at=at, ask_worker=False
    )
    refusal = None
    try:
        read_import(roster_import_id=made.pk, clock=timezone.now)
        made.refresh_from_db()
        if made.state == ImportState.REFUSED:
            refusal = "Ce fichier ne peut pas être importé."
        elif made.state == ImportState.MAPPING:
            return _unmapped(made, at)
        else:
            apply_import(
                roster_import=made, by=None, at=at, confirmation=confirm, settled=settled, older=older
            )
    except Refusal as said:
        refusal = said.message
    except ReadingFailed:
        refusal = "La lecture s’est interrompue : rien n’a changé. Le journal du serveur dit pourquoi."
    made.refresh_from_db()
    return _told(made, refusal)


def _unmapped(made: RosterImport, at: datetime) -> Outcome:
    """A table that nobody is there to explain: what is missing, and no file left behind."""
    sample = PendingFile.objects.values_list("sample", flat=True).get(roster_import=made) or {"columns": {}}
    outcome = _told(made, _columns_missing(sample["columns"]))
    drop_import(roster_import=made, by=None, at=at)
    outcome.code = WRONG_USE
    return outcome


def _columns_missing(found: Iterable[str]) -> str:
    """Which columns a table lacks, in a sentence."""
    fields = {Field(name) for name in found}
    lacking = " ni ".join(missing_names(fields)) or "la classe, ni la date de naissance, ni l’INE"
    return f"Ce tableau n’est pas compris : aucune colonne n’y donne {lacking}. Déposez-le dans Préau pour les dire."


def _told(made: RosterImport, refusal: str | None) -> Outcome:
    day = made.exported_on.isoformat() if made.exported_on else None
    return Outcome(
        uai=made.establishment.uai,
        school_year=made.school_year,
        exported_on=day,
        counts=made.counts,
        changes=_people(
            made.changes.order_by("kind", "sort_key", "pk").values_list("kind", "before", "after")
        ),
        problems=made.problems,
        applied=made.state == ImportState.APPLIED,
        refusal=refusal,
        questions=made.questions.filter(answered=False).count(),
    )


def _refused(problems: list[dict[str, Any]]) -> bool:
    return any(p["severity"] == "REFUSED" and p["code"] not in CODES_TO_SETTLE for p in problems)


def _people(
    changes: Iterable[tuple[str, dict[str, Any] | None, dict[str, Any] | None]],
) -> list[dict[str, Any]]:
    """Who is touched and how: names and classes, never a birth date nor an INE."""
    people = []
    for kind, before, after in changes:
        shown = after or before or {}
        name = f"{shown['first_name']} {(shown['usage_name'] or shown['last_name']).upper()}"
        was = before["division"] if before else None
        people.append({"kind": kind, "name": name, "division_before": was, "division": shown["division"]})
    return people
