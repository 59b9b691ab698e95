"""The pages of the second factor: asked at the door, added, taken away; and « Encore vous ? »."""

from __future__ import annotations

import json
from typing import Any

import segno
from allauth.account.stages import LoginStageController
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import clear_totp_secret, get_totp_secret
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from preau.accounts import arrival
from preau.accounts.actions import TooManyTries, WrongSignIn, check_sign_in, finish_entering
from preau.accounts.models import Account
from preau.accounts.second_factor import factors
from preau.accounts.second_factor.due import DUE, due
from preau.accounts.second_factor.factors import Kind, check_code, check_passkey
from preau.accounts.second_factor.forms import CodeForm, KeyForm, PasswordAgainForm
from preau.accounts.second_factor.stage import SecondFactorStage
from preau.accounts.second_factor.sure import note_sure, sure_page
from preau.web.refusals import Refusal

staff_only = login_required(login_url="accounts:staff_sign_in")


def _adult(request: HttpRequest) -> Account:
    if not isinstance(request.user, Account) or not request.user.is_adult:
        raise Http404
    return request.user


def _held(account: Account) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user=account).order_by("pk"))


def _asking(account: Account) -> dict[str, object]:
    """What a page needs to ask for a code or a passkey."""
    kinds = {one.type for one in _held(account)}
    options = webauthn.begin_authentication(account) if Kind.WEBAUTHN in kinds else None
    return {"by_code": bool(kinds - {Kind.WEBAUTHN}), "options": json.dumps(options) if options else ""}


def _prove(request: HttpRequest, account: Account) -> CodeForm | None:
    """Check the code or the passkey that was sent: None when it is good, else the form with the sentence."""
    form, now = CodeForm(request.POST), timezone.now()
    try:
        if "credential" in request.POST:
            check_passkey(request, account=account, answer=_answered(request))
        elif form.is_valid():
            check_code(request, account=account, code=form.cleaned_data["code"], at=now)
        else:
            return form
    except Refusal as refusal:
        form = CodeForm({"code": "—"})
        form.full_clean()
        form.add_error("code", getattr(refusal, "formal", refusal.message))
        return form
    return None


def _answered(request: HttpRequest) -> Any:
    form = KeyForm(request.POST)
    return form.cleaned_data["credential"] if form.is_valid() else None


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """The password was right: one more proof before being in."""
    stage = LoginStageController.enter(request, SecondFactorStage.key)
    if request.user.is_authenticated or stage is None:
        return redirect("accounts:staff_sign_in")
    account = stage.login.user
    form = CodeForm()
    if request.method == "POST":
        wrong = _prove(request, account)
        if wrong is None:
            stage.exit()
            going_to = finish_entering(request, account=account, at=timezone.now())
            return redirect(going_to or settings.LOGIN_REDIRECT_URL)
        form = wrong
    facts = {"form": form, "someone": account, **_asking(account)}
    return render(request, "accounts/second_factor.html", facts)


@sensitive_post_parameters()
@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """« Encore vous ? » before something grave: the password, a code or a passkey."""
    account = _adult(request)
    asked = request.POST.get("next") or request.GET.get("next") or ""
    going_to = asked if arrival.is_local_path(asked) else resolve_url("accounts:factors")
    password, code = PasswordAgainForm(), CodeForm()
    if request.method == "POST":
        if "password" in request.POST:
            password = PasswordAgainForm(request.POST)
            good = password.is_valid() and _password_is_right(request, account, password)
        else:
            wrong = _prove(request, account)
            good, code = wrong is None, wrong or code
        if good:
            request.session.cycle_key()  # a proof makes a new key (ASVS 7.2.4)
            note_sure(request, at=timezone.now())
            return redirect(going_to)
    facts = {"password": password, "form": code, "next": going_to, **_asking(account)}
    facts["by_password"] = account.has_usable_password()
    return render(request, "accounts/again.html", facts)


def _password_is_right(request: HttpRequest, account: Account, form: PasswordAgainForm) -> bool:
    identifier = account.email or account.username or ""
    try:
        proved = check_sign_in(
            request, identifier=identifier, password=form.cleaned_data["password"], at=timezone.now()
        )
    except WrongSignIn:
        form.add_error("password", "Ce n’est pas le mot de passe de ce compte. Vérifiez-le, puis réessayez.")
    except TooManyTries as refusal:
        form.add_error("password", refusal.formal)
    else:
        return proved == account
    return False


