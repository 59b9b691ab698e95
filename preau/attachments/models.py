"""This account is that pupil; and the one-time proofs of being that pupil."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.socialaccount.models import SocialAccount
from django.db import models

from preau.accounts.models import Account
from preau.attachments import merges  # noqa: F401 - the models of merges and transfers belong to this room
from preau.establishments.models import Establishment
from preau.rosters.models import Learner, LearnerStatus, RosterImport

if TYPE_CHECKING:
    from datetime import datetime


class How(models.TextChoices):
    """What proved that the account is the pupil's."""

    CARD = "CARD", "avec une carte"
    NAMES = "NAMES", "avec ses noms et sa date de naissance"
    BULK = "BULK", "identifiant créé par l’établissement"
    STAFF = "STAFF", "décidé par l’établissement"
    IMPORT = "IMPORT", "reconnu à l’import"
    SSO = "SSO", "par le Médiacentre"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Sets of attachments."""

    def active(self) -> AttachmentQuerySet:
        """Not ended, whether or not the pupil is still enrolled."""
        return self.filter(ended_at=None)

    def opening(self) -> AttachmentQuerySet:
        """Those that let a pupil in: active, and the pupil still enrolled."""
        return self.active().filter(learner__status=LearnerStatus.PRESENT)


class Attachment(models.Model):
    """This account is that pupil. Ending one never deletes it: it can be undone."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="attachments")
    # The learner's school, repeated so that the database itself can keep "one per account and school".
    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="attachments")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    made_how = models.CharField(max_length=10, choices=How.choices)
    # The import that recognised the pupil: undoing it takes the attachment away.
    roster_import = models.ForeignKey(
        RosterImport, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_why = models.CharField(max_length=200, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = "rattachement"
        constraints = [
            models.UniqueConstraint(
                fields=["learner"], condition=models.Q(ended_at=None), name="attachment_one_per_learner"
            ),
            models.UniqueConstraint(
                fields=["account", "establishment"],
                condition=models.Q(ended_at=None),
                name="attachment_one_per_account_and_school",
            ),
        ]
        indexes = [
            models.Index(fields=["establishment", "ended_at"], name="attachment_school"),
            models.Index(
                fields=["roster_import"],
                name="attachment_import",
                condition=models.Q(roster_import__isnull=False),
            ),
        ]


class Doubt(models.TextChoices):
    """Why a known account was not given back to a pupil by an import; the words say nothing of another school."""

    BIRTH_DATE = "BIRTH_DATE", "Un compte existe pour cet INE, mais avec une autre date de naissance."
    SEVERAL_ACCOUNTS = "SEVERAL_ACCOUNTS", "Plusieurs comptes existent pour cet INE."
    SEVERAL_INES = "SEVERAL_INES", "Un compte existe pour cet INE, mais il en porte aussi un autre."
    TAKEN_HERE = "TAKEN_HERE", "Le compte de cet INE est déjà celui d’un autre élève de l’établissement."
    CLAIMED_TWICE = "CLAIMED_TWICE", "Deux élèves du fichier demandent le même compte."
    DETACHED_HERE = "DETACHED_HERE", "Le compte de cet INE a été détaché de cet élève ici même."
    STAFF_ACCOUNT = "STAFF_ACCOUNT", "Le compte de cet INE est celui d’un adulte."


class RecognitionRefusalQuerySet(models.QuerySet["RecognitionRefusal"]):
    """Sets of refusals."""

    def waiting(self) -> RecognitionRefusalQuerySet:
        """Those that somebody should look at: not seen, the latest of a pupil still enrolled and without an account."""
        later = RecognitionRefusal.objects.filter(
            learner=models.OuterRef("learner"), pk__gt=models.OuterRef("pk")
        )
        attached = Attachment.objects.active().filter(learner=models.OuterRef("learner"))
        return self.filter(seen_at=None, learner__status=LearnerStatus.PRESENT).exclude(
            models.Exists(later) | models.Exists(attached)
        )


class RecognitionRefusal(models.Model):
    """An import knew an account for this pupil and did not dare: a person looks at it."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="+")
    roster_import = models.ForeignKey(
        RosterImport, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=16, choices=Doubt.choices)
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = RecognitionRefusalQuerySet.as_manager()

    class Meta:
        verbose_name = "compte non reconnu"
        verbose_name_plural = "comptes non reconnus"
        constraints = [
            models.UniqueConstraint(fields=["roster_import", "learner"], name="recognition_refusal_once")
        ]


class CardQuerySet(models.QuerySet["Card"]):
    """Sets of cards."""

    def valid(self, at: datetime) -> CardQuerySet:
        """Cards that would open a door now."""
        return self.filter(used_at=None, voided_at=None, expires_at__gt=at)


class Card(models.Model):
    """A one-time proof of being that pupil: only a keyed digest of its code is kept."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="cards")
    batch_number = models.CharField(max_length=12)  # « 2026-014 », printed on the card
    rank = models.PositiveIntegerField()  # its place in the batch, from 1
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)

    objects = CardQuerySet.as_manager()

    class Meta:
        verbose_name = "carte"
        constraints = [
            models.UniqueConstraint(
                fields=["learner"],
                condition=models.Q(used_at=None, voided_at=None),
                name="card_one_open_per_learner",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("made_at")), name="card_expires_later"
            ),
        ]


