"""When a school takes what files say: as usual, arrivals only, or nothing (rentree.md, the rentrée calendar)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from preau.accounts.models import Account
from preau.establishments.models import Establishment

if TYPE_CHECKING:
    from preau.rosters.models import RosterImport

REMINDER_MONTHS = (9, 10)
OLD_AFTER_DAYS = 31


class CalendarMode(models.TextChoices):
    """What may be applied."""

    NORMAL = "NORMAL", "Normal : tout ce que dit un fichier peut être appliqué"
    ADDITIONS = "ADDITIONS", "Arrivées seulement : personne ne part"
    FROZEN = "FROZEN", "Gelé : aucun fichier n’est appliqué"


class ImportCalendar(models.Model):
    """The choice of one school; no row is the normal mode, and so is any day out of `since`..`until`."""

    establishment = models.OneToOneField(
        Establishment, on_delete=models.CASCADE, related_name="import_calendar"
    )
    mode = models.CharField(max_length=9, choices=CalendarMode.choices, default=CalendarMode.NORMAL)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    set_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = "calendrier de rentrée"
        verbose_name_plural = "calendriers de rentrée"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(since=None)
                | models.Q(until=None)
                | models.Q(since__lte=models.F("until")),
                name="calendar_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.establishment_id} {self.mode}"

    def mode_on(self, day: date) -> CalendarMode:
        """What may be applied that day; both ends are included."""
        outside = (self.since is not None and day < self.since) or (
            self.until is not None and day > self.until
        )
        return CalendarMode.NORMAL if outside else CalendarMode(self.mode)


def calendar_of(establishment: Establishment) -> ImportCalendar | None:
    """What the school has chosen, if it ever did."""
    found = ImportCalendar.objects.filter(establishment=establishment.pk)
    return found.select_related("set_by").first()


def mode_of(establishment: Establishment, *, on: date) -> CalendarMode:
    """What may be applied in this school that day."""
    chosen = calendar_of(establishment)
    return chosen.mode_on(on) if chosen is not None else CalendarMode.NORMAL


def is_outdated(applied: RosterImport | None, *, today: date) -> bool:
    """Whether the last import applied deserves a reminder; by the day its file was made, when it says it."""
    if applied is None or applied.applied_at is None:
        return False
    return is_old(applied.exported_on or timezone.localdate(applied.applied_at), today=today)


def is_old(applied_on: date, *, today: date) -> bool:
    """Whether, in September or October, the roster says what a file said more than a month ago."""
    return today.month in REMINDER_MONTHS and (today - applied_on).days >= OLD_AFTER_DAYS
