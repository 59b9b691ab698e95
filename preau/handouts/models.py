"""Batches of cards: who had what printed, when. No code is ever kept."""

from __future__ import annotations

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
