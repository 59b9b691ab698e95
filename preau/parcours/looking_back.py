"""What a pupil reads of their answers: what was right and why, about which level, what to try next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from preau.parcours.bank import Bank
from preau.parcours.editions import bank_of_edition
from preau.parcours.framework import Competence, competence
from preau.parcours.items import Outcome, Question, check, present
from preau.parcours.models import Answer, Attempt

TRY_NEXT = 3


@dataclass(frozen=True, slots=True)
class LookedBack:
    """One answer, in words."""

    rank: int
    prompt: str
    outcome: Outcome
    passed: bool
    competence: Competence


@dataclass(frozen=True, slots=True)
class Reached:
    """One competence at the end: « à peu près niveau 3 », and between which levels we are nearly sure."""

    competence: Competence
    level: int
    low: int
    high: int
    top: int
    asked: int

    @property
    def sure(self) -> bool:
        return self.low == self.high

    @property
    def pips(self) -> list[dict[str, Any]]:
        """One square a level: where it stands in the picture, and whether it is full."""
        return [{"x": 12 * place, "full": place < self.level} for place in range(self.top)]

    @property
    def width(self) -> int:
        return 12 * self.top - 2


@dataclass(frozen=True, slots=True)
class Advice:
    """What to try next: a skill not shown yet, the first one above the pupil, and why from a question they had."""

    competence: Competence
    statement: str
    explanation: str


def looked_back(attempt: Attempt, answers: Iterable[Answer]) -> list[LookedBack]:
    """These answers, judged again with the questions the attempt began with."""
    bank = bank_of_edition(attempt.edition_id)
    return [_look(attempt, one, bank) for one in answers]


def _look(attempt: Attempt, answer: Answer, bank: Bank) -> LookedBack:
    item = bank.item(answer.item_id)
    return LookedBack(
        rank=answer.rank,
        prompt=present(item, attempt.seed).prompt,
        outcome=_outcome(attempt, answer, bank),
        passed=answer.passed,
        competence=competence(answer.competence),
    )


def _outcome(attempt: Attempt, answer: Answer, bank: Bank) -> Outcome:
    item = bank.item(answer.item_id)
    given = anything(present(item, attempt.seed)) if answer.passed else answer.given
    return check(item, attempt.seed, given)


def anything(question: Question) -> dict[str, list[str]]:
    """Some answer that can be judged: what was expected is said of a question that was passed too."""
    if question.rows:
        places = enumerate(question.rows)
        return {row.name: [row.choices[min(n, len(row.choices) - 1)].value] for n, row in places}
    return {"answer": ["1"]}


def results_of(attempt: Attempt) -> dict[str, Any]:
    """What the end page shows: levels, and what to try next."""
    reached = [
        Reached(
            competence(one["competence"]), one["level"], one["low"], one["high"], one["top"], one["asked"]
        )
        for one in attempt.levels
    ]
    return {"reached": reached, "advice": _advice(attempt)}


def _advice(attempt: Attempt) -> list[Advice]:
    """The easiest questions that were missed, one a competence: the next steps, not the farthest."""
    bank = bank_of_edition(attempt.edition_id)
    missed = sorted(attempt.answers.filter(right=False, level__gte=1), key=lambda one: (one.level, one.rank))
    seen: set[str] = set()
    advice: list[Advice] = []
    for answer in missed:
        if answer.competence not in seen and len(advice) < TRY_NEXT:
            seen.add(answer.competence)
            item = bank.item(answer.item_id)
            advice.append(
                Advice(
                    competence(answer.competence),
                    item.skill.statement,
                    _outcome(attempt, answer, bank).explanation,
                )
            )
    return advice
