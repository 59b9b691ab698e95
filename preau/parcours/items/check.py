"""Whether an answer is right, and how to say so. An answer that is empty or forged is refused, not marked wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from preau.parcours.items import words
from preau.parcours.items.present import options, pairs_shown, rows, steps_shown
from preau.parcours.items.shape import AnswerRefused, Item, Kind, Outcome, Row
from preau.parcours.items.variants import variant
from preau.web.french import NO_BREAK

Given = Mapping[str, list[str]]
Told = dict[str, Any]
LONGEST = 200
FORGED = "Cette réponse ne fait pas partie de la question. Recharge la page et réponds à nouveau."


def check(item: Item, seed: int | str, given: Given) -> Outcome:
    """Judge the fields `answer` or `answer-1`, `answer-2`…; AnswerRefused when there is nothing to judge."""
    told = variant(item, seed)
    right, said, expected = JUDGES[item.kind](item, told, seed, given)
    return Outcome(right=right, given=said, expected=expected, explanation=told.get("explanation", ""))


def _single(item: Item, told: Told, seed: int | str, given: Given) -> tuple[bool, str, str]:
    chosen = _chosen(options(item, told, seed), given)
    if not chosen:
        raise AnswerRefused("Choisis une réponse.")
    if len(chosen) > 1:
        raise AnswerRefused("Choisis une seule réponse.")
    return chosen[0] == told["right"], chosen[0], str(told["right"])


def _multiple(item: Item, told: Told, seed: int | str, given: Given) -> tuple[bool, str, str]:
    labels = options(item, told, seed)
    chosen = _chosen(labels, given)
    if not chosen:
        raise AnswerRefused("Coche au moins une réponse.")
    right = [label for label in labels if label in told["right"]]
    return chosen == right, _list(chosen), _list(right)


def _chosen(labels: list[str], given: Given) -> list[str]:
    values = {str(n): label for n, label in enumerate(labels, start=1)}
    asked = [value for value in given.get("answer", []) if value]
    if not set(asked) <= set(values):
        raise AnswerRefused(FORGED)
    return [label for value, label in values.items() if value in asked]


def _text(item: Item, told: Told, seed: int | str, given: Given) -> tuple[bool, str, str]:
    typed = _typed(given, "Écris ta réponse.")
    answers = [str(one) for one in told["answers"]]
    right = words.same_words(typed, answers, never=told.get("never", ()), exact=told.get("exact", False))
    return right, typed, answers[0]


def _number(item: Item, told: Told, seed: int | str, given: Given) -> tuple[bool, str, str]:
    typed = _typed(given, "Écris un nombre, par exemple 12 ou 12,5.")
    read = words.number(typed)
    if read is None:
        raise AnswerRefused("Écris un nombre en chiffres, par exemple 12 ou 12,5.")
    unit = str(told.get("unit", ""))
    worths = {name: Decimal(str(worth)) for name, worth in told.get("units", {}).items()}
    value = words.in_unit(read[0], read[1], {unit: Decimal(1), **worths} if unit else worths)
    wanted = Decimal(str(told["answer"]))
    tolerance = Decimal(str(told.get("tolerance", 0)))
    expected = words.french(wanted) + (NO_BREAK + unit if unit else "")
    if value is None and not unit:
        value = read[0]  # « 12 livres »: the word after a bare number says nothing more
    return value is not None and abs(value - wanted) <= tolerance, typed, expected


def _typed(given: Given, empty: str) -> str:
    typed = " ".join("".join(given.get("answer", [])[:1]).split())
    if not typed:
        raise AnswerRefused(empty)
    if len(typed) > LONGEST:
        raise AnswerRefused("Ta réponse est trop longue : quelques mots suffisent.")
    if not typed.isprintable():
        raise AnswerRefused(FORGED)
    return typed


def _order(item: Item, told: Told, seed: int | str, given: Given) -> tuple[bool, str, str]:
    places = _places(rows(item, told, seed), given, "Donne un numéro à chaque ligne.")
    if len(set(places)) < len(places):
        raise AnswerRefused("Deux lignes ont le même numéro : donne un numéro différent à chacune.")
    shown = steps_shown(item, told, seed)
    said = [step for _, step in sorted(zip(map(int, places), shown, strict=True))]
    return said == told["steps"], _steps(said), _steps(told["steps"])


def _match(item: Item, told: Told, seed: int | str, given: Given) -> tuple[bool, str, str]:
    lefts, rights = pairs_shown(item, told, seed)
    places = _places(rows(item, told, seed), given, "Choisis une réponse pour chaque ligne.")
    said = {left: rights[int(place) - 1] for left, place in zip(lefts, places, strict=True)}
    wanted = {left: dict(map(tuple, told["pairs"]))[left] for left in lefts}
    return said == wanted, _pairs(said), _pairs(wanted)


def _settings(item: Item, told: Told, seed: int | str, given: Given) -> tuple[bool, str, str]:
    places = _places(rows(item, told, seed), given, "Choisis une valeur pour chaque réglage.")
    said, wanted = {}, {}
    for setting, place in zip(told["settings"], places, strict=True):
        if "right" in setting:
            said[setting["label"]] = setting["options"][int(place) - 1]
            wanted[setting["label"]] = setting["right"]
    return said == wanted, _pairs(said), _pairs(wanted)


def _places(lines: tuple[Row, ...], given: Given, empty: str) -> list[str]:
    places = ["".join(given.get(line.name, [])[:1]) for line in lines]
    if not all(places):
        raise AnswerRefused(empty)
    for line, place in zip(lines, places, strict=True):
        if place not in {choice.value for choice in line.choices}:
            raise AnswerRefused(FORGED)
    return places


def _list(labels: list[str]) -> str:
    return " ; ".join(label.rstrip(".") for label in labels)


def _steps(steps: list[str]) -> str:
    return " → ".join(step.rstrip(".") for step in steps)


def _pairs(pairs: Mapping[str, str]) -> str:
    return " ; ".join(f"{left.rstrip('.')} : {right.rstrip('.')}" for left, right in pairs.items())


Judge = Callable[[Item, Told, int | str, Given], tuple[bool, str, str]]
JUDGES: dict[Kind, Judge] = {
    Kind.SINGLE: _single, Kind.MULTIPLE: _multiple, Kind.TEXT: _text, Kind.NUMBER: _number,
    Kind.ORDER: _order, Kind.MATCH: _match, Kind.SETTINGS: _settings,
}  # fmt: skip
