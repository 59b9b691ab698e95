"""The questions an attempt began with: of this version of the bank, or of an older one kept in the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache

from preau.parcours.bank import Bank, bank_of, load_bank
from preau.parcours.items import Item, Skill, read_item
from preau.parcours.models import Edition


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


def _is_kept(version: str) -> bool:
    return Edition.objects.filter(version=version).exists()


def bank_of_edition(version: str) -> Bank:
    """The bank of this version, wherever it is."""
    current = load_bank()
    return current if current.version == version else _kept(version)


@lru_cache(maxsize=4)
def _kept(version: str) -> Bank:
    content = Edition.objects.get(version=version).content
    skills = {told["id"]: Skill(**told) for told in content["skills"]}
    items = [read_item(told["source"], skills[told["skill"]]) for told in content["items"]]
    return bank_of(skills.values(), items, version=version)


def version_of(item: Item) -> str:
    """A short name of an item's content: it changes when a word of it does."""
    words = json.dumps(dict(item.source), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def skills_of(bank: Bank, *, competences: Iterable[str], lowest: int, highest: int) -> list[Skill]:
    """The skills of these competences between two levels, those that have a question."""
    wanted = set(competences)
    return [
        skill
        for skill in bank.skills
        if skill.competence in wanted and lowest <= skill.level <= highest and bank.of_skill(skill.id)
    ]
