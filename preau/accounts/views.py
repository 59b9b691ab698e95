"""The pages to enter and to leave."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlsafe_base64_decode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from preau.accounts import arrival, throttle
from preau.accounts.actions import (
    AccountJoined,
    TooManyTries,
    WrongSignIn,
    check_sign_in,
    choose_password,
    enter,
    set_email,
)
from preau.accounts.devices import forget_here
from preau.accounts.forms import (
    ChoosePasswordForm,
    EmailForm,
    ForgottenForm,
    PupilSignInForm,
    StaffSignInForm,
)
from preau.accounts.models import Account
from preau.accounts.passwords import Reader
from preau.accounts.providers.receive import CAME_BY
from preau.accounts.providers.ways import providers
from preau.accounts.signals import staff_signed_in
from preau.accounts.tasks import send_reset_link
from preau.web.refusals import Refusal

if TYPE_CHECKING:
    from django import forms

WRONG = {
    Reader.PUPIL: "Cet identifiant et ce mot de passe ne vont pas ensemble. Vérifie-les, puis essaie encore.",
    Reader.STAFF: "Cette adresse et ce mot de passe ne vont pas ensemble. Vérifiez-les, puis réessayez.",
}


def _next(request: HttpRequest) -> str:
    """The local path asked for after signing in, "" when there is none or it is not ours."""
    asked = request.POST.get("next") or request.GET.get("next")
    return asked if asked and arrival.is_local_path(asked) else ""


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The pupil's way in: identifier or mail, and password."""
    typed = request.POST.get("identifier", "").strip().lower()
    if request.user.is_authenticated and typed not in {request.user.username, request.user.email}:
        return render(
            request, "accounts/already.html", {"someone": request.user}, status=409 if typed else 200
        )
    form = PupilSignInForm(request.POST or None)
    going_to = _next(request)
    context: dict[str, object] = {"form": form, "next": going_to}
    if not form.is_valid():
        return render(request, "accounts/sign_in.html", context)
    visit = arrival.arrival_of(request)
    account = _proved(request, form, Reader.PUPIL, visit.establishment_id)
    if isinstance(account, timedelta):
        return _not_yet(request, "accounts/sign_in.html", context, account)
    waiting = enter(request, account=account, at=timezone.now())
    if going_to:
        arrival.remember(request, destination=going_to)
    return waiting or redirect(settings.LOGIN_REDIRECT_URL)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def staff_sign_in(request: HttpRequest) -> HttpResponse:
    """The way in of heads, référents and teachers."""
    asked = _next(request)
    going_to = asked or resolve_url(settings.STAFF_HOME_URL)
    if (
        request.user.is_authenticated
        and request.method != "POST"
        and Account.objects.adults().filter(pk=request.user.pk).exists()
    ):
        return redirect(going_to)
    form = StaffSignInForm(request.POST or None)
    context: dict[str, object] = {"form": form, "next": asked}
    if not form.is_valid():
        return render(request, "accounts/staff_sign_in.html", context)
    account = _proved(request, form, Reader.STAFF)
    if isinstance(account, timedelta):
        return _not_yet(request, "accounts/staff_sign_in.html", context, account)
    now = timezone.now()
    waiting = enter(request, account=account, at=now, going_to=going_to)
    if waiting:
        return waiting
    staff_signed_in.send(sender=Account, account=account, at=now, request=request)
    return redirect(going_to)


def _proved(
    request: HttpRequest, form: forms.Form, reader: Reader, establishment_id: int | None = None
) -> Account | timedelta:
    """The account that was proved; else how long to wait, the sentence being in the form."""
    typed = form.cleaned_data
    try:
        return check_sign_in(
            request,
            identifier=typed["identifier"],
            password=typed["password"],
            establishment_id=establishment_id,
            at=timezone.now(),
        )
    except AccountJoined as refusal:
        form.add_error(None, refusal.message)
        return timedelta()
    except WrongSignIn:
        form.add_error(None, WRONG[reader])
        return timedelta()
    except TooManyTries as refusal:
        form.add_error(None, refusal.message if reader is Reader.PUPIL else refusal.formal)
        return refusal.delay


