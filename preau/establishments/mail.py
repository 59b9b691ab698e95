"""The mail of an invitation."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import get_connection, send_mail
from django.template.loader import render_to_string

from preau.establishments.models import Invitation

SECONDS = 10
log = logging.getLogger(__name__)


def send_invitation(invitation: Invitation, *, link: str) -> bool:
    """Mail the link, and say whether it left; the page shows the link in any case.

    Not a task: a task would keep the secret of the link in the database.
    """
    if not settings.MAIL_CONFIGURED:
        return False
    school = invitation.establishment.name
    body = render_to_string("establishments/invitation_mail.txt", {"link": link, "school": school})
    subject = " ".join(f"Préau : rejoindre l’équipe de {school}".split())
    try:
        sent = send_mail(subject, body, None, [invitation.email], connection=get_connection(timeout=SECONDS))
    except (SMTPException, OSError):
        log.warning("an invitation could not be mailed")
        return False
    return bool(sent)
