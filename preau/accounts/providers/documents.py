"""Metadata, keys and discovery documents: pasted, in a file, or at an https address; never asked twice in a row.

What was read from a file is kept until the file changes; what came from an address for four hours, and shown for a week
more when the address no longer answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from django.core.cache import cache
from django.utils.crypto import salted_hmac

from preau.accounts.providers.asking import MOST_BYTES, ask
from preau.accounts.providers.refusals import ProviderDown, SettingRefused

FRESH = 4 * 3600
KEPT = 7 * 24 * 3600
RETRY = 30  # an address that failed is left alone that long
AGAIN = 60  # and one whose document was out of date
Check = Callable[[bytes], object]  # raises when the document is of no use: a page of maintenance is not kept


def text_of(value: str, *, good: Check = bytes) -> bytes:
    """The document a setting gives: the text itself, a file, or an address. Raises SettingRefused or ProviderDown."""
    value = value.strip()
    if value.startswith(("<", "-----BEGIN")):
        return value.encode()
    if is_address(value):
        return fetched(value, good=good)
    try:
        stat = Path(value).stat()
        return _file(value, stat.st_mtime_ns, stat.st_size)
    except OSError:
        raise SettingRefused(f"le fichier {value} ne peut pas être lu") from None


def refreshed(value: str, *, good: Check = bytes) -> None:
    """Ask anew for the document of a setting that gives an address, when it was not just asked. Raises ProviderDown."""
    if is_address(value):
        fetched(value.strip(), again=True, good=good)


def is_address(value: str) -> bool:
    """Whether a setting says where its document is, rather than which file or what is in it."""
    return value.strip().startswith(("https://", "http://"))


@lru_cache(maxsize=64)
def _file(path: str, changed: int, size: int) -> bytes:
    if size > MOST_BYTES:
        raise SettingRefused(f"le fichier {path} est trop gros")
    return Path(path).read_bytes()


def fetched(url: str, *, again: bool = False, good: Check = bytes) -> bytes:
    """What is at this address, four hours old at most, or older when it does not answer. Raises as `ask` and `good`.

    `again` asks anew, for a key that is not in the document, and at most once a minute.
    """
    key = "preau.ent." + salted_hmac("preau.accounts.documents", url).hexdigest()
    kept: tuple[float, bytes] | None = cache.get(key)
    if kept and not again and time.time() - kept[0] < FRESH:
        return kept[1]
    asked_lately = again and not cache.add(f"{key}.again", 1, AGAIN)
    down = cache.get(f"{key}.down")
    # One page asks; the others, meanwhile, make do with what is kept.
    if kept and (asked_lately or down or not cache.add(f"{key}.asking", 1, RETRY)):
        return kept[1]
    if asked_lately or down:
        raise ProviderDown(down or "")
    try:
        body = ask("GET", url)[0]
        good(body)
    except (ProviderDown, SettingRefused) as problem:
        cache.set(f"{key}.down", getattr(problem, "why", str(problem)), RETRY)
        if kept:
            return kept[1]
        raise
    finally:
        cache.delete(f"{key}.asking")
    cache.set(key, (time.time(), body), KEPT)
    return body
