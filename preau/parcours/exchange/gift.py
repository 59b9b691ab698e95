"""GIFT, the text format of Moodle: https://docs.moodle.org/en/GIFT_format.

Kinds: one or several choices, true or false, short answer, number, matching, missing word.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from functools import partial

from preau.parcours.exchange.shape import (
    NotOurs,
    Reading,
    Source,
    chosen,
    outgoing,
    plain_text,
    statement,
)

# An escaped sign is hidden as a private character while the text is cut.
SIGNS = "~=#{}:"
HIDDEN = {sign: chr(0xE000 + place) for place, sign in enumerate(SIGNS)}
NOT_OURS = dict.fromkeys(map(ord, HIDDEN.values()), "\ufffd")
SHOWN = str.maketrans({hidden: sign for sign, hidden in HIDDEN.items()})
TITLE = re.compile(r"^::(?P<title>.*?)::", re.DOTALL)
FORMAT = re.compile(r"^\s*\[(?P<format>html|moodle|plain|markdown)\]", re.IGNORECASE)
WEIGHT = re.compile(r"^\s*%(-?\d+(?:\.\d+)?)%")
TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}
SPAN = re.compile(r"^\s*(-?\d+(?:[.,]\d+)?)\s*(?:\.\.\s*(-?\d+(?:[.,]\d+)?)|:\s*(\d+(?:[.,]\d+)?))?\s*$")


def read_gift(text: str) -> Reading:
    """Every question of a GIFT text, with the line of each one that is left out."""
    reading = Reading()
    for line, block in _blocks(text.translate(NOT_OURS)):
        reading.take(line, partial(_question, block))
    return reading


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Questions between blank lines, comments and categories put aside."""
    start, lines = 0, list[str]()
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        if line.strip().startswith(("//", "$CATEGORY:")):
            continue
        if line.strip():
            start = start or number
            lines.append(line)
        elif lines:
            yield start, "\n".join(lines)
            start, lines = 0, []


def _question(block: str) -> Source:
    for sign, hidden in HIDDEN.items():
        block = block.replace("\\" + sign, hidden)
    block = TITLE.sub("", block.replace("\\n", "\n").strip())
    style = FORMAT.match(block)
    block = FORMAT.sub("", block)
    is_html = style is not None and style["format"].lower() in {"html", "moodle"}
    if block.count("{") != block.count("}") or block.count("{") > 1:
        raise NotOurs("Il manque une accolade, ou il y en a trop : une question a une seule paire { }.")
    if "{" not in block:
        raise NotOurs("Il n'y a pas de réponses entre accolades.")
    before, _, rest = block.partition("{")
    inside, _, after = rest.partition("}")
    if block.index("}") < block.index("{"):
        raise NotOurs("L'accolade } vient avant {.")
    stem = f"{before.rstrip()} _____ {after.lstrip()}" if after.strip() else before
    inside, _, general = inside.partition("####")
    source = statement(stem.translate(SHOWN), is_html=is_html)
    if not source["prompt"]:
        raise NotOurs("Il manque l'énoncé de la question.")
    answered, feedback = _answers(inside, is_html=is_html)
    explanation = plain_text((general or feedback).translate(SHOWN), is_html=is_html)
    return {**answered, **source, "explanation": explanation}


def _answers(inside: str, *, is_html: bool) -> tuple[Source, str]:
    """The kind and its fields, and the feedback of the right answer."""
    text = inside.strip()
    if not text:
        raise NotOurs("C'est une question ouverte : personne ne la corrige dans Préau.")
    truth, _, feedback = text.partition("#")
    if truth.strip().upper() in TRUTH:
        words = ["Vrai", "Faux"] if TRUTH[truth.strip().upper()] else ["Faux", "Vrai"]
        return {"kind": "single", "right": words[0], "wrong": [words[1]]}, feedback.rpartition("#")[2]
    if text.startswith("#"):
        return _number(text[1:])
    parts = _parts(text, is_html=is_html)
    labels = [(label, weight) for label, weight, _ in parts]
    feedback = next((said for _, weight, said in parts if weight >= 100 and said), "")
    if all(sign == "=" for sign in _signs(text)):
        if all("->" in label for label, _ in labels):
            return _match([label for label, _ in labels]), feedback
        if any(weight < 100 for _, weight in labels):
            raise NotOurs("Une réponse donne une partie des points : Préau ne compte que juste ou faux.")
        return {"kind": "text", "answers": [label for label, _ in labels]}, feedback
    return chosen(labels), feedback


def _signs(text: str) -> list[str]:
    return re.findall(r"[=~]", text)


