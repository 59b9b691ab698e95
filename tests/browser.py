"""A real Chromium: found on the machine, or installed where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@cache
def chromium() -> str:
    """Path of a Chromium; install one (system packages, else the test tool's own) when there is none.

    Raises RuntimeError with what to do when neither is possible.
    """
    named = (
        os.environ.get("PREAU_CHROMIUM")
        or next(filter(None, map(shutil.which, NAMES)), None)
        or _downloaded()
    )
    if named:
        return named
    attempts = (
        [["apt-get", "install", "-y", "--no-install-recommends", "chromium"]]
        if shutil.which("apt-get")
        else []
    )
    if attempts and os.geteuid() != 0 and shutil.which("sudo"):
        attempts = [["sudo", "-n", *attempts[0]]]
    attempts.append([sys.executable, "-m", "playwright", "install", "chromium"])
    for attempt in attempts:
        subprocess.run(attempt, check=False, stdout=subprocess.DEVNULL, timeout=600)
        named = next(filter(None, map(shutil.which, NAMES)), None) or _downloaded()
        if named:
            return named
    raise RuntimeError(
        "Aucun Chromium : installez le paquet « chromium », ou donnez son chemin dans PREAU_CHROMIUM."
    )


def _downloaded() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        path = p.chromium.executable_path
    return path if Path(path).exists() else None


def arguments() -> list[str]:
    """Flags for a quiet browser; its sandbox refuses to run as root."""
    return [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


if __name__ == "__main__":
    print(chromium())
