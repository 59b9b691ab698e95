"""Kill -9 whoever reads, applies or undoes an import, at random moments: is the roster exactly before or after?

`python -m bench.kills [200]` prints one line per database and per deed, and fails when a single roster is anything else
than what it was or what it was to be: pupils, classes, attachments, version, journal, state of the import. A reading
that was killed must be done again by the next worker, or say why it is not. Each database is thrown away.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

UAI, ELSEWHERE = "0931434D", "0693456B"
SILENCE = 0.3  # seconds; the next worker starts when it has passed
LINGERING = 0.02  # seconds that a process lives after its deed, so that some die just then
SIZES = {"moins": 60, "base": 120, "plus": 170}
COLUMNS = ("tués", "avant", "après", "repris", "raison dite", "faux")
APPNAME = "preau-kills"


def main() -> None:
    """Run each database in a process of its own: settings are read once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kills", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--inside", action="store_true", help="on DATABASE_URL, already migrated and empty")
    options = parser.parse_args()
    if options.inside:
        sys.exit(inside(options.kills, options.seed))
    print(f"Graine {options.seed}\n\n| base | geste | {' | '.join(COLUMNS)} |")
    print(f"| --- | --- |{' ---: |' * len(COLUMNS)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="preau-kills-") as folder:
        status = _run(f"sqlite:///{Path(folder) / 'kills.sqlite3'}", options)
    from tests.postgres import binaries, temporary_postgresql

    if binaries() is None:
        print("PostgreSQL introuvable : seule SQLite est éprouvée.", file=sys.stderr)
    else:
        with temporary_postgresql() as url:
            status |= _run(url, options)
    sys.exit(status)


def _run(url: str, options: argparse.Namespace) -> int:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "PREAU_DB_POOLED": "0",
        "DJANGO_SETTINGS_MODULE": "preau.settings",
        "PREAU_LOG_LEVEL": "CRITICAL",
    }
    migrate = [sys.executable, "-m", "preau", "migrate", "-v", "0"]
    subprocess.run(migrate, env=environment, check=True, stdout=subprocess.DEVNULL)
    command = [sys.executable, "-m", "bench.kills", str(options.kills), "--seed", str(options.seed)]
    return subprocess.run([*command, "--inside"], env=environment, check=False).returncode


def inside(kills: int, seed: int) -> int:
    """Kill that many times in this database; 1 when something was wrong."""
    import django

    django.setup()
    from django.db import connection

    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    office = _Office(random.Random(seed))
    office.open()
    wrong = ""
    try:
        while office.killed < kills:
            office.go_round()
    except HalfDone as error:
        wrong = str(error)
    for deed, tally in office.tallies.items():
        print(f"| {name} | {deed} | {' | '.join(str(tally[column]) for column in COLUMNS)} |", flush=True)
    if wrong:
        print(wrong, file=sys.stderr)
    return 1 if wrong or not all(tally["tués"] for tally in office.tallies.values()) else 0


class HalfDone(Exception):
    """Something is neither as before nor as after."""


class Truth(NamedTuple):
    """What the database says of one school and one import."""

    roster: str
    state: str
    version: int
    entries: int


@dataclass
class Deed:
    """What one kind of deed gives when nobody disturbs it, and how long it takes, from one fork to its end."""

    roster: str
    state: str
    versions: int
    entries: int
    seconds: float

    def after(self, before: Truth) -> Truth:
        """What is to be found when it was done."""
        version, entries = before.version + self.versions, before.entries + self.entries
        return Truth(self.roster, self.state, version, entries)


