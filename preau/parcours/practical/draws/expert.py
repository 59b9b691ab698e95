"""Figures of the hardest questions: tables to join, codes to recognise, seals to compare, a road in the network."""

from __future__ import annotations

from random import Random
from typing import Any

from preau.parcours.practical.draws.tables import CLASSES

Facts = dict[str, Any]
CAPITALS = "ABCDEFGHKLMNPRSTVXZ"


def join(rng: Random) -> Facts:
    """Who comes how, and who lives how far, in two sheets whose lines do not follow each other."""
    codes = [f"E{number}" for number in rng.sample(range(1000, 9999), 40)]
    ways = ("à vélo", "à pied", "en bus", "en voiture")
    people = [(code, rng.choice(CLASSES), rng.choice(ways)) for code in codes]
    people[:4] = [(code, classe, ways[0]) for code, classe, _ in people[:4]]
    # Tenths of a kilometre, never 3 km sharp: « plus de » must not be a trap.
    tenths = {code: rng.choice([*range(4, 30), *range(31, 90)]) for code in codes}
    count = sum(way == ways[0] and tenths[code] > 30 for code, _, way in people)
    far = sorted(codes, key=lambda _: rng.random())
    return {
        "trips": [["Code", "Classe", "Trajet"], *map(list, people)],
        "distances": [["Code", "Distance (km)"], *([code, tenths[code] / 10] for code in far)],
        "count": count,
    }


def codes(rng: Random) -> Facts:
    """Sixty codes; some have the shape that an expression asks for, the others nearly."""
    lines, count = [], 0
    for _ in range(60):
        letters = "".join(rng.sample(CAPITALS, 3))
        figures = rng.randrange(100, 999)
        shapes = (
            f"{letters[:2]}-{figures}", f"{letters[:2]}-{figures}", f"{letters[:2].lower()}-{figures}",
            f"{letters}-{figures}", f"{letters[:2]}-{figures}{rng.randrange(10)}", f"{letters[:2]}_{figures}",
            f"{letters[:1]}-{figures}", f"{letters[:2]}-{figures // 10}",
        )  # fmt: skip
        chosen = rng.randrange(len(shapes))
        count += chosen < 2
        lines.append(shapes[chosen])
    return {"content": "\n".join(lines), "count": count}


def seals(rng: Random) -> Facts:
    """Six files and their seals; one is the seal that was announced, the others differ by a sign or two."""
    figures = "0123456789abcdef"
    seal = "".join(rng.choice(figures) for _ in range(64))
    names = [f"tournoi-{number}.zip" for number in rng.sample(range(11, 99), 6)]
    found = {seal}
    lines = [f"{names[0]} : {seal}"]
    for name in names[1:]:
        other = seal
        while other in found:
            place = rng.randrange(8, 56)
            other = seal[:place] + rng.choice(figures) + seal[place + 1 :]
        found.add(other)
        lines.append(f"{name} : {other}")
    lines.sort()
    return {"content": "\n".join(lines), "seal": seal, "good": names[0]}


def hops(rng: Random) -> Facts:
    """The road to a server: one relay answers late but passes on, from another one everything is late."""
    slow = rng.randrange(5, 9)
    odd = rng.randrange(2, slow - 1)
    lines = []
    for hop in range(1, 12):
        time = rng.randrange(2, 6) + 2 * hop if hop < slow else rng.randrange(180, 240)
        if hop == odd:
            time = rng.randrange(90, 130)
        lines.append(f"{hop:>2}  relais-{rng.randrange(100, 999)}.reseau.example  {time} ms")
    return {"content": "\n".join(lines), "hop": slow}
