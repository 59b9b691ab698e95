"""A pupil comes in: account, attachment, password and proof in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from preau.accounts.actions import choose_password
from preau.accounts.models import Account
from preau.accounts.usernames import free_usernames
from preau.attachments.actions.attach import attach
from preau.attachments.actions.cards import spend_card
from preau.attachments.actions.help import settle_help
from preau.attachments.finding import was_detached
from preau.attachments.models import Attachment, Card, HelpRequest, How
from preau.attachments.refusals import DetachedLately, LearnerLeft, LearnerTaken, PupilRefusal
from preau.rosters.models import Learner

# Each try waits for the homonym who was quicker: a whole school of homonyms would still end.
USERNAME_TRIES = 60


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that this is the pupil: a card, a yes of the staff, or else their names and birth date."""

    card: Card | None = None
    help_request: HelpRequest | None = None

    @property
    def how(self) -> How:
        """The word kept with the attachment."""
        if self.card is not None:
            return How.CARD
        return How.STAFF if self.help_request is not None else How.NAMES


@transaction.atomic
def enter_first(*, learner: Learner, proof: Proof, username: str, password: str, at: datetime) -> Account:
    """Make the pupil's account, or take up the one they have with a card, and set its password.

    `username` is the one that was shown; another is given if it was taken meanwhile. Raises ValidationError for the
    password, LearnerTaken (only a card opens an account that exists), LearnerLeft, DetachedLately, a CardRefusal,
    HelpOver, or PupilRefusal when the account was closed.
    """
    rows = Learner.objects.select_for_update(of=("self",)).select_related("establishment")
    found = rows.filter(pk=learner.pk).first()
    if found is None:  # the import that brought them was undone
        raise LearnerLeft
    learner = found
    attachment = Attachment.objects.active().filter(learner=learner).select_related("account").first()
    if attachment is not None and proof.card is None:
        raise LearnerTaken
    check_names_are_enough(learner, proof, at=at)
    if attachment is not None and not attachment.account.is_active:
        raise PupilRefusal  # whoever closed the account opens it again: the card stays good until then
    use_up(proof, at=at)
    if attachment is not None:
        account = name_account(account=attachment.account, learner=learner, username=username)
    else:
        account = make_account(learner, username)
        attach(learner=learner, account=account, how=proof.how, by=account, at=at)
    school = learner.establishment
    choose_password(
        account=account, password=password, at=at, personal=(school.name, school.town), uai=school.uai
    )
    return account


@transaction.atomic
def join_school(*, learner: Learner, account: Account, proof: Proof, at: datetime) -> Attachment:
    """Attach the account that is signed in to one more pupil record: the same person in a new school."""
    check_names_are_enough(learner, proof, at=at)
    use_up(proof, at=at)
    return attach(learner=learner, account=account, how=proof.how, by=account, at=at)


def check_names_are_enough(learner: Learner, proof: Proof, *, at: datetime) -> None:
    """After a detachment by staff, only a card or a help code proves, for thirty days; raises DetachedLately."""
    if proof.how == How.NAMES and was_detached(learner=learner, at=at):
        raise DetachedLately


def proposed_username(learner: Learner) -> str:
    """The identifier this pupil would get now."""
    return free_usernames([(learner.first_name, learner.shown_last_name)])[0]


def name_account(*, account: Account, learner: Learner, username: str) -> Account:
    """Give an identifier to an account that has none (it came by mail or by the Médiacentre)."""
    if account.username is None:
        for candidate in _usernames(learner, username):
            try:
                with transaction.atomic():
                    Account.objects.filter(pk=account.pk, username=None).update(username=candidate)
                break
            except IntegrityError:
                continue
        account.refresh_from_db(fields=["username"])
    return account


def make_account(learner: Learner, username: str = "", *, named: bool = True) -> Account:
    """Make an account without a password for this pupil; without an identifier when it is not `named`."""
    for candidate in _usernames(learner, username) if named else [None]:
        account = Account(
            username=candidate,
            first_name=learner.first_name,
            last_name=learner.shown_last_name,
            birth_date=learner.birth_date,
        )
        account.set_unusable_password()
        try:
            with transaction.atomic():
                account.save(force_insert=True)
        except IntegrityError:
            continue
        return account
    raise RuntimeError("no free identifier after many tries")


def _usernames(learner: Learner, shown: str) -> Iterator[str]:
    """The identifier that was shown, then whatever is free at each new try."""
    if shown:
        yield shown
    for _ in range(USERNAME_TRIES):
        yield proposed_username(learner)


def use_up(proof: Proof, *, at: datetime) -> None:
    """Spend the card, settle the yes of the staff; raises a CardRefusal or HelpOver."""
    if proof.card is not None:
        spend_card(card=proof.card, at=at)
    if proof.help_request is not None:
        settle_help(help_request=proof.help_request, at=at)
