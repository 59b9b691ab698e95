"""`preau generate-roster`: write the export of an invented school, to try Préau or to measure it."""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Never

from preau.rosterfiles.generate import (
    ARCHIVE_NAME,
    XML_NAME,
    RosterWish,
    write_roster_xml,
    write_roster_zip,
)
from preau.rosterfiles.generate_pupils import INVENTED_UAI
from preau.rosterfiles.identifiers import check_uai

_MOST_PUPILS = 1_000_000
_HELP = f"""\
Usage\u00a0: preau generate-roster --pupils N [options]

Écrit l’export SIECLE d’un établissement inventé. Les mêmes options donnent les mêmes élèves.

  --pupils N         nombre d’élèves, de 0 à {_MOST_PUPILS}
  --seed S           graine du tirage, un nombre entier (1)
  --uai UAI          numéro de l’établissement ({INVENTED_UAI}, qui n’existe pas)
  --year AAAA        année de la rentrée (celle de l’année scolaire en cours)
  --date JJ/MM/AAAA  jour de l’export (aujourd’hui)
  --kind SORTE       college ou lycee (college)
  --oddities         sème toutes les bizarreries des vrais fichiers
  --changes PART     un fichier plus tardif du même établissement, où cette part des élèves a changé (0,05)
  --change-seed S    graine de ces changements, un nombre entier (0)
  --xml              le fichier XML nu, sans archive zip
  -o FICHIER         où écrire ({ARCHIVE_NAME}, ou {XML_NAME} avec --xml)\u00a0; - pour la sortie standard
  --force            remplace un fichier qui existe déjà
  -h, --help         ce rappel
"""


_REASONS = {
    errno.ENOENT: "ce dossier n’existe pas",
    errno.ENOTDIR: "ce dossier n’existe pas",
    errno.EACCES: "vous n’avez pas le droit d’écrire à cet endroit",
    errno.EPERM: "vous n’avez pas le droit d’écrire à cet endroit",
    errno.EROFS: "ce disque est en lecture seule",
    errno.ENOSPC: "le disque est plein",
    errno.ENAMETOOLONG: "son nom est trop long",
}


class _UsageError(Exception):
    """A sentence for the person who typed the command."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Never:
        raise _UsageError("Cette commande est incomplète ou mal écrite.")


def main(argv: Sequence[str]) -> int:
    """Write the file and say so; 2 when the command is misused, 1 when the file cannot be written."""
    try:
        return _run(argv, now=datetime.now().astimezone())
    except _UsageError as refusal:
        _say(f"{refusal}\n«\u00a0preau generate-roster --help\u00a0» rappelle les options.")
        return 2
    except BrokenPipeError:
        # Whoever was reading has had enough; nothing is left to flush into a closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as failure:
        reason = _REASONS.get(failure.errno or 0, "le système s’y oppose")
        _say(f"Le fichier n’a pas pu être écrit\u00a0: {reason}.")
        return 1
    except KeyboardInterrupt:
        _say("Interrompu\u00a0: rien n’a été écrit.")
        return 130


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _run(argv: Sequence[str], *, now: datetime) -> int:
    options = _parse(argv)
    if options.help:
        sys.stdout.write(_HELP)
        return 0
    wish = _wish(options, now)
    if options.output == "-":
        _write_to_standard_output(wish, bare=options.xml)
        return 0
    path = Path(options.output or (XML_NAME if options.xml else ARCHIVE_NAME))
    _write_file(path, wish, bare=options.xml, force=options.force)
    _say(f"{path}\u00a0: {_counted(wish['pupils'])}, rentrée {wish['school_year']}.")
    return 0


def _counted(pupils: int) -> str:
    grouped = f"{pupils:,}".replace(",", "\u202f")
    return f"{grouped} élève{'s' if pupils > 1 else ''}"


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the options as texts: they are judged one by one afterwards, in French."""
    parser = _Parser(prog="preau generate-roster", add_help=False, allow_abbrev=False, exit_on_error=False)
    for name in ("pupils", "seed", "uai", "year", "date", "kind", "changes", "change-seed"):
        parser.add_argument(f"--{name}")
    parser.add_argument("-o", "--output")
    for name in ("oddities", "xml", "force"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("-h", "--help", action="store_true")
    try:
        options, unknown = parser.parse_known_args(list(argv))
    except argparse.ArgumentError as error:
        raise _UsageError(f"L’option {error.argument_name} est mal employée.") from None
    if unknown:
        raise _UsageError(f"Cette commande ne connaît pas «\u00a0{unknown[0]}\u00a0».")
    return options


def _wish(options: argparse.Namespace, now: datetime) -> RosterWish:
    exported_at = _day(options.date, now) if options.date else now
    if options.pupils is None:
        raise _UsageError("Dites combien d’élèves inventer, par exemple --pupils 500.")
    if options.kind not in (None, "college", "lycee"):
        raise _UsageError("L’option --kind attend college ou lycee.")
    current_year = exported_at.year if exported_at.month >= 8 else exported_at.year - 1
    return RosterWish(
        pupils=_whole("--pupils", options.pupils, 0, _MOST_PUPILS),
        seed=_whole("--seed", options.seed or "1", 0, 10**18),
        school_year=_whole("--year", options.year or str(current_year), 1990, 2100),
        exported_at=exported_at,
        uai=_uai(options.uai) if options.uai else INVENTED_UAI,
        oddities=options.oddities,
        kind=options.kind or "college",
        changes=_share(options.changes or "0"),
        change_seed=_whole("--change-seed", options.change_seed or "0", 0, 999),
    )


def _whole(option: str, text: str, least: int, most: int) -> int:
    if text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most:
        return int(text)
    raise _UsageError(f"L’option {option} attend un nombre entier de {least} à {most}.")


def _share(text: str) -> float:
    try:
        share = float(text.replace(",", "."))
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise _UsageError("L’option --changes attend une part entre 0 et 1, par exemple 0,05.")
    return share


def _day(text: str, now: datetime) -> datetime:
    try:
        day = datetime.strptime(text, "%d/%m/%Y").replace(hour=8, tzinfo=now.tzinfo)
    except ValueError:
        day = None
    if day is None or not 1990 <= day.year <= 2100:
        raise _UsageError("L’option --date attend un jour écrit JJ/MM/AAAA, par exemple 01/09/2026.")
    return day


def _uai(text: str) -> str:
    check = check_uai(text)
    if check.valid:
        return check.uai
    if check.expected:
        raise _UsageError(f"L’UAI {check.uai} n’a pas la bonne lettre\u00a0: ce serait {check.expected}.")
    raise _UsageError("L’option --uai attend sept chiffres et une lettre.")


def _write(out: IO[bytes], wish: RosterWish, *, bare: bool) -> None:
    (write_roster_xml if bare else write_roster_zip)(out, **wish)


def _write_to_standard_output(wish: RosterWish, *, bare: bool) -> None:
    if sys.stdout.isatty():
        raise _UsageError(
            "Un terminal ne saurait que faire de ce fichier\u00a0: dirigez la sortie vers un fichier."
        )
    _write(sys.stdout.buffer, wish, bare=bare)
    sys.stdout.buffer.flush()


def _write_file(path: Path, wish: RosterWish, *, bare: bool, force: bool) -> None:
    """Beside first, then in place: whatever happens, nobody finds half a file."""
    if path.is_dir():
        raise _UsageError(f"{path} est un dossier\u00a0: donnez un nom de fichier.")
    if path.exists() and not force:
        raise _UsageError(f"{path} existe déjà\u00a0: ajoutez --force pour le remplacer.")
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as out:
            _write(out, wish, bare=bare)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
