"""From the previous release to this one, with its data: `release-b395ac1.sql.gz` is its rehearsal school, dumped.

Made by `preau demo --pupils 20` of that commit, then `Connection.iterdump()`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from preau.web import backup

OLD = Path(__file__).with_name("release-b395ac1.sql.gz")
KEPT = {
    "accounts_account": 93,
    "attachments_attachment": 84,
    "attachments_card": 70,
    "audit_entry": 469,
    "campaigns_campaign": 6,
    "campaigns_participation": 71,
    "rosters_importchange": 222,
    "rosters_learner": 124,
}
VISIT = """
import json, django
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from django.test import Client
from preau.accounts.models import Account
from preau.establishments.models import Membership
from preau.attachments.models import Attachment
found = {}
def visit(account, *paths):
    client = Client(raise_request_exception=True)
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    for path in paths:
        found[path] = client.get(path, follow=True).status_code
head = Membership.objects.filter(role="HEAD").select_related("account", "establishment").first()
school = head.establishment
pupil = Attachment.objects.opening().filter(establishment=school).select_related("account").first()
home = f"/e/{school.uai}/"
visit(head.account, *(home + path for path in (
    "", "eleves/", f"eleves/{pupil.learner_id}/", "import/", f"import/{school.imports.first().pk}/", "cartes/",
    "campagnes/", "aides/", "journal/", "equipe/", "reglages/", "seances/", "donnees-personnelles/", "mediacentre/")))
visit(pupil.account, "/moi/", "/moi/donnees/", "/moi/facons/")
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: Any) -> dict[str, str]:
    """A backup of the old release, restored in this one, which brings it up to date; the environment that opens it."""
    place = tmp_path_factory.mktemp("upgrade")
    saved = backup_of_the_old_release(tmp_path_factory.mktemp("saved"))
    gone = {"PREAU_URL", "DATABASE_URL", "PREAU_LOCAL_URL"}
    environment = {key: value for key, value in os.environ.items() if key not in gone}
    environment |= {
        "PREAU_VAR": str(place),
        "DJANGO_SETTINGS_MODULE": "preau.settings",
        "PREAU_DEBUG": "1",
        "PREAU_LOG_LEVEL": "WARNING",
    }
    assert "version 0.0.9" in run(environment, "-m", "preau", "restore", str(saved))
    return environment


def backup_of_the_old_release(place: Path) -> Path:
    """As `preau backup` wrote it then."""
    content, file = place / backup.CONTENT, place / "preau.tar"
    with closing(sqlite3.connect(content)) as old:
        old.executescript(gzip.decompress(OLD.read_bytes()).decode())
        applied = [f"{app}.{name}" for app, name in old.execute("SELECT app, name FROM django_migrations")]
    digest, size = hashlib.sha256(content.read_bytes()).hexdigest(), content.stat().st_size
    said = backup.Manifest(1, "0.0.9", "sqlite", "2026-09-01T03:00:00+02:00", digest, size, sorted(applied))
    (place / backup.MANIFEST).write_text(json.dumps(asdict(said)), encoding="utf-8")
    with tarfile.open(file, "w") as tar:
        for name in (backup.MANIFEST, backup.CONTENT):
            tar.add(place / name, name)
    return file


def run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_nobody_is_lost_on_the_way(upgraded: dict[str, str]) -> None:
    with closing(sqlite3.connect(Path(upgraded["PREAU_VAR"], "preau.sqlite3"))) as now:
        counts = {table: now.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in KEPT}
        assert counts == KEPT
        assert now.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_pages_open_on_the_old_data(upgraded: dict[str, str]) -> None:
    found = json.loads(run(upgraded, "-c", VISIT).splitlines()[-1])
    assert len(found) == 17
    assert {path: status for path, status in found.items() if status != 200} == {}
