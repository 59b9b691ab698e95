# ruff: noqa: N999
"""For whoever administers the server: take somebody's second factor away."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from preau.accounts.models import Account
from preau.accounts.second_factor.factors import reset_factors


class Command(BaseCommand):
    help = "Efface la deuxième preuve d’un adulte qui a tout perdu, et ferme ses sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("who", metavar="ADRESSE", help="son adresse, ou son identifiant d’administrateur")

    def handle(self, *args: Any, **options: Any) -> None:
        who = options["who"].strip().lower()
        field = "email" if "@" in who else "username"
        account = Account.objects.adults().filter(**{field: who}).first()
        if account is None:
            raise CommandError(f"Aucun adulte n’entre avec « {who} ».")
        reset_factors(account=account, by=None, uai="", at=timezone.now())
        self.stdout.write(f"C’est fait : {account.get_full_name()} entre avec son mot de passe.")
