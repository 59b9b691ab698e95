"""A nation in PostgreSQL: schools, staff, pupils, accounts, modes, attachments, made by sets and never row by row.

Every table is one INSERT … SELECT, without its indexes, keys and checks, which come back afterwards and so prove what
was inserted. Names are drawn from the lists of the invented rosters, so that thousands are namesakes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

from django.contrib.auth.hashers import make_password
from django.db import connection

from preau.rosterfiles.identifiers import make_uai
from preau.rosterfiles.names import compact, fold

DIVISIONS, STAFF = 20, 11  # of one school
TABLES = (
    *("establishments_establishment", "establishments_membership"),
    *("rosters_division", "rosters_division_teachers", "rosters_learner", "rosters_rosterimport"),
    *("accounts_account", "socialaccount_socialaccount", "accounts_opensession", "accounts_signinfailures"),
    *("attachments_attachment", "attachments_card", "audit_entry"),
    *("campaigns_campaign", "campaigns_participation", "rosters_importchange"),
)
# A surname of the list, and its likes: « Martin », « Martineau »… so that a name has some hundreds of bearers.
ENDINGS = (
    "",
    "eau",
    "ier",
    "et",
    "ot",
    "in",
    "aud",
    "el",
    "ard",
    "ois",
    "ac",
    "ic",
    "ez",
    "son",
    "ski",
    "ian",
)

_DRAWN = """CREATE UNLOGGED TABLE drawn AS
SELECT l, (l - 1) / %(per)s + 1 AS school, l %% 10 AS kind,
       1 + floor(random() * %(given)s)::int AS g, 1 + floor(%(surnames)s * power(random(), 1.5))::int AS s
FROM generate_series(1, %(pupils)s::bigint) l"""

_NAMED = """CREATE UNLOGGED TABLE named AS
SELECT d.*, g.shown AS first, s.shown AS last, g.folded AS gf, s.folded AS sf,
       g.compact || '.' || s.compact AS base,
       row_number() OVER (PARTITION BY g.compact, s.compact ORDER BY l) AS bearer
