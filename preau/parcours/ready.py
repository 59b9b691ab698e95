"""The parcours that are ready to use, read from content/parcours.toml; a school composes its own the same way."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache

from preau.parcours.framework import CONTENT


@dataclass(frozen=True, slots=True)
class ReadyParcours:
    """Competences and levels to draw from, and at most how many questions."""

    slug: str
    title: str
    description: str
    minutes: int
    length: int
    levels: tuple[int, ...]
    competences: tuple[str, ...]


@lru_cache(maxsize=1)
def ready_parcours() -> tuple[ReadyParcours, ...]:
    """Every ready parcours, in the order of the file."""
    told = tomllib.loads((CONTENT / "parcours.toml").read_text(encoding="utf-8"))
    return tuple(
        ReadyParcours(**{**one, "levels": tuple(one["levels"]), "competences": tuple(one["competences"])})
        for one in told["parcours"]
    )
