"""Small OneRoster zips and files of the academies' directory, of invented pupils, that a test can bend."""

from __future__ import annotations

import csv
import io
from typing import Any
from xml.sax.saxutils import escape

from tests.rosterfiles.siecle_file import UAI, zipped

Table = list[dict[str, str]]

STAMP = "2026-09-10T06:00:00Z"


def written_csv(rows: Table, **options: Any) -> bytes:
    """A file of OneRoster; its titles are those of its first row."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]) if rows else [], **options)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def v11() -> dict[str, Table]:
    """OneRoster 1.1: Léa in 6A and a Latin group, Noé in 6B, their teacher, one school in its academy."""
    base = {"status": "active", "dateLastModified": STAMP}
    person = {"enabledUser": "true", "orgSourcedIds": "org-1"}
    private = {"email": "x@example.org", "sms": "0600000000", "phone": "", "agentSourcedIds": "p1"}
    users = [
        ("lea", "student", "{INE:123456789FJ}", "Léa", "MARTIN", "Rose"),
        ("noe", "student", "{INE:000000001KG}", "Noé", "DUPONT", ""),
        ("prof", "teacher", "", "Ada", "LOVELACE", ""),
    ]
    return {
        "manifest.csv": [
            {"propertyName": name, "value": value}
            for name, value in [
                ("manifest.version", "1.0"),
                ("oneroster.version", "1.1"),
                ("file.users", "bulk"),
                ("file.orgs", "bulk"),
                ("file.results", "absent"),
            ]
        ],
        "orgs.csv": [
            {
                "sourcedId": "aca",
                **base,
                "name": "Académie",
                "type": "district",
                "identifier": "",
                "parent": "",
            },
            {
                "sourcedId": "org-1",
                **base,
                "name": "Collège",
                "type": "school",
                "identifier": UAI,
                "parent": "aca",
            },
        ],
        "academicSessions.csv": [
            {
                "sourcedId": "y",
                **base,
                "title": "2026-2027",
                "type": "schoolYear",
                "startDate": "2026-09-01",
                "endDate": "2027-07-05",
                "parentSourcedId": "",
                "schoolYear": "2027",
            }
        ],
        "users.csv": [
            {
                "sourcedId": key,
                **base,
                **person,
                "role": role,
                "username": key,
                "userIds": ids,
                "givenName": first,
                "familyName": last,
                "middleName": middle,
                "identifier": "",
                **private,
                "grades": "06",
                "password": "s3cret",
            }
            for key, role, ids, first, last, middle in users
        ],
        "demographics.csv": [
            {"sourcedId": "lea", **base, "birthDate": "2014-05-03", "sex": "female"},
            {"sourcedId": "noe", **base, "birthDate": "2013-11-12", "sex": "male"},
        ],
        "classes.csv": [
            {"sourcedId": key, **base, "title": title, "classType": kind, "schoolSourcedId": "org-1"}
            for key, title, kind in [
                ("c-6a", "6A", "homeroom"),
                ("c-6b", "6B", "homeroom"),
                ("c-lat", "6LATIN", "scheduled"),
            ]
        ],
        "enrollments.csv": [
            {
                "sourcedId": f"e{at}",
                **base,
                "classSourcedId": of,
                "schoolSourcedId": "org-1",
                "userSourcedId": who,
                "role": role,
                "primary": "false",
                "beginDate": "",
                "endDate": "",
            }
            for at, (who, of, role) in enumerate(
                [
                    *(("lea", "c-6a", "student"), ("lea", "c-lat", "student"), ("noe", "c-6b", "student")),
                    ("prof", "c-6a", "teacher"),
                ]
            )
        ],
    }


def v12() -> dict[str, Table]:
    """The same in OneRoster 1.2: roles in their own file, a master number, preferred names."""
    files = v11()
    files["manifest.csv"][1]["value"] = "1.2"
    files["roles.csv"] = [
        {
            "sourcedId": f"r-{user['sourcedId']}",
            "status": "active",
            "dateLastModified": STAMP,
            "userSourcedId": user["sourcedId"],
            "roleType": "primary",
            "role": user["role"],
            "beginDate": "2026-09-01",
            "endDate": "",
            "orgSourcedId": "org-1",
            "userProfileSourcedId": "",
        }
        for user in files["users.csv"]
    ]
    for user in files["users.csv"]:
        ids = user.pop("userIds")
        del user["role"], user["orgSourcedIds"]
        user |= {"userMasterIdentifier": ids[5:-1], "preferredGivenName": "", "preferredFamilyName": ""}
        user |= {"primaryOrgSourcedId": "org-1", "pronouns": ""}
    return files


def packed(files: dict[str, Table | bytes], folder: str = "") -> bytes:
    """The zip."""
    return zipped(
        *(
            (folder + name, rows if isinstance(rows, bytes) else written_csv(rows))
            for name, rows in files.items()
        )
    )


def attr(name: str, *values: str) -> str:
    """One attribute of the directory, empty without values."""
    inside = "".join(f"<value>{escape(value)}</value>" for value in values) or "<value/>"
    return f'<attr name="{name}">{inside}</attr>\n'


def request(category: str, attributes: str, kind: str = "addRequest", number: str = "1") -> str:
    """One request of the directory."""
    of = "categorieStructure" if category == "EtabEducNat" else "categoriePersonne"
    return (
        f"<{kind}>\n<operationalAttributes>{attr(of, category)}</operationalAttributes>\n"
        f"<identifier><id>{number}</id></identifier>\n<attributes>\n{attributes}</attributes>\n</{kind}>\n"
    )


def pupil(number: str = "501", school: str = "1234", **fields: tuple[str, ...] | str | None) -> str:
    """The request of one pupil, Léa unless told otherwise; a field given as None is left out."""
    values: dict[str, tuple[str, ...] | str | None] = {
        "ENTPersonJointure": number,
        "ENTEleveStructRattachId": "1" + number,
        "ENTEleveINE": "123456789FJ",
        "ENTPersonDateNaissance": "03/05/2014",
        "ENTPersonNomPatro": "MARTIN",
        "sn": "MARTIN",
        "givenName": "Léa",
        "ENTPersonAutresPrenoms": ("Léa", "Rose"),
        "personalTitle": "Mlle",
        "ENTPersonAdresse": "1 rue des Lilas",
        "ENTElevePersRelEleve": "999$1$1",
        "ENTPersonStructRattach": school,
        "ENTEleveClasses": f"{school}$6A",
        "ENTEleveGroupes": f"{school}$6LATIN",
    } | fields
    attributes = "".join(
        attr(name, *((value,) if isinstance(value, str) else value))
        for name, value in values.items()
        if value is not None
    )
    return request("Eleve", attributes, number=number)


def other_pupil(number: str = "502", school: str = "1234", **fields: tuple[str, ...] | str | None) -> str:
    """Noé, who shares nothing with Léa."""
    given: dict[str, Any] = {
        "ENTEleveINE": "000000001KG",
        "ENTPersonDateNaissance": "12/11/2013",
        "ENTPersonNomPatro": "DUPONT",
        "sn": "DUPONT",
        "givenName": "Noé",
        "ENTPersonAutresPrenoms": (),
        "ENTEleveClasses": f"{school}$6B",
        "ENTEleveGroupes": (),
    }
    return pupil(number, school, **(given | fields))


def school(number: str = "1234", uai: str = UAI) -> str:
    """The request of one school."""
    return request(
        "EtabEducNat",
        attr("ENTStructureJointure", number)
        + attr("ENTStructureUAI", uai)
        + attr("ENTStructureNomCourant", "X"),
        number=number,
    )


DTD = '<!DOCTYPE ficAlimMENESR SYSTEM "ficAlimMENESR.dtd">\n'


def aaf(*requests: str, dtd: str = DTD, encoding: str = "UTF-8") -> bytes:
    """A file of the directory."""
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n{dtd}<ficAlimMENESR>\n{"".join(requests)}</ficAlimMENESR>\n'
    return text.encode(encoding)


def directory(**parts: bytes) -> bytes:
    """The zip of a school, with the names that the academies give."""
    return zipped(*((f"ENT_{UAI}_Complet_20260915_{kind}_0000.xml", part) for kind, part in parts.items()))
