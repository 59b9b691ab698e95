"""Give the questions that enough pupils have answered a difficulty of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from preau.parcours.bank import load_bank
from preau.parcours.editions import version_of
from preau.parcours.items.luck import luck
from preau.parcours.models import OWN, Answer, Attempt, Calibration, SchoolItem
from preau.parcours.rasch import calibrate


@transaction.atomic
def calibrate_bank(*, at: datetime) -> Calibration | None:
    """Weigh each question of today's bank by the answers of every sent attempt; None when none has enough of them.

    A pupil's level comes from their other competences: the question itself must not say how able its pupils are.
    Attempts that have begun keep the difficulties they began with.
    """
    bank = load_bank()
    versions = {item.id: version_of(item) for item in bank.items}
    levels = {
        pk: {one["competence"]: one["theta"] for one in said}
        for pk, said in Attempt.objects.sent().of_real_pupils().values_list("pk", "levels").iterator()
    }
    answers: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    rows = Answer.objects.of_sent().values_list("attempt", "item_id", "item_version", "competence", "right")
    for attempt, item, version, competence, right in rows.iterator():
        theta = _elsewhere(levels.get(attempt, {}), competence)
        if theta is not None and versions.get(item) == version:
            answers[item].append((theta, right))
    found = {item: calibrate(said, luck=luck(bank.item(item))) for item, said in answers.items()}
    difficulties = {item: round(one, 2) for item, one in found.items() if one is not None}
    if not difficulties:
        return None
    counted = sum(len(answers[item]) for item in difficulties)
    return Calibration.objects.create(difficulties=difficulties, answers=counted, made_at=at)


@transaction.atomic
def calibrate_own() -> int:
    """Give a level to each school's question that has enough answers since it was last changed; say how many had one.

    It was asked beside the others and settled nothing: the pupil's whole level says how able they are.
    """
    waiting = {
        row.item.id: row
        for row in SchoolItem.objects.filter(calibrated=False).select_for_update(of=("self",))
    }
    rows = Answer.objects.of_sent().filter(item_id__startswith=OWN)
    kept = rows.values_list("attempt__levels", "item_id", "item_version", "right")
    versions = {name: version_of(row.item) for name, row in waiting.items()}
    answers: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for levels, name, version, right in kept.iterator():
        theta = _mean(one["theta"] for one in levels)
        if theta is not None and versions.get(name) == version:
            answers[name].append((theta, right))
    found = {name: calibrate(said, luck=luck(waiting[name].item)) for name, said in answers.items()}
    told = [waiting[name] for name, difficulty in found.items() if difficulty is not None]
    for row in told:
        row.calibrated, row.level = True, max(1, min(8, round(found[row.item.id] or 0)))
    SchoolItem.objects.bulk_update(told, ["calibrated", "level"], batch_size=500)
    return len(told)


def _elsewhere(levels: Mapping[str, float], competence: str) -> float | None:
    """The mean level in the other competences; None when there is no other."""
    return _mean(theta for name, theta in levels.items() if name != competence)


def _mean(values: Iterable[Any]) -> float | None:
    known = list(values)
    return sum(known) / len(known) if known else None
