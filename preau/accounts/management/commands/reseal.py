"""After a change of PREAU_SECRET_KEY: seal with the new key what the old one sealed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from preau.accounts.second_factor.adapter import reseal


class Command(BaseCommand):
    help = "Après un changement de PREAU_SECRET_KEY : scelle avec la nouvelle clé ce que l’ancienne scellait."

    def handle(self, *args: Any, **options: Any) -> None:
        done, lost = reseal()
        self.stdout.write(f"{done} secret(s) de deuxième preuve scellé(s) avec la nouvelle clé.")
        if lost:
            self.stdout.write(
                f"{lost} ne s’ouvrent avec aucune clé : remettez l’ancienne dans PREAU_OLD_SECRET_KEYS, "
                "puis recommencez."
            )
            return
        self.stdout.write(
            "L’ancienne clé s’enlève quand plus rien n’en dépend : sessions et liens, une semaine au plus ; cartes, "
            "jusqu’à leur expiration (ou gardez-la dans PREAU_CARD_KEYS)."
        )
