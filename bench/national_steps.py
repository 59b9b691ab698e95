"""The steps of `bench.national`, each in a process of its own on the database of DATABASE_URL."""

from __future__ import annotations

import argparse
import json
import sys
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

    from bench import pupils_tab
    from bench.national_build import TABLES
    from bench.national_build import build as build_nation
    from preau.accounts.models import Account
    from preau.establishments.models import Establishment, Membership, Role

    start = time.perf_counter()
    if schools:
        for step, rows, seconds in build_nation(schools=schools, per=per):
            print(f"{step:<28} {rows:>10} {seconds:8.1f} s", flush=True)
    pupils_tab.fill(per)
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
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    from bench.national_deeds import deeds
    from bench.national_plans import Watch

    setup_test_environment()
    call_command("collectstatic", interactive=False, verbosity=0)
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
    parser.add_argument("--schools", type=int, default=0)
    parser.add_argument("--pupils", type=int, default=509)
    options = parser.parse_args()
    import django

    django.setup()
    if options.create:
        create(options.create)
    elif options.build:
        build(options.schools, options.pupils)
    else:
        converse()


if __name__ == "__main__":
    main()
