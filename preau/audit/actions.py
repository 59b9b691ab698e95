"""Write in the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from django.db import connection
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

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


def record_together(*lines: dict[str, Any]) -> None:
    """Add these lines, each what `record` is given, in one statement whatever their number."""
    named = ("verb", "at", "by", "uai", "about", "learner_id")
    Entry.objects.bulk_create(
        [
            Entry(
                **_values(
                    **{name: line[name] for name in named},
                    facts={name: fact for name, fact in line.items() if name not in named},
                )
            )
            for line in lines
        ]
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


ERASED = "élève effacé"
AT_ONCE = 5000


def forget(*, learner_ids: Iterable[int], account_ids: Iterable[int]) -> None:
    """Leave the acts, without who the pupil was: they are erased. The one change that the journal allows."""
    Entry.objects.filter(learner_id__in=learner_ids).update(about=ERASED, learner_id=None, facts={})
    Entry.objects.filter(actor_id__in=account_ids).update(actor=ERASED.capitalize(), actor_id=None)


def pseudonymise(*, before: datetime, pupils: Any, verbs_about_people: Iterable[str]) -> int:
    """Replace every name older than that by a word, or by a pseudonym for whoever works here; say how many lines.

    The pseudonym is the same for all the acts of a person, and only the server's key could make it again.
    `pupils` are the ids of pupils' accounts, as a subquery.
    """
    old = Entry.objects.filter(at__lt=before)
    colleague = "une personne de l’équipe"
    named = _in_parts(old.filter(learner_id__isnull=False), about="un élève", learner_id=None, facts={})
    named += _in_parts(old.filter(actor_id__in=pupils), actor="Un élève", actor_id=None)
    named += _in_parts(old.filter(verb__in=verbs_about_people).exclude(about=colleague), about=colleague)
    for number in list(old.exclude(actor_id=None).order_by().values_list("actor_id", flat=True).distinct()):
        digest = salted_hmac("preau.audit.pseudonym", str(number), algorithm="sha256").hexdigest()
        named += old.filter(actor_id=number).update(actor=f"Personne {digest[:8]}", actor_id=None)
    return named


def _in_parts(lines: QuerySet[Entry], **said: object) -> int:
    """Say that of these lines, which then are no longer among them: some thousands at a time, none held for long."""
    done = 0
    while part := list(lines.order_by().values_list("pk", flat=True)[:AT_ONCE]):
        done += Entry.objects.filter(pk__in=part).update(**said)
    return done