FROM drawn d JOIN given g ON g.n = d.g JOIN surname s ON s.n = d.s"""

_STEPS = {
    "écoles": """INSERT INTO establishments_establishment
        (id, uai, name, town, target_mode, roster_version, created_at)
        SELECT n, uai, 'Collège n° ' || n, 'Commune ' || n %% 7000,
               (ARRAY['MEDIACENTRE', 'USERNAME', 'EMAIL'])[1 + n %% 3], 1, now() FROM school""",
    "comptes des élèves": """INSERT INTO accounts_account
        (id, password, last_login, is_superuser, username, email, first_name, last_name, birth_date, is_active,
         is_staff, made_at, password_chosen_at, entered_at)
        SELECT l, CASE WHEN kind IN (2, 4) THEN '!' || md5(l::text) ELSE %(hash)s END,
               CASE WHEN l %% 3 > 0 THEN now() - l %% 90 * interval '1 hour' END, false,
               CASE WHEN kind NOT IN (1, 2) THEN base || CASE WHEN bearer = 1 THEN ''
                    WHEN bearer < 1891 THEN (bearer + 8)::text ELSE (bearer + 300)::text END END,
               CASE WHEN kind = 1 THEN 'e' || l || '@eleves.example' END,
               first, last, date '2008-09-01' + (l %% 2900)::int, true, false, now() - interval '60 days',
               CASE WHEN kind NOT IN (2, 4) THEN now() - interval '50 days' END,
               CASE WHEN l %% 3 > 0 THEN now() - interval '50 days' END
        FROM named WHERE kind NOT IN (0, 5)""",
    "comptes du personnel": """INSERT INTO accounts_account
        (id, password, last_login, is_superuser, email, first_name, last_name, is_active, is_staff, made_at)
        SELECT %(pupils)s + n, %(hash)s, now(), false, 'p' || n || '@personnel.example', 'Prénom', 'Nom' || n,
               true, false, now() FROM generate_series(1, %(schools)s * %(staff)s) n""",
    "équipes": """INSERT INTO establishments_membership (id, role, created_at, account_id, establishment_id)
        SELECT n, CASE (n - 1) %% %(staff)s WHEN 0 THEN 'REFERENT' ELSE 'TEACHER' END, now(), %(pupils)s + n,
               (n - 1) / %(staff)s + 1 FROM generate_series(1, %(schools)s * %(staff)s) n""",
    "classes": """INSERT INTO rosters_division (id, name, key, establishment_id)
        SELECT n, name, lower(name), (n - 1) / %(divisions)s + 1 FROM (
            SELECT n, (6 - (n - 1) %% 4)::text || chr(65 + ((n - 1) %% %(divisions)s / 4)::int) AS name
            FROM generate_series(1, %(schools)s * %(divisions)s) n) d""",
    "classes des enseignants": """INSERT INTO rosters_division_teachers (division_id, membership_id)
        SELECT d, ((d - 1) / %(divisions)s) * %(staff)s + 2 + (d * 7 + k * 3) %% (%(staff)s - 1)
        FROM generate_series(1, %(schools)s * %(divisions)s) d, generate_series(0, 1) k""",
    "imports": """INSERT INTO rosters_rosterimport
        (id, state, file_name, sha256, size, source, counts, emptied, problems, progress, progress_at, uploaded_at,
         applied_at, establishment_id, made_divisions, school_year, pupil_count, base_version, applied_version)
        SELECT n, 'APPLIED', 'ElevesSansAdresses.zip', md5(n::text) || md5(n::text), 50000, 'siecle',
               '{"ARRIVAL": 500, "PRESENT_BEFORE": 0}', '[]', '[]', '{}', now(), now() - interval '60 days',
               now() - interval '60 days', n, '[]', 2026, %(per)s, 0, 1 FROM school""",
    "élèves": """INSERT INTO rosters_learner
        (id, local_id, ine, last_name, usage_name, first_name, other_first_names, search_key, sort_key, birth_date,
         groups, status, division_id, establishment_id, left_on)
        SELECT l, l::text, (100000000 + CASE WHEN l %% 50 = 0 THEN l + %(per)s ELSE l END)::text || 'AB',
               last, '', first, '', sf || ' ' || gf, sf || ' ' || gf, date '2008-09-01' + (l %% 2900)::int,
               '["ANG LV1"]', CASE WHEN l %% 40 = 39 THEN 'LEFT' ELSE 'PRESENT' END,
               (school - 1) * %(divisions)s + l %% %(divisions)s + 1, school,
               CASE WHEN l %% 40 = 39 THEN date '2026-10-01' END FROM named""",
    "rattachements": """INSERT INTO attachments_attachment
        (id, made_at, made_how, ended_why, account_id, establishment_id, learner_id, made_by_id)
        SELECT l, now() - interval '50 days', (ARRAY['CARD', 'NAMES', 'BULK', 'SSO'])[1 + l %% 4], '', l, school, l,
               CASE WHEN l %% 4 = 2 THEN %(pupils)s + (school - 1) * %(staff)s + 1 END
        FROM named WHERE kind NOT IN (0, 5)""",
    "identités du Médiacentre": """INSERT INTO socialaccount_socialaccount
        (provider, uid, last_login, date_joined, extra_data, user_id)
        SELECT 'gar', md5('ido' || l), now(), now(), '{"uais": []}', l FROM drawn WHERE kind IN (2, 3, 4)""",
    "cartes": """INSERT INTO attachments_card
        (batch_number, rank, digest, made_at, expires_at, used_at, learner_id)
        SELECT '2026-001', l %% %(per)s + 1, md5('a' || l) || md5('b' || l), now() - interval '20 days',
               now() + interval '40 days', CASE WHEN l %% 3 = 1 THEN now() END, l FROM drawn WHERE l %% 3 > 0""",
    "campagnes": """INSERT INTO campaigns_campaign
        (id, title, code, kind, auto_send, parcours_url, opens_at, several_tries, made_at, establishment_id)
        SELECT n, 'Rentrée', 'B' || lpad(n::text, 8, '0'), 'ADDRESS', false, '', now() - interval '40 days', false,
               now(), n FROM school""",
    "participations": """INSERT INTO campaigns_participation
        (rank, state, started_at, done_at, account_id, campaign_id, learner_id)
        SELECT 1, 'DONE', now() - interval '30 days', now() - interval '29 days', l, school, l
        FROM drawn WHERE kind IN (3, 6, 8)""",
    "changements": """INSERT INTO rosters_importchange
        (kind, sort_key, after, learner_id, roster_import_id, kept, asked)
        SELECT 'ARRIVAL', sf || ' ' || gf,
               jsonb_build_object('ine', l::text, 'last_name', last, 'first_name', first, 'division', '6A'),
               l, school, false, false FROM named WHERE l %% 4 = 0""",
    "journal": """INSERT INTO audit_entry (at, uai, actor, actor_id, verb, about, learner_id, facts)
        SELECT now() - l %% 5000 * interval '10 minutes', uai, first, l, 'connexion', first || ' ' || last, l,
               '{"how": "password"}' FROM named JOIN school ON n = school WHERE l %% 2 = 1""",
    "sessions": """INSERT INTO accounts_opensession
        (session_key, session_data, expire_date, opened_at, how, account_id)
        SELECT md5('s' || l), repeat('x', 300), now() + l %% 3600 * interval '1 second', now(), 'password', l
        FROM drawn WHERE kind = 6 AND l %% 3 = 0""",
    "essais manqués": """INSERT INTO accounts_signinfailures (key, count, first_at, last_at)
        SELECT 'a:' || left(md5('k' || l) || md5('k' || l), 48), 1 + l %% 6,
               now() - l %% 5000 * interval '1 minute', now() - l %% 5000 * interval '1 minute'
        FROM drawn WHERE l %% 50 = 1""",
}  # fmt: skip


def build(*, schools: int, per: int) -> Iterator[tuple[str, int, float]]:
    """Fill an empty database with that many schools of `per` pupils; says each step, its rows and its seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'; SELECT setseed(0.5)")
        given, surnames = _names(cursor), _surnames(cursor)
        cursor.execute("CREATE UNLOGGED TABLE school (n int PRIMARY KEY, uai text)")
        uais = [(n, make_uai(f"{n:07}")) for n in range(1, schools + 1)]
        cursor.executemany("INSERT INTO school VALUES (%s, %s)", uais)
        words = {
            "schools": schools,
            "per": per,
            "pupils": schools * per,
            "divisions": DIVISIONS,
            "staff": STAFF,
            "given": given,
            "surnames": surnames,
            "hash": make_password("quatre tilleuls et un banc"),
        }
        with _bare(cursor) as spoken:
            for name, statement in {"tirage": _DRAWN, "noms": _NAMED, **_STEPS}.items():
                start = time.perf_counter()
                cursor.execute(statement, words)
                yield name, cursor.rowcount, time.perf_counter() - start
        yield "index, clés et contraintes", len(spoken), sum(spoken)
        start = time.perf_counter()
        cursor.execute("DROP TABLE drawn, named, given, surname, school")
        _set_sequences(cursor)
        cursor.execute("VACUUM ANALYZE")
        yield "statistiques", 0, time.perf_counter() - start
        cursor.execute("RESET ALL")


