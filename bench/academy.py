"""A night of an academy: `preau import FOLDER --apply` of many schools, with one process then with two.

`python -m bench.academy [--schools 200] [--pupils 500]`, on a PostgreSQL that is thrown away.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path


def main() -> None:
    """Each run in a process of its own, on a database of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=200)
    parser.add_argument("--pupils", type=int, default=500)
    parser.add_argument("--inside", type=int, metavar="PROCESSES", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        _inside(Path(options.folder), options.inside)
        return
    from tests.postgres import temporary_postgresql

    print("| processus | écoles | élèves | durée | écoles/s | élèves/s | mémoire d’un processus | rapport |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    pupils, alone = options.schools * options.pupils, 0.0
    with tempfile.TemporaryDirectory(prefix="preau-bench-") as folder:
        _fill(Path(folder), options.schools, options.pupils)
        for processes in (1, 2):
            with temporary_postgresql() as url:
                seconds, memory = _run(url, folder, processes, pupils)
            alone = alone or seconds
            rates = f"{options.schools / seconds:.1f} | {pupils / seconds:.0f}"
            cells = f"{seconds:.1f} s | {rates} | {memory / 1024:.0f} Mo | {alone / seconds:.2f}"
            print(f"| {processes} | {options.schools} | {pupils} | {cells} |", flush=True)
    print(f"\nCharge de la machine à la fin : {os.getloadavg()[0]:.1f} pour {os.cpu_count()} cœurs.")


def _fill(folder: Path, schools: int, pupils: int) -> None:
    from preau.rosterfiles.generate import generate_roster
    from preau.rosterfiles.identifiers import make_uai

    for number in range(schools):
        stamp = datetime(2026, 9, 3, 7, 58)  # noqa: DTZ001 - the clock of the school
        content = generate_roster(
            pupils=pupils,
            seed=number,
            school_year=2026,
            exported_at=stamp,
            uai=make_uai(f"093{number:04}"),
        )
        (folder / f"ecole-{number:04}.zip").write_bytes(content)


def _run(url: str, folder: str, processes: int, pupils: int) -> tuple[float, int]:
    """Seconds of the command, and the most kilobytes that one of its processes held."""
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "preau.settings"}
    command = [sys.executable, "-m", "bench.academy", "--inside", str(processes), "--folder", folder]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    said = json.loads(done.stdout.splitlines()[-1])
    if said["pupils"] != pupils:
        raise SystemExit(f"{said['pupils']} élèves au lieu de {pupils}")
    return said["seconds"], said["memory"]


def _inside(folder: Path, processes: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from preau.establishments.models import Establishment
    from preau.rosterfiles.identifiers import make_uai
    from preau.rosters.models import Learner

    call_command("migrate", verbosity=0)
    numbers = range(len(list(folder.iterdir())))
    Establishment.objects.bulk_create(
        Establishment(uai=make_uai(f"093{number:04}"), name=f"École {number}") for number in numbers
    )
    start = time.perf_counter()
    # The school year of the files is that of the bench, whatever the day: nothing to settle, nothing refused.
    call_command("import", str(folder), "--apply", "--processes", str(processes))
    seconds = time.perf_counter() - start
    who = resource.RUSAGE_CHILDREN if processes > 1 else resource.RUSAGE_SELF
    memory = resource.getrusage(who).ru_maxrss
    print(json.dumps({"seconds": seconds, "memory": memory, "pupils": Learner.objects.count()}))


if __name__ == "__main__":
    main()
