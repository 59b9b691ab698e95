"""Which characters the bytes of an XML file stand for.

SIECLE writes ISO-8859-15; files saved again by hand are met in UTF-8, ISO-8859-1, Windows-1252 under
an 8859 label, and UTF-16.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from preau.rosterfiles.problems import UnreadableFile

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF32_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_BARE_UTF16 = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_LABELS = {
    "utf8": "utf-8",
    "usascii": "utf-8",
    "ascii": "utf-8",
    "iso88591": "iso-8859-1",
    "latin1": "iso-8859-1",
    "iso885915": "iso-8859-15",
    "latin9": "iso-8859-15",
    "windows1252": "cp1252",
    "cp1252": "cp1252",
    "utf16": "utf-16",
}
_DECLARED = re.compile(rb"""\s*<\?xml\s[^>]*?\bencoding\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')""")
# No ISO-8859 text uses these bytes; Windows-1252 keeps œ, Œ, €, ’ and … there.
_C1 = bytes(range(0x80, 0xA0))
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Encoding:
    """A Python codec; `contradicts` is the label that the file wrongly gives itself, if it does."""

    codec: str
    contradicts: str | None = None


def detect(head: bytes, chunks: Callable[[], Iterable[bytes]]) -> Encoding:
    """Choose the encoding of a file from its first bytes and, where they leave a doubt, from all of them.

    `chunks` gives the whole file each time it is called. Raises UnreadableFile for a label that
    is not read here.
    """
    if head.startswith(_UTF32_BOMS):
        raise UnreadableFile("ENCODING_UNKNOWN", label="utf-32")
    marks = [codec for mark, codec in (*_BOMS, *_BARE_UTF16) if head.startswith(mark)]
    label = _declared_label(head)
    if marks and marks[0] != "utf-8-sig":
        return Encoding(marks[0])
    declared = "utf-8" if marks else _codec_of(label)
    if declared in ("utf-8", None):
        if _is_utf8(chunks()):
            return Encoding("utf-8-sig")
        if declared == "utf-8":
            return Encoding("cp1252", contradicts="UTF-8")
    if declared == "cp1252" or _has_c1(chunks()):
        return Encoding("cp1252")
    return Encoding(declared or "iso-8859-15")


def _declared_label(head: bytes) -> str | None:
    match = _DECLARED.match(head.removeprefix(codecs.BOM_UTF8))
    return None if match is None else (match[1] or match[2] or b"").decode("ascii", "replace")


def _codec_of(label: str | None) -> str | None:
    if label is None or not label.strip():
        return None
    codec = _LABELS.get(re.sub(r"[-_ ]", "", label.lower()))
    if codec is None:
        raise UnreadableFile("ENCODING_UNKNOWN", label=label[:40])
    # A label that could be read byte by byte is not UTF-16, whatever it says.
    return None if codec == "utf-16" else codec


def _is_utf8(chunks: Iterable[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _has_c1(chunks: Iterable[bytes]) -> bool:
    return any(len(chunk.translate(None, _C1)) != len(chunk) for chunk in chunks)


def as_utf8(chunks: Iterable[bytes], codec: str) -> Iterator[bytes]:
    """The same text in UTF-8 without its mark; bytes that mean nothing become U+FFFD."""
    decoder = codecs.getincrementaldecoder(codec)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")
