"""What a OneRoster zip says of pupils: people of the role « student », and their classes by enrollment.

Source: 1EdTech OneRoster 1.1 and 1.2 CSV binding. A class of the type « homeroom » is a division, any
other one a group. Passwords, mails, phones and guardians are never read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from preau.rosterfiles.limits import Limits
from preau.rosterfiles.names import compact
from preau.rosterfiles.oneroster_rows import Columns, Rows, Values
from preau.rosterfiles.oneroster_values import (
    date_of,
    day_of,
    ids_of,
    ine_of,
    is_active,
    is_month_first,
    is_pupil,
    is_school_year,
    year_of_session,
)
from preau.rosterfiles.packaging import Document
from preau.rosterfiles.problems import UnreadableFile, make_problem
from preau.rosterfiles.progress import Meter, Progress
from preau.rosterfiles.pupil import Problem, RosterFile
from preau.rosterfiles.schools import Chosen, choose_school, valid_uai
from preau.rosterfiles.tables.read import Question
from preau.rosterfiles.tables.rows import Entry
from preau.rosterfiles.tables.settle import Origin, settle_table


def _columns(names: str, **called: tuple[str, ...]) -> Columns:
    """Columns by their names, some of which are called otherwise by some software."""
    return dict.fromkeys(names.split(), ()) | called


_COLUMNS = {
    "manifest.csv": _columns("value", propertyName=("property", "name")),
    "orgs.csv": _columns("sourcedId status type identifier"),
    "academicsessions.csv": _columns("status type startDate endDate schoolYear"),
    "roles.csv": _columns(
        "userSourcedId status role beginDate endDate", orgSourcedId=("orgSourcedIds", "org")
    ),
    "users.csv": _columns(
        "sourcedId status givenName familyName middleName preferredGivenName preferredFamilyName "
        "identifier userMasterIdentifier",
        role=("roles",),
        userIds=("userId",),
        orgSourcedIds=("orgSourcedId", "orgs"),
        primaryOrgSourcedId=("primaryOrg",),
    ),
    "demographics.csv": _columns(
        "status", sourcedId=("userSourcedId", "studentSourcedId"), birthDate=("dateOfBirth",)
    ),
    "classes.csv": _columns("sourcedId status title classCode classType", schoolSourcedId=("orgSourcedId",)),
    "enrollments.csv": _columns("classSourcedId userSourcedId status role endDate"),
}
_OFTEN_ABSENT = ("demographics.csv", "classes.csv", "enrollments.csv")


class _Role(NamedTuple):
    """What roles.csv says of one pupil, in all the schools where they are or were one."""

    orgs: tuple[str, ...]
    current: bool
    begins: str
    ends: str


class _Student(NamedTuple):
    line: int
    key: str
    orgs: frozenset[str]
    gone: bool
    ine: str
    last_name: str
    usage_name: str
    first_name: str
    middle_names: str
    entered: str
    left: str


@dataclass(slots=True)
class _Package:
    """The files of the zip, by name in small letters, and what was met in them."""

    files: dict[str, Document]
    limits: Limits
    meter: Meter
    today: date
    given: dict[str, frozenset[str]] = field(default_factory=dict)  # columns by file

    def rows(self, name: str, *needed: str) -> Iterator[tuple[int, Values]]:
        """The rows of a file, none when it is not there."""
        part = self.files.get(name)
        if part is None:
            return iter(())
        rows = Rows(part, _COLUMNS[name], self.limits, self.meter)
        rows.demand(*needed)
        self.given[name] = rows.given
        return iter(rows)

    def has(self, name: str, column: str) -> bool:
        """Whether a file that was read has a column."""
        return column in self.given.get(name, ())

    def check_room(self, held: int) -> None:
        """Raises UnreadableFile for more than any school has."""
        if held > self.limits.table_rows:
            raise UnreadableFile("TABLE_TOO_LARGE", limit=self.limits.table_rows, what="lignes")


def read_oneroster(document: Document, *, question: Question, progress: Progress | None = None) -> RosterFile:
    """The pupils of one school, from the files of a OneRoster zip. Raises UnreadableFile."""
    files = {part.name.replace("\\", "/").rpartition("/")[2].lower(): part for part in document.parts}
    package = _Package(files, question.limits, Meter(document.size, progress), question.today)
    version = _version(package)
    if "users.csv" not in files:
        raise UnreadableFile("ONEROSTER_FILE_MISSING", name="users.csv")
    uais, schools = _orgs(package)
    school_year = _school_year(package)
    students = _students(package)
    chosen, others = _chosen(students, uais, schools, question.expected_uais)
    kept = [each for each in students if chosen.key in each.orgs or not others & each.orgs]
    notes = list(_notes(package, len(students) - len(kept)))
    born = _birth_dates(package, kept)
    placed, homerooms = _placed(package, kept, others)
    silent = _silent_on(package, kept, homerooms=homerooms)
    file = settle_table(
        (_entry(student, born.get(student.key, ""), placed.get(student.key, [])) for student in kept),
        Origin(
            "oneroster",
            chosen.uai,
            school_year,
            with_ine="ine" not in silent,
            with_birth="birth_date" not in silent,
            with_classes="groups" not in silent,
        ),
        notes=notes,
        today=question.today,
        expected_uais=question.expected_uais,
        school_year=question.school_year,
        limits=question.limits,
    )
    return replace(file, version=version, silent_on=silent)


def _version(package: _Package) -> str | None:
    """What the manifest says of the version. Raises UnreadableFile for changes without the whole."""
    said = {
        compact(row["propertyName"]): row["value"]
        for _, row in package.rows("manifest.csv", "propertyName", "value")
    }
    ours = {compact("file." + name.removesuffix(".csv")) for name in _COLUMNS}
    if any(said.get(name, "").lower() == "delta" for name in ours):
        raise UnreadableFile("ONEROSTER_DELTA")
    return said.get("onerosterversion", "")[:10] or None


def _orgs(package: _Package) -> tuple[dict[str, str], set[str] | None]:
    """The UAI of each organisation that has one, and which are schools when that is said."""
    uais: dict[str, str] = {}
    schools: set[str] = set()
    typed = False
    for _, row in package.rows("orgs.csv", "sourcedId"):
        key, kind = row["sourcedId"], compact(row.get("type", ""))
        typed = typed or bool(kind)
        if kind in ("school", ""):
            schools.add(key)
            if uai := valid_uai(row.get("identifier", "")):
                uais[key] = uai
        package.check_room(len(schools))
    return uais, schools if typed else None


def _school_year(package: _Package) -> int | None:
    """The year of the rentrée: that of the session that today is in, else of the latest one."""
    best: tuple[tuple[object, ...], int] | None = None
    for _, row in package.rows("academicsessions.csv"):
        year = year_of_session(row)
        if year is None or not is_active(row):
            continue
        start, end = date_of(row.get("startDate", "")), date_of(row.get("endDate", ""))
        now = start is not None and end is not None and start <= package.today <= end
        merit = now, is_school_year(row), start or date.min, year
        if best is None or merit > best[0]:
            best = merit, year
    return None if best is None else best[1]


def _students(package: _Package) -> list[_Student]:
    """Everybody whose role is a pupil's, here or not any more. Raises UnreadableFile when nobody is."""
    roles = _roles(package)
    rows = package.rows("users.csv", "sourcedId", "givenName", "familyName")
    if not roles and not package.has("users.csv", "role"):
        roles = {
            row["userSourcedId"]: _Role((), current=True, begins="", ends="")
            for _, row in package.rows("enrollments.csv", "userSourcedId")
            if is_pupil(row.get("role", ""))
        }
    found: dict[str, _Student] = {}
    for line, row in rows:
        role = roles.get(row["sourcedId"])
        if role is None and not is_pupil(row.get("role", "")):
            continue
        student = _student(line, row, role, package.today)
        known = found.get(student.key)
        if known is None or known.gone:
            found[student.key or f"\0{line}"] = student
        if len(found) > package.limits.pupils:
            raise UnreadableFile("TOO_MANY_PUPILS", limit=package.limits.pupils)
    if not found:
        raise UnreadableFile("ONEROSTER_NO_PUPILS")
    return list(found.values())


