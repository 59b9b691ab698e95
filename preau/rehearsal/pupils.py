"""What the pupils of an invented school have lived since the rentrée, class by class, through the real deeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from random import Random

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from preau.accounts.actions import NewAccount, make_accounts, set_email
from preau.accounts.age import may_use_email
from preau.accounts.models import Account
from preau.attachments.actions import attach, detach, give_usernames, spend_card
from preau.attachments.models import Attachment, Card, How
from preau.audit.actions import record
from preau.classroom.actions import USUAL, close_session, open_session
from preau.establishments.models import Establishment, Membership
from preau.handouts.actions import new_token, prepare_batch
from preau.rehearsal import calendar
from preau.rehearsal.calendar import Calendar
from preau.rehearsal.schools import PASSWORD, School
from preau.rosters.class_order import class_rank
from preau.rosters.models import Division, Learner


class Story(Enum):
    """How far a class is."""

    ENTERED = auto()  # identifiers, then cards, then a lesson: nearly all are in
    EARLY = auto()  # cards without identifiers, at the very beginning: those not used are out of date
    NAMES = auto()  # no card: a lesson where they said their names
    PRINTED = auto()  # cards in the drawer
    NAMED = auto()  # identifiers made in bulk, never used
    NOTHING = auto()


# In the order of the classes, over and over: the first six show everything, the others a rentrée well under way.
STORIES = (
    *(Story.ENTERED, Story.EARLY, Story.NAMES, Story.PRINTED, Story.NAMED, Story.NOTHING),
    *(Story.ENTERED, Story.ENTERED, Story.NAMES, Story.ENTERED, Story.PRINTED, Story.ENTERED),
)
CAME = {Story.ENTERED: 0.9, Story.EARLY: 0.6, Story.NAMES: 0.75}  # to the lesson


@dataclass
class Rentree:
    """An invented school while its story is told; `entered` are those who are in, with their pupil."""

    school: School
    establishment: Establishment
    referent: Membership
    calendar: Calendar
    rng: Random
    entered: list[tuple[Learner, Account]] = field(default_factory=list)

    def classes(self, *stories: Story) -> Iterator[list[Learner]]:
        """The pupils of each class that has one of these stories, in order; without those who came in elsewhere."""
        already = {learner.pk for learner, _ in self.entered}
        for present in self.everybody(*stories):
            yield [one for one in present if one.pk not in already]

    def everybody(self, *stories: Story) -> Iterator[list[Learner]]:
        """The pupils of each class that has one of these stories, in order."""
        for place, division in enumerate(self.in_order()):
            if STORIES[place % len(STORIES)] in stories:
                present = division.learners.present().in_list_order()
                yield list(present.select_related("division", "establishment"))

    def in_order(self) -> list[Division]:
        """The classes, as schools say them."""
        return sorted(self.establishment.divisions.all(), key=lambda one: class_rank(one.name))

    def who_came(self, pupils: Sequence[Learner], story: Story) -> list[Learner]:
        """Some of a class, at least one."""
        return [one for one in pupils if self.rng.random() < CAME[story]] or list(pupils[:1])

    def print_cards(self, pupils: Sequence[Learner], *, at: datetime) -> None:
        """Prepare a batch, as the référente does from the Élèves tab."""
        if pupils:
            by = self.referent.account
            prepare_batch(membership=self.referent, learners=pupils, token=new_token(), by=by, at=at)


def first_lessons(rentree: Rentree) -> None:
    """Cards without identifiers: a first try with a few classes, too early for some."""
    days = rentree.calendar
    for pupils in rentree.classes(Story.EARLY):
        rentree.print_cards(pupils, at=days.lesson(calendar.FIRST_CARDS, 17))
        came = rentree.who_came(pupils, Story.EARLY)
        _enter(rentree, came, _new_accounts(came), How.CARD, at=days.lesson(calendar.FIRST_LESSON, 10))


def names_lessons(rentree: Rentree) -> None:
    """Classes where nothing was handed out: each pupil types their names and birth date."""
    for place, pupils in enumerate(rentree.classes(Story.NAMES)):
        at = rentree.calendar.lesson(calendar.NAMES_LESSON - place % 3, 9 + place % 7)
        came = rentree.who_came(pupils, Story.NAMES)
        _enter(rentree, came, _new_accounts(came), How.NAMES, at=at)


def cards_lessons(rentree: Rentree) -> None:
    """The large batches: identifiers for whole classes, cards for most, a lesson for some."""
    days, by = rentree.calendar, rentree.referent.account
    evening = days.lesson(calendar.SECOND_CARDS, 16)
    given = list(rentree.classes(Story.ENTERED, Story.PRINTED, Story.NAMED))
    give_usernames(learners=[one for pupils in given for one in pupils], by=by, at=evening)
    for pupils in rentree.classes(Story.ENTERED, Story.PRINTED):
        rentree.print_cards(pupils, at=evening)
    for place, pupils in enumerate(rentree.classes(Story.ENTERED)):
        came = rentree.who_came(pupils, Story.ENTERED)
        theirs = Attachment.objects.active().filter(learner__in=came).select_related("account")
        accounts = {one.learner_id: one.account for one in theirs}
        at = days.lesson(calendar.CARDS_LESSONS - place % 4, 8 + place % 9)
        division = Division.objects.get(learners=came[0])
        lesson = open_session(division=division, minutes=USUAL, by=by, at=at)
        _enter(rentree, came, [accounts[one.pk] for one in came], How.CARD, at=at)
        close_session(session=lesson, by=None, at=lesson.closes_at)


def _new_accounts(pupils: Sequence[Learner]) -> list[Account]:
    people = [NewAccount(one.first_name, one.shown_last_name, one.birth_date) for one in pupils]
    return make_accounts(people, at=timezone.now())


def _enter(
    rentree: Rentree, pupils: Sequence[Learner], accounts: Sequence[Account], how: How, *, at: datetime
) -> None:
    """A lesson: each pupil spends their card if they have one, is attached, chooses a password and is in."""
    # One slow digest for all, of a password that everybody may know: these pupils are invented, and hundreds of
    # digests would take most of the time of the first run. Real passwords are digested one by one.
    digest = make_password(PASSWORD)
    uai = rentree.establishment.uai
    cards = {card.learner_id: card for card in _valid_cards(rentree, pupils, at=at)}
    for learner, account in zip(pupils, accounts, strict=True):
        moment = at + timedelta(seconds=rentree.rng.randrange(120, 2400))
        if how is How.CARD:
            spend_card(card=cards[learner.pk], at=moment)
        attach(learner=learner, account=account, how=how, by=account, at=moment)
        account.password, account.password_chosen_at, account.last_login = digest, moment, moment
        record(verb="mot-de-passe-choisi", at=moment, by=account, uai=uai)
        rentree.entered.append((learner, account))
    Account.objects.bulk_update(accounts, ["password", "password_chosen_at", "last_login"])


def _valid_cards(rentree: Rentree, pupils: Sequence[Learner], *, at: datetime) -> list[Card]:
    cards = Card.objects.valid(at).filter(learner__in=pupils)
    return list(cards.select_related("learner__establishment"))


def detach_some(rentree: Rentree, *, how_many: int = 2) -> None:
    """Two pupils had each other's card: the référente detaches them."""
    at = rentree.calendar.lesson(calendar.DETACHED, 11)
    chosen = [learner.pk for learner, _ in rentree.entered[1 : 1 + how_many]]
    for attachment in Attachment.objects.opening().filter(learner__in=chosen).order_by("pk"):
        why = "Deux élèves avaient échangé leurs cartes."
        detach(attachment=attachment, why=why, by=rentree.referent.account, at=at)


