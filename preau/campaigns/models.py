"""A code, a parcours behind it, and who has started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from preau.accounts.models import Account
from preau.establishments.models import Establishment
from preau.rosters.models import Division, Learner, LearnerStatus

if TYPE_CHECKING:
    from datetime import datetime


class CampaignQuerySet(models.QuerySet["Campaign"]):
    """Sets of campaigns."""

    def open(self, at: datetime) -> CampaignQuerySet:
        """Between their two dates, not archived."""
        return self.filter(archived_at=None, opens_at__lte=at).filter(
            models.Q(closes_at=None) | models.Q(closes_at__gt=at)
        )


class Campaign(models.Model):
    """A code that pupils type, between two dates, for some classes or all; it leads to a parcours."""

    establishment = models.ForeignKey(Establishment, on_delete=models.CASCADE, related_name="campaigns")
    title = models.CharField("titre", max_length=120)
    code = models.CharField(max_length=9, unique=True)  # six consonants, three digits; no spaces
    parcours_url = models.URLField(
        "adresse du parcours", max_length=500, blank=True
    )  # "" = Préau's own stand-in page
    opens_at = models.DateTimeField("ouvre le")
    closes_at = models.DateTimeField("ferme le", null=True, blank=True)
    divisions = models.ManyToManyField(
        Division, blank=True, related_name="campaigns", verbose_name="classes"
    )  # none = all
    several_tries = models.BooleanField("plusieurs participations possibles", default=False)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = "campagne"
        ordering = ["-opens_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes_at=None) | models.Q(closes_at__gt=models.F("opens_at")),
                name="campaign_closes_after_it_opens",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def shown_code(self) -> str:
        """« BDF GHK 274 »."""
        return f"{self.code[:3]} {self.code[3:6]} {self.code[6:]}"


class ParticipationState(models.TextChoices):
    """How far a pupil is."""

    STARTED = "STARTED", "commencée"
    DONE = "DONE", "terminée"


class ParticipationQuerySet(models.QuerySet["Participation"]):
    """Sets of participations."""

    def of_present(self) -> ParticipationQuerySet:
        """Those of pupils still enrolled."""
        return self.filter(learner__status=LearnerStatus.PRESENT)


class Participation(models.Model):
    """A pupil in a campaign; one per pupil unless the campaign allows several (`rank` counts them)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="participations")
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="participations")
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="participations")
    rank = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(
        max_length=7, choices=ParticipationState.choices, default=ParticipationState.STARTED
    )
    started_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        verbose_name = "participation"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "learner", "rank"], name="participation_once"),
            models.CheckConstraint(
                condition=models.Q(state="DONE", done_at__isnull=False)
                | models.Q(state="STARTED", done_at=None),
                name="participation_done_has_a_date",
            ),
        ]
        indexes = [models.Index(fields=["learner", "campaign"], name="participation_learner")]
