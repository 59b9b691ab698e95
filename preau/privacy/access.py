"""Who reaches what is kept of a person: whoever runs their school, and they themselves."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import get_object_or_404

from preau.accounts.models import Account
from preau.attachments.models import Attachment
from preau.establishments.models import Membership
from preau.rosters.models import Learner


def person_of(membership: Membership, pk: int) -> Learner:
    """A pupil of the school this person runs, enrolled or gone. Raises Http404."""
    if not membership.runs or pk > 2**63 - 1:
        raise Http404
    pupils = Learner.objects.filter(establishment_id=membership.establishment_id)
    return get_object_or_404(pupils.select_related("division", "establishment"), pk=pk)


def own_learners(account: Account) -> list[Learner]:
    """Who this account is, in every school that lets it in."""
    mine = Attachment.objects.opening().filter(account=account).values("learner")
    return list(
        Learner.objects.filter(pk__in=mine).select_related("division", "establishment").order_by("pk")
    )
