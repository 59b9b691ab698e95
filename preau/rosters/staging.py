"""Between the database and a diff, in bulk: read what is known, and load the changes of one import."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.db import connection

from preau.establishments.models import Establishment
from preau.rosters.models import ImportChange, ImportQuestion, ImportState, Learner, RosterImport
from preau.rosters.questions import Candidate, Question
from preau.rosters.rows import Change, Known, Row, keys_of

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_COLUMNS = ("roster_import_id", "kind", "learner_id", "sort_key", "before", "after", "asked")


def known_learners(establishment: Establishment) -> list[Known]:
    """Everybody the school ever had, present or gone, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT l.id, l.local_id, l.ine, l.last_name, l.usage_name, l.first_name, l.other_first_names,
                   CAST(l.birth_date AS text), d.name, d.key, CAST(l.groups AS text), l.status,
                   CAST(l.left_on AS text)
            FROM rosters_learner l LEFT JOIN rosters_division d ON d.id = l.division_id
            WHERE l.establishment_id = %s
            """,
            [establishment.pk],
        )
        rows = cursor.fetchall()

    @cache
    def groups_of(text: str) -> tuple[str, ...]:
        return tuple(json.loads(text))

    return [Known(row[0], Row._make((*row[1:10], groups_of(row[10]), *row[11:]))) for row in rows]


def made_by_hand(establishment: Establishment) -> set[int]:
    """Whoever was written by hand and that no applied file has known since; an undone import has known nobody."""
    written = set(
        Learner.objects.filter(establishment=establishment, by_hand=True).values_list("pk", flat=True)
    )
    if not written:
        return written
    applied = {"roster_import__establishment": establishment, "roster_import__state": ImportState.APPLIED}
    changed = ImportChange.objects.filter(**applied, learner__in=written).values_list("learner_id", flat=True)
    said = ImportQuestion.objects.filter(**applied, same_as__in=written).values_list("same_as", flat=True)
    return written.difference(changed, said)


def document(row: Row, keys: tuple[str, str]) -> str:
    """A row as its change keeps it: with its folded keys, so that applying needs no Python."""
    return _encode({**row._asdict(), "sort_key": keys[0], "search_key": keys[1]})


def load_changes(roster_import: RosterImport, changes: list[Change], *, asked: bool = False) -> None:
    """Insert all the changes of an import: by COPY on PostgreSQL, by one prepared statement on SQLite.

    `asked` are those that depend on answers.

    The rows that arrivals will become get their numbers now, so that applying has nothing to look up.
    """
    arrivals = sum(change.learner_id is None for change in changes)
    rows: Any = _staged(roster_import.pk, changes, iter(reserve_learner_ids(arrivals)), asked)
    table, columns = ImportChange._meta.db_table, ", ".join(_COLUMNS)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            statement = f"INSERT INTO {table} ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s)"  # noqa: S608
            cursor.executemany(statement, rows)


def _staged(
    import_id: int, changes: list[Change], numbers: Iterator[int], asked: bool
) -> Iterator[tuple[Any, ...]]:
    for kind, learner_id, before, after in changes:
        number = learner_id if learner_id is not None else next(numbers)
        keys = keys_of(after)
        was = document(before, keys_of(before)) if before is not None else None
        yield import_id, kind, number, keys[0], was, document(after, keys), asked


def load_questions(roster_import: RosterImport, questions: Iterable[Question]) -> None:
    """Write down the questions of an import, none answered."""
    rows = (
        ImportQuestion(
            roster_import=roster_import,
            rank=question.rank,
            row=question.row._asdict(),
            candidates=[_candidate(each) for each in question.candidates],
            plain=question.plain,
        )
        for question in questions
    )
    ImportQuestion.objects.bulk_create(rows, batch_size=500)


def _candidate(each: Candidate) -> dict[str, Any]:
    rows = {name: getattr(each, name)._asdict() for name in ("before", "same", "other")}
    return {"learner_id": each.learner_id, **rows, "stays": each.stays, "reasons": each.reasons}


def question_of(kept: ImportQuestion) -> Question:
    """A question as it was asked."""
    candidates = tuple(
        Candidate(
            each["learner_id"],
            _row(each["before"]),
            _row(each["same"]),
            _row(each["other"]),
            each["stays"],
            tuple(each["reasons"]),
        )
        for each in kept.candidates
    )
    return Question(kept.rank, _row(kept.row), candidates, kept.plain)


def _row(said: dict[str, Any]) -> Row:
    return Row(**{**said, "groups": tuple(said["groups"])})


def reserve_learner_ids(count: int) -> list[int]:
    """Numbers that no pupil has or will get from the database; must run in a transaction.

    On SQLite the transaction already holds the only write lock, so nobody else can take them meanwhile.
    """
    if not count:
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence('rosters_learner', 'id')) FROM generate_series(1, %s)",
                [count],
            )
            return [number for (number,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = 'rosters_learner'")
        found = cursor.fetchone()
        last = found[0] if found else 0
        statement = (
            "UPDATE sqlite_sequence SET seq = %s WHERE name = 'rosters_learner'"
            if found
            else "INSERT INTO sqlite_sequence (seq, name) VALUES (%s, 'rosters_learner')"
        )
        cursor.execute(statement, [last + count])
        return list(range(last + 1, last + count + 1))
