"""Which session a CAS ticket opened, so that the ENT can end it: a digest, never the ticket."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from preau.accounts.keyed import all_keyed, keyed
from preau.accounts.models import SessionTicket
from preau.accounts.sessions import TICKET, SessionStore

if TYPE_CHECKING:
    from django.http import HttpRequest

SALT = "preau.accounts.tickets"


def note_ticket(request: HttpRequest, slug: str, ticket: str, *, at: datetime) -> None:
    """Remember that this ticket opened this session, whether somebody is in or an identity waits."""
    digest = keyed(SALT, f"{slug}\0{ticket}")
    request.session[TICKET] = digest
    SessionTicket.objects.update_or_create(
        digest=digest, defaults={"session_key": str(request.session.session_key), "made_at": at}
    )


def end_session_of(slug: str, ticket: str) -> None:
    """End the session this ticket opened; the same silence when there is none."""
    for row in SessionTicket.objects.filter(digest__in=all_keyed(SALT, f"{slug}\0{ticket}")):
        SessionStore(row.session_key).delete()
        row.delete()
