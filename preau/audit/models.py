"""The journal: who did what, when, to whom. Append-only; it outlives the rows it speaks of."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class Entry(models.Model):
    """One act. The actor and the pupil are kept as text, so that erasing a person leaves a readable journal."""

    at = models.DateTimeField()
    uai = models.CharField(max_length=8, blank=True)
    actor = models.CharField(max_length=200, blank=True)  # "" = the machine itself
    actor_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=60)
    about = models.CharField(max_length=250, blank=True)
    learner_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)

    class Meta:
        verbose_name = "ligne du journal"
        verbose_name_plural = "journal"
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["uai", "-at", "-id"], name="audit_school"),
            models.Index(
                fields=["learner_id", "-at"],
                name="audit_learner",
                condition=models.Q(learner_id__isnull=False),
            ),
            # What the clock of retention looks for: somebody's acts, and acts of long ago.
            models.Index(fields=["actor_id"], name="audit_actor", condition=models.Q(actor_id__isnull=False)),
            models.Index(fields=["at"], name="audit_age"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.verb} {self.about}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            self.delete()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError("Le journal ne se corrige pas et ne s’efface pas ligne à ligne.")
