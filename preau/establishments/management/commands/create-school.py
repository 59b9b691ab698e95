# ruff: noqa: N999
"""`preau create-school UAI NAME --head MAIL`: open a school and print its head's invitation link."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils import timezone

from preau.establishments.actions import create_school, invite
from preau.establishments.models import Establishment, Role
from preau.establishments.views.team import link_of
from preau.rosterfiles.identifiers import normalise_uai


class Command(BaseCommand):
    help = "Ouvre un établissement et affiche le lien d’invitation de son chef (sept jours, une fois)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("uai", help="par exemple 0931434D")
        parser.add_argument("name", nargs="?", default="", help="nom de l’établissement")
        parser.add_argument("--town", default="", help="commune")
        parser.add_argument("--head", required=True, metavar="MAIL", help="adresse du chef d’établissement")

    def handle(self, *, uai: str, name: str, town: str, head: str, **_: Any) -> None:
        """An existing school only gets a new invitation: that is how a lone head comes back."""
        uai, now = normalise_uai(uai), timezone.now()
        try:
            validate_email(head)
            school = Establishment.objects.filter(uai=uai).first()
            if school:
                made = invite(establishment=school, email=head, role=Role.HEAD, by=None, at=now)
            else:
                school, made = create_school(uai=uai, name=name, town=town, head_email=head, by=None, at=now)
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from None
        self.stdout.write(f"{school}\n{link_of(made)}")
