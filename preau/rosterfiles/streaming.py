"""The records of an XML file, one after another, without keeping its tree.

The parser is fed piece by piece; after each piece, every element that is complete is either given
out or dropped, so that memory depends on the size of a piece, not of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from lxml import etree

from preau.rosterfiles.lines import Lines
from preau.rosterfiles.problems import UnreadableFile

# Elements that nobody asked for: an export has a few dozen, a trap has millions.
MOST_STRANGERS = 200_000
ERROR = etree.ErrorLevels.ERROR


def local_name(element: etree._Element) -> str:
    """The tag without its namespace; empty for what is not an element."""
    tag = element.tag
    if type(tag) is not str:
        return ""
    return tag if tag[0] != "{" else tag.rpartition("}")[2]


def records(
    chunks: Iterable[bytes],
    *,
    root: str,
    wanted: frozenset[str],
    dropped: frozenset[str],
    record_bytes: int,
    opening: bytes = b"ELEVE ",
) -> Iterator[tuple[str, etree._Element, int]]:
    """Give each element whose local name is `wanted`, complete, with that name and its line,
    wherever it is outside `dropped` ones.

    `chunks` are UTF-8, whatever the XML declaration says. An element is only valid until the next
    one is asked for. `opening` is how records begin, see `Lines`. Raises UnreadableFile when the XML
    is not well-formed, or when one record is larger than `record_bytes`.
    """
    parser, lines = _parser(root), Lines(opening)
    top: etree._Element | None = None
    stalled = strangers = 0
    for chunk in filter(None, chunks):
        lines.feed(chunk)
        opened = _fed(parser, chunk)
        top = opened if top is None else top
        stalled += len(chunk)
        for parent, complete in () if top is None else _complete(top, wanted, dropped):
            stalled = 0
            for name, found in _found(complete, wanted, dropped):
                if name:
                    yield name, found, lines.of(found)
                elif (strangers := strangers + 1) > MOST_STRANGERS:
                    raise UnreadableFile("OVERSIZED_RECORD", line=lines.of(found))
            del parent[:-1]
        if stalled > record_bytes:
            raise UnreadableFile("OVERSIZED_RECORD", line=1 if top is None else lines.of(_deepest(top)))
    for name, found in _found([_closed(parser)], wanted, dropped):
        if name:
            yield name, found, lines.of(found)


def _parser(root: str) -> etree.XMLPullParser:
    """A parser that only tells when the root opens, fetches nothing and keeps libxml2's own bounds."""
    return etree.XMLPullParser(
        events=("start",),
        tag=f"{{*}}{root}",
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        collect_ids=False,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
    )


def _fed(parser: etree.XMLPullParser, chunk: bytes) -> etree._Element | None:
    """The root, if it opens in this chunk.

    The parser does not raise for an undefined entity, it stops there and would take what follows
    for another document: its log has to be looked at.
    """
    try:
        parser.feed(chunk)
        trouble = next((entry for entry in parser.feed_error_log if entry.level >= ERROR), None)
        events = list(parser.read_events())
    except etree.XMLSyntaxError as error:
        raise UnreadableFile("MALFORMED", line=error.lineno or 1) from None
    if trouble is not None:
        raise UnreadableFile("MALFORMED", line=trouble.line or 1)
    return cast("etree._Element", events[0][1]) if events else None


def _closed(parser: etree.XMLPullParser) -> etree._Element:
    try:
        return parser.close()
    except etree.XMLSyntaxError as error:
        raise UnreadableFile("MALFORMED", line=error.lineno or 1) from None


def _complete(
    top: etree._Element, wanted: frozenset[str], dropped: frozenset[str]
) -> Iterator[tuple[etree._Element, Iterable[etree._Element]]]:
    """Each element still open, with those of its children that can no longer change.

    Of the ones in a dropped element nothing is given: they only have to go.
    """
    node, ignored = top, False
    while count := len(node):
        name = local_name(node)
        if not ignored and name in wanted:
            return
        ignored = ignored or name in dropped
        if count > 1:
            yield node, () if ignored else list(node)[:-1]
        node = node[-1]


def _found(
    elements: Iterable[etree._Element], wanted: frozenset[str], dropped: frozenset[str]
) -> Iterator[tuple[str, etree._Element]]:
    """Each wanted element with its name, each unknown one without."""
    for element in elements:
        name = local_name(element)
        if name in wanted:
            yield name, element
        elif name not in dropped:
            yield "", element
            yield from _found(list(element), wanted, dropped)


def _deepest(node: etree._Element) -> etree._Element:
    while len(node):
        node = node[-1]
    return node
