"""A code, a parcours behind it, and who has started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from preau.accounts.models import Account
from preau.establishments.models import Establishment
from preau.parcours.models import Attempt, Parcours
from preau.parcours.plans import RENTREE, SIXTEEN, Plan
from preau.rosters.models import Division, Learner, LearnerStatus

if TYPE_CHECKING:
    from datetime import datetime


class CampaignKind(models.TextChoices):
    """What the code opens."""

    ADDRESS = "ADDRESS", "un autre site"
    RENTREE = "RENTREE", "Rentrée"
    SIXTEEN = "SIXTEEN", "Les 16 compétences"
    COMPOSED = "COMPOSED", "un parcours de l’établissement"


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
    kind = models.CharField(max_length=8, choices=CampaignKind.choices, default=CampaignKind.ADDRESS)
    parcours = models.ForeignKey(Parcours, on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    auto_send = models.BooleanField("résultats envoyés sans attendre l’élève", default=False)
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
            ),
            models.CheckConstraint(
                condition=models.Q(kind="COMPOSED", parcours__isnull=False)
                | ~models.Q(kind="COMPOSED") & models.Q(parcours=None),
                name="campaign_composed_has_a_parcours",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def plan_name(self) -> str:
        """How addresses call the parcours of Préau that it opens; "" for another site."""
        ready = {CampaignKind.RENTREE.value: "rentree", CampaignKind.SIXTEEN.value: "seize-competences"}
        return ready.get(self.kind, str(self.parcours_id or ""))

    @property
    def plan(self) -> Plan | None:
        """The parcours of Préau that the code opens, or None when it leads elsewhere."""
        if self.parcours is not None:
            return self.parcours.plan
        return {CampaignKind.RENTREE.value: RENTREE, CampaignKind.SIXTEEN.value: SIXTEEN}.get(self.kind)

    def is_open(self, at: datetime) -> bool:
        """Whether its code works now."""
        begun = self.archived_at is None and self.opens_at <= at
        return begun and (self.closes_at is None or self.closes_at > at)

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

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="participations", db_index=False
    )
    learner = models.ForeignKey(
        Learner, on_delete=models.CASCADE, related_name="participations", db_index=False
    )
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="participations")
    rank = models.PositiveSmallIntegerField(default=1)
    attempt = models.OneToOneField(
        Attempt, on_delete=models.SET_NULL, null=True, related_name="participation"
    )  # at a parcours of Préau; null when the campaign leads elsewhere
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
