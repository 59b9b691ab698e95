"""What is wrong with an item, in sentences for its author: the starter bank, imports and the editor read the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from preau.parcours.items import words
from preau.parcours.items.shape import Item, Kind
from preau.parcours.items.variants import FACT, variant
from preau.parcours.practical.draws import DRAWS
from preau.parcours.practical.files import TYPES

Told = dict[str, Any]
SEEDS = range(12)  # enough draws to meet each variant of the bank
LONGEST_EXPLANATION = 400
# What neither XML nor PostgreSQL takes, nor anybody reads.
UNREADABLE = "Cette question contient des caractères illisibles."
UNSHOWN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def faults(item: Item, *, explained: bool = True) -> list[str]:
    """Every fault of an item over a dozen of its variants; none when a pupil may see it.

    `explained=False` forgives a missing explanation: files from elsewhere often have none.
    """
    if (name := item.source.get("draw")) and name not in DRAWS:
        return [f"Le tirage « {name} » n'existe pas."]
    found: dict[str, None] = {}
    for seed in SEEDS if "variants" in item.source or name else SEEDS[:1]:
        told = variant(item, seed)
        found.update(dict.fromkeys(_shared(item, told, explained)))
        if not found:
            found.update(dict.fromkeys(CHECKS[item.kind](told)))
    return list(found)


def _shared(item: Item, told: Told, explained: bool) -> Iterator[str]:
    if not str(told.get("prompt", "")).strip():
        yield "Il manque la question."
    if explained and not str(told.get("explanation", "")).strip():
        yield "Il manque l'explication « pour progresser »."
    if len(str(told.get("explanation", ""))) > LONGEST_EXPLANATION:
        yield "L'explication est trop longue : trois phrases au plus."
    for missing in (
        sorted({fact for text in _texts(told) for fact in FACT.findall(text)}) if explained else ()
    ):
        yield f"{{{missing}}} n'a pas de valeur dans toutes les variantes."
    for file in told.get("files", ()):
        name = str(file.get("name", ""))
        if not name.endswith(tuple(TYPES)):
            yield f"Le fichier « {name} » n'a pas un format connu."
        if name.endswith(".png") and not file.get("alt"):
            yield f"L'image « {name} » n'a pas de texte de remplacement."
    if any(map(UNSHOWN.search, _texts(told))):
        yield UNREADABLE
    needed = NEEDED[item.kind]
    if lacking := [name for name in needed if name not in told]:
        yield f"Il manque : {', '.join(lacking)}."


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _single(told: Told) -> Iterator[str]:
    yield from _alike([str(told["right"]), *map(str, told["wrong"])])
    if not told["wrong"]:
        yield "Il faut au moins une mauvaise réponse."


def _multiple(told: Told) -> Iterator[str]:
    if not told["right"]:
        yield "Il faut au moins une bonne réponse."
    if not told["wrong"]:
        yield "Il faut au moins une mauvaise réponse."
    yield from _alike([*map(str, told["right"]), *map(str, told["wrong"])])


def _text(told: Told) -> Iterator[str]:
    answers = [str(one) for one in told["answers"]]
    if not answers or not all(map(words.plain, answers)):
        yield "Une réponse acceptée est vide."
    elif not words.same_words(
        answers[0], answers, never=told.get("never", ()), exact=told.get("exact", False)
    ):
        yield "La première réponse est refusée par « never »."


def _number(told: Told) -> Iterator[str]:
    if words.number(str(told["answer"])) is None:
        yield f"« {told['answer']} » n'est pas un nombre."


def _order(told: Told) -> Iterator[str]:
    yield from _alike(told["steps"])
    if len(told["steps"]) < 2:
        yield "Il faut au moins deux lignes à ranger."


def _match(told: Told) -> Iterator[str]:
    yield from _alike([left for left, _ in told["pairs"]])
    rights = [right for _, right in told["pairs"]]
    if len({*rights, *told.get("extras", ())}) < 2:
        yield "Il faut au moins deux réponses à associer."


def _settings(told: Told) -> Iterator[str]:
    yield from _alike([one["label"] for one in told["settings"]])
    for one in told["settings"]:
        if not {one["start"], one.get("right", one["start"])} <= set(one["options"]):
            yield f"« {one['label']} » : la valeur de départ ou la bonne n'est pas dans ses choix."
    if all(one.get("right", one["start"]) == one["start"] for one in told["settings"]):
        yield "Tout est déjà bien réglé au départ."


def _alike(labels: list[str]) -> Iterator[str]:
    if len({words.plain(label) or label for label in labels}) < len(labels):
        yield "Deux choix sont pareils."


NEEDED: dict[Kind, tuple[str, ...]] = {
    Kind.SINGLE: ("right", "wrong"), Kind.MULTIPLE: ("right", "wrong"), Kind.TEXT: ("answers",),
    Kind.NUMBER: ("answer",), Kind.ORDER: ("steps",), Kind.MATCH: ("pairs",), Kind.SETTINGS: ("settings",),
}  # fmt: skip
CHECKS: dict[Kind, Callable[[Told], Iterator[str]]] = {
    Kind.SINGLE: _single, Kind.MULTIPLE: _multiple, Kind.TEXT: _text, Kind.NUMBER: _number,
    Kind.ORDER: _order, Kind.MATCH: _match, Kind.SETTINGS: _settings,
}  # fmt: skip
