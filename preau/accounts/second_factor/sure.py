"""« Encore vous ? »: what is grave is only done a few minutes after proving who one is."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

if TYPE_CHECKING:
    from datetime import datetime

View = ParamSpec("View")
SURE = "sure_at"  # in the session, written by `actions.enter` and by « Encore vous ? »
LASTS = 15 * 60


def note_sure(request: HttpRequest, *, at: datetime) -> None:
    """This person has just proved who they are."""
    request.session[SURE] = int(at.timestamp())


def is_sure(request: HttpRequest, *, at: datetime) -> bool:
    """Whether they did so lately."""
    return at.timestamp() - int(request.session.get(SURE, 0)) <= LASTS


def ask_again(back: str) -> HttpResponseRedirect:
    """To « Encore vous ? », then to this page of ours."""
    return HttpResponseRedirect(f"{reverse('accounts:again')}?{urlencode({'next': back})}")


def sure_page(
    view: Callable[Concatenate[HttpRequest, View], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, View], HttpResponseBase]:
    """Ask once more who is there when the last proof is old, then come back; a form is filled again."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: View.args, **kwargs: View.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated or is_sure(request, at=timezone.now()):
            return view(request, *args, **kwargs)
        return ask_again(request.get_full_path())

    return guarded


def sure_deed(
    back: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, View], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, View], HttpResponseBase],
]:
    """The same for a button without a page of its own: back to the page (a URL's name) where it is pressed again."""

    def guard(
        view: Callable[Concatenate[HttpRequest, View], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, View], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: View.args, **kwargs: View.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated or is_sure(request, at=timezone.now()):
                return view(request, *args, **kwargs)
            return ask_again(reverse(back))

        return guarded

    return guard
