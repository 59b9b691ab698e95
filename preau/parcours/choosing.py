"""The question that comes next for a plan, some questions and some answers: it joins the engines to the bank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from statistics import fmean
from typing import Any

from preau.parcours.adaptive import Climb, Measure, Stop, chains_of, chance, draw
from preau.parcours.bank import Bank
from preau.parcours.editions import bank_of_edition, skills_of
from preau.parcours.items import Item
from preau.parcours.items.luck import luck
from preau.parcours.models import OWN, Calibration
from preau.parcours.plans import Plan
from preau.parcours.rasch import Scaled, Weighing, scales_of

EVERY = 3  # questions of the bank before one of the school’s
WELL_COVERED = 6  # calibrated items of each competence before the second engine takes over


@dataclass(frozen=True, slots=True)
class Said:
    """One answer, for the engines."""

    item: str
    skill: str
    right: bool


class Course:
    """A plan on a bank, ready to choose; the same for every pupil who takes it."""

    def __init__(self, plan: Plan, bank: Bank, difficulties: Mapping[str, float] | None = None) -> None:
        self.plan, self.bank = plan, bank
        self.skills = skills_of(bank, competences=plan.competences, lowest=plan.lowest, highest=plan.highest)
        self.items = {skill.id: tuple(item.id for item in bank.of_skill(skill.id)) for skill in self.skills}
        self.luck = {item: luck(bank.item(item)) for items in self.items.values() for item in items}
        self.chains = chains_of(
            self.skills,
            luck={skill: fmean(self.luck[item] for item in items) for skill, items in self.items.items()},
            stock={skill: len(items) for skill, items in self.items.items()},
        )
        tops = {name: chain.highest for name, chain in self.chains.items()}
        self.scales = scales_of(self._scaled(difficulties or {}), tops)
        asked = set(plan.competences) if plan.own else set()
        own = (item for item in bank.items if item.id.startswith(OWN) and not item.skill.level)
        self.own = tuple(sorted(item.id for item in own if item.skill.competence in asked))

    def _scaled(self, difficulties: Mapping[str, float]) -> list[Scaled]:
        known = dict(difficulties)
        if known:  # a school's question that has a level brings it along
            own = (skill for skill in self.skills if skill.id.startswith(OWN))
            known |= {item: float(skill.level) for skill in own for item in self.items[skill.id]}
        return [
            Scaled(item, skill.competence, known[item], self.luck[item])
            for skill in self.skills
            for item in self.items[skill.id]
            if item in known
        ]

    @property
    def calibrated(self) -> bool:
        """Whether every competence has enough items with a difficulty of their own."""
        return bool(self.chains) and all(
            name in self.scales and len(self.scales[name].items) >= WELL_COVERED for name in self.chains
        )

    def next_item(self, said: Sequence[Said], *, seed: int, spent: float) -> Item | Stop:
        """The question to show now, or why there is none.

        A school's questions without a level come one after each EVERY others, then at the end; they settle nothing.
        """
        measuring = self._measuring(said)
        asked = len(said) - len(measuring)
        waiting = self._own_ones(seed)[asked:]
        over = self.plan.limits.reached(0, spent) is Stop.TIME
        if waiting and not over and len(measuring) >= EVERY * (asked + 1):
            return self.bank.item(waiting[0])
        following = self._measure_on(measuring, seed=seed, spent=spent)
        if waiting and not over and isinstance(following, Stop):
            return self.bank.item(waiting[0])
        return following

    def _measuring(self, said: Sequence[Said]) -> list[Said]:
        return [one for one in said if one.item not in self.own]

    def _own_ones(self, seed: int) -> list[str]:
        """As many as the plan asks, each pupil their own draw."""
        return sorted(self.own, key=lambda item: chance(seed, "own", item))[: self.plan.own]

    def _measure_on(self, said: Sequence[Said], *, seed: int, spent: float) -> Item | Stop:
        if not self.chains:
            return Stop.SETTLED
        if self.calibrated:
            weighing = Weighing(self.scales, ((one.item, one.right) for one in said))
            chosen = weighing.next_item(self.plan.limits, seed=seed, spent=spent)
            return chosen if isinstance(chosen, Stop) else self.bank.item(chosen)
        skill = self._climb(said).next_skill(self.plan.limits, seed=seed, spent=spent)
        if isinstance(skill, Stop):
            return skill
        return self.bank.item(draw(self.items[skill], (one.item for one in said), seed=seed))

    def _climb(self, said: Sequence[Said]) -> Climb:
        return Climb(self.chains, ((one.skill, one.right, self.luck.get(one.item, 0.0)) for one in said))

    def measures(self, said: Sequence[Said]) -> dict[str, Measure]:
        """About which level in each competence asked about, in the order of the plan."""
        said = self._measuring(said)
        if not self.chains:
            return {}
        if self.calibrated:
            found = Weighing(self.scales, ((one.item, one.right) for one in said)).measures()
        else:
            found = self._climb(said).measures()
        return {name: found[name] for name in self.plan.competences if name in found}

    def levels(self, said: Sequence[Said]) -> list[dict[str, Any]]:
        """The same as tables, to keep."""
        return [
            asdict(one) | {"theta": round(one.theta, 2), "error": round(one.error, 2)}
            for one in self.measures(said).values()
        ]


@lru_cache(maxsize=64)
def course_of(plan: Plan, edition: str, calibration: int | None) -> Course:
    """The course of a plan, made once by each process."""
    difficulties = Calibration.objects.get(pk=calibration).difficulties if calibration else None
    return Course(plan, bank_of_edition(edition), difficulties)
