"""The simulated rentrée: python -m bench.rentree_simulee [--schools 40] [--pupils 500] [--postgresql] [--write].

20,000 invented pupils in 40 schools go through the real deeds on a simulated calendar: the school's way, the short way,
then the short way with each feature switched off in turn. Hypotheses: bench/rentree/taux.toml. Everything follows from
the seed. Each rentrée has a database of its own, and passwords a cheap digest. `--write` renews the pictures and the
figures of docs/rentree-simulee.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.rentree.figures import Figures

ROOT = Path(__file__).resolve().parent.parent
VARIANTS: dict[str, dict[str, bool]] = {
    "La façon des établissements": {"short": False},
    "La façon courte": {},
    "sans reconnaissance à l’import": {"recognition": False},
    "sans cartes": {"cards": False},
    "sans les proches expliqués": {"near": False},
    "sans la preuve unique": {"one_proof": False},
    "sans le code en un geste": {"one_tap": False},
    "sans indulgence pour une lettre": {"forgiving": False},
    "sans le bureau des comptes": {"desk": False},
    "avec une carte pour tous": {"cards_for_all": True},
}


GROUP = 4  # schools that pupils move between: a process and a database of its own


def main() -> None:
    """Groups of schools, a few at a time."""
    options = _options()
    if options.inside:
        _inside(options)
        return
    from bench.rentree.figures import together
    from bench.rentree.report import table, write

    groups = max(1, options.schools // GROUP)
    names = [name for name in VARIANTS if options.only.casefold() in name.casefold()]
    jobs = [(name, group) for name in names for group in range(groups)]
    found: dict[str, list[Figures]] = {}
    with _databases(postgresql=options.postgresql) as new, ThreadPoolExecutor(options.processes) as pool:
        for name, figures in pool.map(lambda job: (job[0], _run(*job, new(*job), options)), jobs):
            found.setdefault(name, []).append(figures)
            with Path(options.keep).open("a", encoding="utf-8") as kept:
                kept.write(json.dumps({"name": name, "figures": figures.document()}) + "\n")
    rentrees = {name: together(parts) for name, parts in found.items()}
    print("\n".join(table(rentrees)))
    for name, one in rentrees.items():
        print(f"\n{name} : {one.calls} ; {one.refused} ; deux comptes avant le bureau : {one.twice}")
    if options.write:
        write(rentrees)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=40)
    parser.add_argument("--pupils", type=int, default=500)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", default=os.devnull, help="a line of JSON for each group of schools")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--inside", metavar="VARIANT", help=argparse.SUPPRESS)
    return parser.parse_args()


@contextmanager
def _databases(*, postgresql: bool) -> Iterator[Any]:
    """Somebody who names a new empty database for each rentrée."""
    if postgresql:
        import psycopg

        from tests.postgres import temporary_postgresql

        with temporary_postgresql() as url:

            def new(name: str, group: int) -> str:
                made = f"r{list(VARIANTS).index(name)}_{group}"
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {made}")
                return f"{url.rpartition('/')[0]}/{made}"

            yield new
        return
    with tempfile.TemporaryDirectory(prefix="preau-bench-") as folder:
        yield lambda name, group: f"sqlite:///{folder}/{list(VARIANTS).index(name)}-{group}.sqlite3"


def _run(name: str, group: int, url: str, options: argparse.Namespace) -> Figures:
    from bench.rentree.figures import Figures

    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "preau.settings"}
    command = [sys.executable, "-m", "bench.rentree_simulee", "--inside", name, "--schools", str(GROUP)]
    command += ["--pupils", str(options.pupils), "--seed", str(options.seed + group)]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return Figures(**json.loads(done.stdout.splitlines()[-1]))


def _inside(options: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from bench.rentree.play import play
    from bench.rentree.world import Rules

    call_command("migrate", verbosity=0)
    start = time.perf_counter()

    def say(what: str) -> None:
        print(f"{options.inside} : {what}, {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)

    rules = Rules(**VARIANTS[options.inside])
    figures, _ = play(rules, schools=options.schools, pupils=options.pupils, seed=options.seed, say=say)
    print(json.dumps(figures.document()))


if __name__ == "__main__":
    main()
