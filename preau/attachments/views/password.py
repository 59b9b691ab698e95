"""« Changer mon mot de passe »: the old one, then the new one; pupils and adults alike, each in their words."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from preau.accounts.actions import TooManyTries, WrongSignIn, change_password
from preau.accounts.forms import ChangePasswordForm
from preau.accounts.models import Account
from preau.accounts.passwords import Reader
from preau.attachments.models import Attachment
from preau.establishments.actions import school_words
from preau.establishments.models import Establishment

WRONG = {
    Reader.PUPIL: "Ce n’est pas ton mot de passe.",
    Reader.STAFF: "Ce n’est pas votre mot de passe actuel.",
}
DONE = {
    Reader.PUPIL: "C’est fait ! Ton nouveau mot de passe marche déjà ; ailleurs, ton compte s’est fermé.",
    Reader.STAFF: "C’est fait. Vos autres sessions sont fermées.",
}


@sensitive_post_parameters("current", "password")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: HttpRequest) -> HttpResponse:
    """Ask for both; whoever has no password yet is led where one is chosen."""
    account = request.user
    assert isinstance(account, Account)  # noqa: S101 - login_required
    adult = account.is_adult
    home = "accounts:mine" if adult else "attachments:ways"
    if not account.has_usable_password():
        return redirect(home)
    reader = Reader.STAFF if adult else Reader.PUPIL
    form = ChangePasswordForm(request.POST or None, reader=reader)
    if form.is_valid() and _changed(request, account, form, reader):
        messages.success(request, DONE[reader] if adult else gettext(DONE[reader]))
        return redirect(home)
    facts = {"form": form, "adult": adult, "base": "web/staff.html" if adult else "web/pupil.html"}
    return render(request, "attachments/change_password.html", facts, status=422 if form.errors else 200)


def _changed(request: HttpRequest, account: Account, form: ChangePasswordForm, reader: Reader) -> bool:
    schools = _schools(account)
    try:
        change_password(
            request,
            account=account,
            current=form.cleaned_data["current"],
            password=form.cleaned_data["password"],
            at=timezone.now(),
            reader=reader,
            personal=[word for school in schools for word in school_words(school)],
            uai=schools[0].uai if schools else "",
        )
    except WrongSignIn:
        form.add_error("current", WRONG[reader])
    except TooManyTries as refusal:
        form.add_error("current", refusal.message if reader is Reader.PUPIL else refusal.formal)
    except ValidationError as refused:
        form.add_error("password", refused)
    return not form.errors


def _schools(account: Account) -> list[Establishment]:
    """Where this person works or learns: their names make poor passwords."""
    opening = Attachment.objects.opening().filter(account=account).values("learner__establishment")
    there = Q(pk__in=opening) | Q(pk__in=account.memberships.values("establishment"))
    return list(Establishment.objects.filter(there).order_by("pk"))
