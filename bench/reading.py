"""How fast a SIECLE export is read, against an lxml loop that does nothing, and in how much memory.

    python -m bench.reading [pupils …]

Each measure runs in its own process: its peak memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

PUPILS = (2_000, 20_000, 200_000)
REPEATS = {2_000: 7, 20_000: 5}  # the best of them is kept

BARE = """
from lxml import etree
for _, element in etree.iterparse(path):
    element.clear()
"""
PREAU = """
from datetime import date
from preau.rosterfiles import Limits, read_roster
with open(path, "rb") as file:
    roster = read_roster(file, today=date.today(), limits=Limits.lifted())
assert not roster.unreadable, roster.problems
assert sum(1 for _ in roster.pupils) > 0
"""
MEASURE = """
import json, resource, sys, time
path, code, repeats = sys.argv[1:]
compiled = compile(code, "bench", "exec")
times = []
for _ in range(int(repeats)):
    start = time.perf_counter()
    exec(compiled, {"path": path})
    times.append(time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([min(times), peak]))
"""


def measured(path: Path, code: str, repeats: int) -> tuple[float, float]:
    """Best seconds and peak megabytes of one piece of code over one file."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), code, str(repeats)],
        capture_output=True,
        check=True,
        text=True,
    )
    seconds, peak = json.loads(done.stdout)
    return seconds, peak


def main(argv: list[str]) -> int:
    """Print the table."""
    sizes = [int(text) for text in argv] or list(PUPILS)
    print(f"{'pupils':>8} {'MB':>7} {'bare s':>8} {'Préau s':>8} {'ratio':>6} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for pupils in sizes:
            path = Path(folder) / f"{pupils}.xml"
            generate = ["generate-roster", "--pupils", str(pupils), "--seed", "1", "--xml", "-o", str(path)]
            subprocess.run([sys.executable, "-m", "preau", *generate], check=True, capture_output=True)
            repeats = REPEATS.get(pupils, 1)
            bare, _ = measured(path, BARE, repeats)
            ours, peak = measured(path, PREAU, repeats)
            size = path.stat().st_size / 1e6
            print(f"{pupils:>8} {size:>7.1f} {bare:>8.2f} {ours:>8.2f} {bare / ours:>6.2f} {peak:>8.0f}")
            path.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
