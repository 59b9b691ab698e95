"""Give the questions that enough pupils have answered a difficulty of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from preau.parcours.bank import load_bank
from preau.parcours.editions import version_of
from preau.parcours.models import Answer, Attempt, Calibration
from preau.parcours.rasch import calibrate


@transaction.atomic
def calibrate_bank(*, at: datetime) -> Calibration | None:
    """Weigh each question of today's bank by the answers of every sent attempt; None when none has enough of them.

    A pupil's level comes from their other competences: the question itself must not say how able its pupils are.
    Attempts that have begun keep the difficulties they began with.
    """
    versions = {item.id: version_of(item) for item in load_bank().items}
    levels = {
        pk: {one["competence"]: one["theta"] for one in said}
        for pk, said in Attempt.objects.sent().values_list("pk", "levels").iterator()
    }
    answers: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    rows = Answer.objects.of_sent().values_list("attempt", "item_id", "item_version", "competence", "right")
    for attempt, item, version, competence, right in rows.iterator():
        theta = _elsewhere(levels.get(attempt, {}), competence)
        if theta is not None and versions.get(item) == version:
            answers[item].append((theta, right))
    found = {item: calibrate(said) for item, said in answers.items()}
    difficulties = {item: round(one, 2) for item, one in found.items() if one is not None}
    if not difficulties:
        return None
    counted = sum(len(answers[item]) for item in difficulties)
    return Calibration.objects.create(difficulties=difficulties, answers=counted, made_at=at)


def _elsewhere(levels: Mapping[str, float], competence: str) -> float | None:
    """The mean level in the other competences; None when there is no other."""
    return _mean(theta for name, theta in levels.items() if name != competence)


def _mean(values: Iterable[Any]) -> float | None:
    known = list(values)
    return sum(known) / len(known) if known else None
