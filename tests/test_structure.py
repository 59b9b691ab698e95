"""The house itself: which way things point, and what no file may hold."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm

ROOT = Path(__file__).resolve().parent.parent
RULES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LAYERS = RULES["tool"]["importlinter"]["contracts"][0]["layers"]
HEIGHT = {room.strip(): -depth for depth, line in enumerate(LAYERS) for room in line.split("|")}


def backward_keys(models: list[type[Model]], height: dict[str, int]) -> list[str]:
    """Foreign keys from a room to one that stands above or beside it."""
    found = []
    for model in models:
        for field in [*model._meta.fields, *model._meta.many_to_many]:
            target = field.related_model
            if target is None or target._meta.app_label not in height:
                continue
            here, there = model._meta.app_label, target._meta.app_label
            if here != there and height[there] >= height[here]:
                found.append(f"{model.__name__}.{field.name} → {target.__name__}")
    return found


def our_models() -> list[type[Model]]:
    return [m for m in apps.get_models() if m._meta.app_label in HEIGHT]


def test_foreign_keys_point_down_like_imports() -> None:
    assert len(our_models()) >= 15
    assert backward_keys(our_models(), HEIGHT) == []


def test_a_foreign_key_that_points_up_would_be_seen() -> None:
    upside_down = {room: -height for room, height in HEIGHT.items()}
    assert backward_keys(our_models(), upside_down)


def test_every_room_has_its_line_in_the_order() -> None:
    rooms = {p.parent.name for p in (ROOT / "preau").glob("*/__init__.py")}
    assert rooms <= set(HEIGHT)


def tracked(*patterns: str) -> list[Path]:
    said = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in said.stdout.split("\0") if name]


@pytest.mark.parametrize("name", ["utils", "helpers", "services", "managers", "common", "misc"])
def test_no_file_has_a_name_that_says_nothing(name: str) -> None:
    assert [p for p in tracked("preau/**") if p.stem == name or name in p.parent.parts] == []


def test_no_file_outgrows_a_reader() -> None:
    long = [
        p
        for p in tracked("preau/*.py")
        if "migrations" not in p.parts and len(p.read_text().splitlines()) > 400
    ]
    assert long == []


def test_lock_files_have_hashes_and_no_addresses() -> None:
    for lock in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "://" not in text
        pins = re.findall(r"^[a-z0-9._-]+(?:\[[^]]*\])?==", text, re.MULTILINE | re.IGNORECASE)
        assert len(pins) > 20
        assert text.count("--hash=sha256:") >= len(pins)
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_every_dependency_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = re.findall(r"^(?:dependencies|dev) = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    wanted = "".join(lists).splitlines()
    assert len(wanted) > 25
    assert [line for line in wanted if "#" not in line] == []


def test_a_form_or_an_admin_page_writes_named_fields_only() -> None:
    """What a browser adds to a form is never assigned: no form of a model takes all its fields."""
    import_module("preau.urls")
    admin.autodiscover()
    forms_ = [form for form in descendants(ModelForm) if form.__module__.startswith("preau.")]
    assert len(forms_) >= 2
    assert [form.__name__ for form in forms_ if not form._meta.fields or form._meta.exclude] == []
    kept = [one for one in admin.site._registry.values() if type(one).__module__.startswith("preau.")]
    assert len(kept) >= 2
    named = [one.fields or one.fieldsets or getattr(one.form, "_meta", None) for one in kept]
    assert all(named), kept
    source = "\n".join(path.read_text(encoding="utf-8") for path in tracked("preau/*.py"))
    assert not re.findall(r"setattr\([^)]*(?:POST|GET|cleaned_data)|\*\*request\.|__dict__\.update", source)


def descendants(parent: type) -> list[type]:
    return [one for child in parent.__subclasses__() for one in (child, *descendants(child))]
