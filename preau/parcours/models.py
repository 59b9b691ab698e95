"""A parcours that a school composed, a pupil's attempt at one, and each answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import models
from django.db.models import Case, DurationField, ExpressionWrapper, F, Q, Value, When

from preau.accounts.models import Account
from preau.establishments.models import DEMONSTRATION_UAI, Establishment
from preau.parcours.items import Item, Skill, read_item
from preau.parcours.plans import Plan
from preau.rosters.models import Learner, LearnerStatus

LONG = timedelta(minutes=10)  # longer than that, the pupil was elsewhere
CHECKPOINT = 5
KEYS = UUID("5b0d9d3a-6f3e-4a7e-9a55-3f0e2f7f6f10")


class Parcours(models.Model):
    """Composed by a school; attempts keep a copy, so that putting it away harms nobody."""

    establishment = models.ForeignKey(Establishment, on_delete=models.CASCADE, related_name="parcours")
    title = models.CharField("titre", max_length=80)
    competences = models.JSONField()  # ["1.1", "4.2"]
    lowest = models.PositiveSmallIntegerField("du niveau")
    highest = models.PositiveSmallIntegerField("au niveau")
    length = models.PositiveSmallIntegerField("nombre de questions")
    own = models.PositiveSmallIntegerField("questions de l’établissement", default=0, db_default=0)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "parcours"
        verbose_name_plural = "parcours"
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lowest__gte=1, highest__lte=8, lowest__lte=F("highest")), name="parcours_levels"
            ),
            models.CheckConstraint(condition=Q(length__gte=1, length__lte=96), name="parcours_length"),
            models.CheckConstraint(condition=Q(own__lte=24), name="parcours_own"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def plan(self) -> Plan:
        return Plan(self.title, tuple(self.competences), self.lowest, self.highest, self.length, own=self.own)


class Edition(models.Model):
    """The questions as they were when somebody began with them: a new version of the bank changes no attempt."""

    version = models.CharField(max_length=64, primary_key=True)
    content = models.JSONField()
    kept_at = models.DateTimeField()

    class Meta:
        verbose_name = "édition des questions"
        verbose_name_plural = "éditions des questions"


class Calibration(models.Model):
    """The difficulty of each item that enough pupils have answered, on one day."""

    difficulties = models.JSONField()  # item → difficulty, on the scale of the levels
    answers = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = "calibrage"
        ordering = ["-made_at", "-pk"]


class AttemptState(models.TextChoices):
    """How far an attempt is."""

    RUNNING = "RUNNING", "en cours"
    FINISHED = "FINISHED", "terminée"
    SENT = "SENT", "envoyée"


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Sets of attempts."""

    def of_present(self) -> AttemptQuerySet:
        """Those of pupils still enrolled."""
        return self.filter(learner__status=LearnerStatus.PRESENT)

    def of_real_pupils(self) -> AttemptQuerySet:
        """Without those of demonstration pupils: adults who try."""
        return self.exclude(learner__establishment__uai=DEMONSTRATION_UAI)

    def running(self) -> AttemptQuerySet:
        """Begun, questions left."""
        return self.filter(state=AttemptState.RUNNING)

    def over(self) -> AttemptQuerySet:
        """Without questions left, sent or not."""
        return self.exclude(state=AttemptState.RUNNING)

    def sent(self) -> AttemptQuerySet:
        """Those whose results the pupil has sent: the only ones that staff see levels of."""
        return self.filter(state=AttemptState.SENT)

    def reachable_by(self, account: Account) -> AttemptQuerySet:
        """The pupil's own: of the learners that this account is now, still enrolled."""
        return self.filter(
            learner__status=LearnerStatus.PRESENT,
            learner__attachments__account=account,
            learner__attachments__ended_at=None,
        )


