"""The command `preau`: reading files needs no database, everything else is a management command."""

from __future__ import annotations

import os
import sys

WRONG_USE = 2
HELP = """\
preau, la rentrée numérique d’un établissement

  preau read FICHIER [--json]             dit ce qu’un fichier d’élèves contient, sans base de données
  preau import FICHIER --uai UAI          montre ce qu’il changerait ; --apply l’applique
  preau generate-roster --pupils N        invente l’export d’un établissement qui n’existe pas
  preau demo [--serve]                    remplit l’école de répétition
  preau serve [--port 8000]               sert les pages, et les tâches avec elles
  preau worker                            traite les tâches ; autant que voulu
  preau create-school UAI NOM --head MAIL ouvre un établissement et invite son chef
  preau createsuperuser                   ouvre l’administration de ce serveur
  preau migrate                           met la base de données à jour
  preau check-sso                         teste les réglages du Médiacentre et des ENT
  preau check --deploy                    explique ce qui manque à une installation
  preau backup FICHIER                    écrit toute la base dans un fichier, sans arrêter le site
  preau restore FICHIER                   la remet en place dans une base vide
  preau calibrate                         pèse les questions qui ont assez de réponses
  preau tidy                              efface ce qui a fait son temps, une fois par jour

preau COMMANDE --help en dit plus.
"""


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status: 2 for wrong use, whatever the command says otherwise."""
    argv = list(sys.argv if argv is None else argv)
    verb = argv[1] if len(argv) > 1 else "help"
    if verb in {"help", "-h", "--help"} and len(argv) < 3:
        sys.stdout.write(HELP)
        return 0
    if verb == "read":
        from preau.rosterfiles.command import main as read

        return read(argv[2:])
    if verb == "generate-roster":
        from preau.rosterfiles.generate_command import main as generate

        return generate(argv[2:])
    return _manage(verb, argv)


def _manage(verb: str, argv: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "preau.settings")
    os.environ["PREAU_PROCESS"] = "tasks" if verb == "worker" else "command"
    import django
    from django.core.management import execute_from_command_line, get_commands

    django.setup()
    if verb not in {*get_commands(), "help", "version", "--version"}:
        sys.stderr.write(f"preau\u202f: la commande « {verb} » n’existe pas. « preau help » les montre.\n")
        return WRONG_USE
    try:
        execute_from_command_line(argv)
    except BrokenPipeError:  # whoever was reading has read enough (« | head »)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
