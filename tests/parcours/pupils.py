"""Pupils who are in a campaign of Préau's parcours, for the tests of this room and of campaigns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from preau.accounts.models import Account
from preau.attachments.models import Attachment, How
from preau.campaigns import actions as campaigns
from preau.campaigns.actions import CampaignWish
from preau.campaigns.models import Campaign, CampaignKind
from preau.parcours import actions
from preau.parcours.composing import compose
from preau.parcours.editions import bank_of_edition
from preau.parcours.items import Item, Kind, Question, check, present
from preau.parcours.models import Attempt
from preau.parcours.plans import Plan
from preau.rosters.models import Learner
from tests.world import World

SHORT = Plan("Chercher et vérifier", ("1.1", "1.3"), 1, 8, length=6)


def account_of(learner: Learner) -> Account:
    """An account attached to this pupil."""
    account = Account.objects.create(username=f"eleve{learner.pk}", first_name=learner.first_name)
    Attachment.objects.create(
        learner=learner,
        establishment=learner.establishment,
        account=account,
        made_at=timezone.now(),
        made_how=How.CARD,
    )
    return account


def short_campaign(world: World, *, plan: Plan = SHORT, **more: Any) -> Campaign:
    """A campaign open now, that leads to a short composed parcours."""
    now = timezone.now()
    composed = compose(establishment=world.tilleuls, plan=plan, by=world.boeuf, at=now)
    wish = CampaignWish(
        "Parcours de rentrée",
        "",
        now - timedelta(days=1),
        now + timedelta(days=30),
        (),
        kind=CampaignKind.COMPOSED,
        parcours=composed,
        **more,
    )
    return campaigns.create_campaign(establishment=world.tilleuls, wish=wish, by=world.boeuf, at=now)


def item_of(attempt: Attempt) -> Item:
    """The question shown now."""
    return bank_of_edition(attempt.edition_id).item(attempt.item_id)


def anything(attempt: Attempt) -> dict[str, list[str]]:
    """Some answer that can be judged."""
    return judgeable(present(item_of(attempt), attempt.seed))


def judgeable(question: Question) -> dict[str, list[str]]:
    """The same for a question that no attempt shows."""
    if question.kind == Kind.NUMBER:
        return {"answer": ["-987654"]}
    if not question.rows:
        return {"answer": ["1"]}
    return {
        row.name: [row.choices[min(n, len(row.choices) - 1)].value] for n, row in enumerate(question.rows)
    }


def right_answer(attempt: Attempt) -> dict[str, list[str]]:
    """The right answer, found as a pupil who knows would: by what the question expects."""
    return right_answer_of(item_of(attempt), attempt.seed)


def right_answer_of(item: Item, seed: int | str) -> dict[str, list[str]]:
    """The same for a question that no attempt shows."""
    question = present(item, seed)
    expected = check(item, seed, judgeable(question)).expected
    if question.kind in (Kind.SINGLE, Kind.MULTIPLE):
        wanted = expected.split(" ; ") if question.kind == Kind.MULTIPLE else [expected]
        labels = {one.label.rstrip("."): one.value for one in question.choices}
        return {"answer": [labels[one.rstrip(".")] for one in wanted]}
    if question.kind in (Kind.TEXT, Kind.NUMBER):
        return {"answer": [expected]}
    if question.kind == Kind.ORDER:
        steps = expected.split(" → ")
        return {row.name: [str(steps.index(row.label.rstrip(".")) + 1)] for row in question.rows}
    pairs = dict(one.rsplit(" : ", 1) for one in expected.split(" ; "))
    return {
        row.name: [
            next(
                (c.value for c in row.choices if c.label.rstrip(".") == pairs.get(row.label.rstrip("."))),
                row.start,
            )
        ]
        for row in question.rows
    }


Says = Callable[[Attempt], dict[str, list[str]]]


def answer_now(
    attempt: Attempt, says: Says = anything, *, at: datetime | None = None, **more: Any
) -> Attempt:
    """One answer to the question shown."""
    values = {
        "rank": attempt.rank,
        "item_id": attempt.item_id,
        "key": attempt.key_of(attempt.rank),
        "given": more["given"] if "given" in more else says(attempt),
        "by": attempt.account,
        "at": at or timezone.now(),
    }
    return actions.answer(attempt=attempt, **(values | more))


def play_to_the_end(attempt: Attempt, says: Says = anything) -> Attempt:
    """Every question, one after the other."""
    while attempt.running:
        attempt = answer_now(attempt, says)
    return attempt
