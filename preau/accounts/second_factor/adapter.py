"""How allauth's second factor behaves in Préau: secrets encrypted with the server's key, our own name on them."""

from __future__ import annotations

import base64
from hashlib import sha256

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

NAME = "Préau"


def _box() -> MultiFernet:
    """Seals with the first key; reads what older keys sealed, as long as they are kept as fallbacks."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (sha256(f"preau.accounts.second_factor:{key}".encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class SecondFactorAdapter(DefaultMFAAdapter):
    """A copy of the database alone gives no code: the server's key is elsewhere."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode("ascii")).decode()

    def get_totp_issuer(self) -> str:
        return NAME

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The host of our address, whatever the request says: a passkey is for it alone. On this machine, as typed."""
        host = context.request.get_host() if settings.LOCAL else settings.SITE_HOST
        return {"id": host.partition(":")[0], "name": NAME}


def reseal() -> tuple[int, int]:
    """Seal every kept secret with today's key; how many were, and how many no known key opens."""
    done = lost = 0
    for pk in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            held = [name for name in ("secret", "seed") if row is not None and name in row.data]
            try:
                for name in held:
                    row.data[name] = _box().rotate(row.data[name].encode("ascii")).decode("ascii")
            except InvalidToken:
                lost += 1
                continue
            if row is not None and held:
                row.save(update_fields=["data"])
                done += 1
    return done, lost
