"""What the clock hears from the other rooms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from preau.accounts.signals import tidying
from preau.privacy.actions import erase_due, forget_old_acts, forget_old_staff
from preau.privacy.models import Departure
from preau.privacy.retention import notice_departures
from preau.rosters.models import ChangeKind, ImportChange, RosterImport
from preau.rosters.signals import import_applied, import_undone


@receiver(tidying)
def keep_time(at: datetime, **_: Any) -> None:
    """Notice who left, erase whose time has come, forget who did what a year ago."""
    notice_departures(on=timezone.localdate(at))
    erase_due(at=at)
    forget_old_staff(at=at)
    forget_old_acts(at=at)


@receiver([import_applied, import_undone])
def start_again(roster_import: RosterImport, **_: Any) -> None:
    """Whoever an import sends away or brings back is counted from then on; an arrival undone has no clock."""
    kinds = [ChangeKind.DEPARTURE, ChangeKind.RETURN, ChangeKind.ARRIVAL]
    moved = ImportChange.objects.filter(roster_import=roster_import, kind__in=kinds)
    Departure.objects.filter(learner__in=moved.values("learner")).delete()
