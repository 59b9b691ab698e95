"""An ENT identity finds its account, and the account its pupil; and the way back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from preau.accounts import identities
from preau.accounts.actions import end_sessions
from preau.accounts.identities import IdentityGone, IdentityTaken, IdentityUnfit, PendingIdentity, Profile
from preau.accounts.models import Account
from preau.attachments.actions.attach import UNDO_WITHIN, attach
from preau.attachments.actions.enter import Proof, check_names_are_enough, make_account, use_up
from preau.attachments.arriving import is_named
from preau.attachments.models import Attachment, How, IdentityChange
from preau.attachments.refusals import (
    AccountOfAnother,
    AccountTakenHere,
    AdultIdentity,
    IdentityOfAnother,
    IdentityOver,
    LearnerLeft,
    LearnerTaken,
    NothingToRestore,
    OldAccountClosed,
    OldIdentityTaken,
    OtherSchool,
    StaffAccount,
    TwoAccounts,
)
from preau.attachments.sightings import count_joined
from preau.audit.actions import record
from preau.establishments.models import school_year_start
from preau.rosters.models import Learner, LearnerStatus

if TYPE_CHECKING:
    from django.http import HttpRequest


@transaction.atomic
def join_identity(
    request: HttpRequest, *, learner: Learner, proof: Proof, account: Account | None, at: datetime
) -> Account:
    """Give the identity that waits to this pupil's account, found or made, and attach the account.

    `account` is the one whose password was just given, or that is signed in; with none, a card or a yes of the staff
    opens the pupil's, and names with a birth date only one that nobody owns yet, or whose owner the ENT names and has
    renewed. All or nothing. Raises IdentityOver, AdultIdentity, DetachedLately, LearnerLeft, LearnerTaken,
    StaffAccount, a CardRefusal, HelpOver, or InConflict.
    """
    waiting = _waiting(request, at=at)
    learner = _locked(learner)
    school = learner.establishment
    if waiting.uais and school.uai not in waiting.uais:
        raise OtherSchool(learner=learner, other_account=account)
    holder = _holder(waiting)
    if holder is not None and Attachment.objects.active().filter(learner=learner, account=holder).exists():
        identities.forget(request)  # two clicks at the same second: the other one did everything
        return holder
    check_names_are_enough(learner, proof, at=at)
    named = waiting if is_named(request, waiting, learner) else None
    account = _account_for(learner, proof, account, named, at=at)
    use_up(proof, at=at)
    try:
        attach(learner=learner, account=account, how=_how(proof), by=account, at=at)
    except AccountTakenHere:
        raise AccountOfAnother(
            learner=learner, other_account=account, other_learner=_pupil_here(account, learner)
        ) from None
    try:
        identity = identities.connect(request, account=account, at=at)
    except IdentityGone:
        raise IdentityOver from None
    except IdentityUnfit:
        raise StaffAccount from None
    except IdentityTaken:
        raise IdentityOfAnother(learner=learner, other_account=_holder(waiting)) from None
    _replace(learner, account, identity, at=at)
    count_joined(learner, at=at)
    record(
        verb="identite-reunie",
        at=at,
        by=account,
        uai=school.uai,
        about=learner.display_name,
        learner_id=learner.pk,
        provider=waiting.provider_name,
    )
    return account


def _waiting(request: HttpRequest, *, at: datetime) -> PendingIdentity:
    try:
        waiting = identities.held(request, at=at)
    except IdentityGone:
        raise IdentityOver from None
    if waiting.profile != Profile.PUPIL:
        raise AdultIdentity
    return waiting


def _holder(waiting: PendingIdentity) -> Account | None:
    """Whose the identity is by now."""
    rows = SocialAccount.objects.filter(provider=waiting.provider, uid=waiting.uid).select_related("user")
    found = rows.first()
    return found.user if found else None


def _locked(learner: Learner) -> Learner:
    rows = Learner.objects.select_for_update(of=("self",)).select_related("establishment")
    found = rows.filter(pk=learner.pk).first()
    if found is None or found.status != LearnerStatus.PRESENT:
        raise LearnerLeft
    return found


def _account_for(
    learner: Learner, proof: Proof, account: Account | None, named: PendingIdentity | None, *, at: datetime
) -> Account:
    """The account that the identity joins; made when the pupil has none. `named` when the ENT names this pupil."""
    held = Attachment.objects.active().filter(learner=learner).select_related("account").first()
    owner = held.account if held else None
    if account is not None and owner is not None and account != owner:
        raise TwoAccounts(learner=learner, other_account=account)
    if owner is not None and account is None and proof.card is None:
        renewed = named is not None and is_renewed(owner, learner, named, at=at)
        if not renewed and not is_unowned(owner, learner):
            raise LearnerTaken
    found = owner or account
    if found is None:
        # No identifier: the pupil enters by the ENT. Without a birth date nothing else would tell a pupil's account.
        return make_account(learner, named=learner.birth_date is None)
    if not found.is_active:
        raise OldAccountClosed
    if found.is_staff:
        raise StaffAccount
    return found


def is_unowned(account: Account, learner: Learner) -> bool:
    """Whether nobody can enter with this account here, so that names and a birth date may take it up.

    It has no password, and no identity of this pupil's school: the school made it, or the pupil comes from another one.
    """
    if account.has_usable_password():
        return False
    uai = learner.establishment.uai
    kept = SocialAccount.objects.filter(user=account).values_list("extra_data", flat=True)
    return all(uais_in(data) and uai not in uais_in(data) for data in kept)


def is_renewed(account: Account, learner: Learner, waiting: PendingIdentity, *, at: datetime) -> bool:
    """Whether the ENT has only given this pupil another identity, so that their birth date is proof enough.

    To be asked where the ENT names the pupil. There is no password, and nobody has used the old identities of this
    school, all of the same ENT, since the rentrée.
    """
    if account.has_usable_password():
        return False
    start, uai = school_year_start(at), learner.establishment.uai
    rows = SocialAccount.objects.filter(user=account)
    return all(
        (uais_in(data) and uai not in uais_in(data)) or (provider == waiting.provider and used < start)
        for data, provider, used in rows.values_list("extra_data", "provider", "last_login")
    )


def uais_in(data: object) -> list[str]:
    """The schools that an identity spoke of when it was last seen."""
    said = data.get("uais") if isinstance(data, dict) else None
    return [one for one in said if isinstance(one, str)] if isinstance(said, list) else []


def _how(proof: Proof) -> How:
    return proof.how if proof.card or proof.help_request else How.SSO


def _pupil_here(account: Account, learner: Learner) -> Learner | None:
    here = Attachment.objects.active().filter(account=account, establishment_id=learner.establishment_id)
    found = here.select_related("learner").first()
    return found.learner if found else None


def _replace(learner: Learner, account: Account, identity: SocialAccount, *, at: datetime) -> None:
    """The new identity of a provider takes the place of the old one, which can come back for thirty days."""
    old = SocialAccount.objects.filter(user=account, provider=identity.provider).exclude(pk=identity.pk)
    for one in old.order_by("pk"):
        IdentityChange.objects.create(
            learner=learner,
            account=account,
            provider=one.provider,
            old_uid=one.uid,
            old_data=one.extra_data,
            identity=identity,
            made_at=at,
        )
        one.delete()
        _record("identite-remplacee", learner, by=account, at=at)


@transaction.atomic
def undo_identity(*, change: IdentityChange, by: Account, at: datetime) -> IdentityChange:
    """Put the old identity back, within thirty days; the new one opens nothing any more.

    Raises NothingToRestore, OldIdentityTaken.
    """
    undone = IdentityChange.objects.filter(pk=change.pk, undone_at=None, made_at__gte=at - UNDO_WITHIN)
    if not change.old_uid or not undone.update(undone_at=at, undone_by=by):
        raise NothingToRestore
    SocialAccount.objects.filter(user=change.account_id, provider=change.provider).delete()
    back, made = SocialAccount.objects.get_or_create(
        provider=change.provider,
        uid=change.old_uid,
        defaults={"user_id": change.account_id, "extra_data": change.old_data},
    )
    if not made and back.user_id != change.account_id:
        if back.pk != change.identity_id:
            raise OldIdentityTaken
        # It had only moved, and the account it went to closes to whoever came in with it.
        end_sessions(accounts=[back.user_id], since=change.made_at)
        SocialAccount.objects.filter(pk=back.pk).update(user=change.account_id)
    # Whoever came in with the new identity goes out.
    end_sessions(accounts=[change.account_id], since=change.made_at)
    change.refresh_from_db()
    _record("identite-remise", change.learner, by=by, at=at)
    return change


def forget_old_identities(*, at: datetime) -> int:
    """Empty what can no longer be put back."""
    late = IdentityChange.objects.filter(made_at__lt=at - UNDO_WITHIN).exclude(old_uid="")
    return late.update(old_uid="", old_data={})


def _record(verb: str, learner: Learner, *, by: Account, at: datetime) -> None:
    record(
        verb=verb,
        at=at,
        by=by,
        uai=learner.establishment.uai,
        about=learner.display_name,
        learner_id=learner.pk,
    )
