"""`preau calibrate`: weigh the questions by the answers they had; run it now and then, outside lessons."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from preau.parcours.calibration import calibrate_bank, calibrate_own
from preau.parcours.rasch import ENOUGH


class Command(BaseCommand):
    help = "Pèse les questions qui ont assez de réponses ; les parcours déjà commencés ne changent pas."

    def handle(self, *_: Any, **__: Any) -> None:
        made, own = calibrate_bank(at=timezone.now()), calibrate_own()
        if own:
            self.stdout.write(f"{own} question(s) d’établissements ont maintenant un niveau.")
        if made is None:
            self.stdout.write(f"Aucune question n’a encore {ENOUGH} réponses : rien ne change.")
        else:
            self.stdout.write(f"{len(made.difficulties)} questions pesées, d’après {made.answers} réponses.")
