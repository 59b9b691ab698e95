"""`preau digest`: mail the week's figures to the staff who asked; every day is fine, once a week is what leaves."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from preau.scenarios.digest import monday_of
from preau.scenarios.models import WeeklyDigest
from preau.scenarios.tasks import send_digest


class Command(BaseCommand):
    help = (
        "Prépare le résumé de la semaine pour les adultes qui l’ont demandé. À lancer chaque jour ou chaque lundi : "
        "chacun n’en reçoit qu’un par semaine."
    )

    def handle(self, **options: Any) -> None:
        if not settings.MAIL_CONFIGURED:
            self.stdout.write("Le courrier n’est pas configuré (EMAIL_URL) : rien ne part.")
            return
        week = monday_of(timezone.localdate())
        due = list(WeeklyDigest.objects.due(week).order_by("pk").values_list("pk", flat=True))
        for pk in due:
            send_digest.enqueue(pk)
        self.stdout.write(f"Résumés de la semaine à envoyer : {len(due)}.")
