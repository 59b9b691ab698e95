"""The files of many schools at once: find whose each is, import each in its own transactions, say one line of each."""

from __future__ import annotations

import hashlib
import logging
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from preau.establishments.models import Establishment, school_year_of
from preau.rosterfiles.bundle import member_content, members_of, quick_uai, uai_in_name
from preau.rosterfiles.limits import Limits
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.read import read_roster
from preau.rosters.actions import (
    BrakeNeeded,
    NotSettled,
    OlderFile,
    ReadingFailed,
    apply_import,
    read_import,
    start_import,
)
from preau.rosters.models import ChangeKind, ImportState, RosterImport
from preau.rosters.preview import TITLES
from preau.rosters.processes import each_done
from preau.web.refusals import Refusal

logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What became of one file; the order is that of the summary."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    READY = "ready"  # without --apply: nothing is written
    SKIPPED = "skipped"
    TO_CONFIRM = "to-confirm"
    REFUSED = "refused"
    FAILED = "failed"


WORDS = {
    Outcome.APPLIED: ("appliqué", "appliqués"),
    Outcome.UNCHANGED: ("sans changement", "sans changement"),
    Outcome.READY: ("prêt à appliquer", "prêts à appliquer"),
    Outcome.SKIPPED: ("déjà appliqué", "déjà appliqués"),
    Outcome.TO_CONFIRM: ("à confirmer dans Préau", "à confirmer dans Préau"),
    Outcome.REFUSED: ("refusé", "refusés"),
    Outcome.FAILED: ("interrompu", "interrompus"),
}
WELL = frozenset({Outcome.APPLIED, Outcome.UNCHANGED, Outcome.READY, Outcome.SKIPPED})


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or one of the files of a zip of several schools."""

    path: str
    member: str = ""

    @property
    def name(self) -> str:
        """What the history of the school calls it."""
        return Path(self.member or self.path).name

    @property
    def words(self) -> str:
        """Where it is, for a line."""
        return f"{Path(self.path).name}/{self.member}" if self.member else self.path


@dataclass(frozen=True, slots=True)
class Line:
    """What is said of one file: counts and reasons, never a person."""

    outcome: Outcome
    file: str
    uai: str | None = None
    name: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    to_see: int = 0  # pupils who wait for somebody: doubtful, or to be recognised
    reason: str = ""

    def __str__(self) -> str:
        """« 0931434D Collège des Quatre-Tilleuls : appliqué, 3 départs, 12 arrivées. »."""
        who = f"{self.uai} {self.name or self.file}" if self.uai else self.file
        parts = [WORDS[self.outcome][0]]
        if self.outcome is not Outcome.SKIPPED and (tally := tally_of(self.counts)):
            parts.append(tally)
        if self.to_see:
            parts.append(f"{self.to_see} à voir dans Préau")
        said = ", ".join(parts)
        return f"{who}\u00a0: {said}. {self.reason}".rstrip()


@dataclass(frozen=True, slots=True)
class Found:
    """A file and its school; `reason` says why there is none."""

    source: Source
    uai: str | None
    sha256: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """How to import: the words of the command."""

    apply: bool
    again: bool = False  # even what is already applied
    settled: bool = False
    older: bool = False


def tally_of(counts: dict[str, int]) -> str:
    """« 3 départs, 12 arrivées »; empty when nothing changes."""
    return ", ".join(
        f"{counts[kind]} {TITLES[kind][1 if counts[kind] < 2 else 2]}"
        for kind in ChangeKind
        if counts.get(kind)
    )


def sources_in(paths: Sequence[Path]) -> list[Source]:
    """The files of these paths, sorted, folders and zips of several schools opened. Raises OSError."""
    sources: list[Source] = []
    for path in paths:
        for file in _files_of(path):
            sources += [Source(str(file), member) for member in _members(file)] or [Source(str(file))]
    return sources


def import_all(sources: Sequence[Source], *, wish: Wish, processes: int) -> Generator[Line, None, None]:
    """Import each file into the school that it names, and yield a line as soon as one is done.

    Each school is read and applied in transactions of its own. Two different files for one school are both refused:
    somebody has to choose. Closing the iterator lets the schools under way end.
    """
    database = str(connection.settings_dict["NAME"])
    share = partial(each_done, processes=processes, database=database)
    # Exports of SIECLE say it at their start; the others are read for it, among processes.
    quick = [find_quickly(source) for source in sources]
    found = [one for one in quick if one is not None]
    slow = [source for source, one in zip(sources, quick, strict=True) if one is None]
    with closing(share(find, slow)) as looked:
        for source, one in looked:
            if one is None or one.uai is None:
                yield _refused_at_once(source, one)
            else:
                found.append(one)
    found.sort(key=lambda one: (one.uai, one.source.path, one.source.member))
    orders = []
    for one in found:
        if line := _double(one, found):
            yield line
        else:
            orders.append((one, wish))
    with closing(share(bring, orders)) as brought:
        for (one, _), line in brought:
            yield line or _failed(one, "Le processus qui le lisait a été arrêté.")


def find_quickly(source: Source) -> Found | None:
    """Whose file this is, when it says so at its start."""
    try:
        content = _content(source)
        uai = quick_uai(content)
    except Exception:  # noqa: BLE001 - `find` meets it again, and says it
        return None
    return Found(source, uai, hashlib.sha256(content).hexdigest()) if uai else None


def find(source: Source) -> Found:
    """Whose file this is: what it says, else what its name says."""
    named = uai_in_name(source.member or source.path)
    try:
        content = _content(source)
        sha256 = hashlib.sha256(content).hexdigest()
        today = timezone.localdate()
        file = read_roster(content, name=source.name, today=today, school_year=school_year_of(today))
    except UnreadableFile as refusal:
        return Found(source, named, reason=refusal.problem.message)
    except OSError:
        return Found(source, named, reason="Il ne peut pas être lu\u00a0: vérifiez ses droits.")
    except Exception as error:  # noqa: BLE001 - one file never stops the others
        return Found(source, None, reason=_noted(source, error))
    if uai := file.uai or named:
        return Found(source, uai, sha256)
    said = [problem.message for problem in file.problems if problem.pupil is None]
    silent = "Il ne dit pas de quel établissement il vient\u00a0: donnez-lui son UAI pour nom."
    return Found(source, None, sha256, said[0] if file.unreadable and said else silent)


def bring(order: tuple[Found, Wish]) -> Line:
    """Import one file into its school, or say why not; whatever happens is a line."""
    found, wish = order
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()  # a school met a broken one: the next must not
    try:
        return _brought(found, wish)
    except Exception as error:  # noqa: BLE001 - one school never stops the others
        return _failed(found, _noted(found.source, error))


def _brought(found: Found, wish: Wish) -> Line:
    school = Establishment.objects.filter(uai=found.uai).first()
    line = Line(Outcome.REFUSED, found.source.words, found.uai, school.name if school else "")
    if school is None:
        return replace(line, reason="Cet établissement n’est pas dans Préau.")
    if found.reason:
        return replace(line, reason=found.reason)
    applied = school.imports.filter(state=ImportState.APPLIED).order_by("-applied_at", "-pk")
    if not wish.again and applied.values_list("sha256", flat=True).first() == found.sha256:
        return replace(line, outcome=Outcome.SKIPPED)
    if wish.apply:
        return _read_and(_applied, line, school, found, wish)
    with transaction.atomic():
        looked = _read_and(_previewed, line, school, found, wish)
        transaction.set_rollback(True)
    return looked


def _read_and(
    then: Callable[[RosterImport, Line, Wish], Line],
    line: Line,
    school: Establishment,
    found: Found,
    wish: Wish,
) -> Line:
    made = start_import(
        establishment=school,
        file_name=found.source.name,
        content=_content(found.source),
        by=None,
        at=timezone.now(),
        ask_worker=False,
    )
    try:
        read_import(roster_import_id=made.pk, clock=timezone.now)
    except ReadingFailed:
        reason = "La lecture s’est interrompue\u00a0: rien n’a changé. Le journal du serveur dit pourquoi."
        return replace(line, outcome=Outcome.FAILED, reason=reason)
    made.refresh_from_db()
    if made.state == ImportState.REFUSED:
        return replace(line, reason=" ".join(made.refusals[:1]))
    if made.state == ImportState.MAPPING:
        return replace(line, outcome=Outcome.TO_CONFIRM, reason="Les colonnes de ce tableau y sont à dire.")
    doubtful = sum(problem["pupil"] is not None for problem in made.problems)
    to_see = doubtful + made.questions.filter(answered=False).count()
    return then(made, replace(line, counts=made.counts, to_see=to_see), wish)


def _previewed(made: RosterImport, line: Line, wish: Wish) -> Line:
    if made.to_settle and not wish.settled:
        return replace(line, outcome=Outcome.TO_CONFIRM, reason=made.to_settle[0])
    if made.braked:
        return replace(line, outcome=Outcome.TO_CONFIRM)
    return replace(line, outcome=Outcome.READY if made.change_count else Outcome.UNCHANGED)


def _applied(made: RosterImport, line: Line, wish: Wish) -> Line:
    """Apply, or leave the import for the référent, who sees on the screen what there is to confirm."""
    try:
        apply_import(roster_import=made, by=None, at=timezone.now(), settled=wish.settled, older=wish.older)
    except BrakeNeeded:
        return replace(line, outcome=Outcome.TO_CONFIRM, reason="Trop d’élèves en partent d’un coup.")
    except NotSettled:
        return replace(line, outcome=Outcome.TO_CONFIRM, reason=made.to_settle[0])
    except OlderFile:
        reason = "Un fichier plus récent est déjà appliqué."
        return replace(line, outcome=Outcome.TO_CONFIRM, reason=reason)
    except Refusal as said:
        return replace(line, reason=said.message)
    return replace(line, outcome=Outcome.APPLIED if made.change_count else Outcome.UNCHANGED)


def summary_of(outcomes: Counter[Outcome]) -> str:
    """« 198 appliqués, 2 refusés. »."""
    parts = [f"{outcomes[one]} {WORDS[one][outcomes[one] > 1]}" for one in Outcome if outcomes[one]]
    total = outcomes.total()
    return f"{total} fichier{'s' if total > 1 else ''}\u00a0: {', '.join(parts) or 'rien'}."


def _files_of(path: Path) -> list[Path]:
    if not path.is_dir():
        path.stat()
        return [path]
    inside = (file for file in path.rglob("*") if file.is_file())
    return sorted(file for file in inside if not _hidden(file.relative_to(path)))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def _members(file: Path) -> list[str]:
    """The files of a zip of several schools; what is wrong with a zip is said when it is read."""
    try:
        with file.open("rb") as opened:
            return members_of(opened)
    except (UnreadableFile, OSError):
        return []


def _content(source: Source) -> bytes:
    with Path(source.path).open("rb") as file:
        if source.member:
            return member_content(file, source.member)
        return file.read(Limits().upload_bytes + 1)  # enough for the reader to say that it is too large


def _double(one: Found, found: list[Found]) -> Line | None:
    """Two files for one school: the same twice is one, two different ones are for somebody to choose."""
    same = [other for other in found if other.uai == one.uai]
    others = [other.source.words for other in same if other.sha256 != one.sha256]
    if others:
        reason = f"Il y a un autre fichier de cet établissement, {others[0]}\u00a0: gardez le bon."
        return Line(Outcome.REFUSED, one.source.words, one.uai, reason=reason)
    if same[0] is not one:
        reason = f"C’est le même fichier que {same[0].source.words}."
        return Line(Outcome.SKIPPED, one.source.words, one.uai, reason=reason)
    return None


def _refused_at_once(source: Source, found: Found | None) -> Line:
    if found is None:
        return Line(Outcome.FAILED, source.words, reason="Le processus qui le lisait a été arrêté.")
    return Line(Outcome.REFUSED, source.words, reason=found.reason)


def _failed(found: Found, reason: str) -> Line:
    return Line(Outcome.FAILED, found.source.words, found.uai, reason=reason)


def _noted(source: Source, error: Exception) -> str:
    """Say in the server's log where an error rose, without its message: it may quote a pupil."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    kind = type(error).__name__
    logger.error("Import of %s failed: %s (%s:%s)", source.words, kind, place.filename, place.lineno)
    return f"Une erreur l’a arrêté ({kind})\u00a0: rien n’a changé. Le journal du serveur dit où."