def _roles(package: _Package) -> dict[str, _Role]:
    """The pupils of roles.csv, which only 1.2 has."""
    found: dict[str, _Role] = {}
    for _, row in package.rows("roles.csv", "userSourcedId", "role"):
        if not is_pupil(row["role"]):
            continue
        begins, ends = day_of(row.get("beginDate", "")), day_of(row.get("endDate", ""))
        orgs = tuple(ids_of(row.get("orgSourcedId", "")))
        role = _Role(orgs, is_active(row) and not _is_past(ends, package.today), begins, ends)
        known = found.get(row["userSourcedId"])
        if known is not None and known.current is role.current:
            role = known._replace(orgs=tuple(dict.fromkeys(known.orgs + orgs)))
        if known is None or role.current or not known.current:
            found[row["userSourcedId"]] = role
        package.check_room(len(found))
    return found


def _is_past(day: str, today: date) -> bool:
    ended = date_of(day)
    return ended is not None and ended < today


def _student(line: int, row: Values, role: _Role | None, today: date) -> _Student:
    orgs = (*ids_of(row.get("orgSourcedIds", "")), *ids_of(row.get("primaryOrgSourcedId", "")))
    family, preferred = row["familyName"], row.get("preferredFamilyName", "")
    gone = not is_active(row) or not (role is None or role.current)
    left = role.ends if role is not None and gone and _is_past(role.ends, today) else ""
    return _Student(
        line=line,
        key=row["sourcedId"],
        orgs=frozenset(role.orgs if role is not None and role.orgs else orgs),
        gone=gone,
        ine=ine_of(row),
        last_name=family or preferred,
        usage_name=preferred if family else "",
        first_name=row["givenName"] or row.get("preferredGivenName", ""),
        middle_names=row.get("middleName", ""),
        entered=role.begins if role is not None else "",
        left=left,
    )


