"""What this room says when an import is about to be undone."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from preau.campaigns.models import Participation
from preau.rosters.models import ChangeKind, ImportChange, RosterImport
from preau.rosters.signals import Hold, import_undoing


@receiver(import_undoing)
def hold_participants(roster_import: RosterImport, **_: Any) -> list[Hold]:
    """Hold whoever has started something since: whom the import brought, and whom it recognised."""
    changes = ImportChange.objects.filter(roster_import=roster_import)
    arrivals = changes.filter(kind=ChangeKind.ARRIVAL)
    since = Q(started_at__gte=roster_import.applied_at, learner__in=changes.values("learner"))
    started = Participation.objects.filter(since | Q(learner__in=arrivals.values("learner")))
    return [Hold(started.values("learner"), "a commencé un parcours", "ont commencé un parcours")]
