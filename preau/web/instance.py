"""One instance of the pages, among others behind a proxy: warm when it opens, and leaving without a page lost.

`preau serve` names it by its port (PREAU_INSTANCE). Whoever stops it writes a file first (ExecStop of the unit): it
goes on answering, but sends back to the proxy whatever another instance can answer, and says that it is not ready. A
request that reaches a server in the instant it closes is lost, and a form is never sent twice: none must come then.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.conf import settings

FIRST_PAGE = "/connexion/"
LEAVING_STATUS = (
    502  # the proxy asks another instance, and sends nothing more to this one (proxy_next_upstream)
)


def leaving_file() -> Path | None:
    """Where it is written that this instance is about to stop; none for a process that is not one."""
    name = os.environ.get("PREAU_INSTANCE", "")
    return Path(settings.VAR_DIR, f"arret-{name}") if name else None


def leaving() -> bool:
    """Whether somebody is about to stop it."""
    file = leaving_file()
    return file is not None and file.exists()


def warm_up(application: Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]) -> None:
    """Serve the first page to nobody: addresses, forms and templates are loaded, a connection is open."""
    secure = "https" if settings.HTTPS else "http"
    said = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": FIRST_PAGE,
        "SCRIPT_NAME": "",
        "SERVER_NAME": settings.SITE_HOST,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": settings.SITE_HOST,
        "HTTP_X_FORWARDED_PROTO": secure,
        "wsgi.url_scheme": secure,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }
    answer = application(said, lambda *_: None)
    for _ in answer:
        pass
    if (close := getattr(answer, "close", None)) is not None:
        close()
