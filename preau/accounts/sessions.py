"""Sessions in the database, written once when a person enters, each row saying whose it is."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import CreateError
from django.db import IntegrityError
from django.utils import timezone

if TYPE_CHECKING:
    from preau.accounts.models import OpenSession

TICKET = "ticket"  # the digest of the ticket that opened the session, where an ENT gave one


class SessionStore(db.SessionStore):
    """The framework's sessions, without the two queries that only guard against an impossible collision.

    The framework asks whether a new key is taken, inserts an empty row, then updates it at the end of the
    request. A key has 160 random bits, and the insert would fail anyway: here a new key is written once, when
    the request is over.
    """

    _new = False

    @classmethod
    def get_model_class(cls) -> type[OpenSession]:
        """Our own table: the framework's does not say whose a session is."""
        from preau.accounts.models import OpenSession

        return OpenSession

    def create_model_instance(self, data: dict[str, Any]) -> OpenSession:
        """The row of this session; what it says of the account follows from the data, at no query more."""
        row: OpenSession = super().create_model_instance(data)  # type: ignore[assignment]
        row.account_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        entered = data.get(AUTHENTICATION_METHODS_SESSION_KEY)
        if row.account_id is not None and entered:
            row.opened_at = datetime.fromtimestamp(entered[-1]["at"], tz=UTC)
            row.how = str(entered[-1].get("method", ""))[:20]
        return row

    def _get_session_from_db(self) -> OpenSession | None:
        """The row, unless it has let somebody in for longer than a session may."""
        from preau.accounts.models import longest_session

        row: OpenSession | None = super()._get_session_from_db()  # type: ignore[misc]
        if row is None or row.opened_at is None or row.opened_at > timezone.now() - longest_session():
            return row
        self._session_key = None
        return None

    def cycle_key(self) -> None:
        """Take a new key, as after each proof; the ticket of an ENT that opened this session still ends it."""
        from preau.accounts.models import SessionTicket

        super().cycle_key()
        if TICKET in self:
            SessionTicket.objects.filter(digest=self[TICKET]).update(session_key=self.session_key)

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
