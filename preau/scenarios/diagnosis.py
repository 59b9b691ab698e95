"""Facts about one pupil → the one next step, who does it, and why. Pure, and defined for every combination."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MEDIACENTRE, USERNAME, EMAIL = "MEDIACENTRE", "USERNAME", "EMAIL"


class Who(Enum):
    """Who acts next, as the screen says it."""

    YOU = "Vous"
    PUPIL = "Élève"
    SECRETARIAT = "Secrétariat"
    NOBODY = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a pupil; `modes` are those of the attached account, `target` the school's chosen mode.

    `owned`: the account is theirs already (password chosen, or Médiacentre seen). `entered`: signed in since the
    rentrée. `card`: holds a card that would open a door now, and that they still need.
    """

    present: bool = True
    division: str = ""
    has_ine: bool = True
    modes: frozenset[str] = frozenset()
    target: str = USERNAME
    owned: bool = False
    entered: bool = False
    card: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step: who does it, what; both empty when there is nothing to do."""

    who: Who
    label: str

    @property
    def by(self) -> str:
        """Who acts, in the screen's word."""
        return self.who.value


NOTHING = Step(Who.NOBODY, "")
GIVE_CARD = Step(Who.YOU, "Donner une carte")
TYPE_CARD = Step(Who.PUPIL, "Taper le code de sa carte")
OPEN_TILE = Step(Who.PUPIL, "Ouvrir la tuile Médiacentre")
SIGN_IN = Step(Who.PUPIL, "Se connecter avec son identifiant")
SIGN_IN_BY_MAIL = Step(Who.PUPIL, "Se connecter avec son adresse mail")
CONFIRM_CLASS = Step(Who.SECRETARIAT, "Confirmer la classe")
ADD_INE = Step(Who.SECRETARIAT, "Ajouter l’INE")
STEPS = (NOTHING, GIVE_CARD, TYPE_CARD, OPEN_TILE, SIGN_IN, SIGN_IN_BY_MAIL, CONFIRM_CLASS, ADD_INE)


def next_step(facts: Facts) -> Step:
    """The one next step for this pupil.

    A way in comes first: whoever has none cannot start a lesson. What the secretariat corrects comes once the pupil
    is in, because nothing waits for it until the next import.
    """
    ladder = (
        (not facts.present, NOTHING),
        (facts.card, TYPE_CARD),
        (not facts.owned, GIVE_CARD),
        (facts.target == MEDIACENTRE and MEDIACENTRE not in facts.modes, OPEN_TILE),
        (not facts.entered, _first_entry(facts)),
        (not facts.division, CONFIRM_CLASS),
        (not facts.has_ine, ADD_INE),
    )
    return next((step for holds, step in ladder if holds), NOTHING)


def _first_entry(facts: Facts) -> Step:
    if MEDIACENTRE in facts.modes and (facts.target == MEDIACENTRE or USERNAME not in facts.modes):
        return OPEN_TILE
    if USERNAME in facts.modes:
        return SIGN_IN
    return SIGN_IN_BY_MAIL if EMAIL in facts.modes else GIVE_CARD
