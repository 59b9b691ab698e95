"""What the link of an invitation opens."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from preau.accounts.actions import TooManyTries, WrongSignIn, check_sign_in, enter
from preau.accounts.forms import ChoosePasswordForm
from preau.accounts.models import Account
from preau.accounts.signals import staff_signed_in
from preau.establishments import actions
from preau.establishments.forms import KnownPasswordForm, NewcomerForm
from preau.establishments.models import Invitation, Membership
from preau.web.refusals import Refusal


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Join a school: choose a password, type the one we know, or just say yes when signed in already."""
    try:
        invitation = actions.open_invitation(token, at=timezone.now())
    except Refusal as refusal:
        return render(request, "establishments/invitation_gone.html", {"refusal": refusal}, status=410)
    try:
        return _answer(request, invitation)
    except Refusal as refusal:
        return render(request, "establishments/invitation_gone.html", {"refusal": refusal}, status=409)


def _answer(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    account = Account.objects.filter(email=invitation.email).first()
    if request.user.is_authenticated and request.user != account:
        context = {"invitation": invitation, "path": request.path}
        return render(request, "establishments/other_account.html", context, status=409)
    if account is None:
        return _newcomer(request, invitation)
    if request.user.is_authenticated:
        return _signed_in(request, invitation, account)
    if actions.may_replace_password(account, establishment=invitation.establishment):
        return _new_password(request, invitation, account)
    return _known(request, invitation, account)


def _newcomer(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = NewcomerForm(request.POST or None)
    if form.is_valid():
        try:
            joined = actions.accept_as_newcomer(invitation=invitation, **form.cleaned_data, at=timezone.now())
        except ValidationError as problem:
            form.add_error("password", problem)
        else:
            return _welcome(request, joined)
    context = {"form": form, "invitation": invitation}
    return render(request, "establishments/accept_newcomer.html", context)


def _signed_in(request: HttpRequest, invitation: Invitation, account: Account) -> HttpResponse:
    if request.method == "POST":
        joined = actions.accept(invitation=invitation, account=account, at=timezone.now())
        return redirect("scenarios:home", joined.establishment.uai)
    return render(request, "establishments/accept_signed_in.html", {"invitation": invitation})


def _new_password(request: HttpRequest, invitation: Invitation, account: Account) -> HttpResponse:
    form = ChoosePasswordForm(request.POST or None)
    if form.is_valid():
        try:
            joined = actions.accept_with_new_password(
                invitation=invitation,
                account=account,
                password=form.cleaned_data["password"],
                at=timezone.now(),
            )
        except ValidationError as problem:
            form.add_error("password", problem)
        else:
            return _welcome(request, joined)
    context = {"form": form, "invitation": invitation, "again": True}
    return render(request, "establishments/accept_password.html", context)


def _known(request: HttpRequest, invitation: Invitation, account: Account) -> HttpResponse:
    form = KnownPasswordForm(request.POST or None)
    if form.is_valid():
        now = timezone.now()
        try:
            check_sign_in(
                request, identifier=invitation.email, password=form.cleaned_data["password"], at=now
            )
        except TooManyTries as refusal:
            form.add_error(None, refusal.formal)
        except WrongSignIn:
            form.add_error(
                "password", "Ce n’est pas le mot de passe de ce compte. Vérifiez-le, puis réessayez."
            )
        else:
            return _welcome(request, actions.accept(invitation=invitation, account=account, at=now))
    context = {"form": form, "invitation": invitation, "again": False}
    return render(request, "establishments/accept_password.html", context)


def _welcome(request: HttpRequest, membership: Membership) -> HttpResponse:
    now = timezone.now()
    home = reverse("scenarios:home", args=[membership.establishment.uai])
    waiting = enter(request, account=membership.account, at=now, going_to=home)
    if waiting:
        return waiting
    staff_signed_in.send(sender=Account, account=membership.account, at=now, request=request)
    return redirect(home)
