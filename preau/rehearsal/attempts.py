"""Pupils at the parcours of Préau: each as able as chance made them, some right to the end, some still on their way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from preau.accounts.models import Account
from preau.parcours.actions import answer, send
from preau.parcours.adaptive import success
from preau.parcours.editions import bank_of_edition
from preau.parcours.items import AnswerRefused, Item, check, present
from preau.parcours.looking_back import anything
from preau.parcours.models import Attempt

TRIES = (
    5  # guesses at a question before a pupil who knows gives up: some kinds have no short way to the answer
)


def go_through(
    attempt: Attempt, *, account: Account, rng: Random, at: datetime, until: int | None = None
) -> None:
    """Answer to the end and send, or stop after some questions."""
    ability = rng.gauss(3, 1.3)
    while attempt.running and (until is None or attempt.answered < until):
        at += timedelta(seconds=rng.randrange(12, 70))
        item = bank_of_edition(attempt.edition_id).item(attempt.item_id)
        knows = rng.random() < success(ability, item.skill.level)
        attempt = answer(
            attempt=attempt,
            rank=attempt.rank,
            item_id=item.id,
            key=attempt.key_of(attempt.rank),
            given=_given(item, attempt.seed, knows=knows),
            passed=not knows and rng.random() < 0.2,
            by=account,
            at=at,
        )
    if until is None:
        send(attempt=attempt, by=account, at=at + timedelta(seconds=30))


def _given(item: Item, seed: int, *, knows: bool) -> dict[str, list[str]]:
    """An answer of somebody who knows, or who does not."""
    tried = list(_guesses(item, seed))
    for given in tried:
        try:
            if check(item, seed, given).right == knows:
                return given
        except AnswerRefused:
            continue
    return tried[0]


def _guesses(item: Item, seed: int) -> Iterator[dict[str, list[str]]]:
    question = present(item, seed)
    first = anything(question)
    yield first
    for choice in question.choices[1:TRIES]:
        yield {"answer": [choice.value]}
    if not question.choices and not question.rows:
        yield {"answer": [check(item, seed, first).expected]}
        yield {"answer": ["0"]}
