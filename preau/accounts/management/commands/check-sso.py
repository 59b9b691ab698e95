# ruff: noqa: N999
"""`preau check-sso`: test the settings of the GAR and of ENTs, and say what is wrong."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from preau.accounts.providers.inspection import inspect_all, libraries
from preau.accounts.providers.ways import providers

MARKS = {"ok": "✓", "warn": "!", "bad": "✗"}


class Command(BaseCommand):
    help = "Teste les réglages du Médiacentre et des ENT, et dit ce qui ne va pas."

    def handle(self, **options: Any) -> None:
        known, bad = providers(), False
        if not known:
            self.stdout.write("Aucun ENT n’est réglé (PREAU_PROVIDERS).")
        broken = libraries()
        if broken:
            self.stdout.write(f"✗ {broken.text}")
        for provider, findings in zip(known, inspect_all(known, at=timezone.now()), strict=True):
            self.stdout.write(f"{provider.name} ({provider.sub_id}, {provider.id})")
            for one in findings:
                bad = bad or one.level == "bad"
                self.stdout.write(f"  {MARKS[one.level]} {one.text}")
        if bad or broken:
            raise SystemExit(1)
