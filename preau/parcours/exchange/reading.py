"""A file of questions, whatever its format: the bytes say which one it is, its name is not trusted."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from preau.parcours.exchange.gift import read_gift
from preau.parcours.exchange.moodle import read_moodle
from preau.parcours.exchange.shape import NotOurs, Problem, Reading, Source, UnreadableQuestions
from preau.parcours.items.shape import Kind

__all__ = ["Problem", "Reading", "UnreadableQuestions", "read_questions"]

LARGEST = 2_000_000
MOST = 1000
FORMAT = "preau-questions"
# What a school's file may hold: never a file to make, a page to draw or a draw to run.
FIELDS = {
    "kind", "prompt", "text", "legend", "explanation", "right", "wrong", "answers", "never", "exact",
    "answer", "tolerance", "unit", "units", "steps", "pairs", "extras", "settings", "code", "table",
}  # fmt: skip


def read_questions(content: bytes) -> Reading:
    """The questions of a GIFT, Moodle XML or JSON file; UnreadableQuestions when it is none of them."""
    if len(content) > LARGEST:
        raise UnreadableQuestions("Ce fichier est trop lourd : 2 Mo au plus.")
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        reading = read_moodle(content)
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UnreadableQuestions("Ce fichier n'est pas un texte en UTF-8.") from None
        reading = read_json(text) if start in {b"{", b"["} and '"questions"' in text else read_gift(text)
    if not reading.sources and not reading.problems:
        raise UnreadableQuestions
    if len(reading.sources) > MOST:
        raise UnreadableQuestions(f"Ce fichier contient trop de questions : {MOST} au plus.")
    return reading


def read_json(text: str) -> Reading:
    """Questions as Préau writes them."""
    try:
        told = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise UnreadableQuestions(f"Ce fichier JSON est abîmé à la ligne {line}.") from None
    if (
        not isinstance(told, dict)
        or told.get("format") != FORMAT
        or not isinstance(told.get("questions"), list)
    ):
        raise UnreadableQuestions("Ce fichier JSON n'a pas été écrit par Préau.")
    reading = Reading()
    for place, one in enumerate(told["questions"], start=1):
        reading.take(place, partial(_known, one))
    return reading


def _known(one: Any) -> Source:
    """A question whose fields are all of the types they must be; NotOurs otherwise."""
    if not isinstance(one, dict) or one.get("kind") not in set(Kind):
        raise NotOurs("Ce n'est pas une question, ou son genre n'existe pas.")
    source = {key: value for key, value in one.items() if key in FIELDS}
    if set(one) - FIELDS - {"id"}:
        raise NotOurs("Cette question a des fichiers, des pages ou des variantes : elle ne s'importe pas.")
    for key, value in source.items():
        if not _sound(key, value, str(source["kind"])):
            raise NotOurs(f"Le champ « {key} » n'a pas la forme attendue.")
    return source


def _sound(key: str, value: Any, kind: str) -> bool:  # noqa: PLR0911 - one by field
    if key in {"wrong", "answers", "never", "steps", "extras"} or (key == "right" and kind == Kind.MULTIPLE):
        return _words(value)
    if key in {"answer", "tolerance"}:
        return _figure(value)
    if key == "pairs":
        return isinstance(value, list) and all(_words(pair) and len(pair) == 2 for pair in value)
    if key == "table":
        rows = isinstance(value, list) and all(isinstance(row, list) for row in value)
        return rows and all(isinstance(cell, str) or _figure(cell) for row in value for cell in row)
    if key == "units":
        return isinstance(value, dict) and all(map(_figure, value.values()))
    if key == "settings":
        return isinstance(value, list) and all(_setting(one) for one in value)
    if key == "exact":
        return isinstance(value, bool)
    return isinstance(value, str)


def _figure(value: Any) -> bool:
    """A number that is one: neither true, nor infinite, nor nothing."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _setting(one: Any) -> bool:
    texts = {"label", "start", "right"}
    return (
        isinstance(one, dict)
        and {"label", "options", "start"} <= set(one) <= {*texts, "options"}
        and _words(one["options"])
        and all(isinstance(one[name], str) for name in texts & set(one))
    )
