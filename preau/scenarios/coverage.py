"""What the ENT has and has not shown, class by class: whether the resource is distributed to everybody.

Nobody can list who lacks the tile (sso.md §1); Préau compares the roster with the identities it has seen, and with the
figures of arrivals that no account knew yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from django.db.models import Count, Max, Sum
from django.utils import timezone

from preau.attachments.models import Attachment, Sighting
from preau.establishments.models import Establishment, Membership, school_year_start
from preau.rosterfiles.names import compact
from preau.rosterfiles.pupil import Pupil, Status
from preau.rosters.class_order import class_rank
from preau.rosters.models import Learner

LATELY = timedelta(days=30)
HALF = 0.5
ENOUGH = 10  # arrivals, before a class from which nobody came is pointed at
FEW = 5  # pupils: a smaller group may simply not have come yet


class Verdict(Enum):
    """What the figures of one class say: an icon, a state, and the words."""

    ALL = ("check-circle-fill", "ok", "Tous sont entrés par l’ENT.")
    SOME = ("hourglass-split", "wait", "Distribuée : certains ont déjà cliqué sur la tuile.")
    WAITING = ("exclamation-triangle-fill", "warn", "Distribuée, mais des élèves s’arrêtent avant la preuve.")
    NOT_DISTRIBUTED = (
        "eye-slash",
        "warn",
        "Sans doute pas distribuée : d’autres classes arrivent.",
    )
    TOO_FEW = ("circle", "wait", "Personne, mais trop peu d’élèves pour conclure.")
    NOTHING = ("circle", "wait", "Personne pour l’instant : trop tôt pour conclure.")
    CLASSLESS = ("circle", "wait", "Sans classe : rien à conclure.")
    EMPTY = ("circle", "wait", "Pas d’élève.")

    @property
    def icon(self) -> str:
        """The icon beside the words."""
        return self.value[0]

    @property
    def state(self) -> str:
        """Its colour."""
        return self.value[1]

    @property
    def words(self) -> str:
        """What it says to staff."""
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Line:
    """One class: its pupils, those who came by the ENT this year, the arrivals that ended nowhere lately."""

    division_id: int | None
    name: str
    key: str
    pupils: int
    seen: int = 0
    unjoined: int = 0
    last: datetime | None = None
    verdict: Verdict = Verdict.NOTHING

    @property
    def unseen(self) -> int:
        """Pupils whom no identity has shown."""
        return self.pupils - self.seen


@dataclass(frozen=True, slots=True)
class Coverage:
    """The classes of a school; `unnamed` are the arrivals of no known class."""

    lines: list[Line]
    unnamed: int

    @property
    def pupils(self) -> int:
        """Of all these classes."""
        return sum(line.pupils for line in self.lines)

    @property
    def seen(self) -> int:
        """Of all these classes."""
        return sum(line.seen for line in self.lines)

    @property
    def missing(self) -> list[Line]:
        """The classes that the resource does not seem to reach."""
        return [line for line in self.lines if line.verdict is Verdict.NOT_DISTRIBUTED]


def coverage_of(membership: Membership, *, at: datetime) -> Coverage:
    """The classes that this person reaches, in the order schools say them; three queries."""
    start = school_year_start(at)
    reached = Learner.objects.reached_by(membership).present()
    rows = reached.values_list("division_id", "division__name", "division__key").annotate(Count("pk"))
    lines = [Line(pk, name or "", key or "", count) for pk, name, key, count in rows.order_by("division_id")]
    came = (
        Attachment.objects.opening()
        .filter(learner__in=reached, account__socialaccount__last_login__gte=start)
        .values_list("learner__division_id")
        .annotate(Count("learner", distinct=True), Max("account__socialaccount__last_login"))
        .order_by("learner__division_id")
    )
    seen = {division: (count, last) for division, count, last in came}
    arrivals = _unjoined(membership.establishment, at=at)
    filled = [
        replace(
            line,
            seen=seen.get(line.division_id, (0, None))[0],
            last=seen.get(line.division_id, (0, None))[1],
            unjoined=arrivals.get(line.key, 0) if line.key else 0,
        )
        for line in lines
    ]
    judged = [replace(line, verdict=verdict_of(line, others=_others_come(filled))) for line in filled]
    return Coverage(sorted(judged, key=lambda line: class_rank(line.name)), arrivals.get("", 0))


def _unjoined(school: Establishment, *, at: datetime) -> dict[str, int]:
    """Arrivals of the last thirty days that no proof ended, by class."""
    since = timezone.localdate(at - LATELY)
    rows = (
        Sighting.objects.filter(establishment=school, day__gte=since)
        .values_list("division_key")
        .annotate(Sum("held"), Sum("joined"))
        .order_by("division_key")
    )
    return {key: held - joined for key, held, joined in rows}


def _others_come(lines: Sequence[Line]) -> bool:
    """Whether the ENT has sent enough people for a class without anybody to mean something."""
    half = any(line.key and line.pupils and line.seen >= line.pupils * HALF for line in lines)
    return half or sum(line.seen + line.unjoined for line in lines) >= ENOUGH


def verdict_of(line: Line, *, others: bool) -> Verdict:
    """What one class's figures say; `others`: enough pupils have come from the ENT already."""
    ladder = (
        (not line.pupils, Verdict.EMPTY),
        (line.seen >= line.pupils, Verdict.ALL),
        (line.unjoined > line.seen and line.seen < line.pupils * HALF, Verdict.WAITING),
        (bool(line.seen or line.unjoined), Verdict.SOME),
        (not line.key, Verdict.CLASSLESS),
        (others and line.pupils < FEW, Verdict.TOO_FEW),
        (others, Verdict.NOT_DISTRIBUTED),
    )
    return next((verdict for holds, verdict in ladder if holds), Verdict.NOTHING)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What an export of the ENT or of the GAR says of one class: how many are in it, and who is not."""

    name: str
    pupils: int
    inside: int
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """An export compared with the roster; `unknown`: how many of its names nobody has here."""

    classes: list[Confirmed]
    unknown: int


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A pupil of the roster, as an export may name them: any of `keys`."""

    division: str
    shown: str
    keys: tuple[str, ...]


