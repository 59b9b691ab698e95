"""The demonstration pupil: an adult walks the pupil's path without ever being a real pupil.

It lives in a school of its own, where nobody works: no list, no figure and no export of a real school can hold it. It
is made anew at each trial and taken away two hours later, with whatever was done with it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from preau.accounts.models import Account
from preau.attachments.actions import make_cards
from preau.attachments.codes import show
from preau.attachments.models import Attachment
from preau.audit.actions import record
from preau.campaigns.actions import CampaignWish, create_campaign
from preau.campaigns.models import Campaign, CampaignKind
from preau.classroom.models import Trial
from preau.establishments.models import DEMONSTRATION_UAI, Establishment, Membership
from preau.handouts.actions import new_token
from preau.rosterfiles.names import fold, sort_key
from preau.rosters.models import Division, Learner

TRIAL_LASTS = timedelta(hours=2)
NAMES = ("Camille", "Sacha", "Lou", "Noa", "Andréa", "Maxence", "Élie", "Charlie")
FAMILY = "Démonstration"
CLASS, TITLE = "6 Démo", "Parcours de démonstration"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What an adult needs to try: who they are for two hours, their card, the code of the board."""

    learner: Learner
    card_code: str
    campaign: Campaign


@transaction.atomic
def start_trial(*, membership: Membership, rng: random.Random, at: datetime) -> Demonstration:
    """A new demonstration pupil for this member of staff, with a card; the one they had goes away."""
    Trial.objects.filter(membership=membership).delete()
    forget_trials(at=at)
    school = _school()
    division, _ = Division.objects.get_or_create(establishment=school, key="6demo", defaults={"name": CLASS})
    learner = _pupil(school, division, rng)
    Trial.objects.create(membership=membership, learner=learner, made_at=at)
    (card,) = make_cards(
        learners=[learner],
        token=new_token(),
        batch_number="ESSAI",
        expires_at=at + TRIAL_LASTS,
        by=membership.account,
        at=at,
    )
    record(verb="demonstration-essayee", at=at, by=membership.account, uai=membership.establishment.uai)
    return Demonstration(learner, show(card.code), _campaign(school, membership.account, at=at))


@transaction.atomic
def forget_trials(*, at: datetime) -> int:
    """Take away the demonstration pupils that nobody is trying any more, and their accounts; say how many."""
    fresh = Trial.objects.filter(made_at__gt=at - TRIAL_LASTS).values("learner")
    old = Learner.objects.filter(establishment__uai=DEMONSTRATION_UAI).exclude(pk__in=fresh)
    learners = list(old.values_list("pk", flat=True))
    if not learners:
        return 0
    theirs = Attachment.objects.filter(learner__in=learners)
    accounts = list(theirs.values_list("account", flat=True))
    elsewhere = Attachment.objects.filter(account__in=accounts).exclude(learner__in=learners)
    kept = set(elsewhere.values_list("account", flat=True))
    Learner.objects.filter(pk__in=learners).delete()
    Account.objects.filter(pk__in=set(accounts) - kept, is_staff=False, memberships=None).delete()
    return len(learners)


def _school() -> Establishment:
    values = {"name": "École de démonstration", "town": "personne n’y est inscrit"}
    return Establishment.objects.get_or_create(uai=DEMONSTRATION_UAI, defaults=values)[0]


def _pupil(school: Establishment, division: Division, rng: random.Random) -> Learner:
    """Names and a birth date that no other trial has now: the way by names finds this one."""
    taken = set(Learner.objects.filter(establishment=school).values_list("first_name", "birth_date"))
    while True:
        first, born = rng.choice(NAMES), date(2014, 1, 1) + timedelta(days=rng.randrange(365))
        if (first, born) not in taken:
            break
    return Learner.objects.create(
        establishment=school,
        division=division,
        last_name=FAMILY,
        first_name=first,
        birth_date=born,
        search_key=fold(f"{FAMILY} {first}"),
        sort_key=sort_key(f"{FAMILY} {first}"),
        by_hand=True,
    )


def _campaign(school: Establishment, by: Account, *, at: datetime) -> Campaign:
    """It opens the parcours of the first day: an adult meets its questions as a pupil does, and counts nowhere."""
    kind = CampaignKind.RENTREE
    found = Campaign.objects.open(at).filter(establishment=school, kind=kind).first()
    if found is not None:
        return found
    wish = CampaignWish(TITLE, "", at - timedelta(minutes=1), None, (), several_tries=True, kind=kind)
    return create_campaign(establishment=school, wish=wish, by=by, at=at)
