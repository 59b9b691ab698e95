"""Simulated pages as frozen values: a mailbox, search results, a web page, a file explorer, a conversation.

Each is drawn inside the question by its own template; nothing is a real link, nothing leaves Préau.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, or a link whose address one may look at."""

    kind: str
    text: str
    address: str = ""


def blocks(text: str) -> tuple[Block, ...]:
    """Paragraphs between blank lines; « # » opens a heading, « -> label | address » is a link."""
    found = []
    for part in filter(None, (part.strip() for part in text.split("\n\n"))):
        if part.startswith("# "):
            found.append(Block("heading", part[2:]))
        elif part.startswith("-> "):
            label, _, address = part[3:].partition("|")
            found.append(Block("link", label.strip(), address.strip()))
        else:
            found.append(Block("text", part))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Page:
    """What every simulated page has; `name` is « page-1 », « page-2 »…"""

    template: ClassVar[str]
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Message:
    sender: str
    subject: str
    date: str
    body: tuple[Block, ...]
    to: str = ""
    cc: str = ""
    attached: str = ""


@dataclass(frozen=True, slots=True)
class Mailbox(Page):
    template: ClassVar[str] = "parcours/items/pages/mailbox.html"
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    title: str
    address: str
    extract: str
    date: str = ""
    ad: bool = False


@dataclass(frozen=True, slots=True)
class Search(Page):
    template: ClassVar[str] = "parcours/items/pages/search.html"
    query: str = ""
    results: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class Web(Page):
    template: ClassVar[str] = "parcours/items/pages/web.html"
    address: str = ""
    body: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    name: str
    size: str
    date: str


@dataclass(slots=True)
class Folder:
    """A folder while the tree is built; templates only read it."""

    name: str
    folders: dict[str, Folder] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Explorer(Page):
    template: ClassVar[str] = "parcours/items/pages/explorer.html"
    root: Folder = field(default_factory=lambda: Folder(""))


@dataclass(frozen=True, slots=True)
class Said:
    who: str
    text: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Talk(Page):
    """A conversation, or the history of a document: who, when, what."""

    template: ClassVar[str] = "parcours/items/pages/talk.html"
    lines: tuple[Said, ...] = ()


def page_of(told: Told, place: int) -> Page:
    """The page of an item's table; KeyError for an unknown kind."""
    return MAKERS[told["kind"]](told, f"page-{place}")


def _mailbox(told: Told, name: str) -> Mailbox:
    messages = tuple(Message(**{**one, "body": blocks(one["body"])}) for one in told["messages"])
    return Mailbox(name=name, title=told["title"], messages=messages)


def _search(told: Told, name: str) -> Search:
    results = tuple(Result(**one) for one in told["results"])
    return Search(name=name, title=told["title"], query=told["query"], results=results)


def _web(told: Told, name: str) -> Web:
    return Web(name=name, title=told["title"], address=told["address"], body=blocks(told["body"]))


def _explorer(told: Told, name: str) -> Explorer:
    root = Folder("")
    for path, size, date in told["files"]:
        *folders, file = path.split("/")
        here = root
        for folder in folders:
            here = here.folders.setdefault(folder, Folder(folder))
        here.files.append(File(file, size, date))
    return Explorer(name=name, title=told["title"], root=root)


def _talk(told: Told, name: str) -> Talk:
    return Talk(name=name, title=told["title"], lines=tuple(Said(*one) for one in told["lines"]))


MAKERS: dict[str, Callable[[Told, str], Page]] = {
    "mailbox": _mailbox, "search": _search, "web": _web, "explorer": _explorer, "talk": _talk,
}  # fmt: skip
