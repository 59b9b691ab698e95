"""What a file of questions gives: the questions understood, and for each of the others its line and its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree, html

from preau.parcours.items import Skill, read_item
from preau.parcours.items.faults import UNREADABLE, UNSHOWN, faults
from preau.web.refusals import Refusal

LONGEST_TEXT = 2000
NOWHERE = Skill(id="", competence="", level=1, order=1, statement="")
Source = dict[str, Any]


class UnreadableQuestions(Refusal):
    message = "Ce fichier ne contient pas de questions que Préau sache lire."


class NotOurs(Exception):
    """One question that cannot be taken; its sentence goes to the report, the others are read."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one question was left out; `line` counts from 1."""

    line: int
    message: str


@dataclass(slots=True)
class Reading:
    """What came of a file. A source is an item's table without its id, as JSON takes it."""

    sources: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def take(self, line: int, understood: Callable[[], Source]) -> None:
        """Keep one question if it can be asked, or say why it cannot."""
        try:
            source = understood()
            wrong = faults(read_item({"id": "x", **source}, NOWHERE), explained=False)
        except NotOurs as said:
            wrong = [str(said)]
        if wrong:
            self.problems.append(Problem(line, wrong[0]))
        else:
            self.sources.append(source)


def plain_text(text: str, *, is_html: bool) -> str:
    """`text` without tags, its paragraphs kept; NotOurs when it is too long or shows a picture."""
    if is_html and text.strip():
        tree = _tree(text)
        if tree.find(".//img") is not None:
            raise NotOurs("Cette question montre une image : ajoute-la à la main.")
        for end in tree.iter("p", "br", "li", "div"):
            end.tail = "\n" + (end.tail or "")
        text = tree.text_content()
    text = "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    if len(text) > LONGEST_TEXT:
        raise NotOurs(f"Ce texte est trop long : {LONGEST_TEXT} caractères au plus.")
    return text


def statement(text: str, *, is_html: bool) -> Source:
    """A whole statement: its code and its table apart, its prompt, its text."""
    apart: Source = {}
    if is_html and text.strip():
        tree = _tree(text)
        if blocks := tree.findall(".//pre"):
            apart["code"] = "\n\n".join(block.text_content().strip("\n") for block in blocks)
        if tables := tree.findall(".//table"):
            apart["table"] = _rows(tables[0])
        if len(tables) > 1 or len(apart.get("code", "")) > LONGEST_TEXT:
            raise NotOurs("Cette question montre deux tableaux, ou un très long texte : ajoute-la à la main.")
        for one in (*blocks, *tables):
            one.drop_tree()
        text = html.tostring(tree, encoding="unicode")
    return {**apart, **asked(plain_text(text, is_html=is_html))}


def _tree(text: str) -> html.HtmlElement:
    if UNSHOWN.search(text):
        raise NotOurs(UNREADABLE)
    try:
        return html.fragment_fromstring(text, create_parent="div")
    except (etree.LxmlError, ValueError):
        raise NotOurs(UNREADABLE) from None


def _rows(table: html.HtmlElement) -> list[list[str]]:
    lines = (row.xpath("./th|./td") for row in table.iter("tr"))
    return [[" ".join(cell.text_content().split()) for cell in line] for line in lines]


def outgoing(told: Mapping[str, Any]) -> tuple[list[str], str]:
    """The paragraphs and the prompt of a question that leaves: elsewhere there is neither legend nor unit."""
    paragraphs = [part for part in told.get("text", "").split("\n") if part.strip()]
    if told.get("legend"):
        paragraphs.append(told["legend"] + ".")
    prompt, unit = told["prompt"], told.get("unit", "")
    return paragraphs, f"{prompt} (en {unit})" if unit and unit not in prompt else prompt


def asked(text: str) -> Source:
    """The prompt is the last paragraph of a statement; what comes before is its text."""
    *before, prompt = [line for line in text.split("\n") if line] or [""]
    source: Source = {"prompt": prompt}
    if before:
        source["text"] = "\n\n".join(before)
    return source


def chosen(weights: list[tuple[str, float]]) -> Source:
    """A choice from its labels and their weights in per cent: one at 100, or several that share it."""
    whole = [label for label, weight in weights if weight >= 100]
    part = [label for label, weight in weights if 0 < weight < 100]
    wrong = [label for label, weight in weights if weight <= 0]
    if whole and part:
        raise NotOurs("Une réponse donne une partie des points : Préau ne compte que juste ou faux.")
    if len(whole) == 1:
        return {"kind": "single", "right": whole[0], "wrong": wrong}
    return {"kind": "multiple", "right": whole or part, "wrong": wrong}
