"""How many cases wait for this member of staff: the figure beside « Aides » on every page."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from preau.attachments.finding import HELP_WAITS, near_matches, waiting_requests
from preau.attachments.merges import Transfer
from preau.attachments.models import Conflict, HelpRequest, HelpState
from preau.establishments.models import Establishment, Membership
from preau.rosters.models import Learner


def cases_waiting(membership: Membership) -> int:
    """Calls for help, conflicts and requests of other schools that this person can answer; one or two queries."""
    at, school = timezone.now(), membership.establishment
    if membership.runs:
        return _of_the_school(school, at)
    calls = [one for one in waiting_requests(establishment=school, at=at) if one.reason != "conflict"]
    near = near_matches(membership=membership, requests=calls) if calls else []
    reached = Learner.objects.reached_by(membership)
    cases = Conflict.objects.filter(establishment=school, seen_at=None, learner__in=reached)
    return sum(bool(pupils) for _, pupils in near) + cases.count()


def _of_the_school(school: Establishment, at: datetime) -> int:
    def figure(rows: QuerySet, of: str) -> Coalesce:
        counted = (
            rows.filter(**{of: OuterRef("pk")}).order_by().values(of).annotate(n=Count("pk")).values("n")
        )
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    calls = HelpRequest.objects.filter(state=HelpState.WAITING, made_at__gt=at - HELP_WAITS)
    total = (
        figure(calls.exclude(reason="conflict"), "establishment")
        + figure(Conflict.objects.filter(seen_at=None), "establishment")
        + figure(Transfer.objects.waiting(at), "holder")
    )
    return (
        Establishment.objects.filter(pk=school.pk).annotate(total=total).values_list("total", flat=True).get()
    )
