"""The same school alone in a database and in the middle of a nation: is anything slower, is a whole table read?

`python -m bench.national [--schools 200] [--pupils 509]`; the nation is `--schools 11000`, 5.6 million pupils. Every
page and every action is done in both databases in turn. The processor and its neighbours weigh on the seconds; the
pages that PostgreSQL reads for a request (8 kB each, found in memory or not) do not depend on them. A plan that reads a
whole table of more than 50,000 rows is printed, and the command fails.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

SETTINGS = {
    "shared_buffers": "3GB",
    "max_wal_size": "8GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
    "effective_cache_size": "8GB",
    "autovacuum": "off",  # it would run during the measure; the build gathers the statistics itself
}
ROUNDS = 3


def main() -> None:
    """Two databases on one throw-away server, measured in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=200)
    parser.add_argument("--pupils", type=int, default=509, help="of each school")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    from tests.postgres import temporary_postgresql

    with (
        temporary_postgresql(SETTINGS) as server,
        tempfile.TemporaryDirectory(prefix="preau-bench-") as var,
    ):
        urls = {name: f"{server.rsplit('/', 1)[0]}/{name}" for name in ("alone", "nation")}
        for name, url in urls.items():
            size = [
                "--schools",
                str(options.schools if name == "nation" else 0),
                "--pupils",
                str(options.pupils),
            ]
            _child(server, var, "--create", name)
            subprocess.run([sys.executable, "-m", "preau", "migrate", "-v0"], env=_env(url, var), check=True)
            _child(url, var, "--build", *size)
        found: dict[str, dict[str, list[dict[str, float]]]] = {"alone": {}, "nation": {}}
        failed = 0
        for turn in range(options.rounds):
            for name, url in urls.items():
                out = Path(var, f"{name}.json")
                _child(url, var, "--measure", str(out), "--turn", str(turn))
                for line in json.loads(out.read_text()):
                    if name == "nation":
                        failed += len(line["whole"])
                    found[name].setdefault(line["what"], []).append(line)
        _table(found)
    sys.exit(1 if failed else 0)


def _env(url: str, var: str) -> Mapping[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": url,
        "PREAU_VAR": var,
        "PREAU_DB_POOLED": "0",
        "PREAU_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "preau.settings",
    }


def _child(url: str, var: str, *words: str) -> None:
    """One step in a process of its own: settings are read once."""
    command = [sys.executable, "-m", "bench.national_steps", *words]
    subprocess.run(command, env=_env(url, var), check=True)


def _table(found: dict[str, dict[str, list[dict[str, float]]]]) -> None:
    """The best of every round, and what the nation costs."""
    print("\n| Page ou geste | Seule | Nation | Rapport | Pages lues, seule | nation | Requêtes |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    ratios = []
    for what, lines in found["nation"].items():
        alone, nation = (min(one["ms"] for one in all_) for all_ in (found["alone"][what], lines))
        read = [min(one["blocks"] for one in all_) for all_ in (found["alone"][what], lines)]
        ratios.append(nation / alone)
        cells = f"{alone:.1f} ms | {nation:.1f} ms | {nation / alone:.2f} | {read[0]:.0f} | {read[1]:.0f}"
        print(f"| {what} | {cells} | {lines[0]['queries']} |")
    ratios.sort()
    median = ratios[len(ratios) // 2]
    print(
        f"\nRapport médian {median:.2f}, le plus haut {ratios[-1]:.2f} ; charge {os.getloadavg()[0]:.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
