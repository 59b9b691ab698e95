"""The same school alone in a database and in the middle of a nation: is anything slower, is a whole table read?

`python -m bench.national [--schools 200] [--pupils 509]`; the nation is `--schools 11000`, 5.6 million pupils. Every
page and every action is done in both databases, one right after the other, until the best of each no longer moves: the
neighbours of this machine weigh on both alike. The pages that PostgreSQL reads for a request (8 kB each, in memory or
not) do not depend on them at all. The command fails when a plan reads a whole table of more than 50,000 rows, when a
statement has no index to go by (asked again without sequential scans), or when a deed costs the nation too much.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

SETTINGS = {
    "shared_buffers": "3GB",
    "max_wal_size": "8GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
    "effective_cache_size": "8GB",
    "autovacuum": "off",  # it would run during the measure; the build gathers the statistics itself
}
PAIRS, MOST_PAIRS = 5, 25  # a deed is timed in both databases so many times, and more while it seems slower
FAIR = 1.3  # what a nation may cost a school, by the clock
PREAU = (sys.executable, "-m", "preau")
LITTLE = 5.0  # ms: a difference that nobody sees, whatever its ratio


class Line(NamedTuple):
    """What a page or an action costs, alone and in the nation."""

    what: str
    ms: tuple[float, float]
    blocks: tuple[int, int]
    queries: int
    whole: list[str]  # large tables that were read whole
    bare: list[str]  # statements that have no index to go by

    @property
    def ratio(self) -> float:
        """By the clock."""
        return self.ms[1] / self.ms[0]

    @property
    def fair(self) -> bool:
        """Whether a school may live with it."""
        quick = self.ratio <= FAIR or self.ms[1] - self.ms[0] <= LITTLE
        return quick and not self.whole and not self.bare


def main() -> None:
    """Two databases on one throw-away server, measured in turn; then the nightly work in the larger one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=200)
    parser.add_argument("--pupils", type=int, default=509, help="of each school")
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
            subprocess.run([*PREAU, "migrate", "-v0"], env=_env(url, var), check=True)
            _child(url, var, "--build", *size)
        subprocess.run(
            [*PREAU, "collectstatic", "--no-input", "-v0"], env=_env(urls["alone"], var), check=True
        )
        lines = list(compare(urls, var))
        _table(lines)
        _child(urls["nation"], var, "--tidy")
    sys.exit(0 if all(line.fair for line in lines) else 1)


def compare(urls: Mapping[str, str], var: str) -> Iterator[Line]:
    """Every deed in both databases, in turn."""
    with _talk(urls["alone"], var) as alone, _talk(urls["nation"], var) as nation:
        both = (alone, nation)
        while True:
            what = {_heard(one).get("what") for one in both}.pop()
            if what is None:
                return
            line = _line(what, both)
            print(f"{what}: {line.ms[0]:.1f} ms, {line.ms[1]:.1f} ms", file=sys.stderr, flush=True)
            yield line


def _line(what: str, both: tuple[subprocess.Popen[str], subprocess.Popen[str]]) -> Line:
    for one in both:
        _asked(one, "time")  # the first one warms up
    best = [float("inf")] * 2
    for number in range(MOST_PAIRS):
        for rank in ((0, 1), (1, 0))[number % 2]:
            best[rank] = min(best[rank], _asked(both[rank], "time")["ms"])
        if number + 1 >= PAIRS and best[1] / best[0] <= FAIR:
            break
    alone, nation = (_asked(one, "plan") for one in both)
    return Line(
        what,
        (best[0], best[1]),
        (alone["blocks"], nation["blocks"]),
        nation["queries"],
        nation["whole"],
        nation["bare"],
    )


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


@contextmanager
def _talk(url: str, var: str) -> Iterator[subprocess.Popen[str]]:
    """A process that does the deeds in this database as it is told."""
    command = [sys.executable, "-m", "bench.national_steps", "--measure"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=_env(url, var), **pipes) as made:  # type: ignore[call-overload]
        try:
            yield made
        finally:
            made.kill()


def _heard(one: subprocess.Popen[str]) -> dict[str, Any]:
    assert one.stdout is not None
    said = one.stdout.readline()
    if not said:
        raise RuntimeError("one of the two processes died")
    return dict(json.loads(said))


def _asked(one: subprocess.Popen[str], word: str) -> dict[str, Any]:
    assert one.stdin is not None
    one.stdin.write(f"{word}\n")
    one.stdin.flush()
    return _heard(one)


def _table(lines: list[Line]) -> None:
    """The best of every round, and what the nation costs."""
    print(
        "\n| Page ou geste | Seule | Nation | Rapport | Lues, seule | Lues, nation | Requêtes | Par index |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for line in lines:
        times = f"{line.ms[0]:.1f} ms | {line.ms[1]:.1f} ms | {line.ratio:.2f}"
        plans = "non" if line.whole or line.bare else "oui"
        print(f"| {line.what} | {times} | {line.blocks[0]} | {line.blocks[1]} | {line.queries} | {plans} |")
    for line in lines:
        for sentence in (*line.whole, *line.bare):
            print(f"! {sentence}")
    ratios = sorted(line.ratio for line in lines)
    unfair = ", ".join(line.what for line in lines if not line.fair) or "aucun"
    print(
        f"\nRapport médian {ratios[len(ratios) // 2]:.2f}, le plus haut {ratios[-1]:.2f} ; trop chers : {unfair}"
        f" ; charge {os.getloadavg()[0]:.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
