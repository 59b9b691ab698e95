"""What a parcours asks: which competences, which levels, how many questions. Two are ready; a school makes its own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from preau.parcours import framework
from preau.parcours.adaptive import Limits

LONGEST = 96
MOST_OWN = 24


@dataclass(frozen=True, slots=True)
class Plan:
    """A parcours, as a started attempt keeps it: whatever the school changes later, it goes on as it began."""

    title: str
    competences: tuple[str, ...]
    lowest: int
    highest: int
    length: int  # questions at most
    seconds: int | None = None  # of answering, pauses left out
    own: int = (
        0  # questions of the school at most, besides; they say nothing of levels until they are calibrated
    )

    @property
    def limits(self) -> Limits:
        return Limits(self.length, self.seconds)

    @property
    def minutes(self) -> int:
        """About how long it takes: three questions in two minutes."""
        most = max(1, round((self.length + self.own) * 2 / 3))
        return most if self.seconds is None else min(most, self.seconds // 60)

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads back."""
        return {**asdict(self), "competences": list(self.competences)}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Plan:
        """A plan kept with an attempt."""
        return cls(**{**told, "competences": tuple(told["competences"])})


READY = tomllib.loads((framework.CONTENT / "parcours.toml").read_text(encoding="utf-8"))
READY_PLANS = {name: Plan.from_json(told) for name, told in READY.items()}
RENTREE, SIXTEEN = READY_PLANS["rentree"], READY_PLANS["seize-competences"]
