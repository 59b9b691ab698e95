"""Figures drawn by a seed for the items that need a long table: each returns the {facts} of its item."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

Facts = dict[str, Any]
Draw = Callable[[Random], Facts]
DRAWS: dict[str, Draw] = {}


def draw(name: str) -> Callable[[Draw], Draw]:
    """Name a draw, so that an item's file can ask for it."""

    def known(made: Draw) -> Draw:
        DRAWS[name] = made
        return made

    return known


CLASSES = ("6A", "6B", "5A", "5B", "4A", "4B", "3A", "3B")
FIRST_NAMES = (
    "Adam", "Aïcha", "Basile", "Camille", "Chloé", "Diego", "Élise", "Farid", "Gabin", "Hana", "Inès", "Jules",
    "Kenza", "Léo", "Lina", "Malo", "Maya", "Nino", "Nour", "Oscar", "Paola", "Rayan", "Salomé", "Tao", "Yara", "Zoé",
)  # fmt: skip
BOOKS = (
    "L’île aux phares", "Le chat du préau", "Mille lieues de sable", "La nuit des algues", "Un robot au jardin",
    "Le carnet bleu", "Les veilleurs du lac", "Trois jours sans pluie",
)  # fmt: skip


@draw("loans")
def loans(rng: Random) -> Facts:
    """Sixty books borrowed; how many by one class, in all its lines."""
    rows = [
        [
            f"{rng.randrange(1, 31):02}/10/2026",
            rng.choice(BOOKS),
            rng.choice(CLASSES),
            rng.choice(FIRST_NAMES),
        ]
        for _ in range(60)
    ]
    classe = rng.choice(CLASSES)
    rows.append(["31/10/2026", rng.choice(BOOKS), classe, rng.choice(FIRST_NAMES)])
    rows.sort(key=lambda row: row[0])
    count = sum(row[2] == classe for row in rows)
    return {"rows": [["Date", "Titre", "Classe", "Prénom"], *rows], "classe": classe, "count": count}


@draw("bars")
def bars(rng: Random) -> Facts:
    """Five days of a week on a chart whose marks are not single units."""
    what, title, step = rng.choice(
        [
            ("de repas ont été servis", "Repas servis à la cantine", 50),
            ("de livres ont été empruntés", "Livres empruntés au CDI", 5),
            ("d'élèves sont venus au club", "Élèves au club d'échecs", 4),
        ]
    )
    days = ("lundi", "mardi", "mercredi", "jeudi", "vendredi")
    marks = rng.sample(range(2, 9), 5)
    values = [mark * step for mark in marks]
    chosen = rng.randrange(5)
    spoken = (
        "Une graduation vaut "
        + str(step)
        + ". "
        + " ; ".join(f"{day} : {mark} graduations" for day, mark in zip(days, marks, strict=True))
    )
    return {
        "what": what, "title": title, "step": step, "labels": list(days), "values": values,
        "day": days[chosen], "value": values[chosen], "spoken": spoken,
    }  # fmt: skip


@draw("spending")
def spending(rng: Random) -> Facts:
    """Forty expenses of a club; the sum of one kind."""
    kinds = ("Matériel", "Goûters", "Transport", "Affiches")
    rows: list[list[Any]] = [
        [f"{rng.randrange(1, 29):02}/{rng.randrange(9, 13):02}/2026", kind, rng.randrange(150, 4800) / 100]
        for kind in kinds * 10
    ]
    rng.shuffle(rows)
    kind = rng.choice(kinds)
    total = sum(round(row[2] * 100) for row in rows if row[1] == kind) / 100
    return {"rows": [["Date", "Rubrique", "Montant (€)"], *rows], "kind": kind, "total": total}


@draw("shop")
def shop(rng: Random) -> Facts:
    """Sales of several days in one sheet, prices in another."""
    cents = {"Pain au chocolat": 110, "Compote": 80, "Jus de pomme": 95, "Madeleine": 60, "Clémentine": 40}
    prices = {name: price + 5 * rng.randrange(-3, 4) for name, price in cents.items()}
    days = ("lundi", "mardi", "jeudi", "vendredi")
    sales: list[list[Any]] = [
        [day, name, rng.randrange(3, 25)] for day in days for name in rng.sample(sorted(prices), 4)
    ]
    day = rng.choice(days)
    total = sum(prices[name] * count for when, name, count in sales if when == day) / 100
    shown = sorted(prices.items(), key=lambda _: rng.random())
    return {
        "sales": [["Jour", "Produit", "Quantité"], *sales],
        "prices": [["Produit", "Prix (€)"], *([name, price / 100] for name, price in shown)],
        "day": day, "total": total,
    }  # fmt: skip


@draw("sensor")
def sensor(rng: Random) -> Facts:
    """Ninety plausible temperatures of autumn, and one that cannot be."""
    rows: list[list[Any]] = []
    for month, days in ((9, 30), (10, 31), (11, 30)):
        warm = {9: 21, 10: 16, 11: 10}[month]
        rows += [
            [f"{day:02}/{month:02}/2026", round(warm + rng.uniform(-4, 4), 1)] for day in range(1, days + 1)
        ]
    wrong = rng.choice(rows)
    wrong[1] = rng.choice([148.0, 215.5, 87.0, 99.9])
    return {"rows": [["Date", "Température (°C)"], *rows], "date": wrong[0], "short": wrong[0][:5]}
