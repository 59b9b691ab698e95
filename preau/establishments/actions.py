"""What can be done with a school and its staff, and when it is refused."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from preau.accounts.actions import choose_password
from preau.accounts.keyed import all_keyed, keyed
from preau.accounts.models import Account, ConnectionMode
from preau.accounts.passwords import Reader
from preau.audit.actions import record
from preau.establishments.models import Establishment, Invitation, Membership, Role
from preau.establishments.signals import joined
from preau.web.refusals import Refusal

if TYPE_CHECKING:
    from django.db.models import QuerySet

VALID_FOR = timedelta(days=7)

SALT = "preau.establishments.invitation"


class InvitationUnknown(Refusal):
    """The link was cut, or invented."""

    message = "Ce lien d’invitation n’est pas complet, ou n’existe pas."


class InvitationUsed(Refusal):
    """Somebody came in with it already."""

    message = "Cette invitation a déjà servi. Connectez-vous avec votre adresse et votre mot de passe."


class InvitationExpired(Refusal):
    """Seven days have passed."""

    message = "Cette invitation a expiré : elle valait sept jours."


class InvitationWithdrawn(Refusal):
    """The head took it back, or sent a newer one."""

    message = "Cette invitation a été annulée ou remplacée par une plus récente."


class NotForThisAccount(Refusal):
    """The link was meant for somebody else."""

    message = "Cette invitation est pour une autre adresse que la vôtre."


class AccountOfPupil(Refusal):
    """A pupil never becomes staff with the same account."""

    message = (
        "Cette adresse est celle d’un compte d’élève : l’équipe doit utiliser une adresse professionnelle."
    )


class LastHead(Refusal):
    """A school always has somebody to turn to."""

    message = "Il faut au moins un chef d’établissement : donnez d’abord ce rôle à une autre personne."


class AccountMeanwhile(Refusal):
    """The account was made in another tab."""

    message = "Votre compte vient d’être créé. Connectez-vous pour continuer."


@dataclass(frozen=True, slots=True)
class MadeInvitation:
    """An invitation and the secret of its link, which nobody can read again."""

    invitation: Invitation
    token: str


@transaction.atomic
def invite(
    *,
    establishment: Establishment,
    email: str,
    role: str,
    divisions: Sequence[str] = (),
    by: Account | None,
    at: datetime,
) -> MadeInvitation:
    """Ask a colleague to join, for seven days; an earlier invitation of the same address is withdrawn.

    Somebody who is in the team already may be invited again: that is how a password is replaced without mail.
    """
    email = email.strip().lower()
    _open(establishment.invitations.filter(email=email)).update(withdrawn_at=at)
    token = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        establishment=establishment,
        email=email,
        role=Role(role),
        digest=keyed(SALT, token),
        divisions=list(divisions) if role == Role.TEACHER else [],
        invited_by=by,
        invited_at=at,
        expires_at=at + VALID_FOR,
    )
    record(verb="invitation-envoyee", at=at, by=by, uai=establishment.uai, about=email, role=str(role))
    return MadeInvitation(invitation, token)


def _open(invitations: QuerySet[Invitation]) -> QuerySet[Invitation]:
    return invitations.filter(accepted_at=None, withdrawn_at=None)


@transaction.atomic
def withdraw(*, invitation: Invitation, by: Account, at: datetime) -> None:
    """Take an invitation back; nothing happens when it is closed already."""
    if _open(Invitation.objects.filter(pk=invitation.pk)).update(withdrawn_at=at):
        uai = invitation.establishment.uai
        record(verb="invitation-annulee", at=at, by=by, uai=uai, about=invitation.email)


def open_invitation(token: str, *, at: datetime) -> Invitation:
    """The invitation behind a link. Raises InvitationUnknown, -Used, -Withdrawn or -Expired."""
    invitation = (
        Invitation.objects.select_related("establishment", "invited_by")
        .filter(digest__in=all_keyed(SALT, token))
        .first()
    )
    if invitation is None:
        raise InvitationUnknown
    if invitation.accepted_at:
        raise InvitationUsed
    if invitation.withdrawn_at:
        raise InvitationWithdrawn
    if invitation.expires_at <= at:
        raise InvitationExpired
    return invitation


def may_replace_password(account: Account, *, establishment: Establishment) -> bool:
    """Whether an invitation to this school may replace this account's password.

    Only for a colleague who works here and nowhere else, and administers nothing: a head must not be able to
    enter somebody's account in another school by inviting them.
    """
    if account.is_staff or account.is_superuser:
        return False
    schools = set(account.memberships.values_list("establishment_id", flat=True))
    return schools == {establishment.pk}


@transaction.atomic
def accept(*, invitation: Invitation, account: Account, at: datetime) -> Membership:
    """Join the school with an account that is already there, or take the role of a newer invitation.

    Raises NotForThisAccount, AccountOfPupil, LastHead, or why the invitation is closed.
    """
    if account.email != invitation.email:
        raise NotForThisAccount
    if (account.username is not None or account.birth_date is not None) and not account.is_staff:
        raise AccountOfPupil
    still = _open(Invitation.objects.filter(pk=invitation.pk, expires_at__gt=at))
    if not still.update(accepted_at=at):  # a double click, another tab, or the head just took it back
        raise InvitationUsed
    school = invitation.establishment
    membership, made = Membership.objects.get_or_create(
        account=account, establishment=school, defaults={"role": invitation.role}
    )
    if not made and membership.role != invitation.role:
        _keep_a_head(membership, role=invitation.role)
        membership.role = invitation.role
        membership.save(update_fields=["role"])
    record(verb="equipe-rejointe", at=at, by=account, uai=school.uai, role=membership.role)
    joined.send(
        sender=Membership, membership=membership, divisions=list(invitation.divisions), by=account, at=at
    )
    return membership


@transaction.atomic
def accept_as_newcomer(
    *, invitation: Invitation, first_name: str, last_name: str, password: str, at: datetime
) -> Membership:
    """Make the account of a colleague who has none, with the password they chose, and join the school.

    Raises ValidationError about the password, AccountMeanwhile, or why the invitation is closed.
    """
    account = Account(email=invitation.email, first_name=first_name, last_name=last_name)
    account.set_unusable_password()
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError:
        raise AccountMeanwhile from None
    _choose(account, invitation.establishment, password, at)
    return accept(invitation=invitation, account=account, at=at)


@transaction.atomic
def accept_with_new_password(
    *, invitation: Invitation, account: Account, password: str, at: datetime
) -> Membership:
    """Replace the forgotten password of a colleague of this school only; see `may_replace_password`."""
    if not may_replace_password(account, establishment=invitation.establishment):
        raise NotForThisAccount
    _choose(account, invitation.establishment, password, at)
    return accept(invitation=invitation, account=account, at=at)


def _choose(account: Account, school: Establishment, password: str, at: datetime) -> None:
    choose_password(
        account=account,
        password=password,
        at=at,
        reader=Reader.STAFF,
        personal=school_words(school),
        uai=school.uai,
    )


def school_words(school: Establishment) -> list[str]:
    """What a password must not contain because it names the school."""
    plain = {"college", "collège", "lycee", "lycée", "professionnel", "general", "général", "saint", "sainte"}
    words = [*school.name.replace("-", " ").split(), *school.town.replace("-", " ").split(), school.uai]
    return [word for word in words if len(word) >= 4 and word.lower() not in plain]


@transaction.atomic
def change_role(
    *, membership: Membership, role: str, divisions: Sequence[str] = (), by: Account, at: datetime
) -> Membership:
    """Give a colleague another role, or a teacher other classes. Raises LastHead."""
    role = Role(role)
    _keep_a_head(membership, role=role)
    if membership.role != role:
        membership.role = role
        membership.save(update_fields=["role"])
        record(
            verb="role-change",
            at=at,
            by=by,
            uai=membership.establishment.uai,
            about=str(membership.account),
            role=role,
        )
    joined.send(
        sender=Membership,
        membership=membership,
        divisions=list(divisions) if role == Role.TEACHER else [],
        by=by,
        at=at,
    )
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, by: Account, at: datetime) -> None:
    """Take a colleague out of the team; the account stays, and opens nothing here. Raises LastHead."""
    _keep_a_head(membership, role=None)
    uai, about = membership.establishment.uai, str(membership.account)
    membership.delete()
    record(verb="equipe-retrait", at=at, by=by, uai=uai, about=about)


def _keep_a_head(membership: Membership, *, role: str | None) -> None:
    """Raise LastHead when this membership is the only head's and would no longer be.

    The heads' rows are locked: two heads who leave at the same second cannot both go (SQLite writes one by one).
    """
    heads = Membership.objects.select_for_update().filter(
        establishment=membership.establishment_id, role=Role.HEAD
    )
    if role != Role.HEAD and list(heads.values_list("pk", flat=True)) == [membership.pk]:
        raise LastHead


@transaction.atomic
def set_school(
    *, establishment: Establishment, name: str, town: str, target_mode: str, by: Account, at: datetime
) -> Establishment:
    """Change a school's name, town and chosen way in; nothing is written when nothing changes."""
    wanted = {"name": name, "town": town, "target_mode": target_mode}
    changed = [field for field, value in wanted.items() if getattr(establishment, field) != value]
    if changed:
        for field in changed:
            setattr(establishment, field, wanted[field])
        establishment.save(update_fields=changed)
        record(verb="reglages-changes", at=at, by=by, uai=establishment.uai, changed=changed)
    return establishment