class HelpState(models.TextChoices):
    """What became of a call for help."""

    WAITING = "WAITING", "à trancher"
    ACCEPTED = "ACCEPTED", "c’est bien cet élève"
    REFUSED = "REFUSED", "ce n’est personne d’ici"
    SETTLED = "SETTLED", "réglé"


class HelpRequest(models.Model):
    """A pupil we could not recognise for sure: what they typed, under a code that a teacher can type."""

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="help_requests", db_index=False
    )
    code = models.CharField(max_length=4)
    typed_last_name = models.CharField(max_length=100, blank=True)
    typed_first_name = models.CharField(max_length=100, blank=True)
    typed_birth_date = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=30)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=8, choices=HelpState.choices, default=HelpState.WAITING)
    learner = models.ForeignKey(Learner, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = "appel à l’aide"
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["establishment", "code"], condition=models.Q(state="WAITING"), name="help_code_once"
            )
        ]
        indexes = [models.Index(fields=["establishment", "state", "-made_at"], name="help_list")]


class FailedTry(models.Model):
    """Names and a birth date that found nobody in a school: a keyed digest, never what was typed (`failed_tries`)."""

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = "essai manqué"
        verbose_name_plural = "essais manqués"
        indexes = [
            models.Index(fields=["establishment", "digest"], name="failed_try_school"),
            models.Index(fields=["made_at"], name="failed_try_age"),
        ]

    def __str__(self) -> str:
        return f"essai du {self.made_at:%d/%m/%Y}"


class ChangeOfIdentity(models.TextChoices):
    """Why an account lost an ENT identity."""

    REPLACED = "REPLACED", "remplacée par une autre, après une preuve"
    GIVEN = "GIVEN", "donnée à son élève par l’établissement"
    TAKEN = "TAKEN", "retirée par l’établissement"


class IdentityChange(models.Model):
    """An ENT identity that an account lost: kept thirty days, so that staff can put it back.

    `learner` is whose page tells it: the pupil of the account, or the one to whom it was given.
    """

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="identity_changes")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=200)
    old_uid = models.CharField(max_length=191, blank=True)  # emptied when it can no longer be put back
    old_data = models.JSONField(default=dict)
    kind = models.CharField(max_length=8, choices=ChangeOfIdentity.choices, default=ChangeOfIdentity.REPLACED)
    identity = models.ForeignKey(  # the new one; the same, given to another account
        SocialAccount, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = "identité remplacée"
        verbose_name_plural = "identités remplacées"


class ConflictKind(models.TextChoices):
    """What prevented a pupil from joining their ways in; the words are for staff."""

    LEARNER_TAKEN = "LEARNER_TAKEN", "L’élève a déjà un autre compte."
    ACCOUNT_TAKEN = "ACCOUNT_TAKEN", "Le compte est déjà celui d’un autre élève d’ici."
    IDENTITY_TAKEN = "IDENTITY_TAKEN", "Son entrée par l’ENT est déjà reliée à un autre compte."
    OTHER_SCHOOL = "OTHER_SCHOOL", "Son ENT dit qu’il est dans un autre établissement."


class Conflict(models.Model):
    """Two things that cannot both be true: the pupil has one sentence and a help code, staff see both sides.

    `account` is the one attached to `learner`, if any; `other_account` the one that came, and `other_learner` the
    pupil of this school whom it is attached to.
    """

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="conflicts", db_index=False
    )
    kind = models.CharField(max_length=14, choices=ConflictKind.choices)
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="+")
    other_account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="+")
    other_learner = models.ForeignKey(Learner, on_delete=models.CASCADE, null=True, related_name="+")
    help_request = models.ForeignKey(HelpRequest, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = "conflit"
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "kind"], condition=models.Q(seen_at=None), name="conflict_one_open"
            )
        ]
        indexes = [models.Index(fields=["establishment", "seen_at", "-made_at"], name="conflict_list")]


class Sighting(models.Model):
    """How many pupils the ENT sent on one day from one class: figures, nobody's name.

    `held` counts arrivals that no account knew, `joined` those among them that ended with a proof. `division_key` is
    empty when the ENT does not say the class, or says one that the roster does not have.
    """

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    division_key = models.CharField(max_length=40, blank=True)
    day = models.DateField()
    held = models.PositiveIntegerField(default=0)
    joined = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "arrivées du jour"
        constraints = [
            models.UniqueConstraint(
                fields=["establishment", "day", "division_key"], name="sighting_once_a_day"
            )
        ]
