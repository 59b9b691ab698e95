"""A lesson: a class, its teacher, a beginning and an end; and what stopped a pupil during it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from preau.accounts.models import Account
from preau.attachments.stumbles import Stumble
from preau.establishments.models import Establishment, Membership
from preau.rosters.models import Division, Learner

LONGEST = timedelta(hours=2)


class SessionQuerySet(models.QuerySet["Session"]):
    """Sets of lessons."""

    def running(self, at: datetime) -> SessionQuerySet:
        """Opened, neither closed nor over."""
        return self.filter(closed_at=None, closes_at__gt=at)

    def due(self, at: datetime) -> SessionQuerySet:
        """Over, and not closed yet: nobody came to close them."""
        return self.filter(closed_at=None, closes_at__lte=at)

    def reached_by(self, membership: Membership) -> SessionQuerySet:
        """All of the school's, or for a teacher those of their classes."""
        lessons = self.filter(establishment_id=membership.establishment_id)
        return lessons if membership.runs else lessons.filter(division__in=membership.divisions.values("pk"))


class Session(models.Model):
    """A lesson of one class, opened by a member of staff; it closes by itself."""

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="lessons", db_index=False
    )
    division = models.ForeignKey(Division, on_delete=models.CASCADE, related_name="lessons")
    opened_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()  # when it closes by itself
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    # What the history says once it is over, so that it never changes with the roster: {"pupils", "entered", "helped"}.
    figures = models.JSONField(default=dict)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = "séance"
        ordering = ["-opened_at", "-pk"]
        constraints = [
            # Two teachers, or two clicks, open one lesson.
            models.UniqueConstraint(
                fields=["division"], condition=models.Q(closed_at=None), name="lesson_one_open_per_class"
            ),
            models.CheckConstraint(
                condition=models.Q(closes_at__gt=models.F("opened_at")), name="lesson_closes_after_it_opens"
            ),
        ]
        indexes = [models.Index(fields=["establishment", "-opened_at"], name="lesson_history")]

    def __str__(self) -> str:
        return f"{self.division} · {self.opened_at:%Y-%m-%d %H:%M}"

    @property
    def longest(self) -> datetime:
        """The latest moment it can last to."""
        return self.opened_at + LONGEST

    def is_running(self, at: datetime) -> bool:
        """Neither closed nor over."""
        return self.closed_at is None and self.closes_at > at


class Difficulty(models.Model):
    """What stopped a known pupil during a lesson: a reason and how often, nothing of what was typed."""

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="difficulties", db_index=False
    )
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=16, choices=Stumble.choices)
    count = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()  # the last time

    class Meta:
        verbose_name = "difficulté"
        constraints = [models.UniqueConstraint(fields=["session", "learner", "what"], name="difficulty_once")]


class Trial(models.Model):
    """The demonstration pupil that a member of staff is walking the pupil's path with; a new one replaces it."""

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="+")
    learner = models.OneToOneField(Learner, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = "essai du personnel"
