"""Who asked to be told once a week; all the rest of this room is worked out from the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from preau.establishments.models import Membership

if TYPE_CHECKING:
    from datetime import date


class WeeklyDigestQuerySet(models.QuerySet["WeeklyDigest"]):
    """Sets of digests."""

    def due(self, week: date) -> WeeklyDigestQuerySet:
        """Not sent yet in the week that starts on this Monday, to somebody who can read it."""
        waiting = models.Q(sent_on=None) | models.Q(sent_on__lt=week)
        return self.filter(
            waiting, membership__account__is_active=True, membership__account__email__isnull=False
        )


class WeeklyDigest(models.Model):
    """This member of staff wants the week's figures by mail; the row goes when they no longer do, or leave."""

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="weekly_digest")
    chosen_at = models.DateTimeField()
    sent_on = models.DateField(null=True, blank=True)

    objects = WeeklyDigestQuerySet.as_manager()

    class Meta:
        verbose_name = "résumé de la semaine"
        verbose_name_plural = "résumés de la semaine"
