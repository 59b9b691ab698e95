"""`preau restore FICHIER`: put a backup back, into an empty database unless told otherwise."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from preau.web.backup import restore
from preau.web.refusals import Refusal

WORD = "REMPLACER"


class Command(BaseCommand):
    help = "Remet une sauvegarde en place, puis met la base à jour. Arrêtez d’abord les pages et les tâches."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FICHIER", type=Path)
        parser.add_argument(
            "--overwrite",
            metavar=WORD,
            default="",
            help=f"{WORD}, en toutes lettres : perdre ce que la base contient",
        )

    def handle(self, *, file: Path, overwrite: str, **options: Any) -> None:
        if overwrite not in {"", WORD}:
            raise CommandError(f"--overwrite attend le mot {WORD}, en toutes lettres. Rien n’a été restauré.")
        if not file.is_file():
            raise CommandError(f"{file} n’existe pas.")
        try:
            made = restore(path=file, overwrite=overwrite == WORD)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"Restauré : sauvegarde du {made.made_at}, version {made.version}.")
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write("La base est à jour. Relancez les pages et les tâches.")
