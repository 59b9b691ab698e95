"""What machines write, drawn by a seed: journals, tests of a network, the facts kept inside a photo."""

from __future__ import annotations

from random import Random
from typing import Any

Facts = dict[str, Any]


def signins(rng: Random) -> Facts:
    """Sign-ins of a morning; one account fails again and again."""
    names = rng.sample(["amel", "bruno", "chen", "dora", "emile", "fatou", "gael", "hugo"], 8)
    target = names[0]
    lines: list[tuple[int, str, str]] = []
    for name in names[1:]:
        lines += [(rng.randrange(8 * 3600, 12 * 3600), name, "réussite") for _ in range(rng.randrange(3, 7))]
        lines += [(rng.randrange(8 * 3600, 12 * 3600), name, "échec") for _ in range(rng.randrange(0, 3))]
    start = rng.randrange(9 * 3600, 11 * 3600)
    lines += [(start + 3 * number, target, "échec") for number in range(18)]
    lines.sort()
    rows = [[f"{t // 3600:02}:{t // 60 % 60:02}:{t % 60:02}", name, result] for t, name, result in lines]
    return {"rows": [["Heure", "Compte", "Résultat"], *rows], "target": target}


def photo_facts(rng: Random) -> Facts:
    """The metadata of a photo as a tool lists them."""
    town = rng.choice(["Brignac", "Valmoret", "Saint-Aubier", "Pontarnel", "Luzières"])
    lines = [
        "Nom du fichier              : IMG_2041.jpg",
        f"Taille du fichier           : {rng.randrange(20, 48) / 10} Mo".replace(".", ","),
        "Fabricant de l’appareil     : Ocelle",
        "Modèle de l’appareil        : Ocelle 9",
        f"Date de prise de vue        : {rng.randrange(1, 29):02}/08/2026 {rng.randrange(9, 19):02}:41:07",
        f"Définition                  : {rng.choice(['4032 x 3024', '4000 x 3000'])}",
        f"Temps de pose               : 1/{rng.choice([120, 250, 500])} s",
        f"Sensibilité                 : {rng.choice([50, 100, 200])}",
        "Flash                       : non",
        f"Latitude                    : {rng.randrange(43000, 49000) / 1000} N",
        f"Longitude                   : {rng.randrange(1000, 6000) / 1000} E",
        f"Lieu (commune)              : {town}",
        "Logiciel                    : Galerie 4.2",
        "Droits                      : non indiqués",
    ]
    return {"content": "\n".join(lines), "town": town}


def printer_log(rng: Random) -> Facts:
    """A printer's journal: information, warnings, one error."""
    digits = rng.randrange(1000, 9999)
    rows = []
    for minute in range(40):
        level, words = rng.choice(
            [
                ("INFO", f"Travail {rng.randrange(200, 299)} reçu (W-{rng.randrange(1000, 9999)})"),
                ("INFO", "Page imprimée"),
                ("AVERT", f"Encre bientôt épuisée (A-{rng.randrange(1000, 9999)})"),
                ("INFO", "Mise en veille, puis réveil"),
            ]
        )
        rows.append(f"10:{minute:02}:{rng.randrange(60):02} {level:<6} {words}")
    place = rng.randrange(12, 32)
    rows[place] = f"10:{place:02}:{rng.randrange(60):02} ERREUR Bac 2 ouvert, travail abandonné (E-{digits})"
    return {"content": "\n".join(rows), "code": f"E-{digits}", "digits": f"{digits}"}


def ping(rng: Random) -> Facts:
    """Five devices questioned; one never answers, another loses some."""
    names = rng.sample(["serveur-cours", "imprimante-cdi", "borne-hall", "poste-12", "camera-labo"], 5)
    dead, weak = names[0], names[1]
    blocks = []
    for place, name in enumerate(sorted(names), start=11):
        lost = 100 if name == dead else 25 if name == weak else 0
        times = "aucune réponse" if lost == 100 else f"temps moyen {rng.randrange(2, 180)} ms"
        answered = 8 * (100 - lost) // 100
        blocks.append(
            f"Test de {name} [192.168.4.{place}]\n"
            f"  demandes envoyées : 8, réponses reçues : {answered}, perte : {lost} %\n  {times}\n"
        )
    return {"content": "\n".join(blocks), "dead": dead}
