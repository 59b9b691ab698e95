"""`preau backup FICHIER`: the whole database in one file, while the site runs."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from preau.web.backup import write_backup
from preau.web.refusals import Refusal


class Command(BaseCommand):
    help = "Écrit toute la base dans un fichier, sans arrêter le site. Les clés n’y sont pas : gardez-les à part."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FICHIER", type=Path, help="par exemple /sauvegardes/preau.tar")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            made = write_backup(path=file, at=timezone.now())
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        except OSError as error:
            raise CommandError(f"Écriture impossible dans {file} : {error.strerror}.") from error
        self.stdout.write(f"{file} : {made.size} octets, version {made.version}, SHA-256 {made.sha256}.")
        self.stdout.write("À garder aussi, ailleurs : PREAU_SECRET_KEY, PREAU_CARD_KEYS et les clés des ENT.")
