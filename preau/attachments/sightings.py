"""How many pupils the ENT sends, class by class and day by day: figures that name nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from preau.attachments.models import Sighting
from preau.establishments.models import Establishment
from preau.rosterfiles.divisions import division_key
from preau.rosters.models import Division, Learner

KEPT_FOR = timedelta(days=365)


def count_held(establishment: Establishment, labels: tuple[str, ...], *, at: datetime) -> None:
    """One more arrival that no account knows; its class is kept only if the roster has one of that name."""
    keys = [division_key(label)[:40] for label in labels]
    known = Division.objects.filter(establishment=establishment, key__in=keys).values_list("key", flat=True)
    _count(establishment.pk, next(iter(known.order_by("key")), ""), "held", at=at)


def count_joined(learner: Learner, *, at: datetime) -> None:
    """One of today's arrivals ended well: it is taken off its class, or off those whose class was not said."""
    key = learner.division.key if learner.division else ""
    day = timezone.localdate(at)
    for one in (key, ""):
        open_ones = Sighting.objects.filter(
            establishment=learner.establishment_id, day=day, division_key=one, joined__lt=F("held")
        )
        if open_ones.update(joined=F("joined") + 1):
            return


def _count(establishment_id: int, key: str, field: str, *, at: datetime) -> None:
    """Add one; the row of the day is made by the first arrival."""
    row = {"establishment_id": establishment_id, "division_key": key, "day": timezone.localdate(at)}
    if not Sighting.objects.filter(**row).update(**{field: F(field) + 1}):
        Sighting.objects.bulk_create([Sighting(**row)], ignore_conflicts=True)
        Sighting.objects.filter(**row).update(**{field: F(field) + 1})


def forget_old_sightings(*, at: datetime) -> int:
    """Delete the figures of a year ago."""
    return Sighting.objects.filter(day__lt=timezone.localdate(at - KEPT_FOR)).delete()[0]
