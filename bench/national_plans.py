"""What PostgreSQL does for one page: how many of its 8 kB pages it reads, and which plans read a whole large table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

from django.db import connection

LARGE = 50_000  # rows
OF_THE_SERVER = frozenset({"parcours_edition", "socialaccount_socialapp"})  # a few rows, however many schools
_READS, _WRITES = ("SELECT", "WITH"), ("INSERT", "UPDATE", "DELETE")


@cache
def large_tables() -> dict[str, int]:
    """The tables of more than LARGE rows, by the statistics."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reltuples::bigint FROM pg_class WHERE relkind = 'r' AND reltuples > %s", [LARGE]
        )
        return dict(cursor.fetchall())


class Watch:
    """While open, explains every statement before it runs."""

    def __init__(self, what: str) -> None:
        self.what, self.blocks, self.queries = what, 0, 0
        self.whole: list[str] = []
        self.bare: list[str] = []
        self._stack = ExitStack()
        self._large = large_tables()

    def __enter__(self) -> Watch:
        self._stack.enter_context(connection.execute_wrapper(self._explained))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _explained(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        self.queries += 1
        verb = sql.lstrip("( ").split(None, 1)[0].upper() if sql.strip() else ""
        if verb in _READS + _WRITES:
            how = "ANALYZE, BUFFERS, " if verb in _READS and not _writes(sql) else ""
            first = next(iter(params), None) if many else params
            asked = f"EXPLAIN ({how}FORMAT JSON) {sql}"
            said = connection.connection.execute(asked, first).fetchone()[0]
            self._look(said if isinstance(said, list) else json.loads(said), sql)
            self._look_for_indexes(sql, first)
        return execute(sql, params, many, context)

    def _look(self, said: list[dict[str, Any]], sql: str) -> None:
        plan = said[0]["Plan"]
        self.blocks += plan.get("Shared Hit Blocks", 0) + plan.get("Shared Read Blocks", 0)
        for node in nodes_of(plan):
            if self._reads_all(node):
                rows = self._large[node["Relation Name"]]
                self.whole.append(
                    f"{self.what} : {node['Node Type']} de {node['Relation Name']} ({rows} lignes) : {sql[:1500]}"
                )

    def _look_for_indexes(self, sql: str, params: Any) -> None:
        """What the planner would do if it could not read tables whole: a small table of today may grow."""
        raw = connection.connection
        raw.execute("SET enable_seqscan = off")
        said = raw.execute(f"EXPLAIN (FORMAT JSON) {sql}", params).fetchone()[0]
        raw.execute("SET enable_seqscan = on")
        said = said if isinstance(said, list) else json.loads(said)
        for node in nodes_of(said[0]["Plan"]):
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] not in OF_THE_SERVER:
                self.bare.append(f"{self.what} : rien ne mène à {node['Relation Name']} : {sql[:1500]}")

    def _reads_all(self, node: dict[str, Any]) -> bool:
        if node.get("Relation Name") not in self._large:
            return False
        if node["Node Type"] == "Seq Scan":
            return True
        seen = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
        return "Index Cond" not in node and "Scan" in node["Node Type"] and seen > LARGE


def _writes(sql: str) -> bool:
    return any(f"{verb} " in sql.upper() for verb in ("INSERT INTO", "UPDATE", "DELETE FROM")) and (
        "FOR UPDATE" not in sql.upper() and "FOR NO KEY" not in sql.upper()
    )


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan and all that is under it."""
    yield plan
    for under in plan.get("Plans", ()):
        yield from nodes_of(under)
