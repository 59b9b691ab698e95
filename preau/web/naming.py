"""A reference for each request: in the log, in the answer's header, on the page that says it failed."""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from uuid import uuid4

GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
current: ContextVar[str] = ContextVar("request_id", default="")


def new_name(given: str = "") -> str:
    """The reference that the proxy gave, when it looks like one; otherwise ten characters of chance."""
    return given if GIVEN.fullmatch(given) else uuid4().hex[:10]


class Named(logging.Filter):
    """Give every line the reference of its request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every line passes."""
        # The framework speaks of a refused request when it is over.
        request = getattr(record, "request", None)
        record.request_id = current.get() or getattr(request, "preau_name", "-")
        return True
