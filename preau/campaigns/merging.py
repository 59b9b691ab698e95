"""Participations follow their pupil when two accounts are merged, and go back when it is undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, Max, Q
from django.dispatch import receiver

from preau.attachments.signals import Moved, Tally, accounts_counted, accounts_merging, accounts_unmerging
from preau.campaigns.models import Participation, ParticipationState
from preau.establishments.models import Establishment

ROOM = "campaigns"


@receiver(accounts_counted)
def count_participations(accounts: Iterable[int], establishment: Establishment, **_: Any) -> list[Tally]:
    """How many each account has in this school, and how many are done; one query."""
    over = Count("pk", filter=Q(state=ParticipationState.DONE))
    rows = (
        Participation.objects.filter(account__in=list(accounts), campaign__establishment=establishment)
        .values_list("account")
        .annotate(Count("pk"), over=over)
    )
    return [Tally("Participations", "terminée", {account: (count, done) for account, count, done in rows})]


@receiver(accounts_merging)
def move_participations(kept: int, joined: int, rows: Mapping[int, int], **_: Any) -> Moved:
    """Those of the joined account go to the kept one; those of a record that ends go to the record that goes on.

    Where both took part in one campaign, the later try comes after: nothing is lost.
    """
    theirs = Participation.objects.filter(Q(account=joined) | Q(learner__in=list(rows))).order_by(
        "rank", "pk"
    )
    found = list(theirs.select_for_update())
    before: list[list[object]] = [[one.pk, one.account_id, one.learner_id, one.rank] for one in found]
    following = [one for one in found if one.learner_id in rows]
    last = _last_ranks(following, rows)
    for one in found:
        one.account_id = kept if one.account_id == joined else one.account_id
    for one in following:
        one.learner_id = rows[one.learner_id]
        key = (one.campaign_id, one.learner_id)
        one.rank = last[key] = last.get(key, 0) + 1
    Participation.objects.bulk_update(found, ["account", "learner", "rank"])
    return Moved(ROOM, before)


def _last_ranks(following: list[Participation], rows: Mapping[int, int]) -> dict[tuple[int, int], int]:
    if not following:
        return {}
    taken = Participation.objects.filter(
        learner__in=[*rows.values()], campaign__in={one.campaign_id for one in following}
    )
    ranks = taken.order_by().values_list("campaign", "learner").annotate(Max("rank"))
    return {(campaign, learner): rank for campaign, learner, rank in ranks}


@receiver(accounts_unmerging)
def put_participations_back(kept: int, joined: int, moved: Mapping[str, list[list[int]]], **_: Any) -> None:
    """Each goes back where it was, unless another one has taken its place since."""
    was = {pk: rest for pk, *rest in moved.get(ROOM, [])}
    found = list(Participation.objects.select_for_update().filter(pk__in=was).order_by("pk"))
    places = {(one.campaign_id, was[one.pk][1], was[one.pk][2]): one.pk for one in found}
    learners = {learner for _, learner, _ in was.values()}
    taken = Participation.objects.filter(learner__in=learners).exclude(pk__in=was)
    for place in taken.values_list("campaign", "learner", "rank"):
        places.pop(place, None)
    free = set(places.values())
    for one in found:
        account, learner, rank = was[one.pk]
        if account == joined and one.account_id == kept:
            one.account_id = joined
        if one.pk in free:
            one.learner_id, one.rank = learner, rank
    Participation.objects.bulk_update(found, ["account", "learner", "rank"])
