"""What proves, besides the password, that it is really this adult; and how it is added, used and taken away."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare

from preau.accounts import throttle
from preau.accounts.actions import TooManyTries, end_sessions
from preau.accounts.models import Account
from preau.audit.actions import record
from preau.web.refusals import Refusal

if TYPE_CHECKING:
    from django.http import HttpRequest

STEP = 30  # seconds; a phone may be one step early or late
MOST_PASSKEYS = 10
Kind = Authenticator.Type


class WrongCode(Refusal):
    """Not the code of this minute, one that served already, or no code at all."""

    message = "Ce code ne convient pas. Attendez le code suivant de votre application, puis recopiez-le."


class WrongKey(Refusal):
    """The browser's answer is not what we asked for."""

    message = "Cette clé n’a pas été reconnue. Recommencez, ou utilisez un code."


class AlreadySet(Refusal):
    """In another tab, or ten passkeys already."""

    message = "C’est déjà fait : regardez la liste."


def has_factor(account: Account) -> bool:
    """Whether a second factor is asked of this account; recovery codes alone are none."""
    return Authenticator.objects.filter(user=account.pk, type__in=[Kind.TOTP, Kind.WEBAUTHN]).exists()


def matching_step(secret: str, code: str, *, at: datetime) -> int | None:
    """The step of time whose code this is, now or one step away; None when it is none of them."""
    now = int(at.timestamp()) // STEP
    found = None
    for step in (now - 1, now, now + 1):
        if constant_time_compare(format_hotp_value(hotp_value(secret, step)), code):
            found = step
    return found


@transaction.atomic
def add_application(*, account: Account, secret: str, code: str, at: datetime) -> list[str]:
    """Ask for the codes of this application from now on; gives the recovery codes when they are new.

    Raises WrongCode or AlreadySet.
    """
    step = matching_step(secret, tidy(code), at=at)
    if step is None:
        raise WrongCode
    try:
        with transaction.atomic():
            made = TOTP.activate(account, secret).instance
    except IntegrityError:
        raise AlreadySet from None
    made.data["step"] = step
    made.save(update_fields=["data"])
    record(verb="second-facteur-ajoute", at=at, by=account, what="application")
    return _first_codes(account)


@transaction.atomic
def add_passkey(*, account: Account, name: str, answer: Any, at: datetime) -> list[str]:
    """Accept the passkey that the browser has just made; gives the recovery codes when they are new.

    Raises WrongKey or AlreadySet.
    """
    held = Authenticator.objects.filter(user=account, type=Kind.WEBAUTHN).count()
    if held >= MOST_PASSKEYS:
        raise AlreadySet
    try:
        webauthn.parse_registration_response(answer)
        webauthn.complete_registration(answer)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        raise WrongKey from None
    webauthn.WebAuthn.add(account, name.strip()[:60] or f"Clé {held + 1}", answer)
    record(verb="second-facteur-ajoute", at=at, by=account, what="clé d’accès")
    return _first_codes(account)


def _first_codes(account: Account) -> list[str]:
    if Authenticator.objects.filter(user=account, type=Kind.RECOVERY_CODES).exists():
        return []
    return list(RecoveryCodes.activate(account).get_unused_codes())


@transaction.atomic
def renew_codes(*, account: Account, at: datetime) -> list[str]:
    """Ten new recovery codes; the old ones open nothing any more."""
    Account.objects.select_for_update().get(pk=account.pk)  # two clicks make one set
    Authenticator.objects.filter(user=account, type=Kind.RECOVERY_CODES).delete()
    record(verb="codes-de-secours", at=at, by=account)
    return _first_codes(account)


@transaction.atomic
def remove_factor(*, account: Account, pk: int, at: datetime) -> None:
    """Stop asking for this one; the recovery codes go with the last. Twice is the same as once."""
    gone, _ = Authenticator.objects.filter(user=account, pk=pk).exclude(type=Kind.RECOVERY_CODES).delete()
    if not gone:
        return
    if not has_factor(account):
        Authenticator.objects.filter(user=account).delete()
    record(verb="second-facteur-retire", at=at, by=account)


@transaction.atomic
def reset_factors(*, account: Account, by: Account | None, uai: str, at: datetime) -> None:
    """A colleague has lost everything: take the second factors away and sign them out; they add new ones."""
    Authenticator.objects.filter(user=account).delete()
    end_sessions(accounts=[account.pk])
    record(verb="second-facteur-efface", at=at, by=by, uai=uai, about=account.get_full_name())


def tidy(code: str) -> str:
    """A code as typed, without what people put between the digits."""
    return "".join(code.split()).replace("-", "")[:20]


def check_code(request: HttpRequest, *, account: Account, code: str, at: datetime) -> None:
    """Accept a code of the application, or a recovery code, once. Raises WrongCode or TooManyTries."""
    key = throttle.account_key(f"second facteur {account.pk}")
    delay = throttle.delay_left(key, at=at)
    if delay:
        raise TooManyTries(delay)
    used = _use(account, tidy(code), at)
    if used is None:
        throttle.failed(key, at=at)
        record(verb="second-facteur-refuse", at=at, by=account)
        raise WrongCode
    throttle.cleared(key)
    post_authentication(request, used)


@transaction.atomic
def _use(account: Account, code: str, at: datetime) -> Authenticator | None:
    if not (code.isascii() and code.isdigit()):
        return None
    rows = Authenticator.objects.select_for_update().filter(user=account).exclude(type=Kind.WEBAUTHN)
    for one in rows.order_by("pk"):
        if one.type == Kind.RECOVERY_CODES:
            if RecoveryCodes(one).validate_code(code):
                return one
            continue
        step = matching_step(decrypt(one.data["secret"]), code, at=at)
        if step is not None and step > one.data.get("step", 0):  # a code serves once
            one.data["step"] = step
            one.save(update_fields=["data"])
            return one
    return None


def check_passkey(request: HttpRequest, *, account: Account, answer: Any) -> None:
    """Accept the answer of one of the account's passkeys to what we asked this session. Raises WrongKey."""
    try:
        webauthn.parse_authentication_response(answer)
        used = webauthn.complete_authentication(account, answer)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        raise WrongKey from None
    post_authentication(request, used)
