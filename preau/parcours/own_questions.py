"""What a school does with questions of its own; they never mix with the levels of the starter bank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from preau.accounts.models import Account
from preau.audit.actions import record
from preau.establishments.models import Establishment
from preau.parcours.exchange.shape import Source
from preau.parcours.models import SchoolItem
from preau.web.refusals import Refusal

MOST = 2000


class TooManyQuestions(Refusal):
    message = "Votre établissement a déjà {most} questions : rangez celles qui ne servent plus."


@transaction.atomic
def add_questions(
    *, establishment: Establishment, competence: str, sources: Sequence[Source], by: Account, at: datetime
) -> list[SchoolItem]:
    """Keep these questions, all at once, without a level."""
    Establishment.objects.select_for_update().get(pk=establishment.pk)  # two imports at once count each other
    if establishment.school_items.filter(archived_at=None).count() + len(sources) > MOST:
        raise TooManyQuestions(most=MOST)
    rows = [
        SchoolItem(establishment=establishment, competence=competence, source=one, made_by=by, made_at=at)
        for one in sources
    ]
    made = SchoolItem.objects.bulk_create(rows)
    if made:
        record(verb="questions-ajoutees", by=by, at=at, uai=establishment.uai, questions=len(made))
    return made


@transaction.atomic
def change_question(
    *, question: SchoolItem, competence: str, source: Source, by: Account, at: datetime
) -> None:
    """Write it again; another question has another difficulty, so its calibration is lost."""
    SchoolItem.objects.filter(pk=question.pk, archived_at=None).update(
        competence=competence, source=source, calibrated=False, level=None
    )
    record(verb="question-changee", by=by, at=at, uai=question.establishment.uai, about=source["prompt"][:80])


@transaction.atomic
def put_question_away(*, question: SchoolItem, by: Account, at: datetime) -> None:
    """Take it off the list; twice is once."""
    if SchoolItem.objects.filter(pk=question.pk, archived_at=None).update(archived_at=at):
        about = question.source["prompt"][:80]
        record(verb="question-rangee", by=by, at=at, uai=question.establishment.uai, about=about)
