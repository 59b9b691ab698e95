"""Who can sign in to the rehearsal with what, as it is true now: every line is tried before it is said."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.db.models import Exists, OuterRef

from preau.accounts.models import Account
from preau.attachments.actions import open_card
from preau.attachments.codes import show
from preau.attachments.models import Attachment
from preau.attachments.refusals import CardRefusal
from preau.campaigns.models import Campaign
from preau.establishments.models import Establishment, Membership, Role
from preau.handouts.actions import prepare_batch
from preau.rehearsal.mediacentre import Mediacentre
from preau.rehearsal.schools import ADMINISTRATOR, PASSWORD, SCHOOLS, School, rehearsal_schools
from preau.rosters.models import Learner, LearnerQuerySet
from preau.web.french import typeset
from preau.web.refusals import Refusal

_TURNS = 20


@dataclass(frozen=True, slots=True)
class CardInHand:
    """A card that opens a door now; `code` is as printed."""

    learner: Learner
    code: str


@dataclass(frozen=True, slots=True)
class SignIns:
    """What opens one of the schools now."""

    school: School
    establishment: Establishment
    present: int
    staff: list[Membership]
    pupils: list[tuple[Learner, Account]]
    card: CardInHand | None
    newcomer: Learner | None
    campaigns: list[Campaign]


def sign_ins(*, now: datetime) -> list[SignIns]:
    """What opens each school, school by school; those who changed their password are left out."""
    found = {one.uai: one for one in rehearsal_schools()}
    return [_of_school(school, found[school.uai], now) for school in SCHOOLS if school.uai in found]


def _of_school(school: School, establishment: Establishment, now: datetime) -> SignIns:
    present = Learner.objects.present().filter(establishment=establishment)
    attached = Attachment.objects.active().filter(learner=OuterRef("pk"))
    without = present.filter(~Exists(attached), birth_date__isnull=False, division__isnull=False)
    alone = list(without.select_related("division").in_list_order()[:2])
    referent = establishment.memberships.select_related("establishment", "account").filter(role=Role.REFERENT)
    return SignIns(
        school=school,
        establishment=establishment,
        present=present.count(),
        staff=_staff(establishment),
        pupils=_pupils(school, present),
        card=_card(alone[0], referent.first(), now) if alone else None,
        newcomer=alone[1] if len(alone) > 1 else None,
        campaigns=list(Campaign.objects.open(now).filter(establishment=establishment).order_by("pk")),
    )


def _staff(establishment: Establishment) -> list[Membership]:
    members = establishment.memberships.select_related("account").order_by("pk")
    return [one for one in members if one.account.email and one.account.check_password(PASSWORD)]


def _pupils(school: School, present: LearnerQuerySet) -> list[tuple[Learner, Account]]:
    """Two who are in, the first by mail where the school has mails."""
    inside = Attachment.objects.opening().filter(
        learner__in=present, account__password_chosen_at__isnull=False, account__is_active=True
    )
    inside = inside.select_related("learner__division", "account").order_by("pk")
    by_name = inside.filter(account__username__isnull=False)
    by_mail = inside.filter(account__email__isnull=False) if school.mails else inside.none()
    chosen: list[tuple[Learner, Account]] = []
    for rows, wanted in ((by_mail, 1), (by_name.filter(account__email=None), 2 - bool(school.mails))):
        opening = (one for one in rows[:12] if one.account.check_password(PASSWORD))
        chosen += [(one.learner, one.account) for one in islice(opening, wanted)]
    return chosen


def _card(learner: Learner, referent: Membership | None, now: datetime) -> CardInHand | None:
    """A card of this pupil that opens now: the one of the last run, or a new one.

    Its code follows from the server's own key and the pupil, so it is kept nowhere and can yet be said again; the
    turn changes once the card was used, replaced or is out of date.
    """
    if referent is None:
        return None
    for turn in range(_TURNS):
        try:
            prepared = prepare_batch(
                membership=referent,
                learners=[learner],
                token=_token(learner, turn),
                by=referent.account,
                at=now,
            )
            open_card(prepared.cards[0].code, now)
        except (CardRefusal, Refusal):
            continue
        return CardInHand(learner, show(prepared.cards[0].code))
    return None


def _token(learner: Learner, turn: int) -> str:
    said = f"preau.rehearsal.card:{learner.pk}:{turn}".encode()
    return urlsafe_b64encode(hmac.digest(settings.SECRET_KEY.encode(), said, "sha256")).decode().rstrip("=")


def lines(found: list[SignIns], *, address: str) -> Iterator[str]:
    """The summary, line by line."""
    total = sum(one.present for one in found)
    yield typeset(f"Préau : la répétition. Deux établissements et {total} élèves inventés, personne de réel.")
    yield ""
    yield f"  Adresse       {address}/"
    yield f"  Mot de passe  {PASSWORD}   (le même pour tous, élèves et personnel)"
    for one in found:
        yield ""
        yield f"  {one.school.name}, {one.school.town} · {one.establishment.uai}"
        yield from (f"    {line}" for line in _school_lines(one, address))
    yield ""
    yield f"  Administration du serveur · {address}/admin/"
    yield f"    {_administration()}"
    yield ""


def ent_lines(ent: Mediacentre) -> Iterator[str]:
    """Where the invented ENT is, and what there is to try."""
    yield typeset("  Médiacentre inventé : choisissez qui vous êtes, puis la tuile Préau.")
    yield f"    {ent.address}/"
    if ent.cas:
        yield f"    {ent.cas}/login   (l’ENT en CAS)"


def _school_lines(one: SignIns, address: str) -> Iterator[str]:
    if one.staff:
        yield f"Personnel · {address}/personnel/"
    for member in one.staff:
        yield f"  {member.account.email:<34} {member.account.get_full_name()}, {member.get_role_display()}"
    if one.pupils:
        yield f"Élèves · {address}/connexion/"
    for learner, account in one.pupils:
        shown = account.email or account.username or ""
        yield f"  {shown:<34} {_who(learner)}"
    if one.card:
        yield f"Carte d’élève · {address}/carte/"
        yield f"  {one.card.code:<34} {_who(one.card.learner)}"
    if one.campaigns:
        yield f"Codes de campagne · {address}/"
    for campaign in one.campaigns:
        yield f"  {campaign.shown_code:<34} {campaign.title}"
    if one.newcomer and one.newcomer.birth_date:
        yield "Première fois sans carte (avec un code de campagne)"
        yield f"  {one.newcomer.birth_date:%d/%m/%Y}                         {_who(one.newcomer)}"


def _who(learner: Learner) -> str:
    return f"{learner.display_name}, {learner.division.name if learner.division else 'sans classe'}"


def _administration() -> str:
    account = Account.objects.filter(username=ADMINISTRATOR).first()
    if account is None or not account.check_password(PASSWORD):
        return typeset(
            f"{ADMINISTRATOR} : choisissez son mot de passe par « preau changepassword {ADMINISTRATOR} »."
        )
    return ADMINISTRATOR
