"""A lesson of the 6A, opened by its teacher."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.hashers import make_password

from preau.accounts.models import Account
from preau.attachments.actions import attach, make_cards
from preau.attachments.codes import show
from preau.attachments.models import How
from preau.campaigns.actions import CampaignWish, create_campaign
from preau.campaigns.models import Campaign
from preau.classroom.actions import open_session
from preau.classroom.models import Session
from preau.handouts.actions import new_token
from preau.rosters.models import Learner
from tests.page import PageClient
from tests.world import World

PHRASE = "trois pommes sur la mare"


@pytest.fixture
def lesson(world: World, now: datetime) -> Session:
    """Opened a minute ago, so that whatever happens next happens during it."""
    at = now - timedelta(minutes=1)
    return open_session(division=world.divisions["6A"], minutes=55, by=world.garcao, at=at)


@pytest.fixture
def campaign(world: World, now: datetime) -> Campaign:
    wish = CampaignWish("Rentrée", "", now - timedelta(days=1), now + timedelta(days=30), ())
    return create_campaign(establishment=world.tilleuls, wish=wish, by=world.boeuf, at=now)


@pytest.fixture
def card_of(now: datetime) -> Callable[[Learner], str]:
    """The code of a new card, made before the lesson."""

    def made(learner: Learner) -> str:
        at = now - timedelta(hours=1)
        (card,) = make_cards(
            learners=[learner],
            token=new_token(),
            batch_number="2026-001",
            expires_at=at + timedelta(days=30),
            by=None,
            at=at,
        )
        return show(card.code)

    return made


@pytest.fixture
def account_of(now: datetime) -> Callable[..., Account]:
    """A pupil who has an account since yesterday, with PHRASE."""
    known = make_password(PHRASE)  # one slow digest for everybody

    def made(learner: Learner, username: str) -> Account:
        account = Account(
            username=username, first_name=learner.first_name, last_name=learner.last_name.title()
        )
        account.password = known
        account.password_chosen_at = now - timedelta(days=1)
        account.save()
        attach(learner=learner, account=account, how=How.CARD, by=None, at=now - timedelta(days=1))
        return account

    return made


def types_card(code: str, client: PageClient | None = None) -> PageClient:
    """A pupil on a computer of the room types a card's code."""
    client = client or PageClient()
    client.post("/carte/", {"code": code})
    return client


def enters_with_card(code: str) -> PageClient:
    """All the way: card, « C’est moi », password."""
    client = types_card(code)
    client.open("/c-est-moi/").submit("Oui, c’est moi")
    client.open("/mot-de-passe/").submit(password=PHRASE)
    return client


def signs_in(username: str, password: str = PHRASE) -> PageClient:
    """A pupil signs in with an identifier."""
    client = PageClient()
    client.post("/connexion/", {"identifier": username, "password": password})
    return client
