"""Batches of cards: who had what printed, when; what a worker is asked to do. No code is ever kept."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models

from preau.accounts.models import Account
from preau.establishments.models import Establishment


class Batch(models.Model):
    """Cards made together. The codes live in the browser that asked for them and on paper, nowhere else."""

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="batches", db_index=False
    )
    number = models.CharField("lot", max_length=12)  # « 2026-014 »
    # Digest of the single-use token from which the codes are derived: asking twice makes one batch.
    token_digest = models.CharField(max_length=64)
    label = models.CharField(max_length=200)  # « la 6C », « 4 élèves »
    size = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "lot de cartes"
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["establishment", "number"], name="batch_number_once"),
            models.UniqueConstraint(fields=["establishment", "token_digest"], name="batch_token_once"),
        ]


class Deed(models.TextChoices):
    """What can be done to any set of pupils."""

    CARDS = "cartes", "Préparer des cartes"
    CODES = "codes", "Nouveaux codes"
    USERNAMES = "identifiants", "Donner un identifiant"
    USERNAMES_AND_CARDS = "identifiants-cartes", "Identifiants et cartes"
    MAILS = "mails", "Mails en identifiants"


class ErrandState(models.TextChoices):
    """Where an errand is; one that a worker is doing still waits, as long as nothing of it is done."""

    WAITING = "WAITING", "En cours"
    DONE = "DONE", "Fait"
    STOPPED = "STOPPED", "Arrêté"


class Errand(models.Model):
    """A deed asked for many pupils at once, done by a worker: whole, or not at all."""

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="errands", db_index=False
    )
    deed = models.CharField(max_length=30, choices=Deed.choices)
    label = models.CharField(max_length=200, blank=True)
    size = models.PositiveIntegerField()
    learner_ids = models.JSONField(default=list)  # emptied at the end
    token_digest = models.CharField(max_length=64)
    digests = models.BinaryField(default=b"")  # of the codes to come, 32 bytes a card; emptied at the end
    state = models.CharField(max_length=10, choices=ErrandState.choices, default=ErrandState.WAITING)
    outcome = models.TextField(blank=True)
    batch = models.ForeignKey(Batch, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "travail sur des élèves choisis"
        constraints = [
            models.UniqueConstraint(fields=["establishment", "token_digest"], name="errand_token_once"),
        ]

    @property
    def kept_digests(self) -> Iterator[str]:
        """The digests of the codes to come, rank by rank, as cards keep them."""
        kept = bytes(self.digests)
        return (kept[start : start + 32].hex() for start in range(0, len(kept), 32))
