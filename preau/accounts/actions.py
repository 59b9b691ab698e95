"""What can be done with an account, and when it is refused."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth import SESSION_KEY, update_session_auth_hash
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from preau.accounts import arrival, throttle
from preau.accounts.age import fifteenth_birthday, may_use_email
from preau.accounts.devices import DEVICE, device_words
from preau.accounts.middleware import SEEN
from preau.accounts.models import Account, OpenSession
from preau.accounts.passwords import Reader, check_password
from preau.accounts.second_factor.sure import note_sure
from preau.accounts.signals import staff_signed_in
from preau.accounts.usernames import free_usernames
from preau.audit.actions import record
from preau.web.language import day_said
from preau.web.refusals import Refusal

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

BULK_TRIES = 3
PENDING = "pending_entry"  # in the session: what is left to do once the second factor is proved


class WrongSignIn(Refusal):
    """The same words whether the account exists, is closed, has no password or has another one."""

    message = "Cet identifiant et ce mot de passe ne vont pas ensemble."


class AccountJoined(WrongSignIn):
    """The right password of an account that was merged into another one: say where to go, to whoever proved it."""

    message = "Tes deux comptes ont été réunis en un seul, rien n’est perdu. Entre {how}."

    def __init__(self, account: Account) -> None:
        kept = account.joined_to
        if kept is not None and kept.username:
            how = gettext("avec l’identifiant {username}").format(username=kept.username)
        elif kept is not None and kept.email:
            how = gettext("avec ton adresse e-mail")
        else:
            how = gettext("par ton ENT")
        super().__init__(how=how)


class TooManyTries(Refusal):
    """Too many wrong tries on this account: wait, or ask a teacher."""

    message = "Attends {wait}, ou demande un nouveau code à ton professeur."

    def __init__(self, delay: timedelta) -> None:
        self.delay = delay
        self.formal = f"Trop d’essais : attendez {_wait_words(delay)}, ou demandez un nouveau lien."
        super().__init__(wait=_wait_words(delay))


class AccountClosed(Refusal):
    """An account that was closed opens nothing."""

    message = "Ce compte est fermé."


class TooYoungForEmail(Refusal):
    """E-mail is closed before fifteen; `day` is the birthday that opens it."""

    message = (
        "Avant 15 ans, on n’utilise pas d’adresse e-mail ici : ton identifiant suffit. "
        "Tu pourras en ajouter une le jour de tes 15 ans : {day}."
    )


class AgeUnknown(Refusal):
    """Without a birth date, nobody can say that the pupil is fifteen."""

    message = (
        "Nous ne connaissons pas ta date de naissance. Garde ton identifiant, ou demande à ton professeur."
    )


class EmailNotAvailable(Refusal):
    """Somebody has it already; we do not say so."""

    message = (
        "Cette adresse ne peut pas être utilisée ici. Garde ton identifiant, ou prends une autre adresse."
    )


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Whom an account is made for."""

    first_name: str
    last_name: str
    birth_date: date | None = None


