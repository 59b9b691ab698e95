"""A person who can sign in, in one or several ways."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase


def without_digits(field: str) -> models.Func:
    """The identifier without the number that made it unique.

    The digits are written in the SQL, not passed, so that SQLite sees the expression of the index.
    """
    return models.Func(
        models.F(field),
        function="RTRIM",
        template="%(function)s(%(expressions)s, '0123456789')",
        output_field=models.CharField(),
    )


OFTEN = 5  # wrong tries from which an account has to wait


class ConnectionMode(models.TextChoices):
    """The three ways in of the leaflet; one account can cumulate them."""

    MEDIACENTRE = "MEDIACENTRE", "Médiacentre"
    USERNAME = "USERNAME", "Identifiant"
    EMAIL = "EMAIL", "Mail"


class AccountQuerySet(models.QuerySet["Account"]):
    """Sets of accounts."""

    def with_mode_facts(self) -> AccountQuerySet:
        """Annotate `has_identity`, so that `modes` costs no query per account."""
        from allauth.socialaccount.models import SocialAccount

        identities = SocialAccount.objects.filter(user=models.OuterRef("pk"))
        return self.annotate(has_identity=models.Exists(identities))

    def adults(self) -> AccountQuerySet:
        """Staff, and whoever administers the server: no pupil's identifier, no birth date."""
        return self.filter(
            models.Q(is_staff=True) | models.Q(username=None, birth_date=None, email__isnull=False)
        )


class AccountManager(BaseUserManager["Account"].from_queryset(AccountQuerySet)):  # type: ignore[misc]
    """Makes the accounts that do not come from a school: in practice the first superuser."""

    def create_superuser(self, username: str, password: str | None = None, **values: Any) -> Account:
        account = self.model(username=username.lower(), is_staff=True, is_superuser=True, **values)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in; the password is unusable until one is chosen, `modes` is computed."""

    username = models.CharField("identifiant", max_length=80, null=True, blank=True, unique=True)
    email = models.EmailField("adresse électronique", null=True, blank=True, unique=True)
    first_name = models.CharField("prénom", max_length=100, blank=True)
    last_name = models.CharField("nom", max_length=100, blank=True)
    birth_date = models.DateField("date de naissance", null=True, blank=True)
    is_active = models.BooleanField("actif", default=True)
    is_staff = models.BooleanField("administre ce serveur", default=False)
    made_at = models.DateTimeField("créé le", auto_now_add=True)
    # The first sign-in of the running school year; `last_login` is the latest of all.
    entered_at = models.DateTimeField("première entrée de l’année", null=True, blank=True)
    password_chosen_at = models.DateTimeField("mot de passe choisi le", null=True, blank=True)
    # The account that this one was merged into: it opens nothing any more, and says where to go.
    joined_to = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="réuni avec"
    )
    # When a second factor was first required of this adult: the days of grace count from then.
    second_factor_asked_at = models.DateTimeField(null=True, editable=False)

    objects = AccountManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = "compte"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(username=Lower("username")), name="account_username_lower"
            ),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="account_email_lower"),
            models.CheckConstraint(
                condition=~models.Q(username="") & ~models.Q(email=""), name="account_no_empty_name"
            ),
            models.CheckConstraint(
                condition=models.Q(joined_to=None) | models.Q(is_active=False),
                name="account_joined_is_closed",
            ),
        ]
        indexes = [
            # Bulk creation asks once for every `prenom.nom…` and its numbered likes.
            models.Index(without_digits("username"), name="account_username_base"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username or self.email or f"compte {self.pk}"

    def get_full_name(self) -> str:
        """Prénom NOM."""
        return f"{self.first_name} {self.last_name.upper()}".strip() or self.username or self.email or ""

    def get_short_name(self) -> str:
        """Prénom."""
        return self.first_name

    @property
    def is_adult(self) -> bool:
        """Whether this is staff or whoever administers the server: the same rule as `adults()`."""
        return self.is_staff or (self.username is None and self.birth_date is None and self.email is not None)

    @property
    def modes(self) -> list[str]:
        """The modes of connection this account cumulates, in the order every screen shows them."""
        has_identity = getattr(self, "has_identity", None)
        if has_identity is None:
            has_identity = self.socialaccount_set.exists()  # type: ignore[attr-defined]
        held = {
            ConnectionMode.MEDIACENTRE: has_identity,
            ConnectionMode.USERNAME: self.username is not None,
            ConnectionMode.EMAIL: self.email is not None,
        }
        return [mode.value for mode, holds in held.items() if holds]


class SignInFailures(models.Model):
    """Wrong tries on one key (a digest, never what was typed), so that delays grow and then fade."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = "essais manqués"
        indexes = [
            models.Index(fields=["last_at"], name="signinfailures_last"),
            models.Index(
                fields=["last_at"], condition=models.Q(count__gte=OFTEN), name="signinfailures_waiting"
            ),
        ]


def longest_session() -> timedelta:
    """How long after a proof another one is asked, however busy the session is."""
    return timedelta(hours=settings.SESSION_LONGEST_HOURS)


class OpenSessionQuerySet(models.QuerySet["OpenSession"]):
    """Sets of sessions."""

    def live(self, at: datetime) -> OpenSessionQuerySet:
        """Those that still let somebody in: neither idle for an hour, nor older than a session may be."""
        young = models.Q(opened_at=None) | models.Q(opened_at__gt=at - longest_session())
        return self.filter(young, expire_date__gt=at)


class OpenSession(AbstractBaseSession):
    """A browser's session, and whose it is: the sessions of an account can be listed and ended, those of a class too.

    Whoever is not signed in has a session as well, with no account.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="open_sessions")
    opened_at = models.DateTimeField(null=True)  # when this account entered
    how = models.CharField(max_length=20, blank=True)  # the method it entered with: password, card…

    objects = BaseSessionManager.from_queryset(OpenSessionQuerySet)()  # type: ignore[misc]

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "session"
        verbose_name_plural = "sessions"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """The store that writes these rows."""
        from preau.accounts.sessions import SessionStore

        return SessionStore


class SessionTicket(models.Model):
    """Which session a ticket of an ENT opened: the ENT ends it with the ticket, of which we keep a digest."""

    digest = models.CharField(max_length=64, primary_key=True)
    session_key = models.CharField(max_length=40)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = "ticket d’une session"
        indexes = [models.Index(fields=["made_at"], name="sessionticket_made")]
