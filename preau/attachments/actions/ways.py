"""The ways in of one account: see them, add one, take one away, never the last."""

from __future__ import annotations

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from preau.accounts.actions import choose_password
from preau.accounts.models import Account, ConnectionMode
from preau.attachments.actions.enter import name_account
from preau.attachments.refusals import LastWay, WayGone
from preau.audit.actions import record
from preau.rosters.models import Learner


def open_ways(account: Account) -> list[str]:
    """The ways that really open: an identifier or a mail without a password opens nothing."""
    ways = [f"{ConnectionMode.MEDIACENTRE}:{pk}" for pk in _identities(account)]
    if account.has_usable_password():
        ways += [ConnectionMode.USERNAME.value] if account.username else []
        ways += [ConnectionMode.EMAIL.value] if account.email else []
    return ways


def _identities(account: Account) -> list[int]:
    return list(SocialAccount.objects.filter(user=account).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def remove_way(*, account: Account, way: str, uai: str, at: datetime) -> None:
    """Take a way in off this account; two tabs that each remove one still leave one. Raises WayGone, LastWay.

    `way` is USERNAME, EMAIL, or MEDIACENTRE and the number of the identity. A password that nothing names any more is
    forgotten with them.
    """
    locked = Account.objects.select_for_update().get(pk=account.pk)
    kind, _, number = way.partition(":")
    if not _has(locked, kind, number):
        raise WayGone
    if not set(open_ways(locked)) - {way}:
        raise LastWay
    if kind == ConnectionMode.MEDIACENTRE:
        SocialAccount.objects.filter(user=locked, pk=int(number)).delete()
    elif kind == ConnectionMode.EMAIL:
        locked.email = None
    else:
        locked.username = None
    if locked.username is None and locked.email is None:
        locked.set_unusable_password()
        locked.password_chosen_at = None
    locked.save(update_fields=["username", "email", "password", "password_chosen_at"])
    record(verb="facon-retiree", at=at, by=account, uai=uai, way=ConnectionMode(kind).label)


def _has(account: Account, kind: str, number: str) -> bool:
    if kind == ConnectionMode.MEDIACENTRE:
        return number.isdecimal() and len(number) < 19 and int(number) in _identities(account)
    held = {ConnectionMode.USERNAME.value: account.username, ConnectionMode.EMAIL.value: account.email}
    return bool(held.get(kind))


@transaction.atomic
def add_password(*, account: Account, learner: Learner, password: str, at: datetime) -> Account:
    """Give an identifier and a password to a pupil who enters by the ENT; raises ValidationError for the password."""
    locked = Account.objects.select_for_update().get(pk=account.pk)
    school = learner.establishment
    named = name_account(account=locked, learner=learner, username="")
    choose_password(
        account=named, password=password, at=at, personal=(school.name, school.town), uai=school.uai
    )
    record(verb="facon-ajoutee", at=at, by=named, uai=school.uai, way=ConnectionMode.USERNAME.label)
    return named
