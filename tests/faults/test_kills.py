"""Whoever reads, applies or undoes an import can be killed at any moment: nothing is ever half done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.live import database_url

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db(transaction=True)
def test_ten_kills_leave_every_roster_before_or_after() -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "preau.settings",
        "PREAU_SECRET_KEY": settings.SECRET_KEY,
        "PREAU_CARD_KEYS": ",".join(settings.CARD_KEYS),
        "PREAU_DB_POOLED": "0",
        "PREAU_LOG_LEVEL": "CRITICAL",
    }
    command = [sys.executable, "-m", "bench.kills", "10", "--inside", "--seed", "1"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == 3
