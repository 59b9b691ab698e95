"""« Mes sessions »: where a person is signed in now, and ending it from here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from preau.accounts.devices import DEVICE
from preau.accounts.middleware import SEEN
from preau.accounts.models import Account, OpenSession
from preau.accounts.second_factor.sure import ask_again, is_sure
from preau.audit.actions import record

MOST_SHOWN = 50
CLOSED = ("C’est fait : {count} session fermée.", "C’est fait : {count} sessions fermées.")
WAYS_IN = {
    "mediacentre": "par l’ENT",
    "card": "avec une carte",
    "code": "avec un code",
    "mfa": "avec deux preuves",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One session as its owner sees it; `mark` names it without giving its key away."""

    mark: str
    device: str
    opened_at: datetime | None
    seen_at: datetime | None
    how: str
    here: bool


def mark_of(key: str) -> str:
    """A name for this session in a form: the key itself would open it."""
    return salted_hmac("preau.accounts.open_sessions", key, algorithm="sha256").hexdigest()[:24]


def sessions_of(account: Account, *, here: str | None, at: datetime) -> list[Shown]:
    """The sessions that still let this person in, this one first, then the latest."""
    rows = OpenSession.objects.live(at).filter(account=account).order_by("-opened_at")[:MOST_SHOWN]
    shown = [_shown(row, here) for row in rows]
    return sorted(shown, key=lambda one: not one.here)


def _shown(row: OpenSession, here: str | None) -> Shown:
    data = row.get_decoded()
    seen = data.get(SEEN)
    return Shown(
        mark=mark_of(row.session_key),
        device=str(data.get(DEVICE, "")),
        opened_at=row.opened_at,
        seen_at=datetime.fromtimestamp(seen, tz=UTC) if seen else None,
        how=WAYS_IN.get(row.how, "avec le mot de passe" if row.how == "password" else ""),
        here=row.session_key == here,
    )


@transaction.atomic
def end_own(*, account: Account, mark: str, here: str | None, at: datetime) -> int:
    """End the session with this mark, or with "" all but this one; say how many."""
    rows = OpenSession.objects.filter(account=account).exclude(session_key=here or "")
    keys = [key for key in rows.values_list("session_key", flat=True) if not mark or _is(key, mark)]
    ended = OpenSession.objects.filter(session_key__in=keys).delete()[0]
    if ended:
        record(verb="sessions-fermees", at=at, by=account, count=ended)
    return ended


def _is(key: str, mark: str) -> bool:
    return constant_time_compare(mark_of(key), mark)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sessions_page(request: HttpRequest) -> HttpResponse:
    """Where I am signed in; close one, or all the others."""
    account, now, here = request.user, timezone.now(), request.session.session_key
    assert isinstance(account, Account)  # noqa: S101 - login_required
    if request.method == "POST":
        if account.is_adult and not is_sure(request, at=now):
            return ask_again(request.path)
        ended = end_own(account=account, mark=request.POST.get("mark", "")[:64], here=here, at=now)
        messages.success(request, _words(ended))
        return redirect("accounts:sessions")
    shown = sessions_of(account, here=here, at=now)
    page = "accounts/sessions.html" if account.is_adult else "accounts/own_sessions.html"
    return render(request, page, {"shown": shown, "others": len(shown) > 1})


def _words(ended: int) -> str:
    if not ended:
        return "Cette session était déjà fermée."
    return ngettext(*CLOSED, ended).format(count=ended)