class ModeChangedMeanwhile(Refusal):
    """Somebody chose another way in after the page was shown."""

    message = (
        "La façon d’entrer a changé entre-temps : relisez ce que cela demande, puis choisissez de nouveau."
    )


@transaction.atomic
def switch_mode(
    *, establishment: Establishment, before: str, after: str, by: Account, at: datetime
) -> Establishment:
    """Choose another way in for the school, from the one the page was read with. Raises ModeChangedMeanwhile.

    The same click twice changes it once; nothing is taken from anybody: modes cumulate.
    """
    switched = Establishment.objects.filter(pk=establishment.pk, target_mode=before).exclude(
        target_mode=after
    )
    if switched.update(target_mode=after):
        labels = dict(ConnectionMode.choices)
        record(
            verb="mode-change",
            at=at,
            by=by,
            uai=establishment.uai,
            before=labels[before],
            after=labels[after],
        )
    establishment.refresh_from_db(fields=["target_mode"])
    if establishment.target_mode != after:
        raise ModeChangedMeanwhile
    return establishment


@transaction.atomic
def create_school(
    *, uai: str, name: str, town: str = "", head_email: str, by: Account | None, at: datetime
) -> tuple[Establishment, MadeInvitation]:
    """Open a school and invite its first head. Raises ValidationError (a wrong UAI, a UAI already here)."""
    school = Establishment(uai=uai, name=name, town=town)
    school.full_clean()
    school.save()
    record(verb="etablissement-cree", at=at, by=by, uai=uai, about=name)
    return school, invite(establishment=school, email=head_email, role=Role.HEAD, by=by, at=at)
