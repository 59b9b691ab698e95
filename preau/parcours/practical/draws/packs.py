"""Archives drawn by a seed: folders in folders, pictures with their credits."""

from __future__ import annotations

from random import Random
from typing import Any

Facts = dict[str, Any]


def archive(rng: Random) -> Facts:
    """A dozen files in folders, some of them tables."""
    places = ("Marais", "Planétarium", "Carrière", "Musée")
    entries: list[dict[str, Any]] = [{"name": "Sorties/lisez-moi.txt", "content": "Les sorties de l’année."}]
    count = 0
    for place in places:
        for month in rng.sample(["octobre", "janvier", "mars", "mai", "juin"], 3):
            kind = rng.choice(["csv", "csv", "txt"])
            count += kind == "csv"
            entries.append(_page(f"Sorties/{place}/{month}.{kind}", rng))
    entries.append({"name": "Sorties/Bilans/csv-a-venir.txt", "content": "Les tableaux arrivent en juillet."})
    return {"entries": entries, "count": count}


def _page(name: str, rng: Random) -> dict[str, Any]:
    figures = [["Classe", "Présents"], ["6A", rng.randrange(15, 28)], ["6B", rng.randrange(15, 28)]]
    if name.endswith(".csv"):
        return {"name": name, "rows": figures}
    return {"name": name, "content": "Belle journée, rien à signaler."}


def credits(rng: Random) -> Facts:  # noqa: A001 - the word of the trade
    """Four pictures; one licence alone allows both selling and changing."""
    names = rng.sample(["montagne", "sommet", "vallee", "col", "crete", "refuge"], 4)
    authors = rng.sample(["Ana Reyes", "Kofi Mensah", "Lise Perrin", "Jonas Berg", "Mei Tanaka"], 4)
    licences = [
        rng.choice(["CC BY 4.0", "CC BY-SA 4.0"]),
        "CC BY-NC 4.0",
        "CC BY-ND 4.0",
        "Tous droits réservés",
    ]
    lines = [
        f"{name}.png : {who}, {terms}" for name, who, terms in zip(names, authors, licences, strict=True)
    ]
    good = names[0]
    rng.shuffle(lines)
    shapes = [
        {"name": f"images/{name}.png", "picture": {"kind": "plain", "width": 240 + 30 * n, "height": 180}}
        for n, name in enumerate(sorted(names))
    ]
    return {"entries": [*shapes, {"name": "credits.txt", "content": "\n".join(lines)}], "good": good}
