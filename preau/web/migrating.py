"""Migrations that keep pages answering on a table of millions: indexes come and go while others read and write.

The framework locks a table while it makes an index, and verifies a foreign key again, row by row, when only its index
changes. A migration that uses these says `atomic = False`; tests/test_migrations.py refuses the others.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class AddIndexQuietly(AddIndexConcurrently):
    """Add an index; on PostgreSQL, without a lock. Such a migration is not one transaction: cut, it is run again.

    An index that an earlier run finished is kept; one that it left half made (invalid) is made anew.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        made = None if schema_editor.collect_sql else self._made(schema_editor.connection)
        if made is False:
            schema_editor.execute(
                f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(self.index.name)}", params=None
            )
        if made:
            return
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)

    def _made(self, connection: Any) -> bool | None:
        """Whether the index is whole; None when there is none."""
        asked = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = %s"
        if connection.vendor == "postgresql":
            asked = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"
        with connection.cursor() as cursor:
            cursor.execute(asked, [self.index.name])
            found = cursor.fetchone()
        return None if found is None else bool(found[0])


class DropOwnIndex(migrations.AlterField):
    """A field loses the index that the framework gave it; neither its column nor its foreign key is touched."""

    suffix = ""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        name = schema_editor.quote_name(self._index(app_label, schema_editor, from_state)[1])
        quietly = "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP INDEX {quietly}IF EXISTS {name}")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        columns, name = self._index(app_label, schema_editor, to_state)
        quietly = "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
        table, name = columns[0], schema_editor.quote_name(name)
        schema_editor.execute(f"CREATE INDEX {quietly}IF NOT EXISTS {name} ON {table} ({columns[1]})")

    def _index(self, app_label: str, schema_editor: Any, state: Any) -> tuple[tuple[str, str], str]:
        model = state.apps.get_model(app_label, self.model_name)
        table, column = model._meta.db_table, model._meta.get_field(self.name).column
        name = schema_editor._create_index_name(table, [column], suffix=self.suffix)
        return (schema_editor.quote_name(table), schema_editor.quote_name(column) + self._class), name

    _class = ""


class DropLikeIndex(DropOwnIndex):
    """A text field loses the second index that PostgreSQL has for « begins with », where nobody asks that."""

    suffix, _class = "_like", " varchar_pattern_ops"

    def __init__(self, model_name: str, name: str) -> None:
        super().__init__(model_name, name, None)  # type: ignore[arg-type]

    def deconstruct(self) -> tuple[str, list[str], dict[str, Any]]:
        return type(self).__name__, [self.model_name, self.name], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The field is what it was."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