class Attempt(models.Model):
    """One pupil, one parcours, once; it keeps the plan, the questions and the chance it began with."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="attempts")
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    definition = models.JSONField()
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    calibration = models.ForeignKey(Calibration, on_delete=models.PROTECT, null=True, related_name="+")
    seed = models.BigIntegerField()
    auto_send = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=AttemptState.choices, default=AttemptState.RUNNING)
    answered = models.PositiveSmallIntegerField(default=0)
    reviewed = models.PositiveSmallIntegerField(default=0)  # answers looked at, at the last checkpoint
    item_id = models.CharField(
        max_length=80, blank=True
    )  # the question shown now; "" when there is none left
    shown_at = models.DateTimeField()
    stopped_by = models.CharField(max_length=8, blank=True)
    levels = models.JSONField(default=list)  # what came of it, once over: adaptive.Measure as tables
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = "essai"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="RUNNING", finished_at=None, sent_at=None)
                | Q(state="FINISHED", finished_at__isnull=False, sent_at=None)
                | Q(state="SENT", finished_at__isnull=False, sent_at__isnull=False),
                name="attempt_dates_follow_its_state",
            ),
            models.CheckConstraint(
                condition=Q(state="RUNNING") & ~Q(item_id="") | ~Q(state="RUNNING") & Q(item_id=""),
                name="attempt_asks_while_it_runs",
            ),
        ]

    @property
    def plan(self) -> Plan:
        return Plan.from_json(self.definition)

    @property
    def rank(self) -> int:
        """The number of the question shown now, from 1."""
        return self.answered + 1

    def key_of(self, rank: int) -> UUID:
        """The name of one answer, the same on every machine: sent twice, it is kept once."""
        return uuid5(KEYS, f"{self.pk}:{self.seed}:{rank}")

    @property
    def running(self) -> bool:
        return self.state == AttemptState.RUNNING

    @property
    def sent(self) -> bool:
        return self.state == AttemptState.SENT

    @property
    def at_checkpoint(self) -> bool:
        """Whether the pupil looks back before the next question."""
        return self.running and self.answered % CHECKPOINT == 0 and self.reviewed < self.answered


class AnswerQuerySet(models.QuerySet["Answer"]):
    """Sets of answers."""

    def right(self) -> AnswerQuerySet:
        """The right ones."""
        return self.filter(right=True)

    def of_sent(self) -> AnswerQuerySet:
        """Those of attempts whose results were sent, by real pupils."""
        return self.filter(attempt__in=Attempt.objects.sent().of_real_pupils())

    def with_time(self) -> AnswerQuerySet:
        """Each with `time`, from the question to its answer; a pause counts for ten minutes at most."""
        waited = ExpressionWrapper(F("answered_at") - F("shown_at"), output_field=DurationField())
        bounded = Case(
            When(waited__gt=LONG, then=Value(LONG)), default=F("waited"), output_field=DurationField()
        )
        return self.annotate(waited=waited).annotate(time=bounded)


class Answer(models.Model):
    """What a pupil answered to one question; `given` is short, as the form sent it."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers", db_index=False)
    rank = models.PositiveSmallIntegerField()
    key = models.UUIDField(unique=True)
    item_id = models.CharField(max_length=80)
    item_version = models.CharField(max_length=16)
    skill = models.CharField(max_length=80)
    competence = models.CharField(max_length=4)
    level = models.PositiveSmallIntegerField()
    given = models.JSONField()
    right = models.BooleanField()
    passed = models.BooleanField(default=False)
    shown_at = models.DateTimeField()
    answered_at = models.DateTimeField()

    objects = AnswerQuerySet.as_manager()

    class Meta:
        verbose_name = "réponse"
        ordering = ["attempt", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "rank"], name="answer_once_a_rank"),
            models.CheckConstraint(condition=~Q(passed=True, right=True), name="answer_passed_is_not_right"),
        ]
        indexes = [models.Index(fields=["item_id", "item_version"], name="answer_item")]

    @property
    def took(self) -> timedelta:
        return min(self.answered_at - self.shown_at, LONG)


OWN = "ecole-"  # how the ids of a school's own questions begin


def own_item(pk: int, competence: str, level: int | None, source: Mapping[str, Any]) -> Item:
    """A school's question; level 0 until it has one."""
    skill = Skill(id=f"{OWN}{pk}", competence=competence, level=level or 0, order=1, statement="")
    return read_item({**source, "id": f"{OWN}{pk}"}, skill)


class SchoolItem(models.Model):
    """A question that a school wrote or imported; without a level until enough pupils have answered it."""

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="school_items", db_index=False
    )
    competence = models.CharField("compétence", max_length=3)
    source = models.JSONField()  # the item's table, as in content/
    level = models.PositiveSmallIntegerField("niveau", null=True, blank=True)
    calibrated = models.BooleanField("calibrée", default=False)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "question de l’établissement"
        verbose_name_plural = "questions de l’établissement"
        ordering = ["competence", "pk"]
        indexes = [models.Index(fields=["establishment", "competence"], name="school_items_by_competence")]
        constraints = [
            models.CheckConstraint(
                condition=Q(calibrated=False, level=None) | Q(calibrated=True, level__gte=1, level__lte=8),
                name="school_item_level_once_calibrated",
            ),
        ]

    @property
    def item(self) -> Item:
        """The question, ready to be shown and judged."""
        return own_item(self.pk, self.competence, self.level, self.source)
