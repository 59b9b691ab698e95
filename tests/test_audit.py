"""The dependency audit: a known vulnerability fails it, silence of the service does not pass for a clean bill."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
BAD = {"name": "x", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
GOOD = {"name": "y", "version": "1", "vulns": []}
UNKNOWN = {"name": "z", "skip_reason": "not found"}


@pytest.fixture
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_known_vulnerability_fails(audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(audit, "read", lambda _: {"dependencies": [BAD, GOOD, UNKNOWN]})
    assert audit.main() == 1
    assert "x 1 : PYSEC-1 (corrigé dans 2)" in capsys.readouterr().out


def test_one_that_was_accepted_with_a_reason_does_not(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ACCEPTED", {"PYSEC-1": "ne concerne que Windows"})
    monkeypatch.setattr(audit, "read", lambda _: {"dependencies": [BAD]})
    assert audit.main() == 0


def test_silence_is_said(audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(audit, "read", lambda _: {"dependencies": [UNKNOWN]})
    assert audit.main() == 0
    assert "RIEN n’a été vérifié" in capsys.readouterr().out
