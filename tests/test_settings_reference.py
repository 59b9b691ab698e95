"""Every setting is in the reference of whoever hosts: a new one fails here until it is."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_every_setting_is_in_the_reference() -> None:
    source = (ROOT / "preau" / "settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
    said = set(
        re.findall(r"`([A-Z][A-Z_]+)[`=]", (ROOT / "docs" / "hebergement.md").read_text(encoding="utf-8"))
    )
    assert len(names) > 15
    assert names - said == set()
