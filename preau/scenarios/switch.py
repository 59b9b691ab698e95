"""« Et si on changeait ? »: what another way in would ask, of whom, before the school chooses it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from preau.scenarios.diagnosis import Diagnosis
from preau.scenarios.facts import Group
from preau.scenarios.words import SITUATIONS, STEPS, Need, Situation, Step, Who

IDLE = (Who.NOBODY, Who.SECRETARIAT)  # nothing that keeps the pupil out


@dataclass(frozen=True, slots=True)
class Change:
    """The pupils of one class with the same facts, as they are and as they would be."""

    now: Group
    then: Group

    @property
    def count(self) -> int:
        """How many pupils."""
        return self.now.count

    @property
    def newly_asked(self) -> bool:
        """Whether somebody would have to act for pupils who have nothing to do today."""
        return self.now.diagnosis.who in IDLE and self.then.diagnosis.who not in IDLE


def foresee(groups: Iterable[Group], target: str) -> list[Change]:
    """What each group would become, had the school chosen `target`."""
    return [Change(group, group.aiming_at(target)) for group in groups]


def counted(changes: Iterable[Change], holds: Callable[[Change], bool]) -> int:
    """How many pupils it holds for."""
    return sum(change.count for change in changes if holds(change))


@dataclass(frozen=True, slots=True)
class WhoLine:
    """How many pupils wait for somebody, today and then."""

    who: Who
    now: int
    then: int

    @property
    def label(self) -> str:
        """« Vous », or what is said when nobody acts."""
        return self.who.value or "Rien à faire"


def by_who(changes: Sequence[Change]) -> list[WhoLine]:
    """One line for each who acts, today or then."""
    lines = [
        WhoLine(
            who,
            counted(changes, lambda change, who=who: change.now.diagnosis.who is who),  # type: ignore[misc]
            counted(changes, lambda change, who=who: change.then.diagnosis.who is who),  # type: ignore[misc]
        )
        for who in Who
    ]
    return [line for line in lines if line.now or line.then]


@dataclass(frozen=True, slots=True)
class Ask:
    """One situation and what it would ask for: of whom, with what, for how many pupils."""

    situation: Situation
    step: Step
    needs: tuple[Need, ...]
    count: int


def asks(changes: Iterable[Change]) -> list[Ask]:
    """What would be asked, in the order of the leaflet, then of what opens a door first."""
    found: dict[Diagnosis, int] = {}
    for change in changes:
        found[change.then.diagnosis] = found.get(change.then.diagnosis, 0) + change.count
    return sorted(
        (Ask(one.situation, one.step, one.needs, count) for one, count in found.items()),
        key=lambda ask: (SITUATIONS.index(ask.situation), STEPS.index(ask.step)),
    )


@dataclass(frozen=True, slots=True)
class ClassAsk:
    """What would be asked in one class."""

    division_id: int | None
    name: str
    pupils: int
    you: int
    pupil: int
    mediacentre: int
    idle: int
    newly: int


def by_class(changes: Sequence[Change], names: dict[int, str]) -> list[ClassAsk]:
    """One line for each class, in no order."""
    classes: dict[int | None, list[Change]] = {}
    for change in changes:
        classes.setdefault(change.now.division_id, []).append(change)
    return [_class_ask(pk, names.get(pk or 0, ""), inside) for pk, inside in classes.items()]


def _class_ask(division_id: int | None, name: str, changes: list[Change]) -> ClassAsk:
    def acting(*whos: Who) -> int:
        return counted(changes, lambda change: change.then.diagnosis.who in whos)

    return ClassAsk(
        division_id=division_id,
        name=name,
        pupils=counted(changes, lambda _: True),
        you=acting(Who.YOU),
        pupil=acting(Who.PUPIL),
        mediacentre=acting(Who.MEDIACENTRE),
        idle=acting(*IDLE),
        newly=counted(changes, lambda change: change.newly_asked),
    )