def _chosen(
    students: list[_Student], uais: dict[str, str], schools: set[str] | None, expected: frozenset[str] | None
) -> tuple[Chosen, frozenset[str]]:
    """The school to read, and the other ones that have pupils."""
    sizes = Counter(org for student in students for org in student.orgs)
    if schools is not None:
        sizes = Counter({org: size for org, size in sizes.items() if org in schools})
    else:
        # Nothing says which organisations are schools: one that everybody is in is enough.
        shared = [org for org, size in sizes.items() if size == len(students)]
        if shared:
            org = max(shared, key=lambda org: (bool(uais.get(org) or valid_uai(org)), org))
            sizes = Counter({org: len(students)})
    chosen = choose_school(sizes, uais, named="", expected=expected)
    return chosen, frozenset(sizes) - {chosen.key or ""}


def _notes(package: _Package, elsewhere: int) -> Iterator[Problem]:
    if absent := [name for name in _OFTEN_ABSENT if name not in package.files]:
        yield make_problem("ONEROSTER_FILES_ABSENT", names=", ".join(absent))
    if elsewhere:
        yield make_problem("OTHER_SCHOOLS", count=elsewhere)


def _birth_dates(package: _Package, kept: list[_Student]) -> dict[str, str]:
    keys = {student.key for student in kept}
    born = {
        row["sourcedId"]: row.get("birthDate", "")
        for _, row in package.rows("demographics.csv", "sourcedId")
        if row["sourcedId"] in keys
    }
    month_first = is_month_first(born.values())
    return {key: day_of(text, month_first=month_first) for key, text in born.items()}


def _placed(
    package: _Package, kept: list[_Student], others: frozenset[str]
) -> tuple[dict[str, list[tuple[str, str]]], bool]:
    """The kind (D or G) and the title of each class of each pupil; whether some class is a division."""
    classes: dict[str, tuple[str, str]] = {}
    for _, row in package.rows("classes.csv", "sourcedId"):
        title = row.get("title", "") or row.get("classCode", "")
        if title and is_active(row) and row.get("schoolSourcedId") not in others:
            kind = "D" if compact(row.get("classType", "")) == "homeroom" else "G"
            classes[row["sourcedId"]] = kind, title
        package.check_room(len(classes))
    placed: dict[str, list[tuple[str, str]]] = {student.key: [] for student in kept}
    for line, row in package.rows("enrollments.csv", "classSourcedId", "userSourcedId"):
        theirs, joined = placed.get(row["userSourcedId"]), classes.get(row["classSourcedId"])
        role = row.get("role", "")
        if theirs is None or joined is None or not is_active(row) or (role and not is_pupil(role)):
            continue
        if joined not in theirs and not _is_past(row.get("endDate", ""), package.today):
            theirs.append(joined)
        if len(theirs) > (limit := package.limits.structures_per_pupil):
            raise UnreadableFile("TOO_MANY_STRUCTURES", line=line, limit=limit)
    return placed, any(kind == "D" for kind, _ in classes.values())


def _silent_on(package: _Package, kept: list[_Student], *, homerooms: bool) -> frozenset[str]:
    """What nothing is said of. `sourcedId` is no number of SIECLE, hence never a local_id."""
    placed = package.has("classes.csv", "sourcedId") and package.has("enrollments.csv", "userSourcedId")
    said = {
        "ine": any(student.ine for student in kept),
        "usage_name": package.has("users.csv", "preferredFamilyName"),
        "other_first_names": package.has("users.csv", "middleName"),
        "birth_date": package.has("demographics.csv", "birthDate"),
        "division": placed and homerooms,
        "groups": placed,
        "left_on": package.has("roles.csv", "endDate"),
        "entered_on": package.has("roles.csv", "beginDate"),
    }
    return frozenset({"local_id"} | {name for name, is_said in said.items() if not is_said})


def _entry(student: _Student, born: str, placed: list[tuple[str, str]]) -> Entry:
    return Entry(
        line=student.line,
        ine=student.ine,
        number=student.key,
        last_name=student.last_name,
        usage_name=student.usage_name,
        first_name=student.first_name,
        second_name=student.middle_names,
        third_name="",
        born=born,
        entered=student.entered,
        left=student.left,
        divisions=tuple(title for kind, title in placed if kind == "D"),
        groups=tuple(title for kind, title in placed if kind == "G"),
        sure_names=True,
        gone=student.gone,
    )
