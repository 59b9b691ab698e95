"""Decide what files may change these days."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from preau.accounts.models import Account
from preau.audit.actions import record
from preau.establishments.models import Establishment
from preau.rosters.calendar import CalendarMode, ImportCalendar
from preau.web.refusals import Refusal


class DaysInDisorder(Refusal):
    """It would end before it begins."""

    message = "Le dernier jour vient avant le premier."


@transaction.atomic
def set_calendar(
    *,
    establishment: Establishment,
    mode: CalendarMode,
    since: date | None,
    until: date | None,
    reason: str,
    by: Account,
    at: datetime,
) -> ImportCalendar:
    """Keep what the school has decided, instead of what it had; the normal mode needs no day. Raises DaysInDisorder."""
    if mode == CalendarMode.NORMAL:
        since, until, reason = None, None, ""
    if since is not None and until is not None and until < since:
        raise DaysInDisorder
    chosen, _ = ImportCalendar.objects.update_or_create(
        establishment=establishment,
        defaults={
            "mode": mode,
            "since": since,
            "until": until,
            "reason": reason[:200],
            "set_by": by,
            "set_at": at,
        },
    )
    words = {
        CalendarMode.NORMAL: "normal",
        CalendarMode.ADDITIONS: "arrivées seulement",
        CalendarMode.FROZEN: "gelé",
    }
    record(verb="calendrier-change", at=at, by=by, uai=establishment.uai, mode=words[mode])
    return chosen
