"""Write in the journal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

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
    """Add one line per person, `people` being (learner id, name) pairs, in one insert."""
    Entry.objects.bulk_create(
        [
            Entry(**_values(verb=verb, at=at, by=by, uai=uai, about=name, learner_id=learner_id, facts=facts))
            for learner_id, name in people
        ],
        batch_size=2000,
    )


def _values(*, by: Actor | None, about: str, facts: dict[str, object], **rest: object) -> dict[str, object]:
    actor = by.get_full_name()[:200] if by is not None else ""
    return {
        "actor": actor,
        "actor_id": by.pk if by is not None else None,
        "about": about[:250],
        "facts": facts,
        **rest,
    }
