"""A backup comes back whole, on both databases; anything else is refused and changes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from preau.web import backup

CONTENT = b"une base" * 1000
ROOT = Path(__file__).resolve().parents[2]
SCHOOL = ("create-school", "0931434D", "Collège des Quatre-Tilleuls", "--head", "chef@exemple.example")


@pytest.fixture
def installations(tmp_path: Path, django_db_setup: None) -> Iterator[list[dict[str, str]]]:
    """Two empty ones, on the database that the suite runs on: one is saved, and comes back on the other."""
    gone = {"PREAU_URL", "DATABASE_URL", "PREAU_LOCAL_URL"}
    common = {k: v for k, v in os.environ.items() if k not in gone} | {"PREAU_LOG_LEVEL": "WARNING"}
    both = [common | {"PREAU_VAR": str(tmp_path / name)} for name in ("ici", "ailleurs")]
    if connection.vendor != "postgresql":
        yield both
        return
    import psycopg

    server = os.environ["DATABASE_URL"]
    names = [f"sauvegarde_{os.getpid()}_{rank}" for rank in range(2)]
    with psycopg.connect(server, autocommit=True) as admin:
        for name in names:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        base = server.rsplit("/", 1)[0]
        yield [one | {"DATABASE_URL": f"{base}/{name}"} for one, name in zip(both, names, strict=True)]
        for name in names:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def preau(environment: dict[str, str], *words: str, fails: bool = False) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "preau", *words],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert bool(done.returncode) == fails, done.stdout + done.stderr[-2000:]
    return done.stdout + done.stderr


def test_what_was_saved_comes_back_whole(installations: list[dict[str, str]], tmp_path: Path) -> None:
    here, there = installations
    file = tmp_path / "sauvegardes" / "preau.tar"
    preau(here, "migrate", "--no-input", "-v", "0")
    preau(here, *SCHOOL)
    assert "PREAU_CARD_KEYS" in preau(here, "backup", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Restauré" in preau(there, "restore", str(file))
    everything = preau(here, "dumpdata", "--all")
    assert "Quatre-Tilleuls" in everything
    assert preau(there, "dumpdata", "--all") == everything
    refused = preau(there, "restore", str(file), fails=True)
    assert "n’est pas vide" in refused
    preau(there, "create-school", "0180777X", "Lycée", "--head", "autre@exemple.example")
    preau(there, "restore", str(file), "--overwrite", "REMPLACER")
    said = {"sha256": hashlib.sha256(CONTENT).hexdigest(), "size": len(CONTENT)}
    unreadable = rewritten(file, tmp_path / "illisible.tar", content=CONTENT, **said)
    preau(there, "restore", str(unreadable), "--overwrite", "REMPLACER", fails=True)
    if "DATABASE_URL" in there:
        cut(there["DATABASE_URL"])
        assert "preau.E020" in preau(there, "check", "--deploy", fails=True)
        assert "n’est pas vide" in preau(there, "restore", str(file), fails=True)
    assert preau(there, "dumpdata", "--all") == everything
    secret = Path(here["PREAU_VAR"], "secret_key").read_bytes().strip()
    assert secret not in file.read_bytes()


def cut(url: str) -> None:
    """What `preau restore` leaves when it is killed: nothing yet, and what was there beside."""
    import psycopg

    with psycopg.connect(url) as base:
        base.execute(f"ALTER SCHEMA public RENAME TO {backup.BEFORE}")
        base.execute("CREATE SCHEMA public")


def test_a_backup_that_fails_leaves_the_one_before_and_nothing_else(
    db: None, tmp_path: Path, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(content: Path) -> None:
        content.write_bytes(b"la moi")
        raise OSError(28, "No space left on device")

    file = tmp_path / "preau.tar"
    file.write_bytes(b"celle d'hier")
    for name in ("_copy_sqlite", "_dump"):
        monkeypatch.setattr(backup, name, full)
    with pytest.raises(CommandError, match="No space left"):
        call_command("backup", str(file))
    assert [one.name for one in tmp_path.iterdir()] == ["preau.tar"]
    assert file.read_bytes() == b"celle d'hier"


def test_the_word_is_typed_in_full(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="attend le mot REMPLACER"):
        call_command("restore", str(tmp_path / "x.tar"), overwrite="remplacer")


def rewritten(source: Path, target: Path, content: bytes | None = None, **said: Any) -> Path:
    """The same backup, with something else in its manifest or its content."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for name in (backup.MANIFEST, backup.CONTENT):
            words = old.extractfile(name).read()  # type: ignore[union-attr]
            if name == backup.MANIFEST:
                words = json.dumps(json.loads(words) | said).encode()
            elif content is not None:
                words = content
            entry = tarfile.TarInfo(name)
            entry.size = len(words)
            new.addfile(entry, io.BytesIO(words))
    return target


@pytest.fixture
def saved(db: None, tmp_path: Path, now: Any, settings: Any) -> Path:
    """A backup of nothing, made by hand: a test's own transaction cannot be copied while it lasts."""
    settings.VAR_DIR = tmp_path
    digest = hashlib.sha256(CONTENT).hexdigest()
    said = backup.Manifest(1, "0", connection.vendor, now.isoformat(), digest, len(CONTENT), [])
    file = tmp_path / "bonne.tar"
    with tarfile.open(file, "w") as new:
        for name, words in ((backup.MANIFEST, json.dumps(asdict(said)).encode()), (backup.CONTENT, CONTENT)):
            entry = tarfile.TarInfo(name)
            entry.size = len(words)
            new.addfile(entry, io.BytesIO(words))
    return file


@pytest.mark.parametrize("content", [b"autre chose", CONTENT[:-1] + b"E"], ids=["shorter", "one letter"])
def test_a_damaged_file_is_refused_before_anything_is_lost(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    reached: list[Path] = []
    for name in ("_put_sqlite", "_undump"):
        monkeypatch.setattr(backup, name, reached.append)
    with pytest.raises(backup.Damaged):
        backup.restore(path=rewritten(saved, tmp_path / "x.tar", content=content), overwrite=True)
    assert reached == []
    backup.restore(path=saved, overwrite=True)
    assert len(reached) == 1


def test_another_engine_or_a_newer_release_is_refused(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(backup.OtherEngine):
        backup.restore(path=rewritten(saved, tmp_path / "x.tar", engine="oracle"))
    newer = rewritten(saved, tmp_path / "y.tar", migrations=["accounts.9999_demain"], version="9")
    with pytest.raises(backup.FromTheFuture, match=r"accounts\.9999_demain"):
        backup.restore(path=newer)


@pytest.mark.parametrize("content", [b"", b"une lettre", b"\x00" * 2048])
def test_what_is_no_backup_is_refused(db: None, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "lettre.txt"
    file.write_bytes(content)
    with pytest.raises(backup.NotABackup):
        backup.restore(path=file)


def test_a_backup_cut_short_is_refused(saved: Path, tmp_path: Path) -> None:
    cut = tmp_path / "coupee.tar"
    cut.write_bytes(saved.read_bytes()[:2000])
    with pytest.raises((backup.NotABackup, backup.Damaged)):
        backup.restore(path=cut)


def test_a_missing_client_is_said(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter(()))
    with pytest.raises(backup.NoClient, match="postgresql-client"):
        backup._client("pg_dump")
