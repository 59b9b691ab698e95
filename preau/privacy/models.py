"""How long a school keeps those who left, and since when it knows that they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from preau.accounts.models import Account
from preau.establishments.models import Establishment
from preau.rosters.models import Learner, LearnerStatus

if TYPE_CHECKING:
    from datetime import date

LONGEST_DAYS = 90
SHORTEST_DAYS = 31  # an import, and the departures it made, can be undone for thirty days


class PrivacyChoices(models.Model):
    """What a school says: how long, never more than ninety days, and who answers families."""

    establishment = models.OneToOneField(Establishment, on_delete=models.CASCADE, related_name="privacy")
    kept_days = models.PositiveSmallIntegerField("jours gardés après un départ", default=LONGEST_DAYS)
    contact = models.CharField("qui répond aux familles", max_length=200, blank=True)
    officer = models.CharField("délégué à la protection des données", max_length=200, blank=True)
    set_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = "choix sur les données"
        verbose_name_plural = "choix sur les données"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kept_days__gte=SHORTEST_DAYS, kept_days__lte=LONGEST_DAYS),
                name="privacy_days_bounded",
            )
        ]


class DepartureQuerySet(models.QuerySet["Departure"]):
    """Sets of departures."""

    def real(self) -> DepartureQuerySet:
        """Of pupils who are still gone."""
        return self.filter(learner__status=LearnerStatus.LEFT)

    def due(self, on: date) -> DepartureQuerySet:
        """Noticed so long ago that their school keeps them no longer."""
        from preau.privacy.retention import too_old

        return self.real().filter(too_old(on))


class Departure(models.Model):
    """Préau noticed that this pupil is gone: the clock starts here, whatever day the file gives.

    A file can say in November that somebody left in September, or give no day at all.
    """

    learner = models.OneToOneField(Learner, on_delete=models.CASCADE, related_name="departure")
    left_on = models.DateField(null=True)  # as the roster said then: another day is another departure
    noticed_on = models.DateField()

    objects = DepartureQuerySet.as_manager()

    class Meta:
        verbose_name = "départ"
        indexes = [models.Index(fields=["noticed_on"], name="departure_clock")]
