"""Small SIECLE exports of invented pupils, built element by element so that a test can bend one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any

from preau.rosterfiles import RosterFile, read_roster

TODAY = date(2026, 9, 20)
UAI = "0931434D"
ENCODING = "ISO-8859-15"


def eleve(local_id: str | None = "1", **fields: str | None) -> str:
    """One ELEVE: Léa, unless told otherwise; a field given as None is left out."""
    values: dict[str, str | None] = {
        "ID_NATIONAL": "123456789FJ",
        "NOM_DE_FAMILLE": "MARTIN",
        "PRENOM": "Léa",
        "DATE_NAISS": "03/05/2014",
        "CODE_PAYS": "100",
        "CODE_COMMUNE_INSEE_NAISS": "33063",
        "DATE_SORTIE": "",
    } | fields
    inside = "".join(f"<{tag}>{text}</{tag}>\n" for tag, text in values.items() if text is not None)
    attribute = "" if local_id is None else f' ELEVE_ID="{local_id}"'
    return f"<ELEVE{attribute}>\n{inside}</ELEVE>\n"


def noe(local_id: str = "2", **fields: str | None) -> str:
    """Another pupil, who shares nothing with Léa."""
    given: dict[str, Any] = {
        "ID_NATIONAL": "000000001KG",
        "NOM_DE_FAMILLE": "DUPONT",
        "PRENOM": "Noé",
        "DATE_NAISS": "12/11/2013",
    }
    return eleve(local_id, **(given | fields))


def structures(local_id: str, *codes: str | tuple[str, str]) -> str:
    """One STRUCTURES_ELEVE; a bare code is a class."""
    pairs = [(code, "D") if isinstance(code, str) else code for code in codes]
    inside = "".join(
        f"<STRUCTURE><CODE_STRUCTURE>{code}</CODE_STRUCTURE><TYPE_STRUCTURE>{kind}</TYPE_STRUCTURE></STRUCTURE>"
        for code, kind in pairs
    )
    return f'<STRUCTURES_ELEVE ELEVE_ID="{local_id}">{inside}</STRUCTURES_ELEVE>\n'


def siecle(
    *eleves: str,
    placed: Sequence[str] = (),
    header: dict[str, str | None] | None = None,
    root: str = "BEE_ELEVES",
) -> str:
    """A whole file, as text without its XML declaration."""
    values: dict[str, str | None] = {
        "UAJ": UAI,
        "ANNEE_SCOLAIRE": "2026",
        "DATE_EXPORT": "10/09/2026",
        "HORODATAGE": "10/09/2026 10:11:12",
    } | (header or {})
    parameters = "".join(f"<{tag}>{text}</{tag}>" for tag, text in values.items() if text is not None)
    return (
        f'<{root} VERSION="3.0">\n<PARAMETRES>{parameters}</PARAMETRES>\n<DONNEES>\n'
        f"<ELEVES>\n{''.join(eleves)}</ELEVES>\n<OPTIONS/>\n"
        f"<STRUCTURES>\n{''.join(placed)}</STRUCTURES>\n</DONNEES>\n</{root}>\n"
    )


def written(text: str, encoding: str = ENCODING, label: str | None = None) -> bytes:
    """The file on disk; `label` is what it says of its encoding, "" for nothing at all."""
    said = encoding if label is None else label
    declaration = f'<?xml version="1.0" encoding="{said}"?>\n' if said else '<?xml version="1.0"?>\n'
    return (declaration + text).encode(encoding)


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


def read(content: str | bytes, **options: Any) -> RosterFile:
    """What Préau understands of a file, on 20 September 2026."""
    data = written(content) if isinstance(content, str) else content
    return read_roster(data, **({"today": TODAY} | options))


def codes(roster: RosterFile) -> list[str]:
    """The codes of its problems, in order."""
    return [problem.code for problem in roster.problems]
