"""`preau tidy`: throw away what has faded; once a day is enough, twice does no harm."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from preau.accounts import throttle
from preau.accounts.models import SessionTicket
from preau.accounts.providers.alert import warn_of_certificates
from preau.accounts.signals import tidying


class Command(BaseCommand):
    help = (
        "Efface les sessions finies, les essais oubliés et les tâches terminées. À lancer une fois par jour."
    )

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        SessionTicket.objects.filter(made_at__lt=now - timedelta(days=2)).delete()
        swept = throttle.sweep(at=now)
        tidying.send(sender=Command, at=now)
        warn_of_certificates(at=now)
        call_command("clearsessions")
        call_command("prune_db_task_results", verbosity=0)
        self.stdout.write(f"Rangé ; essais oubliés : {swept}.")
