"""What staff decide about two accounts of one pupil, and what one school asks of another."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from preau.accounts.models import Account
from preau.establishments.models import Establishment
from preau.rosters.models import Learner

ANSWER_WITHIN = timedelta(days=7)
UNDO_WITHIN = timedelta(days=30)
RELEASE_WITHIN = timedelta(days=14)


class MergeState(models.TextChoices):
    """How far a merge is."""

    ASKED = "ASKED", "demandée"
    DONE = "DONE", "faite"
    UNDONE = "UNDONE", "annulée"
    REFUSED = "REFUSED", "refusée"
    WITHDRAWN = "WITHDRAWN", "retirée"
    EXPIRED = "EXPIRED", "sans réponse"


class MergeQuerySet(models.QuerySet["Merge"]):
    """Sets of merges."""

    def waiting(self, at: datetime) -> MergeQuerySet:
        """Asked, and still time to answer."""
        return self.filter(state=MergeState.ASKED, asked_at__gt=at - ANSWER_WITHIN)

    def late(self, at: datetime) -> MergeQuerySet:
        """Asked, and nobody answered."""
        return self.filter(state=MergeState.ASKED, asked_at__lte=at - ANSWER_WITHIN)

    def undoable(self, at: datetime) -> MergeQuerySet:
        """Done less than thirty days ago."""
        return self.filter(state=MergeState.DONE, decided_at__gte=at - UNDO_WITHIN)


class Merge(models.Model):
    """Two accounts are one pupil's: one person asks, another confirms; `moved` is what undoing puts back."""

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="merges", db_index=False
    )
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="merges")
    kept = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    joined = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=9, choices=MergeState.choices, default=MergeState.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    moved = models.JSONField(default=dict)

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = "réunion de deux comptes"
        verbose_name_plural = "réunions de comptes"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(kept=models.F("joined")), name="merge_of_two"),
            models.UniqueConstraint(
                fields=["learner"], condition=models.Q(state="ASKED"), name="merge_one_open_per_learner"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="DONE") | ~models.Q(asked_by=models.F("decided_by")),
                name="merge_needs_two_people",
            ),
        ]
        indexes = [models.Index(fields=["establishment", "state", "-asked_at"], name="merge_list")]

    @property
    def undo_until(self) -> datetime | None:
        """The last moment at which it can be undone."""
        return self.decided_at + UNDO_WITHIN if self.decided_at else None


class SetAsideQuerySet(models.QuerySet["SetAside"]):
    """Sets of pairs set aside."""

    def standing(self, at: datetime) -> SetAsideQuerySet:
        """For good, or not yet back."""
        return self.filter(models.Q(until=None) | models.Q(until__gt=at))


class SetAside(models.Model):
    """« Ce sont deux élèves », for good; or « Plus tard », until a day.

    An account beside itself: its two INEs are one pupil's.
    """

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="+")
    low = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")  # the smaller number
    high = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = SetAsideQuerySet.as_manager()

    class Meta:
        verbose_name = "doublon écarté"
        verbose_name_plural = "doublons écartés"
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["establishment", "low", "high"], name="set_aside_once"),
            models.CheckConstraint(condition=models.Q(low__lte=models.F("high")), name="set_aside_in_order"),
        ]


class TransferState(models.TextChoices):
    """What became of the request; IGNORED still looks asked from the other side."""

    ASKED = "ASKED", "demandé"
    RELEASED = "RELEASED", "accordé"
    REFUSED = "REFUSED", "refusé"
    IGNORED = "IGNORED", "laissé sans réponse"
    WITHDRAWN = "WITHDRAWN", "retiré"
    EXPIRED = "EXPIRED", "sans réponse"
    FIRST = "FIRST", "première fois"  # nothing was asked: the pupil never had an account


STANDING = (TransferState.ASKED, TransferState.IGNORED)  # what whoever asked still waits for


class TransferQuerySet(models.QuerySet["Transfer"]):
    """Sets of requests between schools."""

    def waiting(self, at: datetime) -> TransferQuerySet:
        """Asked, and still time to answer."""
        return self.filter(state=TransferState.ASKED, asked_at__gt=at - RELEASE_WITHIN)

    def late(self, at: datetime) -> TransferQuerySet:
        """Nobody answered."""
        return self.filter(state__in=STANDING, asked_at__lte=at - RELEASE_WITHIN)


class Transfer(models.Model):
    """A school asks the one that knows a pupil's account to let it follow them.

    The asking school never learns which school that is; the other one sees its own pupil, and who asks. Where nothing
    but a name relates two records, the asking school says itself where the pupil was (`named`): the request then waits
    in the same way whether or not it reached somebody, and only the other side knows.
    """

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="+")
    named = models.ForeignKey(Establishment, on_delete=models.CASCADE, null=True, related_name="+")
    # All three or none: a request to a named school may have found nobody.
    holder = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    holder_learner = models.ForeignKey(Learner, on_delete=models.CASCADE, null=True, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="+")
    state = models.CharField(max_length=9, choices=TransferState.choices, default=TransferState.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = "demande de transfert"
        verbose_name_plural = "demandes de transfert"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["learner"],
                condition=models.Q(state__in=["ASKED", "IGNORED", "FIRST"]),
                name="transfer_one_standing_per_learner",
            ),
            models.CheckConstraint(
                condition=~models.Q(establishment=models.F("holder")), name="transfer_between_two_schools"
            ),
            models.CheckConstraint(
                condition=models.Q(named=None) | ~models.Q(establishment=models.F("named")),
                name="transfer_not_to_oneself",
            ),
            models.CheckConstraint(
                condition=models.Q(holder=None, holder_learner=None, account=None)
                | models.Q(holder__isnull=False, holder_learner__isnull=False, account__isnull=False)
                & (models.Q(named=None) | models.Q(named=models.F("holder"))),
                name="transfer_reaches_one_or_nobody",
            ),
            models.CheckConstraint(
                condition=models.Q(state="FIRST", named=None, holder=None)
                | ~models.Q(state="FIRST") & (models.Q(named__isnull=False) | models.Q(holder__isnull=False)),
                name="transfer_asks_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["establishment", "state", "-asked_at"], name="transfer_asked"),
            models.Index(fields=["holder", "state", "-asked_at"], name="transfer_received"),
        ]

    @property
    def waits(self) -> bool:
        """Whether no answer came, as far as whoever asked may know."""
        return self.state in STANDING