def _not_yet(
    request: HttpRequest, template: str, context: dict[str, object], wait: timedelta
) -> HttpResponse:
    """The same page again, with the sentence; 429 when one must wait."""
    response = render(request, template, context, status=429 if wait else 200)
    if wait:
        response.headers["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leave, on a POST; then, or when nobody is in, a page that says so."""
    if request.method == "POST":
        came_by = request.session.get(CAME_BY)
        get_adapter(request).logout(request)
        left = reverse("accounts:sign_out") + (f"?{urlencode({'ent': came_by})}" if came_by else "")
        return forget_here(redirect(_next(request) or left))
    known = {one.sub_id: one for one in providers(request)}
    # « ent »: the one that whoever has left came by; « vers »: the one by which somebody waits to enter.
    facts = {name: known.get(request.GET.get(name, "")) for name in ("ent", "vers")}
    return render(request, "accounts/signed_out.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """A forgotten password of the staff: a link by mail, or who can help where mail is not set up."""
    form = ForgottenForm(request.POST or None)
    if not settings.MAIL_CONFIGURED or not form.is_valid():
        return render(request, "accounts/forgotten.html", {"form": form, "by_mail": settings.MAIL_CONFIGURED})
    email, now = form.cleaned_data["email"].strip().lower(), timezone.now()
    key = throttle.account_key(f"lien {email}")
    if not throttle.delay_left(key, at=now):
        throttle.failed(key, at=now)
        send_reset_link.enqueue(email)
    return redirect("accounts:link_sent")


@require_http_methods(["GET", "HEAD"])
def link_sent(request: HttpRequest) -> HttpResponse:
    """The same page whether or not the address is known."""
    return render(request, "accounts/link_sent.html")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Choose a new password with the link of the mail, once."""
    account = _account_of_link(uid, token)
    if account is None:
        return render(request, "accounts/link_gone.html", status=410)
    form = ChoosePasswordForm(request.POST or None, reader=Reader.STAFF)
    if form.is_valid():
        now = timezone.now()
        try:
            choose_password(
                account=account, password=form.cleaned_data["password"], at=now, reader=Reader.STAFF
            )
        except ValidationError as problem:
            form.add_error("password", problem)
        else:
            waiting = enter(request, account=account, at=now, going_to=resolve_url(settings.STAFF_HOME_URL))
            if waiting:
                return waiting
            staff_signed_in.send(sender=Account, account=account, at=now, request=request)
            return redirect(settings.STAFF_HOME_URL)
    return render(request, "accounts/reset.html", {"form": form, "account": account})


def _account_of_link(uid: str, token: str) -> Account | None:
    try:
        key = int(urlsafe_base64_decode(uid))
        account = Account.objects.adults().filter(pk=key, is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return account if account and default_token_generator.check_token(account, token) else None


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add_email(request: HttpRequest) -> HttpResponse:
    """One more way in for a pupil, from their fifteenth birthday on; the password says that it is really them."""
    account, form = request.user, EmailForm(request.POST or None)
    if not isinstance(account, Account) or account.username is None or account.is_staff:
        return redirect(settings.LOGIN_REDIRECT_URL)
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            check_sign_in(request, identifier=account.username, password=form.cleaned_data["password"], at=at)
            set_email(account=account, email=form.cleaned_data["email"], at=at)
        except WrongSignIn:
            form.add_error("password", "Ce n’est pas ton mot de passe.")
        except TooManyTries as refusal:
            form.add_error("password", refusal.message)
        except Refusal as refusal:
            form.add_error("email", refusal.message)
        else:
            messages.success(
                request, "C’est fait ! Tu peux maintenant entrer avec ton identifiant ou ton adresse."
            )
            return redirect(settings.PUPIL_HOME_URL)
    return render(request, "accounts/add_email.html", {"form": form}, status=422 if form.errors else 200)
