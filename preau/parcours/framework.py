"""The French digital-skills framework (CRCN): 5 domains, 16 competences, 8 levels; read from content/crcn.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

CONTENT = Path(__file__).parent / "content"
LEVELS = range(1, 9)


@dataclass(frozen=True, slots=True)
class Domain:
    """One of the five domains; `code` is « 1 » to « 5 »."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Competence:
    """One of the sixteen; `code` is « 1.1 » to « 5.2 »."""

    code: str
    name: str
    for_pupils: str
    for_teachers: str
    domain: Domain

    @property
    def slug(self) -> str:
        """The code as addresses and file names take it: 1-1."""
        return self.code.replace(".", "-")


@lru_cache(maxsize=1)
def competences() -> dict[str, Competence]:
    """Every competence by its code, in the framework's order."""
    told = tomllib.loads((CONTENT / "crcn.toml").read_text(encoding="utf-8"))
    return {
        one["code"]: Competence(**one, domain=Domain(domain["code"], domain["name"]))
        for domain in told["domains"]
        for one in domain["competences"]
    }


def competence(code: str) -> Competence:
    """The competence of this code; KeyError for any other."""
    return competences()[code]


def domains() -> list[Domain]:
    """The five domains, in order."""
    return list(dict.fromkeys(one.domain for one in competences().values()))
