"""What a migration may not do to a table of millions, and what no index may be: a double of another one."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django_migration_linter.sql_analyser import PostgresqlAnalyser, analyse_sql_statements

from preau.web.migrating import AddIndexQuietly, DropOwnIndex

# The last migration of each room when this rule came: an academy starts with them, on empty tables.
BEFORE = {
    "accounts": 6, "attachments": 6, "audit": 1, "campaigns": 2, "classroom": 2, "establishments": 1,
    "handouts": 1, "parcours": 3, "privacy": 1, "rosters": 4, "scenarios": 1,
}  # fmt: skip
# A nation has millions of rows there.
BIG = frozenset(
    {
        *("rosters_learner", "rosters_importchange", "accounts_account", "accounts_opensession"),
        *("accounts_signinfailures", "attachments_attachment", "attachments_card", "audit_entry"),
        *("campaigns_participation", "parcours_attempt", "parcours_answer", "privacy_departure"),
    }
)
# What the library does not look for: every row is read, under a lock, to prove a key or a check.
_PROVES = re.compile(r"ADD CONSTRAINT .* (FOREIGN KEY|CHECK)(?!.*NOT VALID)")
_NAMED = re.compile(r'(?:TABLE|ON|INTO|UPDATE) (?:IF EXISTS )?"(\w+)"')


def objections(statements: list[str]) -> list[str]:
    """Why these statements of one migration would stop the pages of an academy."""
    alone = [part for sql in statements for part in re.split(r";\s*", sql) if part.strip()]
    large = [sql for sql in alone if set(_NAMED.findall(sql)) & BIG]
    made = {name for sql in alone if sql.startswith("CREATE TABLE") for name in _NAMED.findall(sql)}
    large = [sql for sql in large if not set(_NAMED.findall(sql)) & BIG <= made]
    # Both its errors and its warnings: what is slow on a small table stops a large one.
    errors, _, warnings = analyse_sql_statements(PostgresqlAnalyser, large)
    found = [f"{issue.code}: {issue.message}" for issue in (*errors, *warnings)]
    return found + [f"PROVES: {sql}" for sql in large if _PROVES.search(sql)]


def sql_of(app: str, operations: list[Any], state: Any) -> list[str]:
    """What these operations would say to PostgreSQL."""
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        for operation in operations:
            before = state.clone()
            operation.state_forwards(app, state)
            operation.database_forwards(app, editor, before, state)
    return list(editor.collected_sql)


def our_migrations() -> list[tuple[str, str, Any]]:
    loader = MigrationLoader(None)
    found = []
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        if apps.get_app_config(app).name.startswith("preau.") and int(name[:4]) > BEFORE.get(app, 0):
            found.append((app, name, migration))
    return found


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_no_migration_stops_the_pages_of_an_academy() -> None:
    loader = MigrationLoader(connection)
    assert len(our_migrations()) >= 7
    found = []
    for app, name, migration in our_migrations():
        state = loader.project_state((app, name), at_end=False)
        said = sql_of(app, migration.operations, state)
        found += [f"{app}.{name} {objection}" for objection in objections(said)]
    assert found == []


LOCKING = {
    "CREATE_INDEX": migrations.AddIndex("learner", models.Index(fields=["left_on"], name="x")),
    "NOT_NULL": migrations.AddField(
        "learner", "height", models.IntegerField(default=1), preserve_default=False
    ),
    "ALTER_COLUMN": migrations.AlterField("learner", "local_id", models.TextField(null=True)),
    "DROP_COLUMN": migrations.RemoveField("learner", "groups"),
    "ADD_UNIQUE": migrations.AddConstraint(
        "learner", models.UniqueConstraint(fields=["establishment", "birth_date"], name="y")
    ),
    "PROVES": migrations.AddConstraint(
        "learner", models.CheckConstraint(condition=~models.Q(first_name=""), name="z")
    ),
}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("code", LOCKING)
def test_a_migration_that_would_is_refused(code: str) -> None:
    state = MigrationLoader(connection).project_state()
    said = objections(sql_of("rosters", [LOCKING[code]], state))
    assert any(objection.startswith(code) for objection in said), said


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_quiet_ways_are_let_through() -> None:
    state = MigrationLoader(connection).project_state()
    field = import_module("preau.rosters.models").Learner._meta.get_field("division").clone()
    field.db_index = False
    quiet = [
        AddIndexQuietly("learner", models.Index(fields=["left_on"], name="x")),
        migrations.AddField("learner", "height", models.IntegerField(null=True)),
        DropOwnIndex("learner", "division", field),
    ]
    assert objections(sql_of("rosters", quiet, state)) == []


# Made by the framework between two tables: they cannot do without, and stay small.
_OF_THE_FRAMEWORK = re.compile(
    r"^(auth_|account_|django_|socialaccount_|mfa_|\w+_(groups|user_permissions|teachers|divisions)$)"
)
DOUBLES = """
    SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, j.indexrelid::regclass::text
    FROM pg_index i JOIN pg_index j ON i.indrelid = j.indrelid AND i.indexrelid <> j.indexrelid
    WHERE NOT i.indisunique AND i.indpred IS NULL AND j.indpred IS NULL
      AND (j.indkey::text = i.indkey::text OR j.indkey::text LIKE i.indkey::text || ' %%')
      AND i.indclass::text = left(j.indclass::text, length(i.indclass::text))"""
KEYS_WITHOUT = """
    SELECT conrelid::regclass::text || '.' || attname FROM pg_constraint c
    JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE contype = 'f' AND NOT EXISTS (
        SELECT 1 FROM pg_index i WHERE i.indrelid = conrelid AND i.indkey[0] = conkey[1]
          AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) = '(' || attname || ' IS NOT NULL)'))"""


@pytest.mark.postgresql
@pytest.mark.django_db
def test_no_index_is_the_beginning_of_another_and_every_key_has_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute(DOUBLES)
        doubles = [row for row in cursor.fetchall() if not _OF_THE_FRAMEWORK.match(row[0])]
        cursor.execute(KEYS_WITHOUT)
        without = [name for (name,) in cursor.fetchall()]
    assert doubles == []
    assert without == []


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_was_cut_is_run_again() -> None:
    operation = import_module("preau.audit.migrations.0002_retention_clock").Migration.operations[1]
    before = MigrationLoader(None).project_state(("audit", "0001_ground"))
    after = before.clone()
    operation.state_forwards("audit", after)

    def again() -> None:
        with connection.schema_editor(atomic=False) as editor:
            operation.database_forwards("audit", editor, before, after)

    again()  # it was made, and the process died before this could be written down
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # it died while making it
            cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'audit_age'::regclass")
            again()
            cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'audit_age'::regclass")
            assert cursor.fetchone() == (True,)
