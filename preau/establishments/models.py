"""Schools, and who works in them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from preau.accounts.models import Account, ConnectionMode
from preau.rosterfiles.identifiers import check_uai

if TYPE_CHECKING:
    from datetime import date


def validate_uai(value: str) -> None:
    """Refuse a UAI whose letter does not follow from its digits: it would name another school."""
    check = check_uai(value)
    if check.valid and check.uai == value:
        return
    hint = f" Vouliez-vous dire {check.expected} ?" if check.expected else ""
    raise ValidationError(f"« {value} » n’est pas un UAI : 7 chiffres et une lettre-clé.{hint}")


def school_year_of(day: date) -> int:
    """The year of the rentrée that `day` belongs to; a school year starts on 1 August for everyone's files."""
    return day.year if day.month >= 8 else day.year - 1


def school_year_start(at: datetime) -> datetime:
    """The first moment of the running school year: who signed in since then has « entered »."""
    year = school_year_of(timezone.localdate(at))
    return timezone.make_aware(datetime(year, 8, 1))  # noqa: DTZ001 — made aware right away


# The school of demonstration pupils (classroom): school number zero is nobody's, and nobody works there.
DEMONSTRATION_UAI = "0000000A"


class EstablishmentQuerySet(models.QuerySet["Establishment"]):
    """Sets of schools."""

    def real(self) -> EstablishmentQuerySet:
        """Those that figures count: all but the school of demonstration pupils."""
        return self.exclude(uai=DEMONSTRATION_UAI)

    def run_by(self, account: Account) -> EstablishmentQuerySet:
        """Schools where this account is head or référent."""
        return self.filter(memberships__account=account, memberships__role__in=Role.runners())

    def worked_in_by(self, account: Account) -> EstablishmentQuerySet:
        """Schools where this account has any role."""
        return self.filter(memberships__account=account)


class Establishment(models.Model):
    """A school, known by its UAI."""

    uai = models.CharField("UAI", max_length=8, unique=True, validators=[validate_uai])
    name = models.CharField("nom", max_length=200)
    town = models.CharField("commune", max_length=100, blank=True)
    target_mode = models.CharField(
        "façon d’entrer choisie",
        max_length=12,
        choices=ConnectionMode.choices,
        default=ConnectionMode.USERNAME,
    )
    # Bumped by every change of the roster: a preview made from an older state cannot be applied.
    roster_version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EstablishmentQuerySet.as_manager()

    class Meta:
        verbose_name = "établissement"

    def __str__(self) -> str:
        return f"{self.name} ({self.uai})"

    @property
    def current_year(self) -> int:
        """The running school year, by the year of its rentrée."""
        return school_year_of(timezone.localdate())

    @property
    def current_year_label(self) -> str:
        """« 2026–2027 »."""
        return f"{self.current_year}–{self.current_year + 1}"


class Role(models.TextChoices):
    """What a member of staff may do: a teacher reaches only their classes."""

    HEAD = "HEAD", "chef d’établissement"
    REFERENT = "REFERENT", "référent numérique"
    TEACHER = "TEACHER", "enseignant"

    @classmethod
    def runners(cls) -> list[Role]:
        """The roles that run the school's rentrée."""
        return [cls.HEAD, cls.REFERENT]


class Membership(models.Model):
    """This account works in this school."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="memberships", db_index=False
    )
    role = models.CharField("rôle", max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "membre de l’équipe"
        constraints = [models.UniqueConstraint(fields=["establishment", "account"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.account} · {self.get_role_display()}"

    @property
    def runs(self) -> bool:
        """Whether this person runs the school's rentrée (head or référent)."""
        return self.role in Role.runners()


class Invitation(models.Model):
    """A colleague asked to join; the link's secret is kept only as a digest."""

    establishment = models.ForeignKey(Establishment, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField("adresse électronique")
    role = models.CharField("rôle", max_length=10, choices=Role.choices)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # The classes a teacher will reach, by name: the roster lives in a later room.
    divisions = models.JSONField(default=list)

    class Meta:
        verbose_name = "invitation"
        constraints = [
            models.UniqueConstraint(
                fields=["establishment", "email"],
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="invitation_one_open",
            )
        ]
