"""Three pupils of the invented school have two accounts: one to look at, one that waits, one settled."""

from __future__ import annotations

from datetime import datetime, timedelta

from preau.accounts.actions import NewAccount, make_accounts
from preau.accounts.models import Account
from preau.attachments.actions import ask_merge, confirm_merge, note_conflict
from preau.attachments.refusals import TwoAccounts
from preau.establishments.models import Membership
from preau.rehearsal.pupils import Rentree
from preau.rosters.models import Learner


def two_accounts(rentree: Rentree, head: Membership) -> None:
    """Each proved an old identifier beside the account of this year."""
    now, referent = rentree.calendar.now, rentree.referent.account
    here = set(Learner.objects.present().filter(birth_date__isnull=False).values_list("pk", flat=True))
    chosen = [(learner, account) for learner, account in rentree.entered if learner.pk in here][-3:]
    olds = make_accounts(
        [NewAccount(one.first_name, one.shown_last_name, one.birth_date) for one, _ in chosen], at=now
    )
    met = [_proved(*both, old, at=now - timedelta(hours=2)) for both, old in zip(chosen, olds, strict=True)]
    for learner, kept, joined in met[1:]:
        asked = ask_merge(
            learner=learner, kept=kept, joined=joined, by=referent, at=now - timedelta(minutes=50)
        )
        if learner == met[-1][0]:
            confirm_merge(merge=asked, by=head.account, at=now - timedelta(minutes=30))


def _proved(
    learner: Learner, account: Account, old: Account, *, at: datetime
) -> tuple[Learner, Account, Account]:
    Account.objects.filter(pk=old.pk).update(last_login=at)
    note_conflict(refusal=TwoAccounts(learner=learner, other_account=old), help_request=None, at=at)
    return learner, account, old