def confirm_with(membership: Membership, pupils: Iterable[Pupil]) -> Export:
    """Compare the roster with the names of an export, class by class."""
    learners = Learner.objects.reached_by(membership).present().select_related("division").in_list_order()
    return compare([_enrolled(learner) for learner in learners], pupils)


def compare(enrolled: Iterable[Enrolled], pupils: Iterable[Pupil]) -> Export:
    """Names only decide what the page says; nothing is kept of the file."""
    exported = Counter(
        compact(f"{one.first_name}{one.last_name}") for one in pupils if one.status is Status.PRESENT
    )
    classes: dict[str, list[tuple[str, bool]]] = {}
    for one in enrolled:
        found = next((key for key in one.keys if exported[key] > 0), None)
        if found:
            exported[found] -= 1
        classes.setdefault(one.division, []).append((one.shown, found is not None))
    confirmed = [_confirmed(name, people) for name, people in classes.items()]
    return Export(sorted(confirmed, key=lambda one: class_rank(one.name)), exported.total())


def _enrolled(learner: Learner) -> Enrolled:
    lasts = (learner.last_name, learner.usage_name, f"{learner.last_name}{learner.usage_name}")
    return Enrolled(
        division=learner.division.name if learner.division else "",
        shown=learner.display_name,
        keys=tuple(compact(f"{learner.first_name}{last}") for last in lasts if last),
    )


def _confirmed(name: str, people: Sequence[tuple[str, bool]]) -> Confirmed:
    absent = tuple(who for who, inside in people if not inside)
    return Confirmed(name, len(people), len(people) - len(absent), absent)


def not_given(classes: Sequence[str]) -> str:
    """The sentence at the top of the page; empty when no class is concerned."""
    if not classes:
        return ""
    which = f"à la {classes[0]}" if len(classes) == 1 else f"aux classes {', '.join(classes)}"
    return f"La ressource n’est sans doute pas distribuée {which}"


def message_for(school: Establishment, classes: Sequence[str]) -> str:
    """What to send to whoever distributes the resource, ready to copy."""
    named = ", ".join(classes)
    which = f"la classe {named} n’a" if len(classes) == 1 else f"les classes {named} n’ont"
    return (
        "Bonjour,\n\n"
        f"D’après Préau, {which} pas encore accès à la ressource « Préau » dans le Médiacentre de l’établissement "
        f"{school.name} ({school.uai}).\n\n"
        "Pourriez-vous vérifier, dans la console d’affectation du GAR (ou de l’ENT), que la ressource est bien "
        "affectée aux élèves de ces classes pour cette année scolaire ? La tuile apparaît chez eux le lendemain "
        "de l’affectation.\n\n"
        "Merci beaucoup."
    )