def _parts(text: str, *, is_html: bool = False) -> list[tuple[str, float, str]]:
    """Each answer: its label, its weight, its feedback."""
    if not text.startswith(("=", "~")):
        raise NotOurs("Chaque réponse commence par = (juste) ou ~ (faux).")
    found = []
    for sign, answer in re.findall(r"([=~])([^=~]*)", text):
        weight = WEIGHT.match(answer)
        words, _, feedback = WEIGHT.sub("", answer).partition("#")
        label = plain_text(words.translate(SHOWN), is_html=is_html)
        if not label:
            raise NotOurs("Une réponse est vide.")
        found.append((label, float(weight[1]) if weight else 100.0 * (sign == "="), feedback.strip()))
    return found


def _match(labels: list[str]) -> Source:
    cut = [tuple(part.strip() for part in label.split("->", 1)) for label in labels]
    pairs = [[left, right] for left, right in cut if left]
    extras = [right for left, right in cut if not left]
    return {"kind": "match", "pairs": pairs, **({"extras": extras} if extras else {})}


def _number(text: str) -> tuple[Source, str]:
    """`5`, `5:0.1`, `4..6`, or several of them, of which the ones at 100 % must be one."""
    parts = _parts(text.strip()) if text.strip().startswith(("=", "~")) else [_alone(text)]
    whole = [(label, feedback) for label, weight, feedback in parts if weight >= 100]
    if len(whole) != 1 or len(parts) > 1:
        raise NotOurs("Une question à nombre a une seule réponse dans Préau, avec une tolérance.")
    found = SPAN.match(whole[0][0])
    if not found:
        raise NotOurs(f"« {whole[0][0]} » n'est pas un nombre.")
    value, top, around = (float(part.replace(",", ".")) if part else None for part in found.groups())
    assert value is not None  # noqa: S101 - the pattern has one
    tolerance = around or 0.0
    if top is not None:
        value, tolerance = (value + top) / 2, abs(top - value) / 2
    source: Source = {"kind": "number", "answer": int(value) if value.is_integer() else value}
    return source | ({"tolerance": tolerance} if tolerance else {}), whole[0][1]


def _alone(text: str) -> tuple[str, float, str]:
    label, _, feedback = text.partition("#")
    return label.strip(), 100.0, feedback.strip()


Sign = Callable[[object], str]


def write_gift(told: Source, *, title: str) -> str | None:
    """One filled question in GIFT; None when GIFT has no such kind. Code and tables make it one in HTML."""
    rich = bool(told.get("code") or told.get("table"))
    sign: Sign = _html if rich else _plain
    body = _written(told, sign)
    if body is None:
        return None
    paragraphs, prompt = outgoing(told)
    if rich:
        shown = [f"<p>{sign(part)}</p>" for part in paragraphs]
        stem = "[html]" + "".join([*shown, _code(told), _table(told), f"<p>{sign(prompt)}</p>"])
    else:
        stem = "\\n".join(sign(part) for part in [*paragraphs, prompt])
    said = told.get("explanation", "")
    return f"::{_plain(title)}::{stem} {{{body}{'####' + sign(said) if said else ''}}}\n"


def _code(told: Source) -> str:
    code = html.escape(told.get("code", "").strip("\n"), quote=False)
    return f"<pre>{_escaped(code)}</pre>".replace("\n", "\\n") if code else ""


def _table(told: Source) -> str:
    rows = told.get("table", ())
    lines = ("".join(f"<td>{_html(cell)}</td>" for cell in row) for row in rows)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>" if rows else ""


def _written(told: Source, sign: Sign) -> str | None:  # noqa: PLR0911 - one by kind
    match told["kind"]:
        case "single":
            return "".join([f"={sign(told['right'])} ", *(f"~{sign(one)} " for one in told["wrong"])])
        case "multiple":
            share = 100 / len(told["right"])
            right = [f"~%{share:.5f}%{sign(one)} " for one in told["right"]]
            return "".join([*right, *(f"~%-100%{sign(one)} " for one in told["wrong"])])
        case "text":
            return "".join(f"={sign(one)} " for one in told["answers"])
        case "number":
            return f"#{told['answer']}:{told.get('tolerance', 0)}"
        case "match":
            pairs = [f"={sign(left)} -> {sign(right)} " for left, right in told["pairs"]]
            return "".join([*pairs, *(f"= -> {sign(one)} " for one in told.get("extras", ()))])
        case "order":
            return "".join(f"={sign(step)} -> {place} " for place, step in enumerate(told["steps"], start=1))
    return None


def _plain(text: object) -> str:
    return _escaped(" ".join(str(text).replace("->", "→").split()))


def _html(text: object) -> str:
    return _escaped(html.escape(" ".join(str(text).replace("->", "→").split()), quote=False))


def _escaped(text: str) -> str:
    return re.sub(r"([~=#{}:])", r"\\\1", text)
