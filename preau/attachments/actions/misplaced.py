"""An ENT identity opens the wrong account: staff take it away, or give it to its pupil; undone for thirty days."""

from __future__ import annotations

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from preau.accounts.actions import end_sessions
from preau.accounts.models import Account
from preau.attachments.actions.conflicts import see_conflict
from preau.attachments.models import Attachment, ChangeOfIdentity, Conflict, IdentityChange
from preau.attachments.refusals import IdentityElsewhere, IdentityNotHere
from preau.audit.actions import record
from preau.rosters.models import Learner


@transaction.atomic
def take_identity(*, learner: Learner, identity_id: int, by: Account, at: datetime) -> IdentityChange:
    """Take this identity off the pupil's account: the next click on the tile asks whoever clicks for a proof.

    Raises IdentityNotHere.
    """
    account = _account_of(learner)
    identity = _locked(account, identity_id)
    change = _keep(learner, identity, ChangeOfIdentity.TAKEN, now=None, at=at)
    identity.delete()
    end_sessions(accounts=[identity.user_id])
    _record("identite-otee", learner, by=by, at=at)
    return change


@transaction.atomic
def give_identities(*, conflict: Conflict, by: Account, at: datetime) -> int:
    """Give the pupil of this case the identities of the other account, and close the case; say how many.

    The other account keeps everything else. Whose own identity of the same provider was replaced finds it among what
    can come back. Raises IdentityElsewhere when the other account is in use, IdentityNotHere.
    """
    learner, other = conflict.learner, conflict.other_account_id
    account = _account_of(learner)
    list(Account.objects.select_for_update().filter(pk__in=[account.pk, other]).order_by("pk"))
    if other is None or other == account.pk:
        raise IdentityNotHere
    if Attachment.objects.active().filter(account=other).exists() or not _is_a_pupil_s(other):
        raise IdentityElsewhere
    given = list(SocialAccount.objects.select_for_update().filter(user=other).order_by("pk"))
    if not given:
        raise IdentityNotHere
    for identity in given:
        mine = SocialAccount.objects.filter(user=account, provider=identity.provider).order_by("pk")
        for old in mine.exclude(pk__in=[one.pk for one in given]):
            _keep(learner, old, ChangeOfIdentity.REPLACED, now=identity, at=at)
            old.delete()
        _keep(learner, identity, ChangeOfIdentity.GIVEN, now=identity, at=at)
        SocialAccount.objects.filter(pk=identity.pk).update(user=account)
    end_sessions(accounts=[other])
    see_conflict(conflict=conflict, by=by, at=at)
    _record("identite-donnee", learner, by=by, at=at)
    return len(given)


def _account_of(learner: Learner) -> Account:
    found = Attachment.objects.active().filter(learner=learner).select_related("account").first()
    if found is None or found.account.is_staff:
        raise IdentityNotHere
    return found.account


def _is_a_pupil_s(account_id: int) -> bool:
    return bool(Account.objects.filter(pk=account_id, is_staff=False, memberships__isnull=True).exists())


def _locked(account: Account, identity_id: int) -> SocialAccount:
    rows = SocialAccount.objects.select_for_update(of=("self",)).filter(user=account, pk=identity_id)
    found = rows.first()
    if found is None:
        raise IdentityNotHere
    return found


def _keep(
    learner: Learner,
    identity: SocialAccount,
    kind: ChangeOfIdentity,
    *,
    now: SocialAccount | None,
    at: datetime,
) -> IdentityChange:
    """Remember whose this identity was; `now` is the row that took its place, itself when it only moved."""
    return IdentityChange.objects.create(
        learner=learner,
        kind=kind,
        account_id=identity.user_id,
        provider=identity.provider,
        old_uid=identity.uid,
        old_data=identity.extra_data,
        identity=now,
        made_at=at,
    )


def _record(verb: str, learner: Learner, *, by: Account, at: datetime) -> None:
    record(
        verb=verb,
        at=at,
        by=by,
        uai=learner.establishment.uai,
        about=learner.display_name,
        learner_id=learner.pk,
    )
