"""Attempts follow their pupil when two accounts are merged, and go back when it is undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, Q
from django.dispatch import receiver

from preau.attachments.signals import Moved, Tally, accounts_counted, accounts_merging, accounts_unmerging
from preau.establishments.models import Establishment
from preau.parcours.models import Attempt, AttemptState

ROOM = "parcours"


@receiver(accounts_counted)
def count_attempts(accounts: Iterable[int], establishment: Establishment, **_: Any) -> list[Tally]:
    """How many each account has in this school, and how many were sent; one query."""
    over = Count("pk", filter=Q(state=AttemptState.SENT))
    rows = (
        Attempt.objects.filter(account__in=list(accounts), learner__establishment=establishment)
        .values_list("account")
        .annotate(Count("pk"), over=over)
    )
    return [Tally("Parcours passés ici", "envoyé", {account: (count, sent) for account, count, sent in rows})]


@receiver(accounts_merging)
def move_attempts(kept: int, joined: int, rows: Mapping[int, int], **_: Any) -> Moved:
    """Those of the joined account go to the kept one; those of a record that ends go to the record that goes on."""
    found = list(
        Attempt.objects.select_for_update(of=("self",))
        .filter(Q(account=joined) | Q(learner__in=list(rows)))
        .only("account", "learner")
        .order_by("pk")
    )
    before: list[list[object]] = [[one.pk, one.account_id, one.learner_id] for one in found]
    for one in found:
        one.account_id = kept if one.account_id == joined else one.account_id
        one.learner_id = rows.get(one.learner_id, one.learner_id)
    Attempt.objects.bulk_update(found, ["account", "learner"])
    return Moved(ROOM, before)


@receiver(accounts_unmerging)
def put_attempts_back(kept: int, joined: int, moved: Mapping[str, list[list[int]]], **_: Any) -> None:
    """Each goes back where it was."""
    was = {pk: rest for pk, *rest in moved.get(ROOM, [])}
    found = list(Attempt.objects.select_for_update(of=("self",)).filter(pk__in=was).order_by("pk"))
    for one in found:
        account, learner = was[one.pk]
        if account == joined and one.account_id == kept:
            one.account_id = joined
        one.learner_id = learner
    Attempt.objects.bulk_update(found, ["account", "learner"])
