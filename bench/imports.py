"""How long an import takes: reading, comparing, writing; on SQLite and on PostgreSQL, beside the bare floors.

`python -m bench.imports [--pupils 2000 20000]` prints the table of docs/performance.md. Each database is thrown away.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

RUNS = 3
AT = datetime(2026, 9, 3, 10, tzinfo=UTC)


def main() -> None:
    """Run each database in a process of its own: settings are read once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pupils", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        inside(options.pupils)
        return
    sizes = [str(size) for size in options.pupils]
    print(
        "| base | élèves | import | lecture | plancher XML | comparaison | écriture | plancher | rapport | total |"
    )
    print("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    with tempfile.TemporaryDirectory(prefix="preau-bench-") as folder:
        _run(f"sqlite:///{Path(folder) / 'bench.sqlite3'}", sizes)
    if url := os.environ.get("DATABASE_URL_PG"):
        _run(url, sizes)
        return
    from tests.postgres import binaries, temporary_postgresql

    if binaries() is None:
        print("PostgreSQL introuvable : seule SQLite est mesurée.", file=sys.stderr)
        return
    with temporary_postgresql() as url:
        _run(url, sizes)


def _run(url: str, sizes: list[str]) -> None:
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "preau.settings"}
    command = [sys.executable, "-m", "bench.imports", "--inside", "--pupils", *sizes]
    subprocess.run(command, env=environment, check=True)


class Split:
    """Seconds by part of the work."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Add the time spent inside to a part."""
        start = time.perf_counter()
        yield
        self.parts[part] = self.parts.get(part, 0) + time.perf_counter() - start

    @property
    def total(self) -> float:
        return sum(self.parts.values())


