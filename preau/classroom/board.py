"""What is known of a pupil → one tile: a light, one reason, one deed. Pure, and defined for whatever is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from preau.attachments.stumbles import Stumble


class Light(Enum):
    """The three states of a tile."""

    WAIT = "wait"
    HELP = "help"
    IN = "in"


class Deed(Enum):
    """The one tap of a tile."""

    NONE = ""
    NEW_CODE = "code"
    UNBLOCK = "unblock"
    ACCEPT = "accept"
    SHOW_CODE = "show"
    DECIDE = "decide"


@dataclass(frozen=True, slots=True)
class Met:
    """What stopped the pupil, how often, and when last."""

    what: Stumble
    count: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """A call for help that may be this pupil's: its number, its code, what differs, and since when."""

    pk: int
    code: str
    differs: str
    at: datetime
    elsewhere: bool = False  # somebody signed in with an account that is not attached here


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of one pupil during a lesson; `since` is when it opened.

    `entered_at` is their last sign-in, `live` whether a session of theirs is open now and `seen_at` its last sign of
    life, `missed` the wrong passwords on their account and `missed_at` the last of them, `card_at` when a card they
    have not used was made, `acted_at` when they last began or finished a parcours, `doing` which.
    """

    since: datetime
    entered_at: datetime | None = None
    seen_at: datetime | None = None
    live: bool = False
    how: str = ""
    attached: bool = False
    missed: int = 0
    missed_at: datetime | None = None
    met: tuple[Met, ...] = ()
    call: Call | None = None
    recognised_at: datetime | None = None
    card_at: datetime | None = None
    acted_at: datetime | None = None
    doing: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """What the tile says."""

    light: Light
    reason: str = ""
    deed: Deed = Deed.NONE


WAYS = {
    "card": "par sa carte",
    "names": "par son nom",
    "staff": "avec votre accord",
    "mediacentre": "par le Médiacentre",
    "password": "par identifiant",
}
DEEDS = {
    Stumble.SLOWED: Deed.UNBLOCK,
    Stumble.OTHER_CLASS: Deed.SHOW_CODE,
    Stumble.TWO_ACCOUNTS: Deed.DECIDE,
}
ONE_TYPING_ERROR = 1
FREE_TRIES = 5  # after which the account waits (accounts.throttle)


def tile_of(known: Known) -> Tile:
    """The tile of one pupil: what is still in their way first, then that they are in, then what they wait for."""
    entered = _entered(known)
    trouble = _trouble(known, after=entered)
    if trouble is not None:
        return trouble
    if entered is not None:
        return Tile(Light.IN, _where(known))
    if known.recognised_at is not None:
        return Tile(Light.WAIT, "Reconnu(e) : à lui de dire « C’est moi »")
    if known.card_at is not None and known.card_at >= known.since:
        return Tile(Light.WAIT, "Nouveau code donné")
    if known.attached:
        return Tile(Light.WAIT)
    return Tile(Light.WAIT, "" if known.card_at else "Ni carte, ni compte")


def _entered(known: Known) -> datetime | None:
    """When this pupil came in, if they came in for this lesson: signed in since, or seen since in an older session."""
    if known.entered_at is not None and known.entered_at >= known.since:
        return known.entered_at
    return known.seen_at if known.live and known.seen_at and known.seen_at >= known.since else None


def _trouble(known: Known, *, after: datetime | None) -> Tile | None:
    """The last thing that stopped them since they entered, went on, or were given a new code."""
    ways_out = (after, known.card_at, known.acted_at)
    floor = max([known.since, *(one for one in ways_out if one is not None)])
    if known.call is not None and known.call.at > floor:
        start = "Compte d’ailleurs ouvert" if known.call.elsewhere else "Presque retrouvé(e)"
        reason = f"{start} : {known.call.differs}" if known.call.differs else start
        return Tile(Light.HELP, f"{reason} (code {known.call.code})", Deed.ACCEPT)
    if known.recognised_at is not None:
        return None
    last = max((one for one in known.met if one.at > floor), key=lambda one: one.at, default=None)
    missed = known.missed if known.missed_at is not None and known.missed_at > floor else 0
    if missed >= FREE_TRIES:
        return Tile(Light.HELP, f"{missed} mots de passe refusés : doit attendre", Deed.UNBLOCK)
    if last is not None:
        times = f" ({last.count} fois)" if last.count > 1 else ""
        return Tile(Light.HELP, f"{last.what.label}{times}", DEEDS.get(last.what, Deed.NEW_CODE))
    if missed > ONE_TYPING_ERROR:
        return Tile(Light.HELP, f"{missed} mots de passe refusés", Deed.NEW_CODE)
    return None


def _where(known: Known) -> str:
    if not known.live:
        return "A quitté sa session"
    where = known.doing or "Sur sa page d’accueil"
    way = WAYS.get(known.how)
    return f"{where}, {way}" if way else where
