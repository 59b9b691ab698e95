"""Pupils in the states that the Élèves tab tells apart."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.socialaccount.models import SocialAccount

from preau.accounts.models import Account
from preau.attachments.models import Attachment, How
from preau.rosters.models import Learner


def give_account(
    learner: Learner, at: datetime, *, entered: bool = True, seen: bool = False, **values: Any
) -> Account:
    """Attach an account to this pupil: theirs already, unless `password_chosen_at=None` is given."""
    values.setdefault("password_chosen_at", at)
    account = Account.objects.create(
        first_name=learner.first_name,
        last_name=learner.last_name,
        password="!",
        last_login=at if entered else None,
        **values,
    )
    Attachment.objects.create(
        learner=learner,
        establishment=learner.establishment,
        account=account,
        made_at=at - timedelta(hours=1),
        made_how=How.BULK,
    )
    if seen:
        SocialAccount.objects.create(user=account, provider="gar", uid=f"ido-{account.pk}")
    return account
