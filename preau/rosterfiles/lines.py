"""The line of a record in a long file: libxml2 keeps exact line numbers up to 65,534 only."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import cast

from lxml import etree

_LAST_EXACT = 65_534
_LONGEST_TAG = 64


class Lines:
    """Notes where records open as the bytes go by, and corrects what the parser says of them.

    `opening` is what such a tag ends with, less its attributes.

    Beyond its last exact line, the parser gives that of some text inside the element: the true line
    is the last opening at or before it.
    """

    def __init__(self, opening: bytes) -> None:
        self._opening = opening
        self._line = 1
        self._tail = b""
        self._openings = array("q")

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        data = self._tail + chunk
        end = max(data.rfind(b"<"), len(data) - _LONGEST_TAG, 0)
        counted = at = 0
        while (at := data.find(self._opening, at, end)) >= 0:
            if _opens(data, at):
                self._line += data.count(b"\n", counted, at)
                counted = at
                self._openings.append(self._line)
            at += 1
        self._line += data.count(b"\n", counted, end)
        self._tail = data[end:]

    def of(self, element: etree._Element) -> int:
        """The line of an element's opening tag, from 1."""
        line = cast("int | None", element.sourceline) or 1
        if line <= _LAST_EXACT:
            return line
        at = bisect_right(self._openings, line)
        return self._openings[at - 1] if at else line


def _opens(data: bytes, at: int) -> bool:
    start = data.rfind(b"<", max(0, at - _LONGEST_TAG), at)
    if start < 0:
        return False
    between = data[start:at]
    return b">" not in between and b" " not in between and b"/" not in between
