"""One file that holds the whole database: written while the site runs, checked before it is put back.

A tar: `manifest.json` first, then the database. SQLite gives a copy through its backup interface; PostgreSQL through
its own `pg_dump` and `pg_restore`. No secret is in it: keys are backed up apart (hebergement.md).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from preau.web.refusals import Refusal

FORMAT = 1
MANIFEST, CONTENT = "manifest.json", "base"
BEFORE = "preau_before"  # where PostgreSQL keeps what was there, until all has come back
CHUNK = 1024 * 1024


class NoClient(Refusal):
    """PostgreSQL is saved by its own programs."""

    message = (
        "Le programme {name} manque : installez les programmes clients de PostgreSQL (postgresql-client)."
    )


class ClientFailed(Refusal):
    """What PostgreSQL's program said, without the password."""

    message = "{name} a échoué : {said}"


class NotABackup(Refusal):
    """Something else, or cut short."""

    message = "Ce fichier n’est pas une sauvegarde de Préau, ou il est incomplet."


class Damaged(Refusal):
    """The sum does not match."""

    message = (
        "Cette sauvegarde est abîmée : son empreinte n’est pas celle qu’elle annonce. Rien n’a été restauré."
    )


class OtherEngine(Refusal):
    """A dump of one database does not go into the other."""

    message = "Cette sauvegarde vient de {engine} ; cette installation utilise {here}. Rien n’a été restauré."


class FromTheFuture(Refusal):
    """The program is older than the data."""

    message = (
        "Cette sauvegarde vient d’une version plus récente ({version}) : elle connaît {missing}, que ce programme ne "
        "connaît pas. Installez cette version d’abord."
    )


class NotEmpty(Refusal):
    """There is something to lose."""

    message = (
        "La base de cette installation n’est pas vide. Pour remplacer tout ce qu’elle contient, ajoutez "
        "--overwrite REMPLACER."
    )


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    version: str
    engine: str
    made_at: str
    sha256: str
    size: int
    migrations: list[str]


def write_backup(*, path: Path, at: datetime) -> Manifest:
    """Write the backup, readable by its owner only; whole or not at all. Raises NoClient or ClientFailed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=".preau-") as place:
        content = Path(place, CONTENT)
        save = _copy_sqlite if connection.vendor == "sqlite" else _dump
        save(content)
        manifest = Manifest(
            format=FORMAT,
            version=running_version(),
            engine=connection.vendor,
            made_at=at.isoformat(timespec="seconds"),
            sha256=_digest(content),
            size=content.stat().st_size,
            migrations=sorted(
                f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()
            ),
        )
        whole = Path(place, "whole")
        with open(whole, "xb", opener=_private) as out, tarfile.open(fileobj=out, mode="w") as tar:
            words = json.dumps(asdict(manifest), indent=1).encode()
            header = tarfile.TarInfo(MANIFEST)
            header.size, header.mtime = len(words), int(at.timestamp())
            tar.addfile(header, io.BytesIO(words))
            tar.add(content, CONTENT, filter=_nobody)
            out.flush()
        with whole.open("rb") as written:
            os.fsync(written.fileno())
        whole.replace(path)
    return manifest


def read_manifest(path: Path) -> Manifest:
    """What the backup says of itself. Raises NotABackup."""
    try:
        with tarfile.open(path, mode="r:") as tar:
            first = tar.next()
            words = tar.extractfile(first) if first and first.name == MANIFEST else None
            if words is None:
                raise NotABackup
            said = json.loads(words.read(CHUNK))
            manifest = Manifest(**said)
    except (tarfile.TarError, OSError, ValueError, TypeError) as error:
        raise NotABackup from error
    if manifest.format != FORMAT:
        raise NotABackup
    return manifest


def restore(*, path: Path, overwrite: bool = False) -> Manifest:
    """Put the backup back; the database must be empty, or be given up. Raises a Refusal, and then changes nothing."""
    manifest = read_manifest(path)
    if manifest.engine != connection.vendor:
        raise OtherEngine(engine=manifest.engine, here=connection.vendor)
    missing = sorted(set(manifest.migrations) - _known_migrations())
    if missing:
        raise FromTheFuture(version=manifest.version, missing=missing[0])
    if connection.vendor == "postgresql" and was_cut():
        put_back_what_was_there()
    if not overwrite and not is_empty():
        raise NotEmpty
    with TemporaryDirectory(dir=settings.VAR_DIR, prefix="restore-") as place:
        content = Path(place, CONTENT)
        _extract(path, content)
        if content.stat().st_size != manifest.size or _digest(content) != manifest.sha256:
            raise Damaged
        put_back = _put_sqlite if connection.vendor == "sqlite" else _undump
        put_back(content)
    return manifest


def is_empty() -> bool:
    """Whether no account and no school would be lost."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in {"accounts_account", "establishments_establishment"} & tables:
            cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608 - two names of ours
            if cursor.fetchone():
                return False
    return True


