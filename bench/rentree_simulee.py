"""The simulated rentrée: python -m bench.rentree_simulee [--write] [--postgresql] [--only courte] [--processes 2].

20,000 invented pupils in 40 schools go through the real deeds on a simulated calendar, the school's way then the short
way; then 6,000 others in 24 schools go the short way with each feature switched off in turn. Hypotheses:
bench/rentree/taux.toml. Everything follows from the seed. `--write` renews the pictures and the figures of
docs/rentree-simulee.md; `--like FILE` says whether another run (another database) kept the very same figures.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.rentree.variants import WAYS, WITHOUT

ROOT = Path(__file__).resolve().parent.parent
GROUP = 4  # schools that pupils move between: a database of its own


@dataclass(frozen=True)
class Job:
    """One group of schools living one rentrée."""

    table: str  # "ways" or "without"
    name: str
    rules: dict[str, bool]
    group: int
    pupils: int
    seed: int

    @property
    def database(self) -> str:
        """A name that says which."""
        return f"{self.table}_{list(WAYS | WITHOUT).index(self.name)}_{self.group}"


def main() -> None:
    """Groups of schools, one a processor."""
    options = _options()
    from bench.rentree.figures import Figures
    from bench.rentree.report import Found, line_of, same, say, write

    jobs, found, start = _jobs(options), Found({}, {}), time.perf_counter()
    context = multiprocessing.get_context("spawn")
    with (
        _databases(postgresql=options.postgresql) as (url, new),
        ProcessPoolExecutor(options.processes, context, _begins, (url,)) as pool,
    ):
        asked = {pool.submit(_played, job, new(job)): job for job in jobs}
        done: dict[str, Figures] = {}
        for future in as_completed(asked):
            job = asked[future]
            done[job.database] = Figures(**future.result())
            with Path(options.keep or os.devnull).open("a", encoding="utf-8") as kept:
                kept.write(line_of(job.table, job.name, job.group, done[job.database]))
            print(f"{job.name} {job.group}, {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    for job in jobs:
        getattr(found, job.table).setdefault(job.name, []).append(done[job.database])
    print(say(found))
    if options.write:
        write(found)
    if options.like:
        sys.exit(same(found, Found.read(Path(options.like))))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=40)
    parser.add_argument("--pupils", type=int, default=500)
    parser.add_argument("--off-schools", type=int, default=24, help="where features are switched off")
    parser.add_argument("--off-pupils", type=int, default=250)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--only", default="", help="rentrées whose name has this")
    parser.add_argument("--ways", action="store_true", help="the two ways only")
    parser.add_argument("--pieces", action="store_true", help="the features switched off only")
    parser.add_argument("--keep", help="a file that gets a line for each group of schools, as it goes")
    parser.add_argument("--like", help="such a file, whose figures must be the same")
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


def _jobs(options: argparse.Namespace) -> list[Job]:
    plans = [("ways", WAYS, max(1, options.schools // GROUP), options.pupils)]
    if not options.ways:
        plans.append(("without", WITHOUT, max(1, options.off_schools // GROUP), options.off_pupils))
    if options.pieces:
        del plans[0]
    return [
        Job(table, name, rules, group, pupils, options.seed + group)
        for table, rentrees, groups, pupils in plans
        for group in range(groups)
        for name, rules in rentrees.items()
        if options.only.casefold() in name.casefold()
    ]


@contextmanager
def _databases(*, postgresql: bool) -> Iterator[tuple[str, Callable[[Job], str]]]:
    """The address of an empty database with its tables, and somebody who names a copy of it for each job."""
    with tempfile.TemporaryDirectory(prefix="preau-bench-") as folder:
        if not postgresql:
            empty = Path(folder) / "empty.sqlite3"
            _migrate(f"sqlite:///{empty}")
            yield f"sqlite:///{empty}", lambda job: str(empty.with_name(f"{job.database}.sqlite3"))
            return
    import psycopg

    from tests.postgres import temporary_postgresql

    with temporary_postgresql() as url:
        _migrate(url)
        server, _, empty_name = url.rpartition("/")

        def new(job: Job) -> str:
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute(
                    f'CREATE DATABASE "{job.database}" TEMPLATE "{empty_name.partition("?")[0]}"'
                )
            return job.database

        yield url, new


def _migrate(url: str) -> None:
    environment = {**os.environ, "DATABASE_URL": url}
    command = [sys.executable, "-m", "preau", "migrate", "--verbosity", "0"]
    subprocess.run(command, env=environment, cwd=ROOT, check=True)


def _begins(url: str) -> None:
    # Without a pool, which would give the first database again and again.
    os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "preau.settings", "PREAU_DB_POOLED": "0"}
    import django

    django.setup()
    gc.disable()  # a tenth of the time; what one group leaves is swept after it


def _played(job: Job, database: str) -> dict[str, Any]:
    """In a worker: that group, in a database of its own, forgotten afterwards."""
    from django.core.cache import cache
    from django.db import connection

    from bench.rentree.play import play
    from bench.rentree.world import Rules

    empty = connection.settings_dict["NAME"]
    connection.close()
    if connection.vendor == "sqlite":
        shutil.copyfile(empty, database)
    connection.settings_dict["NAME"] = database
    cache.clear()
    try:
        figures, _ = play(Rules(**job.rules), schools=GROUP, pupils=job.pupils, seed=job.seed)
        return figures.document()
    finally:
        connection.close()
        connection.settings_dict["NAME"] = empty
        if connection.vendor == "sqlite":
            for left in Path(database).parent.glob(f"{Path(database).name}*"):
                left.unlink()
        gc.collect()


if __name__ == "__main__":
    main()
