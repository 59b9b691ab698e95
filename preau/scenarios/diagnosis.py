"""Facts about one pupil → their situation, the one next step, who does it, what it needs, and why.

Pure, and defined for every combination of facts. The words of each answer are in `words.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from preau.scenarios import words
from preau.scenarios.words import Need, Situation, Step, Who

MEDIACENTRE, USERNAME, EMAIL = "MEDIACENTRE", "USERNAME", "EMAIL"


class Roster(Enum):
    """What the base élèves says of this pupil."""

    UNKNOWN = "UNKNOWN"
    PRESENT = "PRESENT"
    LEFT = "LEFT"


class Known(Enum):
    """Whether an account is known for this pupil: none, one that nobody dared to attach, or one attached here."""

    NONE = "NONE"
    DOUBTED = "DOUBTED"
    ATTACHED = "ATTACHED"


class Password(Enum):
    """How the account is opened without the Médiacentre.

    ONE_TIME: the pupil holds a card that would open a door now, and that they still need. OWN: they chose a
    password. THROTTLED: they chose one, and have typed too many wrong ones to try again at once.
    """

    NONE = "NONE"
    ONE_TIME = "ONE_TIME"
    OWN = "OWN"
    THROTTLED = "THROTTLED"


class Seen(Enum):
    """The nearest pupil that the Médiacentre has sent: nobody, somebody of the school, of the class, this very one."""

    NOBODY = "NOBODY"
    SCHOOL = "SCHOOL"
    CLASS = "CLASS"
    PUPIL = "PUPIL"


class Age(Enum):
    """On which side of the fifteenth birthday the pupil is today."""

    UNKNOWN = "UNKNOWN"
    UNDER_15 = "UNDER_15"
    FROM_15 = "FROM_15"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a pupil; `modes` are those of the attached account, `target` the school's chosen mode.

    `entered`: signed in since the rentrée, by whatever mode; `by_tile`: came by the Médiacentre since the rentrée.
    """

    roster: Roster = Roster.PRESENT
    has_class: bool = True
    has_ine: bool = True
    age: Age = Age.UNDER_15
    account: Known = Known.NONE
    modes: frozenset[str] = frozenset()
    target: str = USERNAME
    password: Password = Password.NONE
    seen: Seen = Seen.NOBODY
    entered: bool = False
    by_tile: bool = False

    @property
    def held(self) -> frozenset[str]:
        """The modes that open this school: those of an account that nobody attached open nothing here."""
        return self.modes if self.account is Known.ATTACHED else frozenset()

    @property
    def wants_tile(self) -> bool:
        """Whether the school chose the Médiacentre; a school that chose the mail is, before 15, one of identifiers."""
        return self.target == MEDIACENTRE

    @property
    def named(self) -> bool:
        """Whether something can be typed to enter; from 15 an address counts as an identifier (rentree.md §1)."""
        return bool(self.held & {USERNAME, EMAIL})


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The one answer for a pupil, in words for the staff (*vous*) and for the pupil (*tu*)."""

    situation: Situation
    step: Step
    needs: tuple[Need, ...]

    @property
    def who(self) -> Who:
        """Who acts next."""
        return self.step.who

    @property
    def why(self) -> str:
        """Why this step, for an adult."""
        return " ".join(filter(None, (self.situation.why, self.step.why)))

    @property
    def pupil_why(self) -> str:
        """Why this step, for the pupil."""
        return " ".join(self.pupil_whys)

    @property
    def pupil_whys(self) -> tuple[str, ...]:
        """The same, sentence by sentence: each has its translation."""
        return tuple(filter(None, (self.situation.pupil_why, self.step.pupil_why)))


def diagnose(facts: Facts) -> Diagnosis:
    """The one situation, next step, who does it, what it needs and why, for any combination of facts.

    A way in comes first: whoever has none cannot start a lesson. What the secretariat corrects comes once the pupil
    is in, because nothing waits for it until the next import.
    """
    situation = situation_of(facts)
    step = _step(facts, situation)
    return Diagnosis(situation, step, _needs(facts, situation, step))


def situation_of(facts: Facts) -> Situation:
    """The row of the leaflet, or what comes before and after it (rentree.md §1)."""
    if facts.roster is Roster.UNKNOWN:
        return words.NOT_ENROLLED
    if facts.roster is Roster.LEFT:
        return words.GONE
    if facts.account is Known.DOUBTED:
        return words.TO_DECIDE
    if EMAIL in facts.held and facts.age is Age.UNDER_15:
        return words.MAIL_TOO_YOUNG
    if not facts.held:
        return words.NO_ACCOUNT
    return words.DONE if _arrived(facts) else _crossing(facts)


def _arrived(facts: Facts) -> bool:
    """Whether the pupil has come in since the rentrée in the way the school chose, and can again."""
    if facts.password is Password.ONE_TIME or not facts.entered:
        return False
    if facts.wants_tile:
        return MEDIACENTRE in facts.held and facts.by_tile
    return facts.named and facts.password is Password.OWN


def _crossing(facts: Facts) -> Situation:
    by_tile = MEDIACENTRE in facts.held
    if facts.wants_tile:
        return words.MEDIACENTRE_TO_MEDIACENTRE if by_tile else words.USERNAME_TO_MEDIACENTRE
    # An identifier that was given to somebody who comes by the tile still needs its first password.
    usable = facts.named and not (by_tile and facts.password is Password.NONE)
    return words.USERNAME_TO_USERNAME if usable else words.MEDIACENTRE_TO_USERNAME


def _step(facts: Facts, situation: Situation) -> Step:
    """The first rung that holds."""
    by_tile = MEDIACENTRE in facts.held
    # The card is then the proof that the tile asks for: one way in at once, instead of two, one after the other.
    card_at_tile = facts.wants_tile and not by_tile and facts.seen is not Seen.NOBODY
    ladder = (
        (situation is words.NOT_ENROLLED, words.ADD_PUPIL),
        (situation is words.GONE, words.NOTHING),
        (situation is words.MAIL_TOO_YOUNG, words.CONVERT_MAIL),
        (facts.password is Password.ONE_TIME, words.OPEN_TILE if card_at_tile else words.TYPE_CARD),
        (situation is words.TO_DECIDE, words.DECIDE),
        (_blocked(facts), words.UNBLOCK),
        (facts.wants_tile and situation is not words.DONE, _tile(facts)),
        (situation is words.NO_ACCOUNT, words.GIVE_CARD),
        (situation is words.MEDIACENTRE_TO_USERNAME and not facts.named, words.GIVE_USERNAME),
        (facts.password is Password.NONE and not facts.wants_tile, words.GIVE_CARD),
        (not facts.entered, words.SIGN_IN if USERNAME in facts.held else words.SIGN_IN_BY_MAIL),
        (not facts.has_class, words.CONFIRM_CLASS),
        (not facts.has_ine, words.ADD_INE),
        (facts.age is Age.UNKNOWN, words.ADD_BIRTH_DATE),
    )
    return next((step for holds, step in ladder if holds), words.NOTHING)


def _blocked(facts: Facts) -> bool:
    """Whether wrong passwords bar the way the pupil is to take; the tile does not ask for one once it knows them."""
    if facts.password is not Password.THROTTLED or not facts.named:
        return False
    return not (facts.wants_tile and MEDIACENTRE in facts.held)


def _tile(facts: Facts) -> Step:
    """The tile is opened by the pupil, once the Médiacentre shows it to somebody of the school."""
    shown = facts.seen is not Seen.NOBODY or MEDIACENTRE in facts.held
    return words.OPEN_TILE if shown else words.SHOW_TILE


def _needs(facts: Facts, situation: Situation, step: Step) -> tuple[Need, ...]:
    """What must be at hand for the step (rentree.md §1, « Needs today »)."""
    if step is not words.OPEN_TILE or MEDIACENTRE in facts.held:
        return step.needs
    if facts.password is Password.ONE_TIME:
        proof = Need.CARD
    else:
        # An identifier that nobody has used yet is taken up as an account would be made (`attachments.arriving`).
        unused = facts.password is Password.NONE
        proof = Need.NAMES if unused or situation is words.NO_ACCOUNT else Need.PASSWORD_OR_CARD
    return (*step.needs, proof)
