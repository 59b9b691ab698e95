"""Texts drawn by a seed: a story, a charter, the code of a page."""

from __future__ import annotations

from random import Random
from typing import Any

Facts = dict[str, Any]

WORDS = ("phare", "goéland", "sentier", "bateau")
SENTENCES = (
    "Le matin, le {word} semblait plus loin que la veille.",
    "Personne, dans le village, ne parlait de cela.",
    "Élise nota dans son carnet : « {word}, encore. »",
    "La mer montait, puis redescendait sans un bruit.",
    "On disait que chaque {word} avait son histoire.",
    "Le vent tourna, et la porte claqua deux fois.",
    "Ce n’était pas un {word} comme les autres.",
    "Au fond du jardin, le chien dormait toujours.",
)


def story(rng: Random) -> Facts:
    """A long text where one word comes back."""
    word = rng.choice(WORDS)
    others = [one for one in WORDS if one != word]
    lines = []
    for _ in range(90):
        shown = word if rng.random() < 0.3 else rng.choice(others)
        lines.append(rng.choice(SENTENCES).format(word=shown))
    text = "\n\n".join(" ".join(lines[start : start + 6]) for start in range(0, len(lines), 6))
    return {"content": text, "word": word, "count": text.count(word)}


RULES = (
    ("de l’usage des écouteurs", "Les écouteurs sont permis au CDI, jamais pendant un cours."),
    ("des impressions", "Chaque élève dispose de 80 impressions par an ; la couleur se demande au CDI."),
    ("des clés USB", "Une clé USB est analysée par l’antivirus avant d’être ouverte."),
    (
        "du partage de son mot de passe",
        "Un mot de passe est personnel : le prêter engage celui qui le prête.",
    ),
    ("des photos prises dans l’établissement", "Aucune image d’une personne n’est publiée sans son accord."),
    ("de l’emprunt des tablettes", "Une tablette s’emprunte pour sept jours, avec l’accord d’un adulte."),
    ("des jeux en ligne", "Les jeux sont réservés aux clubs, de 12 h 30 à 13 h 30."),
    ("de l’enregistrement d’un cours", "Un cours ne s’enregistre qu’avec l’accord du professeur."),
    ("du matériel abîmé", "Tout matériel abîmé est signalé le jour même, sans crainte de sanction."),
)
FILLING = (
    "Cet article s’applique à tous, élèves comme adultes, dans toutes les salles.",
    "En cas de doute, on demande à un adulte avant d’agir.",
    "Les exceptions sont affichées à l’entrée de la salle informatique.",
)


def charter(rng: Random) -> Facts:
    """A charter of nine articles in an order of its own; one question about one of them."""
    rules = rng.sample(RULES, len(RULES))
    parts = ["CHARTE INFORMATIQUE DU COLLÈGE\n"]
    for number, (_, rule) in enumerate(rules, start=1):
        filling = " ".join(rng.sample(FILLING, 2))
        parts.append(f"Article {number}\n{filling} {rule}\n")
    chosen = rng.randrange(len(rules))
    return {"content": "\n".join(parts), "about": rules[chosen][0], "article": chosen + 1}


def page_code(rng: Random) -> Facts:
    """The HTML of a club's page: every picture has its alternative text but one."""
    pictures = [
        ("ruche", "Trois ruches au fond du potager"),
        ("equipe", "Sept élèves en vareuse blanche"),
        ("miel", "Un pot de miel doré"),
        ("carte", "Plan pour venir au rucher depuis la gare"),
        ("fleur", ""),
    ]
    rng.shuffle(pictures)
    missing = rng.choice([name for name, _ in pictures if name != "fleur"])
    lines = []
    for name, alt in pictures:
        spoken = "" if name == missing else f' alt="{alt}"'
        lines.append(
            f'  <p>Le club vous montre ses photos.</p>\n  <img src="{name}.png" width="320"{spoken}>'
        )
    content = (
        '<!doctype html>\n<html lang="fr">\n<head>\n  <meta charset="utf-8">\n  <title>Le rucher</title>\n</head>\n'
        "<body>\n  <h1>Le rucher du collège</h1>\n" + "\n".join(lines) + "\n</body>\n</html>"
    )
    return {"content": content, "missing": missing}


STORY_PAGE = (
    ("La pluie tombait depuis trois jours sur le toit du préau.", "jours"),
    ("Personne ne voulait sortir, pas même le vieux chien.", "vieux"),
    ("Salomé ouvrit son carnet et compta les pages blanches.", "carnet"),
    ("Au loin, une porte claqua, puis le silence revint.", "porte"),
    ("Il restait deux parts de gâteau et quatre enfants.", "parts"),
    ("Le vent, lui, avait déjà choisi son camp.", "déjà"),
    ("On entendit enfin le bruit du car dans la côte.", "bruit"),
    ("Tous prirent leur sac et coururent vers la grille.", "leur"),
)


def twice(rng: Random) -> Facts:
    """A page of story where one word was typed twice in a row."""
    lines = rng.sample(STORY_PAGE, len(STORY_PAGE))
    wrong = rng.randrange(2, len(lines))
    word = lines[wrong][1]
    shown = [
        line.replace(word, f"{word} {word}", 1) if n == wrong else line for n, (line, _) in enumerate(lines)
    ]
    return {"content": " ".join(shown[:4]) + "\n\n" + " ".join(shown[4:]), "word": word}


def merge(rng: Random) -> Facts:
    """A letter to fill and a table of guests, two of whom have the same first name."""
    first = rng.sample(["Adam", "Chloé", "Farid", "Hana", "Inès", "Léo", "Maya", "Oscar", "Tao", "Zoé"], 9)
    first.append(first[0])
    last = rng.sample(
        ["Aubin", "Benali", "Costa", "Diallo", "Fabre", "Klein", "Lopez", "Meunier", "Nguyen", "Roy"], 10
    )
    rooms = [f"{rng.choice('ABCD')}{number}" for number in rng.sample(range(10, 40), 10)]
    workshops = ("radio", "jardin", "échecs", "robots")
    rows = [list(one) for one in zip(first, last, (rng.choice(workshops) for _ in first), rooms, strict=True)]
    guest = rng.choice([rows[0], rows[-1]])
    rng.shuffle(rows)
    letter = (
        "Bonjour <<Prénom>>,\n\nTon inscription à l’atelier <<Atelier>> est acceptée.\n"
        "Rendez-vous vendredi à 13 h, salle <<Salle>>.\n\nL’équipe des clubs"
    )
    return {
        "letter": letter, "rows": [["Prénom", "Nom", "Atelier", "Salle"], *rows],
        "guest": f"{guest[0]} {guest[1]}", "room": guest[3],
    }  # fmt: skip