def reprint_some(rentree: Rentree, *, how_many: int = 3) -> None:
    """A few lost their card: the new one voids it."""
    for pupils in rentree.classes(Story.PRINTED):
        rentree.print_cards(pupils[:how_many], at=rentree.calendar.lesson(calendar.THIRD_IMPORT, 11))
        return


def come_back(rentree: Rentree) -> list[tuple[Learner, Account]]:
    """Half of those who are in came again these last days, some by mail once they are fifteen; return that half."""
    by_mail = _give_mails(rentree) if rentree.school.mails else []
    still_here = set(
        Learner.objects.present().filter(establishment=rentree.establishment).values_list("pk", flat=True)
    )
    back = [one for one in rentree.entered if one[0].pk in still_here][::2]
    again = [account for _, account in back]
    for account in again:
        days, hour = rentree.rng.randrange(1, calendar.LAST_LOGINS), rentree.rng.randrange(8, 18)
        account.last_login = rentree.calendar.lesson(days, hour) + timedelta(
            minutes=rentree.rng.randrange(60)
        )
        record(verb="connexion", at=account.last_login, by=account, uai=rentree.establishment.uai)
    # The last four keep their mail alone, as accounts made elsewhere will.
    for account in by_mail[-4:]:
        account.username = None
    Account.objects.bulk_update(
        {one.pk: one for one in [*again, *by_mail]}.values(), ["last_login", "username"]
    )
    return back


def _give_mails(rentree: Rentree) -> list[Account]:
    today = timezone.localdate(rentree.calendar.now)
    old_enough = [
        account
        for _, account in rentree.entered
        if account.birth_date is not None and may_use_email(account.birth_date, on=today)
    ]
    chosen = old_enough[-rentree.school.mails :]
    for account in chosen:
        set_email(
            account=account,
            email=rentree.school.address(account.username or "eleve"),
            at=rentree.calendar.now,
        )
    return chosen
