"""The table of the ASVS: whole, and every test it names exists."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = (ROOT / "docs" / "securite-asvs.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| (V\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (.+?) \| (.*?) \| (.*?) ?\|$", TABLE, re.MULTILINE
)
CRYPTOGRAPHY = re.compile(r"Fernet|salted_hmac|hmac\.(?:digest|new)|Argon2|import jwt|x509|xmlsec")
STATES = ("oui", "en partie", "non", "sans objet", "hébergeur")


def test_every_requirement_of_levels_one_and_two_has_its_line_once() -> None:
    numbers = [row[0] for row in ROWS]
    assert len(numbers) == len(set(numbers)) == 253
    assert Counter(row[1] for row in ROWS)["1"] == 70


def test_the_figures_at_the_top_are_those_of_the_lines() -> None:
    counted = Counter(row[3] for row in ROWS)
    assert set(counted) <= set(STATES)
    figures = re.search(r"^\| (\d+(?: \| \d+){5}) \|$", TABLE, re.MULTILINE)
    assert figures is not None
    assert [int(n) for n in figures[1].split(" | ")] == [*(counted[state] for state in STATES), len(ROWS)]


def test_every_test_it_names_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.(?:py|txt))`", TABLE))
    assert len(named) > 25
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_page_and_title_it_points_to_exists() -> None:
    said = (ROOT / "docs" / "securite.md").read_text(encoding="utf-8")
    titles = set(re.findall(r"docs/securite\.md, « (.+?) »", TABLE))
    assert len(titles) >= 5
    assert [title for title in sorted(titles) if f"\n## {title}\n" not in said] == []
    pages = set(re.findall(r"\b(?:docs|preau|deploy|scripts)/[\w/.-]+\.(?:md|py|txt)", TABLE))
    assert [page for page in sorted(pages) if not (ROOT / page).exists()] == []


def test_every_requirement_that_is_met_in_part_or_not_says_why() -> None:
    short = [row[0] for row in ROWS if row[3] in {"en partie", "non"} and len(row[4]) < 15]
    assert short == []


def test_every_file_that_uses_a_key_or_a_digest_is_in_the_inventory() -> None:
    said = (ROOT / "docs" / "securite.md").read_text(encoding="utf-8")
    files = sorted((ROOT / "preau").rglob("*.py"))
    using = [p for p in files if CRYPTOGRAPHY.search(p.read_text(encoding="utf-8"))]
    assert len(using) > 15
    assert [
        p.name for p in using if f"{p.parent.name}/{p.name}" not in said and f"`{p.name}`" not in said
    ] == []
