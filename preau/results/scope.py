"""Whose results are looked at: the pupils this person reaches, one class or all, the first or the last try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, prefetch_related_objects
from django.http import Http404

from preau.campaigns.access import campaign_of
from preau.campaigns.models import Campaign, Participation
from preau.campaigns.progress import pupils_of
from preau.parcours.models import Attempt, AttemptQuerySet, AttemptState
from preau.rosters.class_order import class_rank
from preau.rosters.models import Division, LearnerQuerySet

if TYPE_CHECKING:
    from django.http import QueryDict

    from preau.establishments.models import Membership

FIRST = "premier"


@dataclass(frozen=True)
class Scope:
    """One choice of pupils and tries; every figure of a page is about the same."""

    membership: Membership
    campaign: Campaign
    divisions: tuple[Division, ...]  # those that can be chosen
    division: Division | None
    first: bool  # the first try that was sent, rather than the last

    @property
    def query(self) -> str:
        """What an address must carry to stay in this choice."""
        kept = {"classe": self.division.pk if self.division else "", "essai": FIRST if self.first else ""}
        asked = urlencode({key: value for key, value in kept.items() if value})
        return f"?{asked}" if asked else ""

    def pupils(self) -> LearnerQuerySet:
        """The enrolled pupils that the campaign is for."""
        pupils = pupils_of(self.membership, self.campaign)
        return pupils.filter(division=self.division) if self.division else pupils

    def tries(self) -> QuerySet[Participation]:
        """Every try at this campaign of these pupils, sent or not."""
        return self.campaign.participations.filter(
            learner__in=self.pupils().values("pk"), attempt__isnull=False
        )

    def attempts(self) -> AttemptQuerySet:
        """The attempts of these tries, each with its `participation`."""
        return Attempt.objects.filter(participation__in=self.tries().values("pk")).select_related(
            "participation"
        )

    def shown(self) -> QuerySet[Participation]:
        """One sent try a pupil: what a pupil has not sent, nobody sees."""
        sent = {"attempt__state": AttemptState.SENT}
        nearer = {"rank__lt": OuterRef("rank")} if self.first else {"rank__gt": OuterRef("rank")}
        same = self.campaign.participations.filter(learner=OuterRef("learner"), **sent, **nearer)
        return self.tries().filter(~Exists(same), **sent)

    def tally(self) -> dict[str, int]:
        """How many never came, are on their way, have finished, have sent; each pupil once, as far as they got."""
        mine = self.campaign.participations.filter(learner=OuterRef("pk"))
        pupils = self.pupils().annotate(
            has_sent=Exists(mine.filter(attempt__state=AttemptState.SENT)),
            has_finished=Exists(mine.filter(attempt__state=AttemptState.FINISHED)),
            has_started=Exists(mine),
        )
        found = pupils.aggregate(
            all=Count("pk"),
            sent=Count("pk", filter=Q(has_sent=True)),
            finished=Count("pk", filter=Q(has_finished=True, has_sent=False)),
            running=Count("pk", filter=Q(has_started=True, has_finished=False, has_sent=False)),
            never=Count("pk", filter=Q(has_started=False)),
        )
        return found | {"came": found["all"] - found["never"]}


def scope_of(membership: Membership, pk: int, asked: QueryDict) -> Scope:
    """The choice that an address asks for, or 404 for what this person does not reach."""
    campaign = campaign_of(membership, pk)
    if campaign.plan is None and not campaign.participations.filter(attempt__isnull=False).exists():
        raise Http404  # it leads to another site, which keeps its results
    prefetch_related_objects([campaign], "divisions")
    divisions = divisions_of(membership, campaign)
    chosen = asked.get("classe", "")
    division = next((one for one in divisions if str(one.pk) == chosen), None)
    if chosen and division is None:
        raise Http404
    return Scope(membership, campaign, divisions, division, first=asked.get("essai") == FIRST)


def divisions_of(membership: Membership, campaign: Campaign) -> tuple[Division, ...]:
    """The classes of the campaign that this person reaches, in the school's order."""
    reached = Division.objects.filter(pk__in=pupils_of(membership, campaign).values("division"))
    return tuple(sorted(reached, key=lambda one: class_rank(one.name)))
