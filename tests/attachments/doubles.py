"""Pupils who have two accounts, as schools meet them."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.socialaccount.models import SocialAccount

from preau.accounts.models import Account
from preau.attachments.duplicates import TWO_ACCOUNTS
from preau.attachments.models import Attachment, How
from preau.rosters.models import Learner

PASSWORD = "trois souris vertes"


def account_of(
    learner: Learner,
    username: str | None = None,
    *,
    uid: str = "",
    email: str | None = None,
    password: str = "",
    at: datetime | None = None,
) -> Account:
    """An account under this pupil's name, with an identifier, an ENT identity, or both."""
    account = Account(
        username=username,
        email=email,
        first_name=learner.first_name,
        last_name=learner.last_name,
        birth_date=learner.birth_date,
        last_login=at,
    )
    account.set_password(password) if password else account.set_unusable_password()
    account.password_chosen_at = at if password else None
    account.save()
    if uid:
        SocialAccount.objects.create(user=account, provider="mediacentre", uid=uid, extra_data={})
    return account


def held(
    learner: Learner, account: Account, at: datetime, *, ended: str = "", by: Account | None = None
) -> Attachment:
    """This account is, or was, this pupil."""
    return Attachment.objects.create(
        learner=learner,
        establishment=learner.establishment,
        account=account,
        made_at=at - timedelta(days=2),
        made_how=How.CARD,
        ended_at=at - timedelta(days=1) if ended else None,
        ended_by=by if ended else None,
        ended_why=ended,
    )


def two_accounts(learner: Learner, at: datetime, *, by: Account) -> tuple[Account, Account]:
    """An identifier that is attached now, and an ENT account that staff detached because the pupil has two."""
    kept = account_of(learner, f"deux.{learner.pk}", password=PASSWORD, at=at)
    joined = account_of(learner, uid=f"ido-{learner.pk}", at=at)
    held(learner, joined, at, ended=TWO_ACCOUNTS, by=by)
    held(learner, kept, at)
    return kept, joined
