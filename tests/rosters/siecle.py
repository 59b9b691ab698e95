"""SIECLE exports of a few pupils, written by hand for a story."""

from __future__ import annotations

from datetime import date
from xml.sax.saxutils import escape

from preau.rosters.models import Learner

TODAY = date(2026, 9, 3)


def pupil(
    local_id: str,
    last_name: str,
    first_name: str,
    division: str | None = "6A",
    *,
    ine: str | None = None,
    bea: str | None = None,
    born: str | None = "12/03/2015",
    usage_name: str | None = None,
    others: tuple[str, ...] = (),
    left: str | None = None,
    groups: tuple[str, ...] = (),
) -> dict[str, object]:
    """One pupil of a file; dates are JJ/MM/AAAA."""
    return {
        "local_id": local_id,
        "division": division,
        "groups": groups,
        "tags": {
            "INE_RNIE": ine,
            "INE_BEA": bea,
            "NOM_DE_FAMILLE": last_name,
            "NOM_USAGE": usage_name,
            "PRENOM": first_name,
            "PRENOM2": others[0] if others else None,
            "PRENOM3": others[1] if len(others) > 1 else None,
            "DATE_NAISS": born,
            "DATE_SORTIE": left,
        },
    }


def same(learner: Learner, **changes: object) -> dict[str, object]:
    """A pupil of the roster, as the file would say it again, but for `changes`."""
    born = learner.birth_date
    return pupil(
        **{
            "local_id": learner.local_id,
            "last_name": learner.last_name,
            "first_name": learner.first_name,
            "division": learner.division.name if learner.division else None,
            "ine": learner.ine,
            "born": f"{born:%d/%m/%Y}" if born else None,
            "usage_name": learner.usage_name or None,
            "others": tuple(learner.other_first_names.split(", ")) if learner.other_first_names else (),
            "groups": tuple(learner.groups),
            **changes,
        }
    )


def file_of(
    *pupils: dict[str, object], uai: str | None = "0931434D", year: int | None = 2026, exported: date = TODAY
) -> bytes:
    """The XML of an export."""
    out = ['<?xml version="1.0" encoding="UTF-8"?><BEE_ELEVES VERSION="3.0"><PARAMETRES>']
    out += [f"<UAJ>{uai}</UAJ>"] if uai else []
    out += [f"<ANNEE_SCOLAIRE>{year}</ANNEE_SCOLAIRE>"] if year else []
    out.append(f"<DATE_EXPORT>{exported:%d/%m/%Y}</DATE_EXPORT>")
    out.append(f"<HORODATAGE>{exported:%d/%m/%Y} 07:58:00</HORODATAGE></PARAMETRES><DONNEES><ELEVES>")
    for one in pupils:
        tags = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in one["tags"].items() if text)
        out.append(f'<ELEVE ELEVE_ID="{one["local_id"]}">{tags}</ELEVE>\n')
    out.append("</ELEVES><STRUCTURES>")
    for one in pupils:
        codes = [("D", one["division"])] if one["division"] else []
        codes += [("G", group) for group in one["groups"]]
        out += [f'<STRUCTURES_ELEVE ELEVE_ID="{one["local_id"]}">']
        for kind, code in codes:
            structure = (
                f"<CODE_STRUCTURE>{escape(code)}</CODE_STRUCTURE><TYPE_STRUCTURE>{kind}</TYPE_STRUCTURE>"
            )
            out.append(f"<STRUCTURE>{structure}</STRUCTURE>")
        out.append("</STRUCTURES_ELEVE>")
    out.append("</STRUCTURES></DONNEES></BEE_ELEVES>")
    return "".join(out).encode()
