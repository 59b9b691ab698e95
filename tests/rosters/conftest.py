"""The school office: bring a file, have it read, apply it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from preau.rosters.actions import apply_import, read_import, start_import
from preau.rosters.models import RosterImport
from tests.rosters.siecle import TODAY, file_of, same
from tests.world import World

NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=ZoneInfo("Europe/Paris"))


class Office:
    """Mme Bœuf-Delaÿe, référente, and her files."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = NOON

    def bring(self, content: bytes, name: str = "ElevesSansAdresses.xml") -> RosterImport:
        """Upload, and have the worker read."""
        school = self.world.tilleuls
        school.refresh_from_db()
        made = start_import(
            establishment=school, file_name=name, content=content, by=self.world.boeuf, at=self.now
        )
        read_import(roster_import_id=made.pk, clock=lambda: self.now)
        made.refresh_from_db()
        return made

    def apply(self, roster_import: RosterImport, **how: object) -> RosterImport:
        """Press « Appliquer l’import »."""
        return apply_import(roster_import=roster_import, by=self.world.boeuf, at=self.now, **how)

    def unchanged(self, *without: str, **changed: dict[str, object]) -> list[dict[str, object]]:
        """The pupils of the Tilleuls as they are, but for some; `lea={"division": "6C"}` changes Léa."""
        here = {k: v for k, v in self.world.learners.items() if v.establishment_id == self.world.tilleuls.pk}
        return [same(who, **changed.get(key, {})) for key, who in here.items() if key not in without]

    def file(self, *more: dict[str, object], without: tuple[str, ...] = (), **changed: object) -> bytes:
        """A file of the Tilleuls: everybody, but for some, and newcomers."""
        return file_of(*self.unchanged(*without, **changed), *more)  # type: ignore[arg-type]

    def later(self, **span: int) -> None:
        """Time passes."""
        self.now += timedelta(**span)


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


@pytest.fixture
def kinds() -> Callable[[RosterImport], dict[str, list[str]]]:
    """Who is touched by an import, by kind: {"ARRIVAL": ["Íñigo"]}."""

    def read(roster_import: RosterImport) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for change in roster_import.changes.all():
            found.setdefault(change.kind, []).append(change.after["first_name"])
        return found

    return read
