"""What is done outside requests."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django_tasks import task

from preau.accounts.models import Account


@task()
def send_reset_link(email: str) -> None:
    """Mail a link to choose a new password, if an adult's account has this address; else do nothing.

    Looked up here, not in the page: the page takes the same time for everyone.
    """
    account = Account.objects.adults().filter(email=email, is_active=True).first()
    if account is None:
        return
    uid = urlsafe_base64_encode(force_bytes(account.pk))
    path = reverse("accounts:reset", args=[uid, default_token_generator.make_token(account)])
    body = render_to_string("accounts/reset_mail.txt", {"link": settings.SITE_URL + path})
    send_mail("Préau : choisir un nouveau mot de passe", body, None, [email])
