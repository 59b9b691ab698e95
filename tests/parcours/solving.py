"""A pupil who knows everything, and one who gets everything wrong: the fields each would send."""

from __future__ import annotations

from preau.parcours.items import Item, Kind, Question, present
from preau.parcours.items.variants import variant

Given = dict[str, list[str]]


def right_answer(item: Item, seed: int | str) -> Given:
    """The fields of a right answer, found from the labels that are shown."""
    told, question = variant(item, seed), present(item, seed)
    match item.kind:
        case Kind.SINGLE | Kind.MULTIPLE:
            right = told["right"] if isinstance(told["right"], list) else [told["right"]]
            return {"answer": [one.value for one in question.choices if one.label in right]}
        case Kind.TEXT:
            return {"answer": [str(told["answers"][0])]}
        case Kind.NUMBER:
            return {"answer": [str(told["answer"]).replace(".", ",")]}
        case Kind.ORDER:
            return {row.name: [str(told["steps"].index(row.label) + 1)] for row in question.rows}
        case Kind.MATCH:
            return labelled(question, dict(told["pairs"]))
        case Kind.SETTINGS:
            wanted = {one["label"]: one.get("right", one["start"]) for one in told["settings"]}
            return labelled(question, wanted)


def wrong_answer(item: Item, seed: int | str) -> Given:  # noqa: PLR0911 - one by kind
    """The fields of a complete answer that is wrong."""
    told, question = variant(item, seed), present(item, seed)
    match item.kind:
        case Kind.SINGLE:
            return {"answer": [next(one.value for one in question.choices if one.label != told["right"])]}
        case Kind.MULTIPLE:
            return {"answer": [one.value for one in question.choices]}
        case Kind.TEXT:
            return {"answer": ["une tout autre chose"]}
        case Kind.NUMBER:
            return {"answer": [str(float(told["answer"]) + 17)]}
        case Kind.ORDER:
            return {row.name: [str(place)] for place, row in enumerate(question.rows, start=1)}
        case Kind.MATCH:
            pairs = dict(map(tuple, told["pairs"]))
            first, *_ = pairs
            pairs[first] = next(right for right in pairs.values() if right != pairs[first])
            return labelled(question, pairs)
        case Kind.SETTINGS:
            return {row.name: [row.start] for row in question.rows}


def labelled(question: Question, wanted: dict[str, str]) -> Given:
    """The values behind these labels, row by row."""
    return {
        row.name: [next(one.value for one in row.choices if one.label == wanted[row.label])]
        for row in question.rows
    }
