"""The questions an attempt began with: of this version of the bank, or of an older one kept in the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any

from preau.parcours.bank import Bank, bank_of, load_bank
from preau.parcours.items import Item, Skill, read_item
from preau.parcours.models import Edition, SchoolItem, own_item


def keep_edition(bank: Bank, *, at: datetime) -> str:
    """Keep the questions of this version, once, and say which version it is."""
    if not _is_kept(bank.version):
        content = {
            "skills": [asdict(skill) for skill in bank.skills],
            "items": [{"skill": item.skill.id, "source": dict(item.source)} for item in bank.items],
        }
        row = Edition(version=bank.version, content=content, kept_at=at)
        Edition.objects.bulk_create([row], ignore_conflicts=True)
    return bank.version


def keep_own_edition(bank: Bank, questions: Sequence[SchoolItem], *, at: datetime) -> str:
    """Keep this bank with a school's questions beside it, and say which edition it is."""
    base = keep_edition(bank, at=at)
    if not questions:
        return base
    own = [{"pk": q.pk, "competence": q.competence, "level": q.level, "source": q.source} for q in questions]
    content = {"base": base, "own": own}
    version = hashlib.sha256(_words(content).encode()).hexdigest()[:24]
    if not _is_kept(version):
        row = Edition(version=version, content=content, kept_at=at)
        Edition.objects.bulk_create([row], ignore_conflicts=True)
    return version


def _is_kept(version: str) -> bool:
    return Edition.objects.filter(version=version).exists()


def bank_of_edition(version: str) -> Bank:
    """The bank of this version, wherever it is."""
    current = load_bank()
    return current if current.version == version else _kept(version)


@lru_cache(maxsize=32)
def _kept(version: str) -> Bank:
    content = Edition.objects.get(version=version).content
    if "base" in content:
        base = bank_of_edition(content["base"])
        own = [own_item(**told) for told in content["own"]]
        known = (*base.skills, *(item.skill for item in own))
        return bank_of(known, (*base.items, *own), version=version)
    skills = {told["id"]: Skill(**told) for told in content["skills"]}
    items = [read_item(told["source"], skills[told["skill"]]) for told in content["items"]]
    return bank_of(skills.values(), items, version=version)


def version_of(item: Item) -> str:
    """A short name of an item's content: it changes when a word of it does."""
    return hashlib.sha256(_words(dict(item.source)).encode()).hexdigest()[:16]


def _words(told: Any) -> str:
    return json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)


def skills_of(bank: Bank, *, competences: Iterable[str], lowest: int, highest: int) -> list[Skill]:
    """The skills of these competences between two levels, those that have a question."""
    wanted = set(competences)
    return [
        skill
        for skill in bank.skills
        if skill.competence in wanted and lowest <= skill.level <= highest and bank.of_skill(skill.id)
    ]
