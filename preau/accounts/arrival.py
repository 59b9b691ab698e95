"""Why a visitor came: the school and the page they were heading for, kept across signing in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.http import url_has_allowed_host_and_scheme

if TYPE_CHECKING:
    from django.http import HttpRequest

SESSION_KEY = "arrival"
LED_KEY = "led"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What we know of a visit: the school it is for, and a local path to open once attached."""

    establishment_id: int | None = None
    destination: str | None = None


def is_local_path(path: str | None) -> bool:
    """Whether this is the path of one of our own pages, safe to redirect to."""
    return bool(path and path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None))


def remember(
    request: HttpRequest, *, establishment_id: int | None = None, destination: str | None = None
) -> None:
    """Keep the school and the destination of this visit; a destination elsewhere on the Web is ignored.

    What is not given stays as it was, except that another school takes the old destination away; a school that was
    not known yet does not.
    """
    known = arrival_of(request)
    if establishment_id is not None and establishment_id != known.establishment_id:
        first = known.establishment_id is None
        known = Arrival(establishment_id=establishment_id, destination=known.destination if first else None)
    if is_local_path(destination):
        known = Arrival(establishment_id=known.establishment_id, destination=destination)
    if known != arrival_of(request):
        request.session[SESSION_KEY] = [known.establishment_id, known.destination]


def arrival_of(request: HttpRequest) -> Arrival:
    """What this visit is for; empty when nothing is known."""
    kept = request.session.get(SESSION_KEY)
    return Arrival(establishment_id=kept[0], destination=kept[1]) if kept else Arrival()


def forget(request: HttpRequest) -> None:
    """Forget what this visit was for."""
    request.session.pop(SESSION_KEY, None)


def lead(request: HttpRequest, path: str) -> None:
    """Something the person did (a code typed, a proof, a way in) leads them to this page: it may begin what it opens.

    A page that is merely asked for, by a link, a preview or a browser that reads ahead, begins nothing.
    """
    request.session[LED_KEY] = path


def led_here(request: HttpRequest) -> bool:
    """Whether that is how this page was reached; true once."""
    if request.session.get(LED_KEY) != request.path:
        return False
    del request.session[LED_KEY]
    return True
