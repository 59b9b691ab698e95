"""The files of the journeys: real exports of invented schools, edited as people and secretariats do."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from preau.establishments.models import school_year_of
from preau.rosterfiles.generate import generate_roster

NAME = "ExportXML_ElevesSansAdresses.zip"


def siecle_zip(
    folder: Path, *, uai: str, pupils: int = 31, seed: int = 6, year: int | None = None, **more: object
) -> Path:
    """A zip as SIECLE gives it, exported an hour ago."""
    year = school_year_of(timezone.localdate()) if year is None else year
    exported = timezone.localtime().replace(tzinfo=None) - timedelta(hours=1)
    if year != school_year_of(timezone.localdate()):
        exported = datetime(year, 9, 4, 8, 30)  # noqa: DTZ001 - the files' own clock
    path = folder / NAME
    path.write_bytes(
        generate_roster(pupils=pupils, seed=seed, uai=uai, school_year=year, exported_at=exported, **more)
    )
    return path


def edited(path: Path, *changes: tuple[str, str]) -> Path:
    """The same zip after search and replace in its xml; every search must be found."""
    with zipfile.ZipFile(path) as archive:
        (inside,) = archive.namelist()
        text = archive.read(inside).decode("iso-8859-15")
    for old, new in changes:
        text, found = re.subn(old, new, text, count=1, flags=re.DOTALL)
        assert found, old
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(inside, text.encode("iso-8859-15"))
    path.write_bytes(out.getvalue())
    return path


def eleve(
    number: int,
    last: str,
    first: str,
    born: str,
    *,
    ine: str = "",
    division: str = "6A",
    usage: str = "",
    others: tuple[str, ...] = (),
) -> tuple[str, str]:
    """One pupil as (ELEVE, STRUCTURES_ELEVE)."""
    extra = "".join(f"<PRENOM{i}>{name}</PRENOM{i}>" for i, name in enumerate(others, start=2))
    return (
        (
            f'<ELEVE ELEVE_ID="{number}"><ID_NATIONAL>{ine}</ID_NATIONAL><NOM_DE_FAMILLE>{last}</NOM_DE_FAMILLE>'
            f"<NOM_USAGE>{usage}</NOM_USAGE><PRENOM>{first}</PRENOM>{extra}<DATE_NAISS>{born}</DATE_NAISS></ELEVE>"
        ),
        (
            f'<STRUCTURES_ELEVE ELEVE_ID="{number}"><STRUCTURE><CODE_STRUCTURE>{division}</CODE_STRUCTURE>'
            "<TYPE_STRUCTURE>D</TYPE_STRUCTURE></STRUCTURE></STRUCTURES_ELEVE>"
        ),
    )


def small_file(folder: Path, *pupils: tuple[str, str], uai: str) -> Path:
    """A bare xml holding exactly these pupils, exported today."""
    year, today = school_year_of(timezone.localdate()), timezone.localdate()
    path = folder / "ElevesSansAdresses.xml"
    path.write_text(
        '<?xml version="1.0" encoding="ISO-8859-15"?>'
        f'<BEE_ELEVES VERSION="3.0"><PARAMETRES><UAJ>{uai}</UAJ><ANNEE_SCOLAIRE>{year}</ANNEE_SCOLAIRE>'
        f"<DATE_EXPORT>{today:%d/%m/%Y}</DATE_EXPORT></PARAMETRES><DONNEES><ELEVES>"
        + "".join(p[0] for p in pupils)
        + "</ELEVES><STRUCTURES>"
        + "".join(p[1] for p in pupils)
        + "</STRUCTURES></DONNEES></BEE_ELEVES>",
        encoding="iso-8859-15",
    )
    return path
