"""The number of a SAML request says that we made it, for which provider and when.

So an answer to a request that we never made, or made long ago, is refused before anything costly is done with it; and
one request may be missed a few times only: whoever forges must come to our door for each few tries. No address is
counted: a school shares one, and an honest answer has a request of its own.
"""

from __future__ import annotations

import secrets
import time

from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import constant_time_compare, salted_hmac

from preau.accounts.providers.refusals import TooLate

LASTS = 600  # as long as the session remembers the request
TRIES = 3
DRAWN, STAMP, SEAL = 32, 8, 32  # hexadecimal digits


def new_number(slug: str) -> str:
    """A new one, that XML takes as an ID."""
    said = f"{secrets.token_hex(DRAWN // 2)}{int(time.time()):0{STAMP}x}"
    return f"_{said}{_seal(slug, said, str(settings.SECRET_KEY))}"


def must_be_ours(slug: str, number: str) -> None:
    """Raises TooLate unless this number was made here, for this provider, less than ten minutes ago, and not missed."""
    said, seal = number[1 : 1 + DRAWN + STAMP], number[1 + DRAWN + STAMP :]
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    if len(seal) != SEAL or not any(constant_time_compare(_seal(slug, said, key), seal) for key in keys):
        raise TooLate
    if not 0 <= time.time() - int(said[DRAWN:], 16) + 60 <= LASTS + 60:
        raise TooLate
    if cache.get(_key(number), 0) >= TRIES:
        raise TooLate


def missed(number: str) -> None:
    """An answer to this request did not hold."""
    cache.add(_key(number), 0, LASTS)
    try:
        cache.incr(_key(number))
    except ValueError:  # it went away in between
        return


def _key(number: str) -> str:
    return f"preau.ent.missed.{number[1 : 1 + DRAWN]}"


def _seal(slug: str, said: str, key: str) -> str:
    digest = salted_hmac("preau.accounts.numbers", f"{slug}\0{said}", secret=key, algorithm="sha256")
    return digest.hexdigest()[:SEAL]
