"""What the school office does: bring the files of the year, one after the other."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from preau.accounts.models import Account
from preau.establishments.models import Establishment, school_year_of
from preau.rehearsal.schools import School
from preau.rosterfiles.generate import ARCHIVE_NAME, generate_roster
from preau.rosters.actions import apply_import, read_import, start_import
from preau.rosters.models import RosterImport

_MOVES = 10  # changes of one file, at least: every kind shows, however small the school


class Office:
    """One person of one school, with the exports of that school."""

    def __init__(self, school: School, establishment: Establishment, by: Account, now: datetime) -> None:
        self.school = school
        self.establishment = establishment
        self.by = by
        self.year = school_year_of(timezone.localdate(now))

    def bring(self, *, at: datetime, changes: float = 0.0, change_seed: int = 0) -> RosterImport:
        """Export, upload and have the file read at once; it is left to be applied."""
        content = generate_roster(
            pupils=self.school.pupils,
            seed=self.school.seed,
            school_year=self.year,
            exported_at=timezone.localtime(at).replace(tzinfo=None, microsecond=0),
            uai=self.school.uai,
            oddities=True,
            kind=self.school.kind,
            changes=max(changes, _MOVES / self.school.pupils) if changes else 0.0,
            change_seed=change_seed,
        )
        started = start_import(
            establishment=self.establishment,
            file_name=ARCHIVE_NAME,
            content=content,
            by=self.by,
            at=at,
            ask_worker=False,
        )
        # Read here rather than by the worker, that will find nothing left to do.
        read = read_import(roster_import_id=started.pk, clock=lambda: at)
        return read or started

    def bring_and_apply(self, *, at: datetime, changes: float = 0.0, change_seed: int = 0) -> RosterImport:
        """Do the same, read the preview and apply; a file of the year to come, or many departures, is confirmed."""
        brought = self.bring(at=at, changes=changes, change_seed=change_seed)
        return apply_import(
            roster_import=brought, by=self.by, at=at, confirmation=brought.brake_words, settled=True
        )
