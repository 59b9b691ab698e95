"""The September file against the roster of August: 5 % changes, compared, applied, undone; beside one by one.

`python -m bench.diffs [--pupils 5000 20000]`. « Un par un » is what an import does that looks each pupil of the file up
in the database, and writes each change by itself; looked up on a sample, written in full, in the same run.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.imports import Split, _empty, _import, _undo

CHANGES = 0.05
ROUNDS = 5
SAMPLE = 2_000


def main() -> None:
    """Run each database and each size in a process of its own: memory is that of one size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pupils", type=int, nargs="+", default=[5_000, 20_000])
    parser.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        inside(options.inside)
        return
    from tests.postgres import binaries, temporary_postgresql

    print("| base | élèves | touchés | travail | Préau | un par un | rapport | mémoire |")
    print("| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |", flush=True)
    with tempfile.TemporaryDirectory(prefix="preau-bench-") as folder:
        for size in options.pupils:
            _run(f"sqlite:///{Path(folder) / f'{size}.sqlite3'}", size)
    if binaries() is None:
        print("PostgreSQL introuvable : seule SQLite est mesurée.", file=sys.stderr)
        return
    with temporary_postgresql() as url:
        for size in options.pupils:
            _run(url, size)
    print(f"\nCharge de la machine à la fin : {os.getloadavg()[0]:.1f} pour {os.cpu_count()} cœurs.")


def _run(url: str, size: int) -> None:
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "preau.settings"}
    command = [sys.executable, "-m", "bench.diffs", "--inside", str(size)]
    subprocess.run(command, env=environment, check=True)


def inside(size: int) -> None:
    """Measure one size on one database."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    august, september = _files(size)
    start = _megabytes()
    _empty()
    _import(august)
    splits, undone, peaks = [], [], []
    for _ in range(ROUNDS):
        splits.append(_import(september))
        undone.append(_undo())
        peaks.append(_megabytes())
    _import(september)
    rows = _rows(splits, undone, size)
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    memory = f"{start:.0f} → {peaks[0]:.0f} Mo, {ROUNDS}ᵉ fois {peaks[-1]:.0f}"
    for label, ours, theirs in rows:
        other = f"{theirs:.2f} s | {theirs / ours:.0f}" if theirs else "— | —"
        print(f"| {name} | {size} | {_touched()} | {label} | {ours:.2f} s | {other} | {memory} |", flush=True)
        memory = ""  # said once


def _rows(splits: list[Split], undone: list[Split], size: int) -> list[tuple[str, float, float | None]]:
    parts = {part: min(split.parts[part] for split in splits) for part in ("read", "compare", "write")}
    undo = min(split.total for split in undone)
    looked_up, written = _one_by_one(size)
    return [
        ("lire", parts["read"], None),
        ("comparer", parts["compare"], looked_up),
        ("aperçu et application", parts["write"], written),
        ("annuler", undo, written),
    ]


def _files(size: int) -> tuple[bytes, bytes]:
    from preau.rosterfiles.generate import generate_roster

    def made(month: int, **more: Any) -> bytes:
        stamp = datetime(2026, month, 1, 7, 58)  # noqa: DTZ001 - the clock of the school
        wish = {"pupils": size, "seed": 7, "school_year": 2026, "exported_at": stamp, "uai": "0931434D"}
        return generate_roster(**wish, **more)

    return made(8), made(9, changes=CHANGES, change_seed=3)


def _touched() -> int:
    from preau.rosters.models import RosterImport

    return RosterImport.objects.order_by("-pk")[0].change_count


def _one_by_one(size: int) -> tuple[float, float]:
    """Seconds to look every pupil up, and to write every change back, one after the other, in one transaction each."""
    from django.db import transaction

    from preau.rosters.models import ImportChange, Learner, RosterImport

    numbers = list(Learner.objects.order_by("pk").values_list("local_id", flat=True)[:SAMPLE])
    school = RosterImport.objects.order_by("-pk")[0].establishment_id
    start = time.perf_counter()
    for number in numbers:
        Learner.objects.select_related("division").filter(establishment=school, local_id=number).first()
    looked_up = (time.perf_counter() - start) * size / len(numbers)
    last = RosterImport.objects.order_by("-pk")[0]
    start = time.perf_counter()
    with transaction.atomic():
        for change in ImportChange.objects.filter(roster_import=last):
            learner = Learner.objects.get(pk=change.learner_id)
            row = change.before or change.after
            learner.last_name, learner.first_name = row["last_name"], row["first_name"]
            learner.status = row["status"]
            learner.save()
        transaction.set_rollback(True)
    return looked_up, time.perf_counter() - start


def _megabytes() -> float:
    """The most that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
