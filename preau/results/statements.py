"""The same results as xAPI 1.0.3 statements: what each pupil answered and finished, by a number, not a name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.urls import reverse

from preau.campaigns.models import Campaign
from preau.parcours.models import KEYS, Answer
from preau.results.scope import Scope

VERB = "http://adlnet.gov/expapi/verbs/{}"
ACTIVITY = "http://adlnet.gov/expapi/activities/{}"
WORDS = {"answered": "a répondu à", "completed": "a terminé"}
AT_ONCE = 1000


def statements_of(scope: Scope) -> Iterator[dict[str, Any]]:
    """One « completed » a try shown, then one « answered » an answer; two queries, read as they are sent."""
    tries = scope.shown().order_by("pk").values_list(
        "learner", "attempt", "attempt__levels", "attempt__started_at", "attempt__finished_at"
    )  # fmt: skip
    for learner, attempt, levels, started, finished in tries.iterator(chunk_size=AT_ONCE):
        yield _completed(scope.campaign, learner, attempt, levels, started, finished)
    answers = Answer.objects.filter(attempt__in=scope.shown().values("attempt")).select_related("attempt")
    kept = answers.order_by("attempt", "rank").defer("attempt__levels", "attempt__definition")
    for answer in kept.iterator(chunk_size=AT_ONCE):
        yield _answered(scope.campaign, answer)


def as_json(statements: Iterator[dict[str, Any]]) -> Iterator[str]:
    """A JSON list, one statement a line."""
    before = "[\n"
    for one in statements:
        yield before + json.dumps(one, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _completed(
    campaign: Campaign, learner: int, attempt: int, levels: Any, started: datetime, finished: datetime | None
) -> dict[str, Any]:
    finished = finished or started  # a sent try has a last moment: the database says so
    said = {one["competence"]: {key: one[key] for key in ("level", "low", "high")} for one in levels}
    return _statement(
        uuid5(KEYS, f"completed:{attempt}"),
        learner=learner,
        attempt=attempt,
        deed="completed",
        thing=_parcours(campaign),
        at=finished,
        result={
            "completion": True,
            "duration": _duration((finished - started).total_seconds()),
            "extensions": {f"{settings.SITE_URL}/xapi/niveaux": said},
        },
    )


def _answered(campaign: Campaign, answer: Answer) -> dict[str, Any]:
    made = _statement(
        answer.key,
        learner=answer.attempt.learner_id,
        attempt=answer.attempt_id,
        deed="answered",
        thing={
            "objectType": "Activity",
            "id": f"{settings.SITE_URL}/xapi/questions/{answer.item_id}/{answer.item_version}",
            "definition": {"type": ACTIVITY.format("question")},
        },
        at=answer.answered_at,
        result={
            "success": answer.right,
            "response": json.dumps(answer.given, ensure_ascii=False) if answer.given else "",
            "duration": _duration(answer.took.total_seconds()),
        },
    )
    made["context"]["contextActivities"] = {"parent": [_parcours(campaign)]}
    return made


def _statement(
    name: UUID, *, learner: int, attempt: int, deed: str, thing: dict[str, Any], at: datetime, result: Any
) -> dict[str, Any]:
    return {
        "id": str(name),
        "actor": {
            "objectType": "Agent",
            "account": {"homePage": settings.SITE_URL, "name": f"eleve-{learner}"},
        },
        "verb": {"id": VERB.format(deed), "display": {"fr": WORDS[deed]}},
        "object": thing,
        "result": result,
        "context": {
            "registration": str(uuid5(KEYS, f"attempt:{attempt}")),
            "platform": "Préau",
            "language": "fr",
        },
        "timestamp": at.isoformat(),
        "version": "1.0.3",
    }


def _parcours(campaign: Campaign) -> dict[str, Any]:
    path = reverse("campaigns:enter", kwargs={"code": campaign.code})
    return {
        "objectType": "Activity",
        "id": settings.SITE_URL + path,
        "definition": {"type": ACTIVITY.format("assessment"), "name": {"fr": campaign.title}},
    }


def _duration(seconds: float) -> str:
    """As ISO 8601 says it."""
    return f"PT{max(seconds, 0):.2f}S"
