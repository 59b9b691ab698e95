"""Who has started, finished, never came: pupil by pupil and class by class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from preau.campaigns.models import Campaign, ParticipationState
from preau.establishments.models import Membership
from preau.rosters.class_order import class_rank
from preau.rosters.models import Learner, LearnerQuerySet

# What the page of a campaign may show, as its address says it.
SHOWN = {
    "jamais": Q(started=False),
    "commence": Q(started=True, done=False),
    "termine": Q(done=True),
    "pas-fini": Q(done=False),
}
NO_CLASS = "sans"


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class in a campaign; `started` counts those who are done too."""

    division_id: int | None
    name: str
    pupils: int
    started: int
    done: int

    @property
    def never(self) -> int:
        """Who never came."""
        return self.pupils - self.started

    @property
    def going(self) -> int:
        """Who began and has not said « J’ai terminé »."""
        return self.started - self.done


def pupils_of(membership: Membership, campaign: Campaign) -> LearnerQuerySet:
    """The enrolled pupils the campaign is for, among those this person reaches, with `started`, `done`, `last_at`."""
    mine = campaign.participations.filter(learner=OuterRef("pk"))
    pupils = Learner.objects.reached_by(membership).present().select_related("division")
    divisions = [division.pk for division in campaign.divisions.all()]
    if divisions:
        pupils = pupils.filter(division__in=divisions)
    return pupils.annotate(
        started=Exists(mine),
        done=Exists(mine.filter(state=ParticipationState.DONE)),
        last_at=Subquery(mine.order_by("-rank").values("started_at")[:1]),
    ).in_list_order()


def class_lines(pupils: LearnerQuerySet) -> list[ClassLine]:
    """The same pupils, counted class by class in the order schools say them; one query."""
    rows = (
        pupils.order_by()
        .values("division_id", "division__name")
        .annotate(
            pupils=Count("pk"),
            began=Count("pk", filter=Q(started=True)),
            ended=Count("pk", filter=Q(done=True)),
        )
    )
    lines = [
        ClassLine(row["division_id"], row["division__name"] or "", row["pupils"], row["began"], row["ended"])
        for row in rows
    ]
    return sorted(lines, key=lambda line: class_rank(line.name))


def by_class(pupils: Iterable[Learner]) -> list[tuple[str, list[Learner]]]:
    """The names to remind, a class after the other: each is a sheet for its teacher."""

    def name(pupil: Learner) -> str:
        return pupil.division.name if pupil.division else ""

    ordered = sorted(pupils, key=lambda pupil: class_rank(name(pupil)))
    return [(division, list(group)) for division, group in groupby(ordered, key=name)]


def in_class(pupils: LearnerQuerySet, asked: str) -> LearnerQuerySet:
    """Those of one class, by its number in the address; anything else is everybody."""
    if asked == NO_CLASS:
        return pupils.filter(division=None)
    if asked.isascii() and asked.isdigit() and len(asked) < 19:
        return pupils.filter(division=int(asked))
    return pupils
