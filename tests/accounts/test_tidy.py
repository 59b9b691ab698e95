"""The daily tidying."""

from __future__ import annotations

from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone

from preau.accounts import throttle
from preau.accounts.models import SignInFailures


def test_what_faded_goes_and_what_is_fresh_stays(db, capsys) -> None:
    now = timezone.now()
    throttle.failed(throttle.account_key("lea.martin"), at=now - timedelta(days=2))
    throttle.failed(throttle.account_key("zoe.martin"), at=now)
    call_command("tidy")
    assert SignInFailures.objects.count() == 1
    assert "Rangé" in capsys.readouterr().out
