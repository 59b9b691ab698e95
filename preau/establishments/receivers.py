"""What a school's journal hears from other rooms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from preau.accounts.models import Account
from preau.accounts.second_factor.due import note_due
from preau.accounts.signals import staff_signed_in
from preau.audit.actions import record
from preau.establishments.models import Role, school_year_of


@receiver(staff_signed_in)
def note_staff_sign_in(account: Account, at: datetime, by_ent: bool = False, **_: Any) -> None:
    """Write that a colleague entered, in the journal of each school they work in."""
    for uai in account.memberships.values_list("establishment__uai", flat=True):
        if by_ent:
            record(verb="connexion-personnel-ent", at=at, by=account, uai=uai)
        else:
            record(verb="connexion-personnel", at=at, by=account, uai=uai)


@receiver(staff_signed_in)
def note_second_factor_due(
    account: Account, at: datetime, request: HttpRequest | None = None, **_: Any
) -> None:
    """Whoever runs a school, or the server, is asked for a second factor."""
    if request is not None:
        runs = account.is_superuser or account.memberships.filter(role__in=Role.runners()).exists()
        note_due(request, account=account, runs=runs, at=at)


@receiver(user_logged_in)
def note_first_entry(user: Account, **_: Any) -> None:
    """Keep the day on which this account first came in since the rentrée; nothing is written the other times."""
    now = timezone.now()
    year = school_year_of(timezone.localdate(now))
    if user.entered_at and school_year_of(timezone.localdate(user.entered_at)) >= year:
        return
    user.entered_at = now
    user.save(update_fields=["entered_at"])
