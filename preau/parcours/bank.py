"""The bank: every skill and item of content/, read once, in the order of difficulty."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from preau.parcours.framework import CONTENT, competence, competences
from preau.parcours.items.shape import Item, Skill, read_item
from preau.web.refusals import Refusal

__all__ = ["Bank", "Item", "Skill", "UnknownItem", "licence", "load_bank", "read_bank"]


class UnknownItem(Refusal):
    message = "Cette question n’existe pas."


@dataclass(frozen=True)
class Bank:
    """Skills from the easiest to the hardest of each competence, and their items."""

    version: str
    skills: tuple[Skill, ...]
    items: tuple[Item, ...]
    _by_id: Mapping[str, Item] = field(repr=False)
    _by_skill: Mapping[str, tuple[Item, ...]] = field(repr=False)
    _chains: Mapping[str, tuple[Skill, ...]] = field(repr=False)

    def item(self, item_id: str) -> Item:
        """The item of this id; UnknownItem for any other."""
        try:
            return self._by_id[item_id]
        except KeyError:
            raise UnknownItem from None

    def of_skill(self, skill_id: str) -> tuple[Item, ...]:
        """The items that show this skill; none for an unknown one."""
        return self._by_skill.get(skill_id, ())

    def chain(self, code: str) -> tuple[Skill, ...]:
        """The skills of a competence, the easiest first."""
        return self._chains.get(code, ())

    def of_competence(self, code: str, level: int | None = None) -> tuple[Item, ...]:
        """The items of a competence, of one level when it is given, the easiest first."""
        return tuple(
            item
            for skill in self.chain(code)
            if level is None or skill.level == level
            for item in self.of_skill(skill.id)
        )


def bank_of(skills: Iterable[Skill], items: Iterable[Item], *, version: str) -> Bank:
    """A bank of these skills and items; tests and a school's own questions make theirs."""
    skills, items = tuple(skills), tuple(items)
    by_skill: dict[str, list[Item]] = {skill.id: [] for skill in skills}
    for item in items:
        by_skill.setdefault(item.skill.id, []).append(item)
    chains: dict[str, list[Skill]] = {}
    for skill in sorted(skills, key=lambda one: (one.competence, one.order)):
        chains.setdefault(skill.competence, []).append(skill)
    return Bank(
        version=version,
        skills=skills,
        items=items,
        _by_id={item.id: item for item in items},
        _by_skill={key: tuple(found) for key, found in by_skill.items()},
        _chains={code: tuple(chain) for code, chain in chains.items()},
    )


def read_bank(files: Mapping[str, bytes]) -> Bank:
    """A bank from the bytes of its files by name, in the order of their names."""
    seal = hashlib.sha256()
    skills: list[Skill] = []
    items: list[Item] = []
    for name in sorted(files):
        seal.update(name.encode() + b"\0" + files[name] + b"\0")
        told = tomllib.loads(files[name].decode("utf-8"))
        for order, one in enumerate(told["skills"], start=1):
            skill = _skill(one, code=competence(told["competence"]).code, order=order)
            skills.append(skill)
            items.extend(read_item(source, skill) for source in one["items"])
    return bank_of(skills, items, version=seal.hexdigest()[:12])


def _skill(told: Mapping[str, Any], *, code: str, order: int) -> Skill:
    return Skill(
        id=told["id"], competence=code, level=told["level"], order=order, statement=told["statement"]
    )


@lru_cache(maxsize=1)
def load_bank() -> Bank:
    """The starter bank, read once by each process."""
    names = [f"{one.slug}.toml" for one in competences().values()]
    return read_bank({name: (CONTENT / name).read_bytes() for name in names if (CONTENT / name).exists()})


def licence() -> str:
    """What the starter bank says of itself wherever it goes."""
    return (CONTENT / "LICENCE").read_text(encoding="utf-8").strip()
