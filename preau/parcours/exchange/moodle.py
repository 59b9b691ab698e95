"""Moodle XML, read by a parser that opens nothing: no entities, no DTD, no network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lxml import etree

from preau.parcours.exchange.shape import (
    NotOurs,
    Reading,
    Source,
    UnreadableQuestions,
    chosen,
    plain_text,
    statement,
)

TRUTH = {"true": "Vrai", "false": "Faux"}


def read_moodle(content: bytes) -> Reading:
    """Every question of a Moodle XML export, with the line of each one that is left out."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableQuestions(f"Ce fichier XML est abîmé à la ligne {error.lineno}.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableQuestions("Ce fichier XML contient une déclaration DOCTYPE, que Préau n'ouvre pas.")
    if root.tag != "quiz":
        raise UnreadableQuestions("Ce fichier XML n'est pas un export de questions de Moodle.")
    reading = Reading()
    for question in root.iterfind("question"):
        if question.get("type") != "category":
            reading.take(_line(question), partial(_question, question))
    return reading


def _line(element: etree._Element) -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 1


def _question(question: etree._Element) -> Source:
    kind = question.get("type", "")
    if kind not in KINDS:
        raise NotOurs(f"Le genre « {kind} » de Moodle n'existe pas dans Préau.")
    source = _statement(question.find("questiontext"))
    if not source["prompt"]:
        raise NotOurs("Il manque l'énoncé de la question.")
    right = next((one for one in question.iterfind("answer") if _weight(one) >= 100), None)
    said = _text(question.find("generalfeedback")) or (
        _text(right.find("feedback")) if right is not None else ""
    )
    return {**KINDS[kind](question), **source, "explanation": said}


def _statement(holder: etree._Element | None) -> Source:
    text, is_html = _held(holder)
    return statement(text, is_html=is_html)


def _text(holder: etree._Element | None) -> str:
    text, is_html = _held(holder)
    return plain_text(text, is_html=is_html)


def _held(holder: etree._Element | None) -> tuple[str, bool]:
    """What an element says, and whether it is HTML."""
    if holder is None:
        return "", False
    if holder.find("file") is not None:
        raise NotOurs("Cette question montre une image : ajoute-la à la main.")
    return holder.findtext("text") or "", holder.get("format", "html") in {"html", "moodle_auto_format"}


def _weight(answer: etree._Element) -> float:
    try:
        return float(answer.get("fraction", "0"))
    except ValueError:
        raise NotOurs("Le poids d'une réponse n'est pas un nombre.") from None


def _answers(question: etree._Element) -> list[tuple[str, float]]:
    found = [(_text(one), _weight(one)) for one in question.iterfind("answer")]
    if not found or not all(label for label, _ in found):
        raise NotOurs("Une réponse est vide, ou il n'y en a aucune.")
    return found


def _multichoice(question: etree._Element) -> Source:
    source = chosen(_answers(question))
    if source["kind"] == "single" and question.findtext("single") == "false":
        return {"kind": "multiple", "right": [source["right"]], "wrong": source["wrong"]}
    return source


def _truefalse(question: etree._Element) -> Source:
    return chosen([(TRUTH.get(label.lower(), label), weight) for label, weight in _answers(question)])


def _shortanswer(question: etree._Element) -> Source:
    answers = _answers(question)
    if any(0 < weight < 100 for _, weight in answers):
        raise NotOurs("Une réponse donne une partie des points : Préau ne compte que juste ou faux.")
    if any("*" in label for label, weight in answers if weight >= 100):
        raise NotOurs("Une réponse contient le joker * : Préau ne le connaît pas.")
    return {"kind": "text", "answers": [label for label, weight in answers if weight >= 100]}


def _numerical(question: etree._Element) -> Source:
    whole = [one for one in question.iterfind("answer") if _weight(one) >= 100]
    if len(whole) != 1:
        raise NotOurs("Une question à nombre a une seule réponse dans Préau, avec une tolérance.")
    try:
        value, around = float(_text(whole[0])), float(whole[0].findtext("tolerance") or 0)
    except ValueError:
        raise NotOurs("La réponse n'est pas un nombre.") from None
    source: Source = {"kind": "number", "answer": int(value) if value.is_integer() else value}
    return source | ({"tolerance": around} if around else {})


def _matching(question: etree._Element) -> Source:
    found = [
        (_text(one), (one.findtext("answer/text") or "").strip()) for one in question.iterfind("subquestion")
    ]
    pairs = [[left, right] for left, right in found if left]
    extras = [right for left, right in found if not left and right]
    return {"kind": "match", "pairs": pairs, **({"extras": extras} if extras else {})}


def _ordering(question: etree._Element) -> Source:
    return {"kind": "order", "steps": [_text(one) for one in question.iterfind("answer")]}


KINDS: dict[str, Callable[[etree._Element], Source]] = {
    "multichoice": _multichoice, "truefalse": _truefalse, "shortanswer": _shortanswer,
    "numerical": _numerical, "matching": _matching, "ordering": _ordering,
}  # fmt: skip
