"""What is reported of a simulated rentrée."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Figures:
    """One simulated rentrée; shares are of all pupils."""

    pupils: int
    attached: int
    at_import: int
    alone: int  # attached without an adult
    entered: int
    entered_alone: int
    wrong: int
    duplicates: int
    twice: int  # had two accounts before the office merged
    adult_minutes: float
    waits: list[int]  # for each pupil, seconds of lessons from the bell to their page
    calls: dict[str, int]
    refused: dict[str, int]

    def document(self) -> dict[str, Any]:
        """For another process."""
        return asdict(self)

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
        if one.name not in {"waits", "calls", "refused"}
    }
    counted = {name: Counter[str]() for name in ("calls", "refused")}
    for name, counter in counted.items():
        for part in parts:
            counter.update(getattr(part, name))
    waits = sorted(wait for part in parts for wait in part.waits)
    return Figures(**summed, waits=waits, **{name: dict(sorted(c.items())) for name, c in counted.items()})
