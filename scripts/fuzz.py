"""Fuzz every reader of what comes from outside, guided by the code reached (libFuzzer, by atheris).

    python scripts/fuzz.py [READER …] --seconds 300

A case that breaks a reader is written to var/fuzz/READER-crash-…, and fails the run; what reached new code is kept in
var/fuzz/READER/. `--keep` puts the smallest set that reaches as much into tests/fuzz/corpus, which every `make test`
replays.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "var" / "fuzz"
KEPT = ROOT / "tests" / "fuzz" / "corpus"
KEPT_BYTES = 40_000  # a reader
LONGEST = 30_000
# What is followed line by line: ours, and what the standard library does with what it is given.
FOLLOWED = [
    "preau.rosterfiles",
    "preau.parcours",
    "preau.accounts",
    "preau.attachments",
    "preau.scenarios",
    "preau.web",
    "zipfile",
    "csv",
]


def child(name: str, arguments: list[str]) -> None:
    """Never comes back: libFuzzer ends the process."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "preau.settings")
    import atheris

    with atheris.instrument_imports(include=FOLLOWED, enable_loader_override=False):
        import django

        django.setup()
        from tests.fuzz.readers import READERS
    import logging

    logging.disable(logging.CRITICAL)
    # libFuzzer starts itself again to choose the smallest cases: it must find a program that takes its arguments.
    again = PLACE / f"{name}.sh"
    again.write_text(
        f'#!/bin/sh\nexec {sys.executable} {Path(__file__)} --child {name} "$@"\n', encoding="ascii"
    )
    again.chmod(0o700)
    atheris.Setup([str(again), *arguments], READERS[name])
    atheris.Fuzz()


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One process of libFuzzer for one reader."""
    command = [sys.executable, __file__, "--child", name, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)


def folder_of(name: str) -> Path:
    """What is known to reach something: the seeds, what is kept, what was found before."""
    folder = PLACE / name
    folder.mkdir(parents=True, exist_ok=True)
    from tests.fuzz.seeds import seeds

    for at, seed in enumerate(seeds()[name]):
        (folder / f"seed-{at}").write_bytes(seed)
    if (KEPT / f"{name}.zip").exists():
        with zipfile.ZipFile(KEPT / f"{name}.zip") as archive:
            for one in archive.namelist():
                (folder / one).write_bytes(archive.read(one))
    return folder


def fuzz(name: str, seconds: int) -> bool:
    """Say how many cases were tried and what broke; whether nothing did."""
    folder = folder_of(name)
    before = {one.name for one in PLACE.glob(f"{name}-*")}
    done = run(
        name,
        str(folder),
        f"-artifact_prefix={PLACE}/{name}-",
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        "-timeout=20",
        "-rss_limit_mb=2500",
        "-print_final_stats=1",
    )
    broken = sorted({one.name for one in PLACE.glob(f"{name}-*")} - before)
    cases = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    reached = re.findall(r"\bcov: (\d+)", done.stderr)
    tried = int(cases[1]) if cases else 0
    print(
        f"{name} : {tried} cas en {seconds} s au plus, {reached[-1] if reached else '?'} points atteints "
        f"({reached[0] if reached else '?'} au départ), {len(broken)} panne(s)",
        flush=True,
    )
    if broken or not cases:
        said = re.sub(r"(?m)^INFO: .*\n", "", done.stdout + done.stderr)
        at = said.find("Traceback")
        print("\n".join([*broken, said[at if at >= 0 else -4_000 :][:4_000]]), flush=True)
    return not broken and bool(cases)


def keep(name: str) -> None:
    """The smallest cases that reach as much, in one file of the repository."""
    small = PLACE / f"{name}.small"
    small.mkdir(exist_ok=True)
    for one in small.iterdir():
        one.unlink()
    run(name, "-merge=1", f"-max_len={LONGEST}", str(small), str(folder_of(name)))
    cases, total = [], 0
    for one in sorted(small.iterdir(), key=lambda one: (one.stat().st_size, one.name)):
        total += one.stat().st_size
        if total > KEPT_BYTES and cases:
            break
        cases.append(one)
    KEPT.mkdir(exist_ok=True)
    with zipfile.ZipFile(KEPT / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted(cases, key=lambda one: one.name):
            archive.writestr(
                zipfile.ZipInfo(one.name, (1980, 1, 1, 0, 0, 0)), one.read_bytes(), zipfile.ZIP_DEFLATED
            )
    print(f"{name} : {len(cases)} cas gardés")


def main() -> int:
    """Every reader, or those that are named."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "preau.settings")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readers", nargs="*")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    import django

    django.setup()
    from tests.fuzz.readers import READERS

    sound = True
    for name in asked.readers or READERS:
        sound = (not asked.seconds or fuzz(name, asked.seconds)) and sound
        if asked.keep:
            keep(name)
    return 0 if sound else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3:])
    sys.exit(main())
