"""The steps of `bench.national`, each in a process of its own on the database of DATABASE_URL."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Callable


def create(name: str) -> None:
    """An empty database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')


def build(schools: int, per: int) -> None:
    """The nation, then the school that is measured and the one that imports."""
    from django.db import connection
    from django.utils import timezone

    from bench import pupils_tab
    from bench.national_build import TABLES
    from bench.national_build import build as build_nation
    from preau.accounts import throttle
    from preau.accounts.models import Account
    from preau.establishments.models import Establishment, Membership, Role

    start = time.perf_counter()
    if schools:
        for step, rows, seconds in build_nation(schools=schools, per=per):
            print(f"{step:<28} {rows:>10} {seconds:8.1f} s", flush=True)
    pupils_tab.fill(per)
    known = Account.objects.filter(attachments__establishment__uai=pupils_tab.UAI).order_by("pk")
    for name in known.values_list("username", flat=True)[:5]:
        for _ in range(6):  # who has to wait, as thousands do in the nation
            throttle.failed(throttle.account_key(str(name)), at=timezone.now())
    school = Establishment.objects.create(uai=IMPORTING, name="Collège qui importe", town="Saint-Œgly")
    office = Account.objects.create(
        email="secretariat@importe.example", first_name="Aïcha", last_name="Nunez"
    )
    Membership.objects.create(account=office, establishment=school, role=Role.REFERENT)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SELECT pg_database_size(current_database())")
        size = cursor.fetchone()[0]
        if schools:
            for table in TABLES:
                cursor.execute(
                    "SELECT reltuples::bigint, pg_relation_size(%s), pg_indexes_size(%s)"
                    " FROM pg_class WHERE oid = %s::regclass",
                    [table] * 3,
                )
                rows, own, indexes = cursor.fetchone()
                print(
                    f"{table:<32} {rows:>10} {own / 1e6:8.0f} Mo + index {indexes / 1e6:8.0f} Mo", flush=True
                )
    print(f"{schools} écoles : {time.perf_counter() - start:.0f} s, {size / 1e9:.2f} Go", flush=True)


IMPORTING = "0750001U"


def converse() -> None:
    """Do the deeds one by one, as the lines of the input say: `time` a deed, look at its `plan`, go to the `next`."""
    from django.test.utils import setup_test_environment

    from bench.national_deeds import deeds
    from bench.national_plans import Watch

    setup_test_environment()
    for what, act in deeds():
        _say({"what": what})
        while (word := sys.stdin.readline().strip()) == "time":
            _say({"ms": _timed(act) * 1000})
        if not word:
            return
        with Watch(what) as watch:
            act()
        _say({"blocks": watch.blocks, "queries": watch.queries, "whole": watch.whole, "bare": watch.bare})
    _say({})


DUE = 1000  # schools whose departures are all ninety days old on the second night


def tidy() -> None:
    """Two nights: the first notices who left and forgets last year's names, the second erases a thousand schools'."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET at = at - interval '13 months' WHERE id % 20 = 1")
        old = cursor.rowcount
        _night(f"première nuit, {old} lignes du journal à rendre anonymes")
        cursor.execute("SELECT count(*) FROM privacy_departure")
        print(f"{cursor.fetchone()[0]} départs vus", flush=True)
        cursor.execute(
            "UPDATE privacy_departure SET noticed_on = noticed_on - 91 WHERE learner_id IN"
            " (SELECT id FROM rosters_learner WHERE establishment_id <= %s)",
            [DUE],
        )
        _night(f"seconde nuit, {cursor.rowcount} élèves à effacer dans {DUE} écoles au plus")


def _night(what: str) -> None:
    """`preau tidy`, and the longest that it held anything."""
    import psycopg
    from django.core.management import call_command
    from django.db import connection

    over, longest = threading.Event(), 0.0
    asked = (
        "SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0) FROM pg_stat_activity WHERE pid = %s"
    )

    def look(pid: int) -> None:
        nonlocal longest
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as other:
            while not over.wait(0.05):
                longest = max(longest, float(other.execute(asked, [pid]).fetchone()[0]))  # type: ignore[index]

    watch = threading.Thread(target=look, args=(connection.connection.info.backend_pid,))
    watch.start()
    start = time.perf_counter()
    try:
        call_command("tidy")
    finally:
        over.set()
        watch.join()
    print(
        f"preau tidy, {what} : {time.perf_counter() - start:.0f} s ; rien de plus long que {longest:.1f} s",
        flush=True,
    )


def _say(words: dict[str, object]) -> None:
    print(json.dumps(words), flush=True)


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def main() -> None:
    """One step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--create")
    parser.add_argument("--build", action="store_true")
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--tidy", action="store_true")
    parser.add_argument("--schools", type=int, default=0)
    parser.add_argument("--pupils", type=int, default=509)
    options = parser.parse_args()
    import django

    django.setup()
    if options.create:
        create(options.create)
    elif options.build:
        build(options.schools, options.pupils)
    elif options.tidy:
        tidy()
    else:
        converse()


if __name__ == "__main__":
    main()
