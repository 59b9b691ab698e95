"""The handful of statements that make the roster say what the changes of one import say.

They read the JSON of `ImportChange` inside the database: no row goes through Python. The same statements write
`after` to apply and `before` to undo.
"""

# Only names of columns, written here, are put into these statements; every value is a parameter.
# ruff: noqa: S608

from __future__ import annotations

import json
from typing import Literal

from django.db import connection

from preau.rosters.models import Division

Side = Literal["before", "after"]

_TEXTS = (
    *("local_id", "ine", "last_name", "usage_name", "first_name", "other_first_names"),
    *("search_key", "sort_key", "status"),
)
_DATES = ("birth_date", "left_on")
_WRITTEN = (*_TEXTS, *_DATES, "groups")
_READ = (*_WRITTEN, "division_key")


def change_rows(side: Side, names: tuple[str, ...]) -> str:
    """The changes of one import as a table; takes the number of the import as its parameter.

    On PostgreSQL `OFFSET 0` keeps the table whole: these rows were loaded a moment ago, the planner takes them for
    a few, and would look each pupil up among all of them.
    """
    if connection.vendor == "postgresql":
        kinds = {"birth_date": "date", "left_on": "date", "groups": "jsonb"}
        shape = ", ".join(f"{name} {kinds.get(name, 'text')}" for name in names)
        return f"""(SELECT c.kind, c.learner_id, v.* FROM rosters_importchange c
            CROSS JOIN LATERAL jsonb_to_record(c.{side}) AS v({shape}) WHERE c.roster_import_id = %s OFFSET 0)"""
    values = ", ".join(f"json_extract({side}, '$.{name}') AS {name}" for name in names)
    return f"(SELECT kind, learner_id, {values} FROM rosters_importchange WHERE roster_import_id = %s)"


def write_rows(*, import_id: int, establishment_id: int, side: Side) -> list[int]:
    """Give everybody touched by an import the row of one side, and make those who have none yet.

    Returns the numbers of the classes it had to make. Must run in the transaction that has checked that nothing else
    changed the roster.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # These tables were filled a moment ago: without statistics, a nested loop compares everybody with all.
            cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(_new_divisions(side), [establishment_id, import_id])
        made = [number for (number,) in cursor.fetchall()]
        cursor.execute(_released_numbers(), [import_id])
        divisions = _divisions(establishment_id)
        cursor.execute(_existing(side), [divisions, import_id, establishment_id])
        if side == "after":
            cursor.execute(_arrivals(), [establishment_id, divisions, import_id])
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_nestloop = on")
    return made


def remove_arrivals(*, import_id: int, establishment_id: int) -> None:
    """Take back whom an import brought: their rows go, and those who are `kept` have left.

    To be followed by `write_rows(side="before")`: whoever stays gives up the numbers that somebody gets back.
    """
    with connection.cursor() as cursor:
        cursor.execute(_arrivals_gone(), [establishment_id, import_id])
        cursor.execute(_arrivals_left(), [establishment_id, import_id])
        for name in ("ine", "local_id"):
            cursor.execute(_number_given_back(name), [establishment_id, import_id, import_id])


def _new_divisions(side: Side) -> str:
    return f"""
        INSERT INTO rosters_division (establishment_id, name, key)
        SELECT %s, MIN(division), division_key FROM {change_rows(side, ("division", "division_key"))} r
        WHERE division_key IS NOT NULL GROUP BY division_key
        ON CONFLICT (establishment_id, key) DO NOTHING RETURNING id"""


def _divisions(establishment_id: int) -> int | str:
    """The parameter of `_division_id`.

    On PostgreSQL, the school's classes as one JSON value: the tables were filled a moment ago and have no statistics
    yet, so that a join would be planned for one row and compare every pupil with every class.
    """
    if connection.vendor != "postgresql":
        return establishment_id
    return json.dumps(dict(Division.objects.filter(establishment=establishment_id).values_list("key", "pk")))


def _division_id() -> str:
    if connection.vendor == "postgresql":
        return "(%s::jsonb ->> r.division_key)::bigint"
    return "(SELECT d.id FROM rosters_division d WHERE d.establishment_id = %s AND d.key = r.division_key)"


def _released_numbers() -> str:
    """Two pupils may exchange their numbers: uniqueness is checked row by row, so they first have none."""
    if connection.vendor == "postgresql":
        value, differs = "{side}->>'{name}'", "IS DISTINCT FROM"
    else:
        value, differs = "json_extract({side}, '$.{name}')", "IS NOT"
    pairs = [
        (value.format(side="before", name=name), value.format(side="after", name=name))
        for name in ("ine", "local_id")
    ]
    changed = " OR ".join(f"({was} IS NOT NULL AND {was} {differs} {now})" for was, now in pairs)
    # As an array: `write_rows` forbids the nested loop, and a hash would read the pupils of every school.
    among = "= ANY(ARRAY({}))" if connection.vendor == "postgresql" else "IN ({})"
    those = f"""SELECT learner_id FROM rosters_importchange
            WHERE roster_import_id = %s AND kind <> 'ARRIVAL' AND ({changed})"""
    return f"UPDATE rosters_learner SET ine = NULL, local_id = NULL WHERE id {among.format(those)}"


def _existing(side: Side) -> str:
    settings = ", ".join(f"{name} = r.{name}" for name in _WRITTEN)
    return f"""
        UPDATE rosters_learner SET {settings}, division_id = {_division_id()}
        FROM {change_rows(side, _READ)} r
        WHERE rosters_learner.id = r.learner_id AND r.kind <> 'ARRIVAL'
            AND rosters_learner.establishment_id = %s"""


def _arrivals() -> str:
    names = ", ".join(_WRITTEN)
    values = ", ".join(f"r.{name}" for name in _WRITTEN)
    return f"""
        INSERT INTO rosters_learner (id, establishment_id, division_id, {names})
        SELECT r.learner_id, %s, {_division_id()}, {values} FROM {change_rows("after", _READ)} r
        WHERE r.kind = 'ARRIVAL'"""


_OF_ARRIVALS = "SELECT learner_id FROM rosters_importchange WHERE roster_import_id = %s AND kind = 'ARRIVAL'"


def _arrivals_gone() -> str:
    return f"""
        DELETE FROM rosters_learner
        WHERE establishment_id + 0 = %s AND id IN ({_OF_ARRIVALS} AND NOT kept)"""


def _arrivals_left() -> str:
    return f"""
        UPDATE rosters_learner SET status = 'LEFT', left_on = NULL
        WHERE establishment_id + 0 = %s AND id IN ({_OF_ARRIVALS} AND kept)"""


def _number_given_back(name: str) -> str:
    """Only those whom an undo has left behind, this one or one before, can hold a number of somebody's past."""
    rows = change_rows("before", (name,))
    return f"""
        UPDATE rosters_learner SET {name} = NULL WHERE establishment_id = %s AND status = 'LEFT'
            AND {name} IN (SELECT r.{name} FROM {rows} r WHERE r.kind <> 'ARRIVAL' AND r.{name} IS NOT NULL)
            AND id NOT IN (
                SELECT learner_id FROM rosters_importchange WHERE roster_import_id = %s AND kind <> 'ARRIVAL')"""


def tell_sizes() -> None:
    """Let PostgreSQL look at the pupils once, when it never did.

    It does by itself, a minute later; until then it believes that a school has one pupil, and an action on a whole
    school of the first import took minutes.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples < 0 FROM pg_class WHERE oid = 'rosters_learner'::regclass")
        if cursor.fetchone()[0]:
            cursor.execute("ANALYZE rosters_learner")
