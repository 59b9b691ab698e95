"""One pupil in front of one screen: what they type, what they remember, and whom they must call."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import RequestFactory

from bench.rentree.people import EMAIL, MEDIACENTRE, USERNAME, Person, rates
from bench.rentree.world import Office, World
from preau.accounts.models import Account
from preau.attachments.matching import Typed
from preau.attachments.models import HelpRequest
from preau.rosterfiles.names import fold
from preau.rosters.models import Learner

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
REQUESTS = RequestFactory()


@dataclass(frozen=True)
class Ask:
    """A hand is raised: an adult comes when free, for so long."""

    what: str


class GivesUp(Exception):
    """Nothing more to try in this lesson: the office will see to it."""


Steps = Generator[float | Ask, datetime, datetime]


@dataclass
class Visit:
    """A pupil at one lesson; `lesson` is 1, 2 or 3."""

    world: World
    office: Office
    person: Person
    learner: Learner
    lesson: int
    request: Any = None
    calling: HelpRequest | None = None
    entered: bool = False
    drawn: int = field(default=0)

    def __post_init__(self) -> None:
        self.request = REQUESTS.get("/")
        self.request.session = SessionStore()
        self.request.user = AnonymousUser()

    @property
    def user(self) -> Account | None:
        """Who is signed in on this screen."""
        return self.request.user if isinstance(self.request.user, Account) else None

    @user.setter
    def user(self, account: Account | None) -> None:
        self.request.user = account or AnonymousUser()

    def befalls(self, kind: str, what: str) -> bool:
        """Whether an error of one moment happens now."""
        self.drawn += 1
        return self._met(what, self.person.draws(what, rates()[kind][what], self.lesson, self.drawn))

    def always(self, kind: str, what: str) -> bool:
        """Whether this is so for this pupil, all year."""
        return self._met(what, self.person.draws(what, rates()[kind][what]))

    def _met(self, what: str, happens: bool) -> bool:
        if happens:
            self.world.meets(what, self.person.id)
        return happens

    def takes(self, *what: str) -> float:
        """Seconds of the pupil's own."""
        return float(sum(rates()["secondes_d_eleve"][one] for one in what))

    @property
    def knows_password(self) -> bool:
        """Whether they can type last year's identifier and password, alone or since an adult has seen to it."""
        if not self.remembers or self.person.id in self.world.renewed:
            return self.remembers
        return self.person.before != USERNAME or not self.always("memoire", "identifiant_oublie")

    @property
    def remembers(self) -> bool:
        """Whether they know last year's password; their identifier is shown, or printed on their card."""
        if self.person.before not in {USERNAME, EMAIL}:
            return False
        return self.person.id in self.world.renewed or not self.always("memoire", "mot_de_passe_oublie")

    def opens(self, account: Account | None) -> bool:
        """Whether they know the password of this account, named on the page: last year's, or one of this month."""
        if account is None:
            return False
        mine = account.pk == self.world.accounts.get(self.person.id)
        return account.pk in self.world.chosen or (mine and self.remembers)

    @property
    def old_account(self) -> Account | None:
        """The account of last year, wherever it is attached."""
        number = self.world.accounts.get(self.person.id)
        return Account.objects.get(pk=number) if number else None

    @property
    def has_tile(self) -> bool:
        """Whether the ENT shows the resource to this pupil: those who were in by the ENT have one everywhere."""
        said, school = rates()["ent"], self.office.school
        if MEDIACENTRE not in {school.target, self.person.before}:
            return False
        luck = Random(f"{school.uai}/{self.person.division}/tile").random()
        if self._met("classe_sans_tuile", luck < said["classe_sans_tuile"]):
            return False
        return not self.always("ent", "eleve_sans_tuile")

    @property
    def card(self) -> str:
        """The code of the card in their hands, or nothing."""
        code = self.world.cards.get(self.person.id, "")
        if not code or self.person.id in self.world.kept_cards:
            return code
        what = "carte_perdue_en_seance" if self.world.rules.in_hand else "carte_perdue"
        return "" if self.always("memoire", what) else code

    def call(self, what: str) -> Ask:
        """Raise a hand; whoever was not attached yet needed an adult for it."""
        self.world.help(self.person.id)
        self.world.count(what)
        return Ask(what)

    def attached(self) -> None:
        """Say that they are, alone or not."""
        self.world.attached_at.setdefault(self.person.id, self.lesson)

    def comes_in(self, account: Account) -> None:
        """They are in, with this account."""
        self.attached()
        self.entered = True
        if self.lesson == 1:
            self.world.first.add(self.person.id)
        self.world.users.setdefault(account.pk, set()).add(self.person.id)
        self.world.entered.setdefault(self.person.id, account.pk)

    def fingers(self) -> Typed:
        """Names and birth date as this pupil types them now."""
        first, last = self.person.first_names[0], self.person.said_last_name
        if len(first) > 4 and self.befalls("doigts", "surnom"):
            first = first[:4]
        if _plain(first + last) != (first + last).casefold() and self.befalls("doigts", "sans_accent"):
            first, last = _plain(first), _plain(last)
        if self.befalls("doigts", "lettre_fausse"):
            at_last = Random(f"{self.person.id}/{self.drawn}").random() < 0.6
            first, last = (first, self._slip(last)) if at_last else (self._slip(first), last)
        return Typed(last.title(), first.title(), self._date())

    def _date(self) -> date:
        born = self.person.born
        if born.day <= 12 and born.day != born.month and self.befalls("doigts", "jour_mois_inverses"):
            return replace_date(born, month=born.day, day=born.month)
        if self.befalls("doigts", "chiffre_de_date_faux"):
            return replace_date(born, day=born.day % 28 + 1)
        return born

    def _slip(self, text: str) -> str:
        luck = Random(f"{self.person.id}/{self.lesson}/{self.drawn}")
        place = luck.randrange(len(text))
        letter = luck.choice("aeilnorstu")
        return text[:place] + luck.choice((letter, "", text[place] * 2)) + text[place + 1 :]

    def copied(self, code: str) -> str:
        """A code as typed: one symbol may be another."""
        if not self.befalls("doigts", "code_mal_recopie"):
            return code
        place = Random(f"{self.person.id}/{self.drawn}").randrange(len(code))
        other = (
            ALPHABET[(ALPHABET.index(code[place]) + 1) % len(ALPHABET)] if code[place] in ALPHABET else "A"
        )
        return code[:place] + other + code[place + 1 :]


def replace_date(born: date, **parts: int) -> date:
    """The same date but for these parts."""
    return born.replace(**parts)  # type: ignore[arg-type]


def _plain(text: str) -> str:
    return fold(text)
