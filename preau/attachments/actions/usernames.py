"""Identifiers for many pupils at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from preau.accounts.actions import NewAccount, make_accounts
from preau.accounts.models import Account
from preau.accounts.usernames import free_usernames
from preau.attachments.models import Attachment, How
from preau.audit.actions import record_many
from preau.establishments.models import Establishment
from preau.rosters.models import Learner

TRIES = 5


@dataclass(frozen=True, slots=True)
class GivenUsernames:
    """What was done: pupils who got an identifier, how many had one, how many have left and got nothing."""

    given: list[tuple[Learner, Account]]
    had: int
    left: int


@transaction.atomic
def give_usernames(*, learners: Sequence[Learner], by: Account | None, at: datetime) -> GivenUsernames:
    """Give an identifier to each pupil who has none, making and attaching an account where there is no account.

    All pupils are of one school. A handful of statements whatever the number; passwords come with the cards.
    """
    chosen = [learner.pk for learner in learners]
    locked = Learner.objects.present().filter(pk__in=chosen).order_by("pk").select_for_update()
    present = {learner.pk: learner for learner in locked}
    if not present:
        return GivenUsernames([], had=0, left=len(set(chosen)))
    attachments = Attachment.objects.active().filter(learner__in=present).select_related("account")
    accounts = {attachment.learner_id: attachment.account for attachment in attachments}
    without = [present[pk] for pk in dict.fromkeys(chosen) if pk in present and pk not in accounts]
    unnamed = [(present[pk], account) for pk, account in accounts.items() if account.username is None]
    name_accounts(unnamed)
    given = unnamed + _make_and_attach(without, by=by, at=at)
    (establishment_id,) = {learner.establishment_id for learner in present.values()}
    people = [(learner.pk, learner.display_name) for learner, _ in given]
    uai = Establishment.objects.get(pk=establishment_id).uai
    record_many(verb="identifiant-donne", at=at, by=by, uai=uai, people=people)
    return GivenUsernames(given, had=len(present) - len(given), left=len(set(chosen)) - len(present))


def _make_and_attach(
    learners: list[Learner], *, by: Account | None, at: datetime
) -> list[tuple[Learner, Account]]:
    if not learners:
        return []
    people = [NewAccount(one.first_name, one.shown_last_name, one.birth_date) for one in learners]
    made = list(zip(learners, make_accounts(people, at=at), strict=True))
    Attachment.objects.bulk_create(
        [
            Attachment(
                learner=learner,
                establishment_id=learner.establishment_id,
                account=account,
                made_at=at,
                made_by=by,
                made_how=How.BULK,
            )
            for learner, account in made
        ],
        batch_size=2000,
    )
    return made


def name_accounts(people: list[tuple[Learner, Account]]) -> None:
    """Add an identifier to accounts that came by mail or by the Médiacentre: the modes cumulate."""
    if not people:
        return
    for attempt in range(TRIES):
        usernames = free_usernames([(learner.first_name, learner.shown_last_name) for learner, _ in people])
        for (_, account), username in zip(people, usernames, strict=True):
            account.username = username
        try:
            with transaction.atomic():
                Account.objects.bulk_update([account for _, account in people], ["username"], batch_size=500)
        except IntegrityError:
            if attempt == TRIES - 1:
                raise
        else:
            return
