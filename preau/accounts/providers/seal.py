"""What was verified at the ACS, carried to the next page in a sealed cookie, so that no row of the database holds it.

The POST of the GAR comes from another site: the browser sends no session with it. The page that finishes the sign-in is
a plain GET of ours, which has the session, and the request that was made from it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from preau.accounts.identities import Hints, Profile
from preau.accounts.providers.facts import Arrived
from preau.accounts.providers.refusals import TooLate

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

COOKIE = f"{settings.NARROW_COOKIE}preau-ent"
LASTS_SECONDS = 60


def _box() -> MultiFernet:
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(b"preau.accounts.providers.seal\0" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def put(response: HttpResponse, arrived: Arrived, *, slug: str, request_id: str, path: str) -> None:
    """Seal this arrival in a cookie that only `path` receives, for a minute."""
    said = {**asdict(arrived), "slug": slug, "request_id": request_id}
    if arrived.profile is not Profile.PUPIL:
        said["hints"] = asdict(Hints())  # nobody looks an adult up by name
    response.set_cookie(
        COOKIE,
        # Letters as they are: escaped, long names would pass the 4,096 bytes that a browser keeps.
        _box().encrypt(json.dumps(said, ensure_ascii=False).encode()).decode("ascii"),
        max_age=LASTS_SECONDS,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def take(request: HttpRequest, *, slug: str) -> tuple[Arrived, str]:
    """The arrival and the identifier of the request it answers. Raises TooLate."""
    sealed = request.COOKIES.get(COOKIE, "")
    try:
        said: dict[str, Any] = json.loads(_box().decrypt(sealed.encode(), ttl=LASTS_SECONDS))
    except (InvalidToken, ValueError):
        raise TooLate from None
    if said.pop("slug") != slug:
        raise TooLate
    request_id = said.pop("request_id")
    hints = said.pop("hints")
    return (
        Arrived(
            uid=said["uid"],
            uais=tuple(said["uais"]),
            profile=Profile(said["profile"]),
            hints=Hints(**{**hints, "divisions": tuple(hints["divisions"])}),
        ),
        request_id,
    )


def drop(response: HttpResponse, *, path: str) -> None:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, path=path, samesite="Lax")
