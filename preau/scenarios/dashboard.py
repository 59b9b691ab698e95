"""Accueil rentrée: where each class is, and the three things to do now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.db.models import Count, Exists, OuterRef, Q

from preau.attachments.models import HelpRequest, HelpState
from preau.establishments.models import Membership, school_year_start
from preau.handouts.ways_in import without_way_in
from preau.rosters.class_order import class_rank
from preau.rosters.models import ImportState, Learner, RosterImport
from preau.scenarios.facts import entry_at

SECRETARIAT = "SECRETARIAT"


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class: its pupils, those attached, those who signed in since the rentrée, those the Médiacentre has sent."""

    division_id: int | None
    name: str
    pupils: int
    attached: int
    entered: int
    seen: int
    needing: int

    @property
    def waiting(self) -> int:
        """Pupils not signed in yet."""
        return self.pupils - self.entered


def class_lines(membership: Membership, *, at: datetime) -> list[ClassLine]:
    """The classes this person reaches, in the order schools say them; one grouped query."""
    start = school_year_start(at)
    identity = Exists(SocialAccount.objects.filter(user=OuterRef("entry__account")))
    rows = (
        Learner.objects.reached_by(membership)
        .present()
        .annotate(entry=entry_at(membership.establishment_id))
        .values_list("division_id", "division__name")
        .annotate(
            pupils=Count("pk"),
            attached=Count("entry__pk"),
            entered=Count("pk", filter=Q(entry__account__last_login__gte=start)),
            seen=Count("pk", filter=Q(identity)),
            needing=Count("pk", filter=without_way_in(at)),
        )
        .order_by("division_id")
    )
    lines = [ClassLine(pk, name or "", *counts) for pk, name, *counts in rows]
    return sorted(lines, key=lambda line: class_rank(line.name))


def whole(lines: Sequence[ClassLine]) -> ClassLine:
    """All the classes together."""
    figures = ("pupils", "attached", "entered", "seen", "needing")
    return ClassLine(None, "", *(sum(getattr(line, figure) for line in lines) for figure in figures))


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do now: `kind` chooses its words, the rest fills them."""

    kind: str
    count: int = 0
    line: ClassLine | None = None
    pk: int | None = None
    state: str = ""


def deeds_now(
    membership: Membership,
    lines: Sequence[ClassLine],
    applied: RosterImport | None,
    shown: frozenset[int | None] | None = None,
) -> list[Deed]:
    """At most three things to do, the one that opens most doors first.

    `shown`, for a school that chose the Médiacentre: the classes it has sent somebody of. There, pupils open the tile
    and need no card (rentree.md §1).
    """
    deeds = []
    if membership.runs:
        waiting = _waiting_import(membership)
        if waiting:
            deeds.append(Deed("import", pk=waiting.pk, state=waiting.state))
    help_count = HelpRequest.objects.filter(
        establishment=membership.establishment_id, state=HelpState.WAITING
    ).count()
    corrections = _corrections(applied) if membership.runs and applied else 0
    others = bool(help_count) + bool(corrections) + len(deeds)
    doors = _cards(lines) if shown is None else _tiles(lines, shown)
    deeds += doors[: max(1, 3 - others)]
    if help_count:
        deeds.append(Deed("help", count=help_count))
    if corrections and applied:
        deeds.append(Deed("corrections", count=corrections, pk=applied.pk))
    return deeds[:3]


def _cards(lines: Sequence[ClassLine]) -> list[Deed]:
    """The emptiest classes first."""
    needing = sorted((line for line in lines if line.needing), key=lambda line: -line.needing)
    return [Deed("cards", count=line.needing, line=line) for line in needing]


def _tiles(lines: Sequence[ClassLine], shown: frozenset[int | None]) -> list[Deed]:
    """The classes that the Médiacentre has not shown; all at once while it has shown none."""
    waiting = sum(line.waiting for line in lines)
    if not shown:
        return [Deed("tile", count=waiting)] if waiting else []
    unseen = [line for line in lines if line.waiting and not line.seen and line.division_id not in shown]
    unseen.sort(key=lambda line: -line.waiting)
    return [Deed("tile", count=line.waiting, line=line) for line in unseen if line.name]


def last_applied(membership: Membership) -> RosterImport | None:
    """The import that made the roster what it is."""
    return (
        RosterImport.objects.filter(establishment=membership.establishment_id, state=ImportState.APPLIED)
        .select_related("applied_by")
        .order_by("-applied_at")
        .first()
    )


def _waiting_import(membership: Membership) -> RosterImport | None:
    """An import read but not applied yet, if it is the latest."""
    latest = (
        RosterImport.objects.filter(establishment=membership.establishment_id)
        .order_by("-uploaded_at", "-pk")
        .first()
    )
    return latest if latest and latest.state in {ImportState.READING, ImportState.READY} else None


def _corrections(applied: RosterImport) -> int:
    """How many pupils of the last file the secretariat can correct."""
    return len(
        {
            str(problem.get("pupil") or index)
            for index, problem in enumerate(applied.problems)
            if problem.get("who") == SECRETARIAT
        }
    )
