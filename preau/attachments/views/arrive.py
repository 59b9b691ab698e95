"""After any sign-in, and « Ce n’est pas moi »."""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from preau.accounts import arrival
from preau.accounts.devices import forget_here
from preau.attachments import pending
from preau.attachments.actions.identities import uais_in
from preau.attachments.arriving import can_join, schools_of
from preau.attachments.models import Attachment
from preau.attachments.views.path import is_staff, now, onward, pupil_page


@require_safe
@pupil_page
def arrive(request: HttpRequest) -> HttpResponse:
    """Send whoever just signed in where they belong: the school's pages, the parcours, or one more proof."""
    goes_on = arrival.arrival_of(request).destination == reverse("attachments:confirm")
    if not goes_on:
        pending.forget(request)
    if not request.user.is_authenticated:
        return redirect("campaigns:home")
    if is_staff(request.user):
        return redirect(settings.STAFF_HOME_URL)
    if goes_on:
        return _with_their_account(request)
    if can_join(request, at=now()):
        return redirect(settings.IDENTITY_PENDING_URL)
    establishment_id = arrival.arrival_of(request).establishment_id or _school_said_by_the_ent(request)
    if establishment_id is None:
        return onward(request)
    attached = Attachment.objects.opening().filter(account=request.user, establishment=establishment_id)
    return onward(request) if attached.exists() else redirect("attachments:find")


def _with_their_account(request: HttpRequest) -> HttpResponse:
    """Back to « C’est bien toi ? », whose proof still waits: the account that was just proved comes along."""
    school = arrival.arrival_of(request).establishment_id
    arrival.forget(request)
    arrival.remember(request, establishment_id=school)
    return redirect("attachments:confirm")


def _school_said_by_the_ent(request: HttpRequest) -> int | None:
    """The school of an identity that is known, when the account is attached nowhere yet: it becomes the visit's."""
    if Attachment.objects.opening().filter(account=request.user.pk).exists():
        return None
    kept = SocialAccount.objects.filter(user=request.user.pk).order_by("-last_login")
    uais = [uai for data in kept.values_list("extra_data", flat=True) for uai in uais_in(data)]
    schools = schools_of(uais)
    if len(schools) != 1:
        return None
    arrival.remember(request, establishment_id=schools[0].pk)
    return schools[0].pk


@require_POST
def not_me(request: HttpRequest) -> HttpResponse:
    """Forget everything about whoever was here, and start at the front page."""
    logout(request)
    return forget_here(redirect("campaigns:home"))
