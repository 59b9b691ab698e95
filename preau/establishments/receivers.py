"""What a school's journal hears from other rooms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from preau.accounts.models import Account
from preau.accounts.signals import staff_signed_in
from preau.audit.actions import record


@receiver(staff_signed_in)
def note_staff_sign_in(account: Account, at: datetime, **_: Any) -> None:
    """Write that a colleague entered, in the journal of each school they work in."""
    for uai in account.memberships.values_list("establishment__uai", flat=True):
        record(verb="connexion-personnel", at=at, by=account, uai=uai)
