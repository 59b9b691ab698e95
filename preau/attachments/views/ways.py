"""« Mes façons d’entrer » : what the pupil's account opens with, one more, one less."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime

from allauth.account.internal.flows.login import get_authentication_records
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from preau.accounts.actions import enter
from preau.accounts.age import fifteenth_birthday
from preau.accounts.forms import ChoosePasswordForm
from preau.accounts.models import Account, ConnectionMode
from preau.accounts.passwords import Reader
from preau.attachments.actions.ways import add_password, open_ways, remove_way
from preau.attachments.models import Attachment
from preau.attachments.refusals import PupilRefusal, StaffAccount
from preau.attachments.views.path import is_staff, now, pupil_page
from preau.rosters.models import Learner
from preau.web.refusals import Refusal

RECENT = 600  # seconds: on a shared computer, whoever comes after must not add a way of their own
RENAMED = "Ton identifiant est {username} : note-le."


class EnterAgain(PupilRefusal):
    """Too long ago: whoever is in front of the screen may not be the pupil any more."""

    title = "Entre encore une fois"
    to_pupil = (
        "Cela fait un moment que tu es entré. Pour changer tes façons d’entrer, dis « Ce n’est pas moi » en haut, "
        "entre de nouveau, puis reviens ici dans les dix minutes."
    )


@dataclass(frozen=True, slots=True)
class Way:
    """One way in as the page shows it; `key` is what `remove_way` reads."""

    key: str
    icon: str
    label: str
    detail: str
    since: datetime | None = None
    last: datetime | None = None
    opens: bool = True


@require_safe
@login_required
@pupil_page
def ways(request: HttpRequest) -> HttpResponse:
    """What opens the account, and what could be added."""
    account = _pupil(request)
    held = _ways(request, account)
    learner = _learner(account)
    by_ent = any(way.icon == "grid-3x3-gap-fill" for way in held)
    password_missing = not account.has_usable_password() and learner is not None
    mail_from = _mail_from(account, timezone.localdate())
    named = account.username is not None and account.has_usable_password()
    mail_now = named and account.email is None and mail_from is None
    facts = {
        "ways": held,
        "last_one": len(open_ways(account)) == 1,
        "by_ent": by_ent,
        "password_missing": password_missing,
        "mail_from": mail_from,
        "mail_now": mail_now,
        "addable": bool(not by_ent or password_missing or mail_from or mail_now),
    }
    return render(request, "attachments/ways.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@pupil_page
def remove(request: HttpRequest, way: str) -> HttpResponse:
    """Name the way and what will be left; then take it away."""
    account = _pupil(request)
    found = next((one for one in _ways(request, account) if one.key == way), None)
    if found is None:
        messages.warning(request, "Cette façon d’entrer n’est déjà plus là.")
        return redirect("attachments:ways")
    _check_recent(request, account)
    left = [one for one in _ways(request, account) if one.key != way and one.opens]
    if request.method != "POST":
        return render(request, "attachments/way_remove.html", {"way": found, "left": left})
    learner = _learner(account)
    uai = learner.establishment.uai if learner else ""
    try:
        remove_way(account=account, way=way, uai=uai, at=now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("attachments:ways")
    account.refresh_from_db()
    _stay(request, account)
    messages.success(
        request, gettext("C’est fait : {way} ne t’ouvre plus rien.").format(way=gettext(found.label))
    )
    return redirect("attachments:ways")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@pupil_page
def add(request: HttpRequest) -> HttpResponse:
    """An identifier and a password, besides the ENT."""
    account = _pupil(request)
    learner = _learner(account)
    if learner is None or account.has_usable_password():
        return redirect("attachments:ways")
    _check_recent(request, account)
    form = ChoosePasswordForm(request.POST or None, reader=Reader.PUPIL)
    if request.method == "POST" and form.is_valid():
        try:
            named = add_password(
                account=account, learner=learner, password=form.cleaned_data["password"], at=now()
            )
        except ValidationError as refused:
            form.add_error("password", refused)
        else:
            _stay(request, named)
            messages.success(request, RENAMED.format(username=named.username))
            return redirect("attachments:ways")
    facts = {"form": form, "username": account.username or ""}
    return render(request, "attachments/way_add.html", facts, status=422 if form.errors else 200)


def _pupil(request: HttpRequest) -> Account:
    """Whoever is signed in, as a pupil."""
    account = request.user
    if not isinstance(account, Account) or is_staff(account):
        raise StaffAccount
    return account


def _learner(account: Account) -> Learner | None:
    opening = Attachment.objects.opening().filter(account=account)
    found = opening.select_related("learner__establishment").order_by("-made_at", "-pk").first()
    return found.learner if found else None


def _check_recent(request: HttpRequest, account: Account) -> None:
    records = get_authentication_records(request, account)
    if not records or time.time() - records[-1]["at"] > RECENT:
        raise EnterAgain


def _stay(request: HttpRequest, account: Account) -> None:
    """A password that changes closes every session of the account; this one stays."""
    enter(request, account=account, at=now(), how="mediacentre")


def _ways(request: HttpRequest, account: Account) -> list[Way]:
    opening = set(open_ways(account))
    held = [
        Way(
            f"{ConnectionMode.MEDIACENTRE}:{one.pk}",
            "grid-3x3-gap-fill",
            name,
            "Par la tuile de ton ENT",
            since=one.date_joined,
            last=one.last_login,
        )
        for one, name in _identities(request, account)
    ]
    password = bool(opening & {ConnectionMode.USERNAME, ConnectionMode.EMAIL})
    missing = "" if password else f" : {gettext('pas encore de mot de passe')}"
    if account.username:
        label = f"{account.username}{missing}"
        held.append(Way(ConnectionMode.USERNAME.value, "person-badge", "Identifiant", label, opens=password))
    if account.email:
        held.append(
            Way(ConnectionMode.EMAIL.value, "envelope", "Mail", f"{account.email}{missing}", opens=password)
        )
    return held


def _identities(request: HttpRequest, account: Account) -> list[tuple[SocialAccount, str]]:
    rows = list(SocialAccount.objects.filter(user=account).order_by("pk"))
    apps = get_adapter().list_apps(request) if rows else []
    names = {app.provider_id or app.provider: app.name for app in apps}
    return [(one, names.get(one.provider) or ConnectionMode.MEDIACENTRE.label) for one in rows]


def _mail_from(account: Account, today: date) -> date | None:
    """The day the mail opens, when it is still to come."""
    if account.birth_date is None or account.email:
        return None
    day = fifteenth_birthday(account.birth_date)
    return day if day > today else None
