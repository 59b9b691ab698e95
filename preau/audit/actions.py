"""Write in the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from django.db import connection

from preau.audit.models import Entry


class Actor(Protocol):
    """Whoever can act: in practice an account."""

    pk: int

    def get_full_name(self) -> str: ...


def record(
    *,
    verb: str,
    at: datetime,
    by: Actor | None,
    uai: str = "",
    about: str = "",
    learner_id: int | None = None,
    **facts: object,
) -> Entry:
    """Add one line to the journal; `facts` must be JSON-able and hold no secret, birth date or INE."""
    return Entry.objects.create(
        **_values(verb=verb, at=at, by=by, uai=uai, about=about, learner_id=learner_id, facts=facts)
    )


def record_many(
    *, verb: str, at: datetime, by: Actor | None, uai: str, people: Iterable[tuple[int, str]], **facts: object
) -> None:
    """Add one line per person, `people` being (learner id, name) pairs, in one insert that reads them from JSON."""
    pairs = [(learner_id, name[:250]) for learner_id, name in people]
    if not pairs:
        return
    values = _values(verb=verb, at=at, by=by, uai=uai, about="", learner_id=None, facts=facts)
    same: list[Any] = [
        connection.ops.adapt_datetimefield_value(at),
        uai,
        values["actor"],
        values["actor_id"],
        verb,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT[connection.vendor], [*same, json.dumps(facts), json.dumps(pairs)])


_INSERT = {
    "sqlite": """
        INSERT INTO audit_entry (at, uai, actor, actor_id, verb, facts, learner_id, about)
        SELECT %s, %s, %s, %s, %s, %s, value ->> 0, value ->> 1 FROM json_each(%s)""",
    "postgresql": """
        INSERT INTO audit_entry (at, uai, actor, actor_id, verb, facts, learner_id, about)
        SELECT %s::timestamptz, %s, %s, %s::bigint, %s, %s::jsonb, (value ->> 0)::bigint, value ->> 1
        FROM jsonb_array_elements(%s::jsonb)""",
}


def _values(*, by: Actor | None, about: str, facts: dict[str, object], **rest: object) -> dict[str, object]:
    actor = by.get_full_name()[:200] if by is not None else ""
    return {
        "actor": actor,
        "actor_id": by.pk if by is not None else None,
        "about": about[:250],
        "facts": facts,
        **rest,
    }
