"""A mail to whoever administers the server, before a certificate is over and every pupil is stopped at the door."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from preau.accounts.models import Account
from preau.accounts.providers.inspection import alerts


def warn_of_certificates(*, at: datetime) -> int:
    """Mail what expires within thirty days, on Mondays; returns how many people were written to."""
    found = alerts(at=at) if settings.MAIL_CONFIGURED and at.weekday() == 0 else []
    if not found:
        return 0
    people = Account.objects.filter(is_superuser=True, is_active=True, email__isnull=False)
    to = [str(email) for email in people.order_by("pk").values_list("email", flat=True)]
    facts = {"alerts": found, "link": settings.SITE_URL + reverse("accounts:ents")}
    body = render_to_string("accounts/certificates_mail.txt", facts)
    for email in to:
        send_mail("Préau : un certificat arrive à sa fin", body, None, [email])
    return len(to)
