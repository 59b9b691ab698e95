"""The pupil's page of the guide, filled in: where they are, what they do, what it takes, in their language.

The words of the situation and of the step are those of `words.py`; only the way to do it is added here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from preau.scenarios import words
from preau.scenarios.diagnosis import Diagnosis
from preau.scenarios.people import Row
from preau.web.french import typeset
from preau.web.language import in_french

TITLE = "Pour entrer dans Préau"
WHERE, WHAT, NEEDED, PARCOURS = "Où tu en es", "Ce que tu fais", "Ce qu’il te faut", "Ton parcours"
HELP = "Besoin d’aide ? Montre cette feuille à ton professeur."
CARD_STEPS = (
    "Prends la carte à ton nom que ton professeur te donne.",
    "Va sur {site} et choisis « J’ai une carte », ou photographie le carré.",
    "Tape ton code, dis « Oui, c’est moi », puis choisis ton mot de passe.",
)
TILE_STEPS = (
    "Entre dans ton ENT comme d’habitude.",
    "Dans le Médiacentre, clique sur la tuile Préau.",
    (
        "Si Préau te le demande, montre une seule fois que c’est toi : ton mot de passe d’avant, ta carte, ou ta "
        "date de naissance."
    ),
)
NAMED_TILE = "Entre dans ton ENT, {ent}, comme d’habitude."
NAMED_TILES = "Entre dans ton ENT ({ents}) comme d’habitude."
MOST_NAMED = 3  # ENTs; beyond, a list says less than « ton ENT »
CARD_UNTIL = "Ta carte ne sert qu’une fois, jusqu’au {day}."
WITH_A_CARD = {words.Need.CARD, words.Need.NAMES, words.Need.PASSWORD_OR_CARD}
NAME_STEPS = (
    "Va sur {site} et choisis « J’ai déjà un identifiant ».",
    "Tape ton identifiant et ton mot de passe.",
    "Mot de passe oublié ? Demande un nouveau code à ton professeur.",
)
MAIL_STEPS = (NAME_STEPS[0], "Tape ton adresse mail et ton mot de passe.", NAME_STEPS[2])
DONE_STEPS = ("Continue d’entrer comme la dernière fois.",)
THEN = "Ensuite, tape le code de ton parcours, ci-dessous."
UNTIL = "jusqu’au {day}"
YOUR_NAME = "Ton identifiant :"
SENTENCES = (
    *(TITLE, WHERE, WHAT, NEEDED, PARCOURS, HELP, *CARD_STEPS, *TILE_STEPS, NAMED_TILE, *NAME_STEPS),
    *(NAMED_TILES, CARD_UNTIL, *MAIL_STEPS, *DONE_STEPS, THEN, UNTIL, YOUR_NAME),
)
BY_TILE = {words.OPEN_TILE.key, words.SHOW_TILE.key}
BY_NAME = {words.SIGN_IN.key: NAME_STEPS, words.SIGN_IN_BY_MAIL.key: MAIL_STEPS}
SETTLED = {words.NOTHING.key, words.CONFIRM_CLASS.key, words.ADD_INE.key, words.ADD_BIRTH_DATE.key}


@dataclass(frozen=True, slots=True)
class OpenCampaign:
    """A code that the pupil's class may type now; `divisions` empty means all classes."""

    title: str
    code: str
    closes_on: date | None
    divisions: frozenset[int]


@dataclass(frozen=True, slots=True)
class SchoolFacts:
    """What all the leaflets of a school have in common: `ents`, where its pupils find the tile; `cards`, until when
    those who hold one may use it, by pupil."""

    school: str
    site: str
    ents: tuple[str, ...]
    campaigns: tuple[OpenCampaign, ...]
    cards: Mapping[int, date]