@staff_only
@require_safe
def factors_page(request: HttpRequest) -> HttpResponse:
    """What is asked besides the password, and how to add to it."""
    account = _adult(request)
    held = _held(account)
    codes = next((one for one in held if one.type == Kind.RECOVERY_CODES), None)
    facts = {
        "application": next((one for one in held if one.type == Kind.TOTP), None),
        "keys": [one for one in held if one.type == Kind.WEBAUTHN],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "due": due(request),
        "late": bool(due(request)) and due(request) <= timezone.now(),  # type: ignore[operator]
    }
    return render(request, "accounts/factors.html", facts)


def _added(request: HttpRequest, codes: list[str], words: str) -> HttpResponse:
    """The recovery codes are shown once, on the answer; else the list."""
    request.session.pop(DUE, None)
    if codes:
        return render(request, "accounts/factor_codes.html", {"codes": _grouped(codes), "words": words})
    messages.success(request, words)
    return redirect("accounts:factors")


def _grouped(codes: list[str]) -> list[str]:
    return [f"{code[:4]} {code[4:]}" for code in codes]


@sensitive_post_parameters()
@staff_only
@sure_page
@require_http_methods(["GET", "HEAD", "POST"])
def add_app(request: HttpRequest) -> HttpResponse:
    """Show the secret to the application, and ask for its first code."""
    account = _adult(request)
    if any(one.type == Kind.TOTP for one in _held(account)):  # sent twice, another tab, the back button
        messages.info(request, "Votre application est déjà ajoutée. Pour en changer, retirez-la d’abord.")
        return redirect("accounts:factors")
    secret = get_totp_secret()
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            codes = factors.add_application(
                account=account, secret=secret, code=form.cleaned_data["code"], at=timezone.now()
            )
        except Refusal as refusal:
            form.add_error("code", refusal.message)
        else:
            clear_totp_secret(request)
            return _added(
                request, codes, "C’est fait : un code de l’application sera demandé à la connexion."
            )
    url = get_factor_adapter().build_totp_url(account, secret)
    facts = {
        "form": form,
        "qr": segno.make(url, error="m", micro=False).svg_data_uri(scale=5, light="white"),
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
    }
    return render(request, "accounts/factor_app.html", facts)


@staff_only
@sure_page
@require_http_methods(["GET", "HEAD", "POST"])
def add_key(request: HttpRequest) -> HttpResponse:
    """Let the browser make a passkey: a finger, a face, the computer's code, or a key in a USB port."""
    account = _adult(request)
    form = KeyForm(request.POST or None)
    if form.is_valid():
        try:
            codes = factors.add_passkey(
                account=account,
                name=form.cleaned_data["name"],
                answer=form.cleaned_data["credential"],
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("name", refusal.message)
        else:
            return _added(
                request, codes, "C’est fait : cette clé ouvre votre compte, avec votre mot de passe."
            )
    options = json.dumps(webauthn.begin_registration(account, passwordless=False))
    return render(request, "accounts/factor_key.html", {"form": form, "options": options})


@staff_only
@sure_page
@require_http_methods(["GET", "HEAD", "POST"])
def new_codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes, shown once."""
    account = _adult(request)
    if request.method != "POST" or not factors.has_factor(account):
        return redirect("accounts:factors")
    codes = factors.renew_codes(account=account, at=timezone.now())
    return _added(request, codes, "Voici dix nouveaux codes ; les anciens n’ouvrent plus rien.")


@staff_only
@sure_page
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then stop asking for this application or this passkey."""
    account = _adult(request)
    one = next((one for one in _held(account) if one.pk == pk and one.type != Kind.RECOVERY_CODES), None)
    if request.method == "POST":
        factors.remove_factor(account=account, pk=pk if one else 0, at=timezone.now())
        messages.success(request, "C’est fait : ceci n’est plus demandé, et n’ouvre plus votre compte.")
        return redirect("accounts:factors")
    if one is None:
        raise Http404
    return render(request, "accounts/factor_remove.html", {"one": one, "is_app": one.type == Kind.TOTP})