def _lines(*names: str) -> list[str]:
    data = files("preau.rosterfiles") / "data"
    texts = ((data / f"{name}.txt").read_text(encoding="utf-8").splitlines() for name in names)
    return [line for text in texts for line in text if line and not line.startswith("#")]


def _names(cursor: object) -> int:
    return _keep(cursor, "given", _lines("given_names_girls", "given_names_boys"))


def _surnames(cursor: object) -> int:
    return _keep(cursor, "surname", [name + end.upper() for end in ENDINGS for name in _lines("surnames")])


def _keep(cursor: object, table: str, names: list[str]) -> int:
    """Keep these names with their folded likes in a table; how many."""
    cursor.execute(
        f"CREATE UNLOGGED TABLE {table} (n int PRIMARY KEY, shown text, folded text, compact text)"
    )
    rows = [(n, name, fold(name), compact(name)) for n, name in enumerate(names, 1)]
    cursor.executemany(f"INSERT INTO {table} VALUES (%s, %s, %s, %s)", rows)
    return len(rows)


@contextmanager
def _bare(cursor: object) -> Iterator[list[float]]:
    """The tables without anything but their primary keys; then everything again, with the seconds of each."""
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = ANY(%s::regclass[]) AND contype <> 'p' ORDER BY contype = 'f'",
        [list(TABLES)],
    )
    constraints = cursor.fetchall()
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)",
        [list(TABLES)],
    )
    indexes = cursor.fetchall()
    for table, name, _ in reversed(constraints):
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    spoken: list[float] = []
    yield spoken
    again = [definition for _, definition in indexes]
    again += [f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {said}' for table, name, said in constraints]
    for statement in again:
        start = time.perf_counter()
        cursor.execute(statement)
        spoken.append(time.perf_counter() - start)


def _set_sequences(cursor: object) -> None:
    """What comes next has the next number."""
    for table in TABLES:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attidentity <> '' AND attname = 'id'",
            [table],
        )
        if cursor.fetchone():
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1)) FROM {table}"
            )
