"""After any sign-in, and « Ce n’est pas moi »."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from preau.accounts import arrival
from preau.attachments import pending
from preau.attachments.models import Attachment
from preau.attachments.views.path import is_staff, onward, pupil_page


@require_safe
@pupil_page
def arrive(request: HttpRequest) -> HttpResponse:
    """Send whoever just signed in where they belong: the school's pages, the parcours, or one more proof."""
    pending.forget(request)
    if not request.user.is_authenticated:
        return redirect("campaigns:home")
    if is_staff(request.user):
        return redirect(settings.STAFF_HOME_URL)
    establishment_id = arrival.arrival_of(request).establishment_id
    if establishment_id is None:
        return onward(request)
    attached = Attachment.objects.opening().filter(account=request.user, establishment=establishment_id)
    return onward(request) if attached.exists() else redirect("attachments:find")


@require_POST
def not_me(request: HttpRequest) -> HttpResponse:
    """Forget everything about whoever was here, and start at the front page."""
    logout(request)
    return redirect("campaigns:home")