class _Office:
    """One school, its files, and the deeds that are killed."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.tallies: dict[str, Counter[str]] = {deed: Counter() for deed in ("lire", "appliquer", "annuler")}
        self.clean: dict[tuple[str, str], Deed] = {}
        self.known: frozenset[int] = frozenset()

    @property
    def killed(self) -> int:
        """How many times, all deeds together."""
        return sum(tally["tués"] for tally in self.tallies.values())

    def open(self) -> None:
        """A school with pupils, some of whom changed class; another one that knows some who arrive; a first go."""
        from preau.establishments.models import Establishment
        from preau.rosters.models import Learner

        self.school = Establishment.objects.create(uai=UAI, name="Collège", town="Saint-Œgly")
        self.files = {name: _file(size) for name, size in SIZES.items()}
        self.bring("base")
        _worker()
        self.apply()
        here = Learner.objects.filter(establishment=self.school).order_by("pk")
        Learner.objects.filter(pk__in=list(here.values_list("pk", flat=True)[:15])).update(
            division=None, groups=[]
        )
        self.known = frozenset(here.values_list("pk", flat=True))
        for name in ("plus", "moins"):
            self.bring(name)
            if name == "plus":
                _worker()
                self._know_elsewhere()
                self._drop()
                self.bring(name)
            for deed, act in (("lire", _worker), ("appliquer", self.apply), ("annuler", self.undo)):
                self._measure(name, deed, act)

    def _measure(self, name: str, deed: str, act: Callable[[], None]) -> None:
        before, start = self.truth(), time.perf_counter()
        if os.waitpid(_fork(act), 0)[1]:
            raise RuntimeError(f"{deed} does not work even undisturbed")
        seconds, now = time.perf_counter() - start, self.truth()
        steps = now.version - before.version, now.entries - before.entries
        self.clean[name, deed] = Deed(now.roster, now.state, *steps, seconds)

    def _know_elsewhere(self) -> None:
        """Some of those who arrive have an account of another school."""
        from preau.accounts.models import Account
        from preau.attachments.actions import attach
        from preau.attachments.models import How
        from preau.establishments.models import Establishment
        from preau.rosters.models import ChangeKind, ImportChange, Learner

        other = Establishment.objects.create(uai=ELSEWHERE, name="Mimosas", town="Ailleurs")
        arrivals = ImportChange.objects.filter(roster_import=self.current, kind=ChangeKind.ARRIVAL)
        for change in arrivals.exclude(after__ine=None)[:20]:
            told = {k: change.after[k] for k in ("ine", "last_name", "first_name", "birth_date")}
            learner = Learner.objects.create(establishment=other, search_key="x", sort_key="x", **told)
            account = Account.objects.create(username=f"eleve.{learner.pk}")
            attach(learner=learner, account=account, how=How.CARD, by=account, at=self.now())

    def go_round(self) -> None:
        """Bring a file, read, apply and undo it; each of them killed once or more."""
        name = self.chance.choice(["plus", "moins"])
        self.bring(name)
        self._kill_reading(name)
        self._kill(name, "appliquer", self.apply)
        self._kill(name, "annuler", self.undo)

    def _kill(self, name: str, deed: str, act: Callable[[], None]) -> None:
        clean, tally, before = self.clean[name, deed], self.tallies[deed], self.truth()
        after = clean.after(before)
        killed = self._killed_while(act, clean.seconds)
        tally["tués"] += killed
        now = self.truth()
        if now not in (before, after):
            self._refuse(deed, now, before, after)
        tally["avant" if now == before else "après"] += killed
        if now == before:
            os.waitpid(_fork(act), 0)
            tally["repris"] += killed
            if (now := self.truth()) != after:
                self._refuse(deed, now, after)

    def _kill_reading(self, name: str) -> None:
        clean, tally, before = self.clean[name, "lire"], self.tallies["lire"], self.truth()
        after = clean.after(before)
        deaths, unread = 0, 0
        while deaths < (2 if self.chance.random() < 0.3 else 1):
            killed = self._killed_while(_worker, clean.seconds)
            deaths += 1
            tally["tués"] += killed
            now = self.truth()
            if now not in (before, after) or self._half_read(now):
                self._refuse("lire", now, before, after)
            tally["avant" if now == before else "après"] += killed
            unread += killed and now == before
            time.sleep(SILENCE * 1.1)
        os.waitpid(_fork(_worker), 0)
        now = self.truth()
        if now == after and not self._half_read(now):
            tally["repris"] += unread
        elif deaths > 1 and now == before._replace(state="FAILED") and self._said_why():
            tally["raison dite"] += unread
            self.bring(name)
            os.waitpid(_fork(_worker), 0)
        else:
            self._refuse("lire", now, after)

    def _killed_while(self, act: Callable[[], None], seconds: float) -> int:
        """Kill -9 a process that does this, some time between its first and its last moment; 0 if it had ended."""
        pid = _fork(act)
        time.sleep(self.chance.uniform(0, 1.1 * seconds))
        os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        _wait_for_the_database()
        return int(os.WIFSIGNALED(status))

    def _half_read(self, now: Truth) -> bool:
        """Whether changes are there without the preview, or the file without its reading."""
        from preau.rosters.models import ImportChange, PendingFile, RosterImport

        due = RosterImport.objects.get(pk=self.current).change_count
        laid = ImportChange.objects.filter(roster_import=self.current).count()
        kept = PendingFile.objects.filter(roster_import=self.current).exists()
        return laid != due or kept != (now.state == "READING")

    def _said_why(self) -> bool:
        from preau.rosters.models import RosterImport

        problems = RosterImport.objects.get(pk=self.current).problems
        return [problem["code"] for problem in problems] == ["WORKER_GONE"]

    def _refuse(self, deed: str, now: Truth, *good: Truth) -> NoReturn:
        self.tallies[deed]["faux"] += 1
        raise HalfDone(f"{deed}: found {now}, neither of {good}")

    def bring(self, name: str) -> None:
        """Drop a file at the desk."""
        from preau.rosters.actions import start_import

        made = start_import(
            establishment=self.school,
            file_name=f"{name}.zip",
            content=self.files[name],
            by=None,
            at=self.now(),
        )
        self.current = made.pk

    def _drop(self) -> None:
        from preau.rosters.actions import drop_import
        from preau.rosters.models import RosterImport

        drop_import(roster_import=RosterImport.objects.get(pk=self.current), by=None, at=self.now())

    def apply(self) -> None:
        """Apply the import, as a page would."""
        from preau.rosters.actions import apply_import
        from preau.rosters.models import RosterImport

        ready = RosterImport.objects.get(pk=self.current)
        words = ready.brake_words if ready.braked else None
        apply_import(
            roster_import=ready, by=None, at=self.now(), confirmation=words, settled=True, older=True
        )

    def undo(self) -> None:
        """Undo it, as a page would."""
        from preau.rosters.actions import undo_import
        from preau.rosters.models import RosterImport

        undo_import(roster_import=RosterImport.objects.get(pk=self.current), by=None, at=self.now())

    def now(self) -> Any:
        """The clock of the house."""
        from django.utils import timezone

        return timezone.now()

    def truth(self) -> Truth:
        """Everything that an import touches. The numbers of rows that come and go are not told, all else is."""
        from preau.attachments.models import Attachment, RecognitionRefusal
        from preau.audit.models import Entry
        from preau.establishments.models import Establishment
        from preau.rosters.models import Division, Learner, RosterImport

        here = Learner.objects.filter(establishment=self.school)
        fields = [f.attname for f in Learner._meta.concrete_fields if f.attname not in {"id", "division_id"}]
        pupils = [
            (pk if pk in self.known else None, *rest)
            for pk, *rest in here.order_by("local_id", "pk").values_list("pk", "division__key", *fields)
        ]
        classes = (
            Division.objects.filter(establishment=self.school).order_by("key").values_list("key", "name")
        )
        attached = Attachment.objects.filter(establishment=self.school).order_by("learner__local_id")
        accounts = list(attached.values_list("learner__local_id", "account_id", "made_how", "ended_at"))
        doubts = RecognitionRefusal.objects.filter(roster_import__establishment=self.school).count()
        said = repr((pupils, list(classes), accounts, doubts))
        state = RosterImport.objects.get(pk=self.current).state
        version = Establishment.objects.get(pk=self.school.pk).roster_version
        return Truth(
            hashlib.sha256(said.encode()).hexdigest()[:16],
            state,
            version,
            Entry.objects.filter(uai=UAI).count(),
        )


def _file(pupils: int) -> bytes:
    from django.utils import timezone

    from preau.establishments.models import school_year_of
    from preau.rosterfiles.generate import generate_roster

    exported = timezone.localtime().replace(tzinfo=None) - timedelta(hours=1)
    year = school_year_of(timezone.localdate())
    return generate_roster(pupils=pupils, seed=7, uai=UAI, school_year=year, exported_at=exported)


def _worker() -> None:
    """`preau worker`, until nothing is left to do."""
    from django.core.management import call_command

    call_command(
        "worker",
        "--batch",
        "--no-startup-delay",
        "--silence",
        str(SILENCE),
        "--interval",
        "0.05",
        verbosity=0,
    )


def _fork(act: Callable[[], None]) -> int:
    """Do this in another process, with connections of its own; its number."""
    from django.db import connections

    connections.close_all()
    if pid := os.fork():
        return pid
    status = 1
    try:
        os.environ["PGAPPNAME"] = APPNAME
        act()
        time.sleep(LINGERING)
        status = 0
    except BaseException as error:  # noqa: BLE001 - said, then the process ends whatever happened
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def _wait_for_the_database() -> None:
    """Let PostgreSQL notice that its client died: what it had not committed is then gone."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [APPNAME])
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise RuntimeError("PostgreSQL goes on without its client")


if __name__ == "__main__":
    main()