def running_version() -> str:
    """The version of this program."""
    try:
        return version("preau")
    except PackageNotFoundError:  # run from its sources
        return "sources"


def _known_migrations() -> set[str]:
    from django.db.migrations.loader import MigrationLoader

    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}


def _extract(path: Path, content: Path) -> None:
    try:
        with tarfile.open(path, mode="r:") as tar, open(content, "xb", opener=_private) as out:
            found = tar.extractfile(CONTENT)
            if found is None:
                raise NotABackup
            shutil.copyfileobj(found, out, CHUNK)
    except (tarfile.TarError, KeyError, EOFError) as error:
        raise NotABackup from error


def _copy_sqlite(content: Path) -> None:
    content.touch(mode=0o600)
    connection.ensure_connection()
    with closing(sqlite3.connect(content)) as copy:
        connection.connection.backup(copy)


def _put_sqlite(content: Path) -> None:
    """Write every page over the database in use: other processes see the old one, or the new one."""
    with closing(sqlite3.connect(content)) as copy:
        try:
            sound = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        except sqlite3.DatabaseError:  # not even a database
            sound = False
        if not sound:
            raise Damaged
        connection.ensure_connection()
        copy.backup(connection.connection)
    connection.close()


def _dump(content: Path) -> None:
    _client("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={content}")


def _undump(content: Path) -> None:
    """Restore beside what is there, which goes only when all of it has come back."""
    wanted = content.with_name("list")  # asked first: a file that this program cannot read changes nothing
    lines = _client("pg_restore", "--list", str(content), database=False).splitlines()
    wanted.write_text(
        "\n".join(line for line in lines if "SCHEMA - public" not in line and "SCHEMA public" not in line)
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER SCHEMA public RENAME TO {BEFORE}")
        cursor.execute("CREATE SCHEMA public")
    connection.close()
    try:
        _client(
            "pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
            f"--use-list={wanted}", f"--dbname={connection.settings_dict['NAME']}", str(content), database=False,
        )  # fmt: skip
    except BaseException:  # Ctrl+C as well
        put_back_what_was_there()
        raise
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {BEFORE} CASCADE")


def was_cut() -> bool:
    """Whether a restore was killed in the middle: what was there before waits beside."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [BEFORE])
        return cursor.fetchone() is not None


def put_back_what_was_there() -> None:
    """As if the restore that was cut had not begun."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS public CASCADE")
        cursor.execute(f"ALTER SCHEMA {BEFORE} RENAME TO public")


def _client(name: str, *words: str, database: bool = True) -> str:
    """What a program of PostgreSQL answers; the password goes by the environment, never on the command line."""
    program = shutil.which(name) or next(
        (str(found) for found in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)),
        None,
    )
    if program is None:
        raise NoClient(name=name)
    values: dict[str, Any] = connection.settings_dict
    known = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    environment = {**os.environ, **{key: str(values[one]) for key, one in known.items() if values.get(one)}}
    last = [f"--dbname={values['NAME']}"] if database else []
    done = subprocess.run(  # noqa: S603 - one of three programs, no shell
        [program, "--no-password", *words, *last],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["sans rien dire"])[0]
        raise ClientFailed(name=name, said=said)
    return done.stdout


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
