"""The steps of `bench.national`, each in a process of its own on the database of DATABASE_URL."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path


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


def measure(out: str, turn: int) -> None:
    """Every page and action, once to warm up, then timed, then with its plans."""
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    from bench.national_deeds import deeds
    from bench.national_plans import Watch

    setup_test_environment()
    call_command("collectstatic", interactive=False, verbosity=0)
    lines = []
    for what, act, times in deeds(turn):
        watch = Watch(what)
        if times > 1:
            act()
        best = min(_timed(act) for _ in range(times))
        with watch:
            act()
        lines.append(
            {
                "what": what,
                "ms": best * 1000,
                "blocks": watch.blocks,
                "queries": watch.queries,
                "whole": watch.whole,
            }
        )
        for sentence in watch.whole:
            print(sentence, flush=True)
    Path(out).write_text(json.dumps(lines), encoding="utf-8")


def _timed(act: object) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def main() -> None:
    """One step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--create")
    parser.add_argument("--build", action="store_true")
    parser.add_argument("--measure")
    parser.add_argument("--schools", type=int, default=0)
    parser.add_argument("--pupils", type=int, default=509)
    parser.add_argument("--turn", type=int, default=0)
    options = parser.parse_args()
    import django

    django.setup()
    if options.create:
        create(options.create)
    elif options.build:
        build(options.schools, options.pupils)
    else:
        measure(options.measure, options.turn)


if __name__ == "__main__":
    main()
