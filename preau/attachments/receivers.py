"""What this room hears from others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from preau.accounts.signals import tidying
from preau.attachments.finding import GUESSES_KEPT
from preau.attachments.models import HelpRequest


@receiver(tidying)
def forget_what_was_typed(at: datetime, **_: Any) -> None:
    """Forget the names and dates of calls for help that nobody waits for any more; the journal keeps the calls."""
    HelpRequest.objects.filter(made_at__lt=at - GUESSES_KEPT).update(
        typed_last_name="", typed_first_name="", typed_birth_date=None
    )
