"""The Élèves tab as a file for a spreadsheet: no birth date, no INE, nothing a spreadsheet could run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from django.utils import timezone

from preau.accounts.models import ConnectionMode
from preau.scenarios.people import Row
from preau.web.spreadsheet import BYTE_ORDER_MARK, inert

HEADINGS = (
    "Nom",
    "Prénom",
    "Classe",
    "Statut",
    "Mode de connexion",
    "Identifiant",
    "Situation",
    "Prochaine étape",
    "Pourquoi",
    "Dernière connexion",
    "Participations",
)


def pupils_csv(rows: Iterable[Row]) -> bytes:
    """A heading and one line a pupil, in UTF-8 with a byte order mark, « ; » and CRLF, as Excel expects."""
    out = io.StringIO(newline="")
    out.write(BYTE_ORDER_MARK)
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for row in rows:
        writer.writerow([inert(cell) for cell in _cells(row)])
    return out.getvalue().encode()


def _cells(row: Row) -> tuple[str, ...]:
    learner, step = row.learner, row.step
    last = timezone.localtime(row.last_login).strftime("%d/%m/%Y %H:%M") if row.last_login else ""
    return (
        learner.shown_last_name.upper(),
        learner.first_name,
        learner.division.name if learner.division else "",
        "présent" if row.present else "parti",
        ", ".join(ConnectionMode(mode).label for mode in row.modes) or "aucun",
        row.username or "",
        row.diagnosis.situation.label,
        f"{step.by} : {step.label}" if step.label else "",
        row.diagnosis.why if step.label else "",
        last,
        str(row.participations),
    )
