"""What is reported of a simulated rentrée."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, fields
from typing import Any

from bench.rentree.people import rates

COUNTERS = ("seconds", "calls", "refused", "met")


@dataclass(frozen=True)
class Figures:
    """One simulated rentrée; every number but seconds is one of pupils."""

    pupils: int
    attached: int
    at_import: int  # attached as the list was applied
    alone: int  # attached to the right account, one account, and no adult saw to them before
    entered: int
    entered_first: int  # at the first lesson
    never_helped: int  # in, and no adult ever saw to them
    wrong: int
    duplicates: int
    twice: int  # had two accounts before the office merged
    waits: list[int]  # for each pupil, seconds of lessons from the bell to their page
    seconds: dict[str, float]  # of adults, by act
    calls: dict[str, int]
    refused: dict[str, int]
    met: dict[str, int]  # error → how many pupils met it

    def document(self) -> dict[str, Any]:
        """For another process."""
        return asdict(self)

    def share(self, count: float) -> float:
        """Of all pupils, in percent."""
        return count / self.pupils * 100

    @property
    def adult_minutes(self) -> float:
        """Given by adults, for a hundred pupils."""
        return self.share(sum(self.seconds.values()) / 60)

    @property
    def later_minutes(self) -> float:
        """That second accounts will ask of adults, for a hundred pupils."""
        return self.share(self.duplicates * rates()["secondes_d_adulte"]["reparer_un_second_compte"] / 60)

    @property
    def lesson_minutes(self) -> float:
        """Lost by a pupil, on average."""
        return sum(self.waits) / max(len(self.waits), 1) / 60

    @property
    def late(self) -> float:
        """Minutes that nine pupils in ten need at most."""
        return self.waits[int(len(self.waits) * 0.9)] / 60 if self.waits else 0.0


def together(parts: list[Figures]) -> Figures:
    """Several groups of schools as one."""
    summed = {
        one.name: sum(getattr(part, one.name) for part in parts)
        for one in fields(Figures)
        if one.name not in {"waits", *COUNTERS}
    }
    counted: dict[str, Any] = {}
    for name in COUNTERS:
        counter = Counter[str]()
        for part in parts:
            counter.update(getattr(part, name))
        counted[name] = dict(sorted(counter.items()))
    waits = sorted(wait for part in parts for wait in part.waits)
    return Figures(**summed, waits=waits, **counted)
