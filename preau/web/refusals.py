"""A refusal is an expected "no", with a name and a sentence; anything else that goes wrong is a bug."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext


class Refusal(Exception):
    """Base of every refusal; `message` is the French sentence shown to the person who asked."""

    message = "Cette action n’est pas possible."

    def __init__(self, message: str | None = None, /, **facts: object) -> None:
        self.facts = facts
        if message is not None:
            self.message = message
        elif facts:
            # The sentence is translated before its blanks are filled; whoever asked reads it at once.
            self.message = gettext(self.message).format(**facts)
        super().__init__(self.message)


@contextmanager
def refusals_said(request: HttpRequest) -> Iterator[None]:
    """Do it and say it inside; when it is refused, the next page says why."""
    try:
        yield
    except Refusal as refusal:
        messages.error(request, refusal.message)
