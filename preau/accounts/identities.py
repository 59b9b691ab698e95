"""An identity that an ENT or the GAR has proved, and that no account has yet: it waits in the session.

It never becomes an account by itself (sso.md §3). The rooms above ask for one more proof, then `connect` it. What
waits is the provider, its opaque identifier, the schools and the profile: never a name, a first name or a class. Those
pass by once, as `Hints`, to whoever listens to `signals.identity_held`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.signals import social_account_added
from django.db import IntegrityError, models, transaction

from preau.accounts.models import Account
from preau.accounts.signals import identity_held
from preau.audit.actions import record
from preau.web.refusals import Refusal

if TYPE_CHECKING:
    from django.http import HttpRequest

SESSION_KEY = "identity"
LASTS = timedelta(minutes=10)


class Profile(models.TextChoices):
    """Who the ENT says this is; whoever it does not call a pupil never becomes one."""

    PUPIL = "PUPIL", "élève"
    TEACHER = "TEACHER", "enseignant"
    OTHER = "OTHER", "autre"


class IdentityGone(Refusal):
    """Nothing waits any more: too old, used, replaced by another arrival, or lost with the session."""

    message = "Cette page a attendu trop longtemps. Retourne dans ton ENT et clique de nouveau sur Préau."


class IdentityTaken(Refusal):
    """Another account has this identity already."""

    message = "Cette connexion de l’ENT ouvre déjà un autre compte."


class IdentityUnfit(Refusal):
    """A pupil's identity and an adult's account, or the reverse."""

    message = "Cette connexion de l’ENT et ce compte ne vont pas ensemble."


class LastWayIn(Refusal):
    """Without a password, the last identity is all that opens the account."""

    message = "C’est ta seule façon d’entrer : choisis d’abord un mot de passe, ou garde-la."
    formal = "C’est votre seule façon d’entrer : choisissez d’abord un mot de passe."


@dataclass(frozen=True, slots=True)
class Hints:
    """What the ENT says of a person: it may help to guess a pupil within this request, and is kept nowhere."""

    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    divisions: tuple[str, ...] = field(default=(), repr=False)  # as the ENT writes them, code then label


@dataclass(frozen=True, slots=True)
class PendingIdentity:
    """An identity that waits; `key` is posted back by the page that was made for it."""

    provider: str
    provider_name: str  # for people: « Médiacentre »
    uais: tuple[str, ...]
    profile: Profile
    at: datetime
    key: str
    uid: str = field(repr=False)


def hold(
    request: HttpRequest,
    sociallogin: SocialLogin,
    *,
    uais: tuple[str, ...],
    profile: Profile,
    hints: Hints,
    at: datetime,
) -> PendingIdentity:
    """Let this identity wait in the session, under a new session key; an earlier one goes away.

    Whoever is signed in stays so. The hints go to `identity_held`, in this request, and are dropped.
    """
    account = sociallogin.account
    pending = PendingIdentity(
        provider=account.provider,
        provider_name=str(getattr(sociallogin.provider, "name", "") or account.provider),
        uais=tuple(uais),
        profile=profile,
        at=at,
        key=secrets.token_hex(8),
        uid=account.uid,
    )
    request.session.cycle_key()
    request.session[SESSION_KEY] = {
        "provider": pending.provider,
        "provider_name": pending.provider_name,
        "uais": list(pending.uais),
        "profile": pending.profile.value,
        "at": at.isoformat(),
        "key": pending.key,
        "uid": pending.uid,
    }
    identity_held.send(sender=PendingIdentity, request=request, pending=pending, hints=hints)
    return pending


def held(request: HttpRequest, *, at: datetime, key: str | None = None) -> PendingIdentity:
    """The identity that waits in this session; `key`, when a form gives one, must be its own. Raises IdentityGone."""
    kept = request.session.get(SESSION_KEY)
    if not kept:
        raise IdentityGone
    pending = PendingIdentity(
        **{
            **kept,
            "uais": tuple(kept["uais"]),
            "profile": Profile(kept["profile"]),
            "at": datetime.fromisoformat(kept["at"]),
        }
    )
    if at - pending.at > LASTS:
        forget(request)
        raise IdentityGone
    if key is not None and not secrets.compare_digest(key.encode(), pending.key.encode()):
        raise IdentityGone
    return pending


@transaction.atomic
def connect(request: HttpRequest, *, account: Account, at: datetime, uai: str = "") -> SocialAccount:
    """Give the identity that waits to this account, within the caller's transaction; nothing waits any more.

    Raises IdentityGone, IdentityTaken (the database decides between two at once) or IdentityUnfit. An account that
    has it already keeps it.
    """
    pending = held(request, at=at)
    if (pending.profile is Profile.PUPIL) == account.is_adult:
        raise IdentityUnfit
    # allauth's own `connect` saves the whole account over whatever another request wrote meanwhile.
    made = SocialAccount(
        user=account,
        provider=pending.provider,
        uid=pending.uid,
        extra_data={"uais": list(pending.uais), "profile": pending.profile.value},
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        identity = SocialAccount.objects.filter(provider=pending.provider, uid=pending.uid).first()
        if identity is None or identity.user_id != account.pk:
            raise IdentityTaken from None
        made = identity
    else:
        record(verb="identite-reliee", at=at, by=account, uai=uai, about=pending.provider_name)
        login = SocialLogin(user=account, account=made)
        social_account_added.send(sender=SocialLogin, request=request, sociallogin=login)
    forget(request)
    return made


@transaction.atomic
def disconnect(
    *, account: Account, identity_id: int, at: datetime, by: Account | None = None, uai: str = ""
) -> None:
    """Take one identity away from this account; nothing happens when it is not its own.

    Raises LastWayIn when nothing else would open the account. Two tabs at once wait for each other.
    """
    held_now = Account.objects.select_for_update().get(pk=account.pk)
    identities = SocialAccount.objects.filter(user=account)
    gone = identities.filter(pk=identity_id).first()
    if gone is None:
        return
    named = held_now.username is not None or held_now.email is not None
    if not (named and held_now.has_usable_password()) and identities.count() == 1:
        raise LastWayIn
    gone.delete()
    record(verb="identite-retiree", at=at, by=by or account, uai=uai, about=gone.provider)


def forget(request: HttpRequest) -> None:
    """Nothing waits any more."""
    request.session.pop(SESSION_KEY, None)
