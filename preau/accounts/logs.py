"""What must never be read in a log."""

from __future__ import annotations

import logging
import re
import time
from typing import Any

from pythonjsonlogger.json import JsonFormatter

# The secrets of links: an invitation, a password to replace.
SECRET_PATHS = re.compile(r"(/(?:invitation|personnel/mot-de-passe)/)[^\s?]+")


# What PostgreSQL adds to an error quotes the row at fault: an INE, a name, a birth date.
QUOTED_ROWS = re.compile(r"^(?:DETAIL|CONTEXT|HINT|LINE \d+):.*\n?", re.MULTILINE)


# What would end a line, or move on a terminal: a line of the log is one act, whatever an address or a name holds.
CONTROL = {code: f"\\x{code:02x}" for code in [*range(32), *range(127, 160)]} | {
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


class Discreet(logging.Formatter):
    """Say where a failure happened without the rows of the database that it quotes; hours are UTC, and say so."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the framework's name
        """One line."""
        return super().formatMessage(record).translate(CONTROL)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the framework's name
        """The traceback, without them."""
        return QUOTED_ROWS.sub("", super().formatException(ei))


class HideLinks(logging.Filter):
    """Keep the secrets of links out of every line: a refused page is logged with its address."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the line when it holds one; every line passes."""
        line = record.getMessage()
        hidden = SECRET_PATHS.sub(r"\1…", line)
        if hidden != line:
            record.msg, record.args = hidden, ()
        return True


class DiscreetJson(JsonFormatter):
    """The same, one JSON object a line, for whoever gathers logs."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the framework's name
        """The traceback, without the rows."""
        said = super().formatException(ei)
        return QUOTED_ROWS.sub("", said if isinstance(said, str) else "\n".join(said))
