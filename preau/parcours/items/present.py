"""What the pupil sees of an item: one variant, its options shuffled, nothing that gives the answer away."""

from __future__ import annotations

from random import Random
from typing import Any

from preau.parcours.items.shape import Choice, FileLink, Item, Kind, Question, Row
from preau.parcours.items.variants import chance, variant
from preau.parcours.practical.pages import Page, page_of

LEGENDS = {
    Kind.SINGLE: "Choisis une réponse",
    Kind.MULTIPLE: "Coche toutes les bonnes réponses",
    Kind.TEXT: "Écris ta réponse",
    Kind.NUMBER: "Écris un nombre",
    Kind.ORDER: "Numérote, de la première à la dernière",
    Kind.MATCH: "Associe chaque ligne à ce qui lui correspond",
    Kind.SETTINGS: "Règle, puis valide",
}
PICTURES = (".png",)


def present(item: Item, seed: int | str) -> Question:
    """The question as this seed shows it; the same seed always shows the same."""
    told = variant(item, seed)
    return Question(
        item_id=item.id,
        kind=item.kind,
        prompt=told["prompt"],
        legend=told.get("legend", LEGENDS[item.kind]),
        paragraphs=tuple(told.get("text", "").strip().split("\n\n")) if told.get("text") else (),
        code=told.get("code", "").strip("\n"),
        table=tuple(tuple(map(str, row)) for row in told.get("table", ())),
        choices=tuple(numbered(options(item, told, seed))),
        rows=rows(item, told, seed),
        unit=told.get("unit", ""),
        files=tuple(link(one) for one in told.get("files", ())),
        pages=pages(told),
    )


def link(file: dict[str, Any]) -> FileLink:
    """How a file of the item is shown: a picture in the page, anything else to open."""
    picture = file["name"].endswith(PICTURES)
    return FileLink(name=file["name"], about=file["about"], alt=file.get("alt", ""), picture=picture)


def pages(told: dict[str, Any]) -> tuple[Page, ...]:
    """The simulated pages of a filled item."""
    return tuple(page_of(one, place) for place, one in enumerate(told.get("pages", ()), start=1))


def options(item: Item, told: dict[str, Any], seed: int | str) -> list[str]:
    """The labels of a choice in the order shown."""
    if item.kind not in (Kind.SINGLE, Kind.MULTIPLE):
        return []
    right = told["right"] if isinstance(told["right"], list) else [told["right"]]
    labels = [str(one) for one in (*right, *told["wrong"])]
    if told.get("sorted"):
        return sorted(labels, key=lambda label: (len(label), label))
    return shuffled(labels, chance(item, seed, "options"))


def rows(item: Item, told: dict[str, Any], seed: int | str) -> tuple[Row, ...]:
    """The lines to complete, in the order shown."""
    if item.kind == Kind.ORDER:
        steps = steps_shown(item, told, seed)
        places = tuple(Choice(str(n), str(n)) for n in range(1, len(steps) + 1))
        return tuple(Row(f"answer-{n}", step, places) for n, step in enumerate(steps, start=1))
    if item.kind == Kind.MATCH:
        lefts, rights = pairs_shown(item, told, seed)
        choices = tuple(numbered(rights))
        return tuple(Row(f"answer-{n}", left, choices) for n, left in enumerate(lefts, start=1))
    if item.kind == Kind.SETTINGS:
        return tuple(_setting(one, n) for n, one in enumerate(told["settings"], start=1))
    return ()


def _setting(setting: dict[str, Any], place: int) -> Row:
    choices = tuple(numbered(setting["options"]))
    start = str(setting["options"].index(setting["start"]) + 1)
    return Row(f"answer-{place}", setting["label"], choices, start)


def steps_shown(item: Item, told: dict[str, Any], seed: int | str) -> list[str]:
    """The steps of an ordering, never already in order."""
    rng = chance(item, seed, "steps")
    steps = list(told["steps"])
    shown = shuffled(steps, rng)
    while shown == steps:
        shown = shuffled(steps, rng)
    return shown


def pairs_shown(item: Item, told: dict[str, Any], seed: int | str) -> tuple[list[str], list[str]]:
    """The left halves and the right ones, each in an order of its own."""
    rng = chance(item, seed, "pairs")
    lefts = shuffled([left for left, _ in told["pairs"]], rng)
    rights = list(dict.fromkeys([*(right for _, right in told["pairs"]), *told.get("extras", ())]))
    return lefts, shuffled(rights, rng)


def shuffled(values: list[str], rng: Random) -> list[str]:
    """The same values in another order."""
    return rng.sample(values, len(values))


def numbered(labels: list[str]) -> list[Choice]:
    """Choices whose value is their place, from 1."""
    return [Choice(str(n), str(label)) for n, label in enumerate(labels, start=1)]
