"""What a school does with parcours of its own."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from preau.accounts.models import Account
from preau.audit.actions import record
from preau.establishments.models import Establishment
from preau.parcours.models import Parcours
from preau.parcours.plans import Plan


@transaction.atomic
def compose(*, establishment: Establishment, plan: Plan, by: Account, at: datetime) -> Parcours:
    """Keep a parcours of these competences, levels and length."""
    made = Parcours.objects.create(
        establishment=establishment,
        title=plan.title,
        competences=list(plan.competences),
        lowest=plan.lowest,
        highest=plan.highest,
        length=plan.length,
        own=plan.own,
        made_at=at,
        made_by=by,
    )
    record(verb="parcours-compose", by=by, at=at, uai=establishment.uai, about=made.title)
    return made


@transaction.atomic
def put_away(*, parcours: Parcours, by: Account, at: datetime) -> None:
    """Take it off the list of what a campaign can open; campaigns and attempts that use it go on."""
    if Parcours.objects.filter(pk=parcours.pk, archived_at=None).update(archived_at=at):
        record(verb="parcours-range", by=by, at=at, uai=parcours.establishment.uai, about=parcours.title)
