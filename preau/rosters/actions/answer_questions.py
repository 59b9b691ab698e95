"""Say who the pupils of a file are, when neither numbers nor names were enough."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Count

from preau.accounts.models import Account
from preau.audit.actions import record
from preau.rosters.actions.apply_import import NotReady
from preau.rosters.models import ChangeKind, ImportQuestion, ImportState, RosterImport
from preau.rosters.questions import changes_of
from preau.rosters.staging import load_changes, question_of
from preau.web.refusals import Refusal


class SamePersonTwice(Refusal):
    """Two pupils of the file said to be one."""

    message = "{name} ne peut pas être deux élèves du fichier : gardez une seule de ces réponses."


@transaction.atomic
def answer_questions(
    *, roster_import: RosterImport, answers: Mapping[int, int | str | None], by: Account | None, at: datetime
) -> RosterImport:
    """Write answers down, and what they change: a learner's number, None for nobody known, "" for « not yet ».

    Keys are ranks of questions; those not mentioned keep their answers. An answer that is not one of the question's
    candidates is none. Raises NotReady, SamePersonTwice.
    """
    ready = RosterImport.objects.filter(pk=roster_import.pk, state=ImportState.READY)
    if not ready.update(progress_at=at):  # and nobody else answers or applies meanwhile
        raise NotReady
    kept = list(roster_import.questions.order_by("rank"))
    for question in kept:
        if question.rank in answers:
            said = answers[question.rank]
            known = any(each["learner_id"] == said for each in question.candidates)
            question.answered = said is None or known
            question.same_as = said if known and isinstance(said, int) else None
    _refuse_twice(kept)
    ImportQuestion.objects.bulk_update(kept, ["answered", "same_as"], batch_size=500)
    told = {question.rank: question.same_as for question in kept if question.answered}
    roster_import.changes.filter(asked=True).delete()
    load_changes(roster_import, changes_of([question_of(each) for each in kept], told), asked=True)
    _count(roster_import)
    uai, name = roster_import.establishment.uai, roster_import.file_name
    record(
        verb="questions-repondues",
        at=at,
        by=by,
        uai=uai,
        about=name,
        number=roster_import.pk,
        answers=len(told),
    )
    return roster_import


def _refuse_twice(kept: list[ImportQuestion]) -> None:
    chosen: set[int] = set()
    for question in kept:
        who = question.same_as
        if who is None:
            continue
        if who in chosen:
            row = next(each["before"] for each in question.candidates if each["learner_id"] == who)
            raise SamePersonTwice(
                name=f"{row['first_name']} {(row['usage_name'] or row['last_name']).upper()}"
            )
        chosen.add(who)


def _count(roster_import: RosterImport) -> None:
    """Count again what the import changes."""
    changes = roster_import.changes.order_by()
    counts = dict(changes.values_list("kind").annotate(Count("pk")))
    touched = changes.filter(before__status="PRESENT").count()
    firm = {name: roster_import.counts[name] for name in ("PRESENT_BEFORE", "DIVISIONS")}
    roster_import.counts = {
        **{kind: counts[kind] for kind in ChangeKind.values if kind in counts},
        **firm,
        "UNCHANGED": firm["PRESENT_BEFORE"] - touched,
    }
    roster_import.save(update_fields=["counts"])
