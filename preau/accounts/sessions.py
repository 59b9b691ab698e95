"""Sessions in the database, written once when a person enters."""

from __future__ import annotations

import secrets

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import CreateError
from django.db import IntegrityError


class SessionStore(db.SessionStore):
    """The framework's sessions, without the two queries that only guard against an impossible collision.

    The framework asks whether a new key is taken, inserts an empty row, then updates it at the end of the
    request. A key has 160 random bits, and the insert would fail anyway: here a new key is written once, when
    the request is over.
    """

    _new = False

    def _get_new_session_key(self) -> str:
        return secrets.token_hex(20)  # all that the column holds, drawn at once

    def create(self) -> None:
        """Take a new key; the row is inserted by `save`."""
        self._session_key = self._get_new_session_key()
        self._new = True
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Insert the row of a new key, in one statement; update the row of a known one."""
        if self.session_key is None:
            self.create()
        if not self._new:
            return super().save(must_create=must_create)
        try:
            kept = self._get_session(no_load=True)  # type: ignore[attr-defined]
            self.create_model_instance(kept).save(force_insert=True)
        except IntegrityError:
            raise CreateError from None
        self._new = False
        return None