def _wait_words(delay: timedelta) -> str:
    seconds = max(1, round(delay.total_seconds()))
    if seconds <= 45:
        return gettext("{n} secondes").format(n=seconds) if seconds > 1 else gettext("une seconde")
    minutes = -(-seconds // 60)
    return gettext("une minute") if minutes == 1 else gettext("{n} minutes").format(n=minutes)


def check_sign_in(
    request: HttpRequest, *, identifier: str, password: str, establishment_id: int | None = None, at: datetime
) -> Account:
    """The account that this identifier or mail and this password open, without entering yet.

    Raises WrongSignIn or TooManyTries, the same and in the same time whether or not the account exists:
    allauth runs one Argon2id for whoever is unknown, Django one for whoever has no password. AccountJoined, a
    WrongSignIn too, answers only whoever gave the right password.
    """
    identifier = identifier.strip().lower()
    key = throttle.account_key(identifier)
    keys = [key] if establishment_id is None else [key, throttle.school_key(establishment_id)]
    delay = throttle.delay_left(*keys, at=at, first_try_free=True)
    if delay:
        raise TooManyTries(delay)
    field = "email" if "@" in identifier else "username"
    account: Account | None = None
    if "\x00" not in identifier:  # no account has one, and PostgreSQL refuses to look
        account = get_adapter(request).authenticate(request, **{field: identifier, "password": password})
    if account is not None and account.joined_to_id is not None:
        raise AccountJoined(account)
    if account is None or not account.is_active:
        throttle.failed(*keys, at=at)
        record(verb="connexion-refusee", at=at, by=None)
        raise WrongSignIn
    return account


@transaction.atomic
def enter(
    request: HttpRequest,
    *,
    account: Account,
    at: datetime,
    how: str = "password",
    uai: str = "",
    going_to: str = "",
) -> HttpResponse | None:
    """Sign this account in, through allauth, with a new session key.

    Whatever another account left in the session goes away; the Arrival stays. Returns None once in, or the page that
    asks for the second factor, after which `finish_entering` does the rest and leads to `going_to`. `how` is kept in
    the session as the method. Raises AccountClosed.
    """
    if not account.is_active:
        raise AccountClosed
    kept = arrival.arrival_of(request)
    # The session knows who was there without asking the database who they are.
    if request.session.get(SESSION_KEY) not in {None, str(account.pk)}:
        request.session.flush()
    record_authentication(request, account, method=how)
    response: HttpResponse = perform_login(request, Login(user=account, redirect_url="/"))
    if kept != arrival.Arrival():
        arrival.remember(request, establishment_id=kept.establishment_id, destination=kept.destination)
    if not request.user.is_authenticated or request.user.pk != account.pk:
        request.session[PENDING] = {"how": how, "uai": uai, "going_to": going_to}
        return response
    _settle(request, account=account, at=at, how=how, uai=uai)
    return None


def _settle(request: HttpRequest, *, account: Account, at: datetime, how: str, uai: str) -> None:
    request.session[SEEN] = int(at.timestamp())
    request.session[DEVICE] = device_words(request.headers.get("User-Agent", ""))
    note_sure(request, at=at)
    facts: dict[str, Any] = {} if how == "password" else {"how": how}
    record(verb="connexion", at=at, by=account, uai=uai, **facts)


@transaction.atomic
def finish_entering(request: HttpRequest, *, account: Account, at: datetime) -> str:
    """What `enter` left for after the second factor: the session's marks, the journal; gives where to go, or ""."""
    waited = request.session.pop(PENDING, {})
    how = str(waited.get("how", "password"))
    _settle(request, account=account, at=at, how=how, uai=str(waited.get("uai", "")))
    staff_signed_in.send(sender=Account, account=account, at=at, by_ent=how == "mediacentre", request=request)
    return str(waited.get("going_to", ""))


@transaction.atomic
def choose_password(
    *,
    account: Account,
    password: str,
    at: datetime,
    reader: Reader = Reader.PUPIL,
    personal: Iterable[str] = (),
    uai: str = "",
) -> None:
    """Set the password this person chose; wrong tries are forgotten, other sessions of the account end.

    `personal` are words to refuse besides the account's own (its school). Raises ValidationError in the
    reader's words. The session at hand ends too: call `enter` after it.
    """
    check_password(password, account=account, reader=reader, personal=personal)
    account.set_password(password)
    account.password_chosen_at = at
    account.save(update_fields=["password", "password_chosen_at"])
    unblock(account=account)
    record(verb="mot-de-passe-choisi", at=at, by=account, uai=uai)


def change_password(
    request: HttpRequest,
    *,
    account: Account,
    current: str,
    password: str,
    at: datetime,
    reader: Reader,
    personal: Iterable[str] = (),
    uai: str = "",
) -> None:
    """Change a password for whoever proves the one of today; this session stays, all the others end.

    Raises WrongSignIn, TooManyTries, or ValidationError in the reader's words.
    """
    # Outside the transaction: a wrong try must still count.
    check_sign_in(request, identifier=account.username or account.email or "", password=current, at=at)
    with transaction.atomic():
        choose_password(account=account, password=password, at=at, reader=reader, personal=personal, uai=uai)
        end_sessions(accounts=[account.pk])
    update_session_auth_hash(request, account)
    note_sure(request, at=at)


def unblock(*, account: Account) -> None:
    """Forget the wrong tries on an account (« Débloquer »)."""
    throttle.cleared(*(throttle.account_key(name) for name in (account.username, account.email) if name))


@transaction.atomic
def end_sessions(
    *, accounts: Iterable[int], since: datetime | None = None, until: datetime | None = None
) -> int:
    """Sign these accounts out of every browser, or of those where they entered between two moments; say how many.

    One statement, whatever their number. A page that is being written at that moment does not bring its session back.
    """
    rows = OpenSession.objects.filter(account__in=list(accounts))
    if since is not None:
        rows = rows.filter(opened_at__gte=since)
    if until is not None:
        rows = rows.filter(opened_at__lte=until)
    return rows.delete()[0]


@transaction.atomic
def make_accounts(people: Sequence[NewAccount], *, at: datetime) -> list[Account]:
    """Make one account with an identifier per person, in the same order: one question, one insert.

    No password yet: none is hashed. Another batch may take an identifier in between: we ask again.
    """
    for attempt in range(BULK_TRIES):
        usernames = free_usernames([(person.first_name, person.last_name) for person in people])
        accounts = [
            Account(
                username=username,
                first_name=person.first_name,
                last_name=person.last_name,
                birth_date=person.birth_date,
                password=UNUSABLE_PASSWORD_PREFIX + secrets.token_urlsafe(30),
                made_at=at,
            )
            for username, person in zip(usernames, people, strict=True)
        ]
        try:
            with transaction.atomic():
                return list(Account.objects.bulk_create(accounts))
        except IntegrityError:
            if attempt == BULK_TRIES - 1:
                raise
    return []


@transaction.atomic
def set_email(*, account: Account, email: str, at: datetime) -> None:
    """Let this pupil enter with an e-mail address, from their fifteenth birthday on.

    The day is that of `at` in Paris. Raises TooYoungForEmail, AgeUnknown or EmailNotAvailable.
    """
    on = timezone.localdate(at)
    if account.birth_date is None:
        raise AgeUnknown
    if not may_use_email(account.birth_date, on=on):
        raise TooYoungForEmail(day=day_said(fifteenth_birthday(account.birth_date), today=on))
    account.email = email.strip().lower()
    try:
        with transaction.atomic():
            account.save(update_fields=["email"])
    except IntegrityError:
        raise EmailNotAvailable from None
    record(verb="adresse-ajoutee", at=at, by=account)
