"""What must never be read in a log."""

from __future__ import annotations

import logging
import re

# The secrets of links: an invitation, a password to replace.
SECRET_PATHS = re.compile(r"(/(?:invitation|personnel/mot-de-passe)/)[^\s?]+")


class HideLinks(logging.Filter):
    """Keep the secrets of links out of every line: a refused page is logged with its address."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the line when it holds one; every line passes."""
        line = record.getMessage()
        hidden = SECRET_PATHS.sub(r"\1…", line)
        if hidden != line:
            record.msg, record.args = hidden, ()
        return True
