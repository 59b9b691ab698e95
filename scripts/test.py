"""`make test`: every check, one after the other; says at the end what ran, and fails if a half did not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
PROCESSES = int(os.environ.get("PREAU_TEST_PROCESSES", "2"))
CHECKS = {
    "types": [PYTHON, "-m", "mypy", "preau"],  # the longest first
    "mise en forme": [PYTHON, "-m", "ruff", "format", "--check", "."],
    "règles": [PYTHON, "-m", "ruff", "check", "."],
    "gabarits": [PYTHON, "-m", "djlint", "preau", "--lint", "--quiet"],
    "ordre des pièces": [str(Path(PYTHON).with_name("lint-imports"))],
    "failles connues": [PYTHON, "scripts/audit.py"],
    "migrations": [PYTHON, "-m", "preau", "makemigrations", "--check", "--dry-run"],
}
INSTALLED = {
    "navigateur": [PYTHON, "-m", "tests.browser"],
    "Médiacentre inventé": [PYTHON, "-m", "tests.mediacentre"],
}


# Pages look the same on both databases: what is about pages, scripts and notices runs once.
ONCE = (
    *(
        "test_every_page.py",
        "test_notices.py",
        "test_scripts.py",
        "test_ent_doors.py",
        "test_arrival_screens.py",
    ),
    *("test_joining.py", "test_keyboard.py", "test_lists.py", "test_next_steps.py", "test_results.py"),
    "test_second_factor.py",
)
DATABASE_JOURNEYS = ("tests/journeys", *(f"--ignore=tests/journeys/{name}" for name in ONCE))


def run(name: str, command: list[str]) -> str:
    """Run one check and tell it as it goes; stop everything when it fails; return what it printed."""
    print(f"── {name}", flush=True)
    started = time.monotonic()
    done = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = []
    assert done.stdout is not None
    for line in done.stdout:
        said.append(line)
        print(line, end="", flush=True)
    _judge(name, done.wait(), started)
    return "".join(said)


def side_by_side(checks: dict[str, list[str]]) -> dict[str, str]:
    """Run checks that use one core each, two at a time; tell each one when it ends; return what they printed."""

    def one(name: str) -> tuple[str, float, subprocess.CompletedProcess[str]]:
        started = time.monotonic()
        done = subprocess.run(
            checks[name], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return name, started, done

    said = {}
    with ThreadPoolExecutor(PROCESSES) as pool:
        for ended in as_completed([pool.submit(one, name) for name in checks]):
            name, started, done = ended.result()
            print(f"── {name}\n{done.stdout}", end="", flush=True)
            if done.returncode:
                pool.shutdown(cancel_futures=True)
            _judge(name, done.returncode, started)
            said[name] = done.stdout
    return said


def _judge(name: str, status: int, started: float) -> None:
    if status:
        sys.exit(f"✗ {name} (status {status})")
    print(f"✓ {name} : {time.monotonic() - started:.0f} s", flush=True)


def pytest(name: str, *more: str, wrap: tuple[str, ...] = ()) -> int:
    """Run one half of the tests and return how many passed; zero is a failure."""
    command = [
        *wrap,
        PYTHON,
        "-m",
        "pytest",
        "-q",
        "-n",
        str(PROCESSES),
        "--dist",
        "loadfile",
        "--no-loadscope-reorder",  # tests/conftest.py orders the files
        *more,
    ]
    said = run(name, command)
    passed = re.search(r"(\d+) passed", said)
    if not passed:
        sys.exit(f"✗ {name} : aucun test n’a tourné")
    if re.search(r"\d+ skipped", said):
        sys.exit(f"✗ {name} : un test a été sauté")
    return int(passed[1])


def known_flaws(said: str) -> str:
    """The audit as the last lines say it: what could not be asked is not what is sound."""
    silent = [line.split(" : ")[0] for line in said.splitlines() if "RIEN n’a été vérifié" in line]
    return f"NON VÉRIFIÉ ({', '.join(silent)})" if silent else "aucune"


def main() -> None:
    if "lint" in sys.argv:
        side_by_side(CHECKS)
        return
    said = side_by_side({**CHECKS, **INSTALLED})
    browser, mediacentre = (said[name].strip() for name in INSTALLED)
    postgres = (PYTHON, "-m", "tests.postgres")
    counts = {
        "SQLite": pytest("tests sur SQLite", "tests", "--ignore=tests/journeys"),
        "PostgreSQL": pytest("tests sur PostgreSQL", "tests", "--ignore=tests/journeys", wrap=postgres),
        "parcours dans Chromium, SQLite": pytest("parcours, SQLite", "tests/journeys"),
        "parcours dans Chromium, PostgreSQL": pytest(
            "parcours, PostgreSQL", *DATABASE_JOURNEYS, wrap=postgres
        ),
    }
    print("\nCe qui a tourné :")
    for half, passed in counts.items():
        print(f"  {half} : {passed}")
    print(f"  {mediacentre}")
    print(f"  navigateur : {shutil.which(browser) or browser}")
    print(f"  failles connues : {known_flaws(said['failles connues'])}")
    print(f"{sum(counts.values())} passed, 0 failed")


if __name__ == "__main__":
    main()
