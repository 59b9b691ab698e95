"""What stands before the first pupil: the root that names the file, and what must not be there."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

from preau.rosterfiles.problems import UnreadableFile

HEAD_BYTES = 1 << 16

PUPIL_ROOTS = frozenset({"BEE_ELEVES", "BEE_EPHC_ELEVES"})
# The academies’ directory (annuaire académique fédérateur), of pupils and of others.
AAF_ROOT = "ficAlimMENESR"
# Parts of a pupils' file that some software exports on their own.
FLAT_ROOTS = frozenset({"DONNEES", "ELEVES"})
_NEIGHBOURS = {
    "BEE_RESPONSABLES": "des responsables légaux",
    "BEE_STRUCTURES": "des classes et groupes (Structures)",
    "BEE_NOMENCLATURES": "des nomenclatures",
    "BEE_NOMENCLATURE": "des nomenclatures",
    "BEE_COMMUN": "des paramètres communs (Communs)",
    "BEE_COMMUNS": "des paramètres communs (Communs)",
    "BEE_GEOGRAPHIQUE": "des communes et pays (Geographique)",
    "BEE_ETABLISSEMENTS": "des établissements",
    "BEE_ETABLISSEMENTS_ELEVES": "des établissements d’origine",
    "IMPORT_ELEVES": "d’import d’un logiciel de vie scolaire privé",
    "STS_EDT": "des enseignants et emplois du temps (STS-WEB)",
    "EDT_STS": "des enseignants et emplois du temps (STS-WEB)",
}
_ROOT = re.compile(r"<(?:[^\s<>/:!?]+:)?([^\s<>/:!?]+)")
_DOCTYPE = re.compile(r"<!doctype\s*(\S*)", re.IGNORECASE)
# The directory's files name the DTD they follow; it is never looked for, nor may any part of it be inside.
_QUOTED = """(?:"[^"<>]*"|'[^'<>]*')"""
_NAMED_DTD = re.compile(rf"<!DOCTYPE\s+{AAF_ROOT}\s+(?:SYSTEM|PUBLIC\s+{_QUOTED})\s*{_QUOTED}\s*>")


def root_of(head: bytes, codec: str) -> str:
    """The local name of the root. Raises UnreadableFile for what is not a pupils' file."""
    text = codecs.getincrementaldecoder(codec)("replace").decode(head)
    if not text.strip("\0 \t\r\n\ufeff"):
        raise UnreadableFile("EMPTY_FILE")
    if not text.lstrip().startswith("<"):
        raise UnreadableFile("TEXT_TABLE" if _looks_like_table(text) else "NOT_XML")
    rest = text[_end_of_prolog(text) :]
    named_dtd = _NAMED_DTD.match(rest)
    if named_dtd is not None:
        rest = rest[named_dtd.end() :]
        rest = rest[_end_of_prolog(rest) :]
    elif match := _DOCTYPE.match(rest):
        raise UnreadableFile("HTML_PAGE" if match[1].lower().startswith("html") else "DOCTYPE")
    root = _ROOT.match(rest)
    if root is None:
        raise UnreadableFile("MALFORMED", line=1 + text.count("\n", 0, len(text) - len(rest)))
    name = root[1]
    if name.lower() == "html":
        raise UnreadableFile("HTML_PAGE")
    if named_dtd is not None and name != AAF_ROOT:
        raise UnreadableFile("DOCTYPE")
    _refuse_others(name)
    return name


def quick_root(head: bytes) -> str | None:
    """The local name of the root of some XML file, None when it has none that can be found."""
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe").decode("latin-1")
    at = _end_of_prolog(text)
    if named_dtd := _NAMED_DTD.match(text, at):
        at = _end_of_prolog(text, named_dtd.end())
    root = _ROOT.match(text, at)
    return None if root is None else root[1]


def without_dtd(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same UTF-8 text without the DTD it names, so that no parser ever hears of it; lines keep their numbers."""
    chunks = iter(chunks)
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) > 4 * HEAD_BYTES:  # what was looked at by `root_of`, whatever its encoding was
            break
    text = head.decode("utf-8", "replace")
    at = _end_of_prolog(text)
    if named_dtd := _NAMED_DTD.match(text, at):
        text = text[:at] + "\n" * named_dtd[0].count("\n") + text[named_dtd.end() :]
    yield text.encode()
    yield from chunks


def _refuse_others(name: str) -> None:
    if name in PUPIL_ROOTS or name in FLAT_ROOTS or name == AAF_ROOT:
        return
    what = _NEIGHBOURS.get(name) or (_NEIGHBOURS["STS_EDT"] if "STS" in name.upper() else None)
    if what is not None:
        raise UnreadableFile("NEIGHBOUR_FILE", what=what)
    raise UnreadableFile("UNKNOWN_ROOT", root=name[:40])


def _end_of_prolog(text: str, at: int = 0) -> int:
    """Where the root, a DOCTYPE or nonsense begins: after spaces, comments and instructions."""
    while at < len(text):
        if text[at].isspace() or text[at] == "\ufeff":
            at += 1
        elif text.startswith("<?", at):
            at = _after(text, "?>", at)
        elif text.startswith("<!--", at):
            at = _after(text, "-->", at)
        else:
            break
    return at


def _after(text: str, end: str, start: int) -> int:
    found = text.find(end, start)
    return len(text) if found < 0 else found + len(end)


def _looks_like_table(text: str) -> bool:
    first_lines = text.lstrip("\ufeff\0 \r\n")[:4_000].splitlines()[:5]
    return any(sum(line.count(mark) for mark in ";,\t|") >= 1 for line in first_lines)