def inside(sizes: list[int]) -> None:
    """Measure one database."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    for size in sizes:
        _measure(name, size)


def _measure(name: str, size: int) -> None:
    from preau.rosterfiles.generate import generate_roster

    wish = {"pupils": size, "seed": 7, "school_year": 2026, "exported_at": datetime(2026, 9, 3, 7, 58)}  # noqa: DTZ001
    content = generate_roster(**wish, uai="0931434D")  # type: ignore[arg-type]
    firsts, agains, moved, floors, bare = [], [], [], [], []
    gone, back, known = [], [], []
    for _ in range(RUNS):
        _empty()
        _import(content)
        gone.append(_undo())
        _empty()
        firsts.append(_import(content))
        agains.append(_import(content))
        _forget_classes()
        moved.append(_import(content))
        back.append(_undo())
        floors.append(_bare_load())
        bare.append(_bare_parse(content))
        _empty()
        _know_elsewhere(content)
        known.append(_import(content))
    floor = min(floors)
    for label, splits, load in (
        ("première fois", firsts, floor),
        ("inchangé", agains, None),
        ("toutes les classes changent", moved, floor),
        ("annulation, tous étaient arrivés", gone, floor),
        ("annulation, toutes les classes changeaient", back, floor),
        ("tous reconnus d’un autre établissement", known, floor),
    ):
        split = min(splits, key=lambda one: one.total)
        parts = split.parts
        ratio = f"{parts['write'] / load:.1f}" if load else "—"
        xml = min(bare) if "read" in parts else None
        cells = [parts.get("read"), xml, parts.get("compare"), parts["write"], load]
        shown = " | ".join(f"{cell:.2f} s" if cell is not None else "—" for cell in cells)
        print(f"| {name} | {size} | {label} | {shown} | {ratio} | **{split.total:.2f} s** |", flush=True)


def _empty() -> None:
    """A school without pupils."""
    from django.db import connection

    from preau.establishments.models import Establishment
    from preau.rosters.models import ImportChange, RosterImport

    ImportChange.objects.all().delete()
    RosterImport.objects.all().delete()
    with connection.cursor() as cursor:
        for table in (
            "attachments_recognitionrefusal",
            "attachments_attachment",
            "accounts_account",
            "audit_entry",
        ):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("DELETE FROM rosters_learner")
        cursor.execute("DELETE FROM rosters_division")
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
    Establishment.objects.get_or_create(uai="0931434D", defaults={"name": "Banc"})


def _forget_classes() -> None:
    """As in September: everybody is in another class than the one we know."""
    from preau.rosters.models import Learner

    Learner.objects.update(division=None)


def _import(content: bytes) -> Split:
    """The real thing: the very functions of the product, timed part by part."""
    from preau.establishments.models import Establishment
    from preau.rosters.actions import apply_import, read_import, start_import

    school, split = Establishment.objects.get(uai="0931434D"), Split()
    made = start_import(establishment=school, file_name="a.zip", content=content, by=None, at=AT)
    start = time.perf_counter()
    with _reading_timed(split):
        read_import(roster_import_id=made.pk, clock=lambda: AT)
    elapsed = time.perf_counter() - start
    split.parts["compare"] = elapsed - split.total
    with split.timed("write"):
        apply_import(roster_import=made, by=None, at=AT, settled=True, confirmation=None)
    return split


def _undo() -> Split:
    """Undo the last import applied."""
    from preau.rosters.actions import undo_import
    from preau.rosters.models import RosterImport

    last, split = RosterImport.objects.order_by("-pk")[0], Split()
    with split.timed("write"):
        undo_import(roster_import=last, by=None, at=AT)
    return split


def _know_elsewhere(content: bytes) -> None:
    """Everybody of the file has an account in another school."""
    from django.db import connection

    from preau.accounts.models import Account
    from preau.attachments.models import Attachment, How
    from preau.establishments.models import Establishment
    from preau.rosters.models import Learner

    _import(content)
    elsewhere, _ = Establishment.objects.get_or_create(uai="0180777X", defaults={"name": "Ailleurs"})
    Learner.objects.update(establishment=elsewhere, division=None)
    learners = list(Learner.objects.order_by("pk"))
    accounts = Account.objects.bulk_create(
        [Account(username=f"eleve{learner.pk}", password="!") for learner in learners], batch_size=4000
    )
    Attachment.objects.bulk_create(
        [
            Attachment(
                learner=learner, establishment=elsewhere, account=account, made_at=AT, made_how=How.CARD
            )
            for learner, account in zip(learners, accounts, strict=True)
        ],
        batch_size=4000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def _reading_timed(split: Split) -> Iterator[None]:
    """Time the reader and the staging load where `read_import` calls them; the rest is comparing."""
    import importlib

    module = importlib.import_module("preau.rosters.actions.read_import")
    real_read, real_finish = module.read_roster, module._finish

    def read(*args: object, **how: object) -> object:
        with split.timed("read"):
            return real_read(*args, **how)

    def finish(*args: object, **how: object) -> None:
        with split.timed("write"):
            real_finish(*args, **how)

    module.read_roster, module._finish = read, finish
    try:
        yield
    finally:
        module.read_roster, module._finish = real_read, real_finish


def _bare_parse(content: bytes) -> float:
    """A bare `lxml.iterparse` loop over the same file that does nothing."""
    import io
    import zipfile

    from lxml import etree

    start = time.perf_counter()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(archive.namelist()[0]) as xml:
        for _, element in etree.iterparse(xml, events=("end",), tag="ELEVE"):
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return time.perf_counter() - start


def _bare_load() -> float:
    """The same rows into the same table, indexes and all, by COPY or executemany from plain tuples."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM rosters_learner")
        columns = [column[0] for column in cursor.description]
        place = columns.index("groups")
        rows = [
            tuple(
                json.dumps(value) if index == place and not isinstance(value, str) else value
                for index, value in enumerate(row)
            )
            for row in cursor.fetchall()
        ]
        cursor.execute("DELETE FROM rosters_learner")
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM rosters_learner")
    names = ", ".join(columns)
    start = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY rosters_learner ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO rosters_learner ({names}) VALUES ({marks})", rows)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
