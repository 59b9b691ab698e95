"""Which campaigns a member of staff reaches: a teacher, those of their classes."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from preau.campaigns.models import Campaign
from preau.establishments.models import Membership


def campaigns_of(membership: Membership) -> QuerySet[Campaign]:
    """All of the school's, or for a teacher those for everyone, for their classes, or made by them."""
    campaigns = Campaign.objects.filter(establishment_id=membership.establishment_id).select_related(
        "establishment", "parcours"
    )
    if membership.runs:
        return campaigns
    mine = membership.divisions.values("pk")
    reached = Q(divisions__in=mine) | Q(divisions=None) | Q(made_by=membership.account_id)
    return campaigns.filter(reached).distinct()


def campaign_of(membership: Membership, pk: int) -> Campaign:
    """One of them, or 404."""
    return get_object_or_404(campaigns_of(membership), pk=pk)


def may_change(membership: Membership, campaign: Campaign) -> bool:
    """Who runs the school changes any campaign; a teacher, their own."""
    return membership.runs or campaign.made_by_id == membership.account_id