@dataclass(frozen=True, slots=True)
class Leaflet:
    """One pupil's page, every sentence in its language; `adult` alone is in French, for whoever helps."""

    language: str
    from_right: bool
    title: str
    name: str
    division: str
    school: str
    where: tuple[str, str]  # heading, sentences
    what: tuple[str, tuple[str, ...]]
    needed: tuple[str, tuple[str, ...]]
    parcours: tuple[str, tuple[tuple[str, str, str], ...]]  # heading; title, code, until when
    username: tuple[str, str]
    help: str
    adult: str


def leaflets(rows: Iterable[Row], facts: SchoolFacts, *, language: str) -> list[Leaflet]:
    """The page of each pupil still enrolled, in this language."""
    with translation.override(language):
        return [_leaflet(row, facts, language) for row in rows if row.present]


def _leaflet(row: Row, facts: SchoolFacts, language: str) -> Leaflet:
    pupil, diagnosis = row.learner, row.diagnosis
    card_until = facts.cards.get(pupil.pk) if WITH_A_CARD & set(diagnosis.needs) else None
    campaigns = [one for one in facts.campaigns if not one.divisions or pupil.division_id in one.divisions]
    return Leaflet(
        language=language,
        from_right=translation.get_language_bidi(),
        title=_said(TITLE),
        name=pupil.display_name,
        division=pupil.division.name if pupil.division else "",
        school=facts.school,
        where=(_said(WHERE), " ".join(_said(why) for why in _whys(diagnosis, card_until))),
        what=(_said(WHAT), _steps(diagnosis, facts, then=bool(campaigns))),
        needed=(_said(NEEDED), tuple(_needed(diagnosis, card_until))),
        parcours=(_said(PARCOURS), tuple(_parcours(campaigns))),
        username=(_said(YOUR_NAME), row.username or ""),
        help=_said(HELP),
        adult="" if in_french() else _for_the_adult(diagnosis),
    )


def _steps(diagnosis: Diagnosis, facts: SchoolFacts, *, then: bool) -> tuple[str, ...]:
    key = diagnosis.step.key
    how: tuple[str, ...] = BY_NAME.get(key, CARD_STEPS)
    if key in SETTLED:
        how = DONE_STEPS
    elif key in BY_TILE:
        how = (_named_tile(facts.ents), *TILE_STEPS[1:])
    ents = ", ".join(facts.ents)
    steps = [_said(one, site=facts.site, ent=ents, ents=ents) for one in how]
    return (*steps, _said(THEN)) if then else tuple(steps)


def _named_tile(ents: Sequence[str]) -> str:
    if not ents or len(ents) > MOST_NAMED:
        return TILE_STEPS[0]
    return NAMED_TILE if len(ents) == 1 else NAMED_TILES


def _whys(diagnosis: Diagnosis, card_until: date | None) -> Iterable[str]:
    """Where the pupil is; that a card works once is said with its last day, when that is known."""
    return (why for why in diagnosis.pupil_whys if not card_until or why != words.TYPE_CARD.pupil_why)


def _needed(diagnosis: Diagnosis, card_until: date | None) -> Iterable[str]:
    """What it takes; and until when the card in the pupil's hand opens a door."""
    yield from (_said(need.pupil) for need in diagnosis.needs if need.pupil)
    if card_until:
        yield _said(CARD_UNTIL, day=date_format(card_until, "DATE_FORMAT"))


def _parcours(campaigns: Sequence[OpenCampaign]) -> Iterable[tuple[str, str, str]]:
    for one in campaigns:
        until = _said(UNTIL, day=date_format(one.closes_on, "DATE_FORMAT")) if one.closes_on else ""
        yield one.title, one.code, until


def _for_the_adult(diagnosis: Diagnosis) -> str:
    """One line in French: whoever helps may not read the rest."""
    step = f"{diagnosis.step.by} · {diagnosis.step.label}" if diagnosis.step.label else "Rien à faire"
    label = diagnosis.situation.label.replace(" → ", " vers ")  # the arrow is not in the font of the sheets
    return typeset(f"Pour l’adulte qui aide : {label}. {step}.")


def _said(sentence: str, **facts: str) -> str:
    said = gettext(sentence)
    said = said.format(**facts) if facts else said
    return typeset(said) if in_french() else said
