"""Tables drawn by a seed: each returns the facts of its item."""

from __future__ import annotations

from random import Random
from typing import Any

Facts = dict[str, Any]
CLASSES = ("6A", "6B", "5A", "5B", "4A", "4B", "3A", "3B")
FIRST_NAMES = (
    "Adam", "Aïcha", "Basile", "Camille", "Chloé", "Diego", "Élise", "Farid", "Gabin", "Hana", "Inès", "Jules",
    "Kenza", "Léo", "Lina", "Malo", "Maya", "Nino", "Nour", "Oscar", "Paola", "Rayan", "Salomé", "Tao", "Yara", "Zoé",
)  # fmt: skip
BOOKS = (
    "L’île aux phares", "Le chat du préau", "Mille lieues de sable", "La nuit des algues", "Un robot au jardin",
    "Le carnet bleu", "Les veilleurs du lac", "Trois jours sans pluie",
)  # fmt: skip


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


def agenda(rng: Random) -> Facts:
    """Who is free on which day; one day suits all."""
    days = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"]
    people = rng.sample(FIRST_NAMES, 6)
    day = rng.choice(days)
    rows: list[list[Any]] = []
    for one in days:
        answers = ["oui"] * 6
        if one != day:
            for busy in rng.sample(range(6), rng.randrange(1, 4)):
                answers[busy] = "non"
        rows.append([one, *answers])
    return {"rows": [["Jour", *people], *rows], "day": day}


def walk(rng: Random) -> Facts:
    """Two hundred steps of a robot, more to the east than to the west."""
    east, west = rng.randrange(70, 90), rng.randrange(30, 55)
    steps = ["E"] * east + ["O"] * west
    steps += [rng.choice("NS") for _ in range(200 - len(steps))]
    rng.shuffle(steps)
    rows = [[number, step] for number, step in enumerate(steps, start=1)]
    return {"rows": [["Pas", "Direction"], *rows], "east": east - west}


def survey(rng: Random) -> Facts:
    """Forty pseudonymous answers; one month, class and sport together are those of one person."""
    months = ("janvier", "mars", "avril", "juin", "septembre", "novembre")
    sports = ("du judo", "de la danse", "du basket", "de l’escalade", "de la natation")
    codes = rng.sample(range(1000, 9999), 40)
    people = [(rng.choice(months), rng.choice(CLASSES), rng.choice(sports)) for _ in codes]
    nora = people[0]
    people[1:] = [
        one if one != nora else (one[0], one[1], _other(sports, nora[2], rng)) for one in people[1:]
    ]
    rows: list[list[Any]] = [
        [f"P{code}", *who, rng.choice(["oui", "non"])] for code, who in zip(codes, people, strict=True)
    ]
    rows.sort()
    header = ["Code", "Mois de naissance", "Classe", "Sport", "Se sent bien au collège"]
    month, classe, sport = nora
    return {
        "rows": [header, *rows], "code": f"P{codes[0]}", "month": month, "classe": classe, "sport": sport,
    }  # fmt: skip


def _other(values: tuple[str, ...], but: str, rng: Random) -> str:
    return rng.choice([one for one in values if one != but])


def screen_time(rng: Random) -> Facts:
    """A week of minutes by application, several lines a day."""
    apps = ("Vidéos", "Messages", "Jeux", "Musique", "Lecture")
    days = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
    rows: list[list[Any]] = [
        [day, moment, name, rng.randrange(4, 55)]
        for day in days
        for moment in ("matin", "soir")
        for name in rng.sample(apps, 3)
    ]
    app = rng.choice([row[2] for row in rows])
    total = sum(row[3] for row in rows if row[2] == app)
    return {"rows": [["Jour", "Moment", "Application", "Minutes"], *rows], "app": app, "total": total}


def tablets(rng: Random) -> Facts:
    """Thirty models; one is the cheapest that has it all, and cheaper ones lack something."""
    ram, hours = rng.choice([4, 6]), rng.choice([9, 10])
    need = rng.choice(["un stylet fourni", "un clavier fourni"])
    both = ["Stylet", "Clavier"] if "stylet" in need else ["Clavier", "Stylet"]
    names = [f"{rng.choice('ABCDEFGHKLMNPRSTVXZ')}{number}" for number in rng.sample(range(100, 999), 30)]
    rows: list[list[Any]] = []
    for place, name in enumerate(names):
        lacks = "rhn"[place % 3] if place < 24 else ""
        price = rng.randrange(90, 260) if lacks else 260 + 7 * (place - 24) + rng.randrange(5)
        has = rng.choice(["Les deux", both[0]]) if lacks != "n" else rng.choice([both[1], "Aucun"])
        memory = ram + rng.choice([0, 2, 4]) if lacks != "r" else rng.choice([2, 3])
        lasts = hours + rng.randrange(4) if lacks != "h" else hours - rng.randrange(1, 4)
        rows.append([name, price, memory, lasts, has])
    model = names[24]
    rng.shuffle(rows)
    header = ["Modèle", "Prix (€)", "Mémoire vive (Go)", "Autonomie (h)", "Accessoire fourni"]
    return {"rows": [header, *rows], "ram": ram, "hours": hours, "need": need, "model": model}
