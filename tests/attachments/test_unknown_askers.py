"""Whom names alone no longer let in: after a detachment by staff; and whom only the help code tells."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from preau.accounts.models import Account
from preau.attachments.actions import Proof, detach, enter_first, join_school
from preau.attachments.models import Attachment, HelpRequest, HelpState, How
from preau.attachments.refusals import DetachedLately
from preau.campaigns.models import Campaign
from tests.attachments.doubles import account_of, held
from tests.page import Page, PageClient
from tests.world import World

CODE = "BDFGHK274"
PASSWORD = "trois souris vertes"
HELPS = "/e/0931434D/aides/"


@pytest.fixture
def campaign(world: World, now: datetime) -> Campaign:
    return Campaign.objects.create(
        establishment=world.tilleuls, title="R", code=CODE, opens_at=now - timedelta(days=1), made_at=now
    )


@pytest.fixture
def impostor(world: World, campaign: Campaign, now: datetime) -> Account:
    """Somebody came in as Léa; staff detached them."""
    account = account_of(world.lea, "pas.lea", password=PASSWORD, at=now)
    made = held(world.lea, account, now)
    detach(attachment=made, why="Un autre élève est entré avec ce nom", by=world.boeuf, at=now)
    return account


def types_her_name(page: PageClient) -> Page:
    page.open(f"/code/{CODE}/")
    return page.open("/premiere-fois/").submit(
        "Continuer", first_name="Léa", last_name="Martin", birth_date="12/03/2015"
    )


def test_after_a_detachment_the_right_names_give_a_help_code_like_any_other(
    world: World, impostor: Account, page: PageClient, as_: Any
) -> None:
    unknown = PageClient()
    unknown.open(f"/code/{CODE}/")
    other = unknown.open("/premiere-fois/").submit(
        "Continuer", first_name="Bob", last_name="Wang", birth_date="12/03/2015"
    )
    seen = types_her_name(page)
    assert seen.title == other.title == "Nous ne te retrouvons pas encore"
    asked = HelpRequest.objects.get(reason="detached")
    listed = as_(world.boeuf).open(HELPS)
    assert "a été détaché il y a moins de 30 jours" in listed
    assert asked.code not in listed
    assert "Oui, c’est Léa" not in listed
    decide = reverse("attachments:help_decide", args=["0931434D", asked.pk])
    refused = as_(world.boeuf).read(as_(world.boeuf).post(decide, {"learner": world.lea.pk}, follow=True))
    assert "Tapez d’abord le code d’aide" in refused
    as_(world.garcao).open(f"{HELPS}?code={asked.code.lower()}").submit("Oui, c’est Léa MARTIN")
    page.open("/code-d-aide/").submit("Oui").submit("Entrer", password="une girafe sous le banc")
    assert Attachment.objects.active().get(learner=world.lea).made_how == How.STAFF


def test_after_thirty_days_or_when_the_right_one_is_in_names_serve_again(
    world: World, impostor: Account, page: PageClient, now: datetime
) -> None:
    Attachment.objects.update(ended_at=now - timedelta(days=30, minutes=1))
    assert types_her_name(page).title == "C’est bien toi ?"


def test_no_action_lets_names_alone_attach_again(world: World, impostor: Account, now: datetime) -> None:
    with pytest.raises(DetachedLately):
        join_school(learner=world.lea, account=impostor, proof=Proof(), at=now)
    with pytest.raises(DetachedLately):
        enter_first(learner=world.lea, proof=Proof(), username="", password="une girafe sous le banc", at=now)
    assert not Attachment.objects.active().exists()


def test_a_proof_by_names_that_waited_during_the_detachment_opens_nothing(
    world: World, campaign: Campaign, page: PageClient, now: datetime
) -> None:
    asked = types_her_name(page)
    made = held(world.lea, account_of(world.lea, "pas.lea", at=now), now)
    detach(attachment=made, why="pas elle", by=world.boeuf, at=now)
    assert (
        asked.submit("Oui").submit("Entrer", password=PASSWORD).title
        == "Ton professeur doit vérifier avec toi"
    )
    assert not Attachment.objects.active().exists()


def test_the_code_of_a_pupil_without_names_is_never_listed_and_must_be_typed(
    world: World, campaign: Campaign, page: PageClient, as_: Any
) -> None:
    asked = HelpRequest.objects.create(
        establishment=world.tilleuls, code="K7M4", reason="lost", made_at=timezone.now()
    )
    listed = as_(world.boeuf).open(HELPS)
    assert "K7M4" not in listed
    assert "tapez plus haut celui que l’élève vous lit" in listed
    decide = reverse("attachments:help_decide", args=["0931434D", asked.pk])
    for code in ("", "AAAA", "é" * 40):
        as_(world.boeuf).post(decide, {"learner": world.zoe.pk, "code": code})
    asked.refresh_from_db()
    assert asked.state == HelpState.WAITING
    as_(world.boeuf).post(decide, {"learner": world.zoe.pk, "code": "k7-m4"})
    asked.refresh_from_db()
    assert asked.learner == world.zoe


def test_a_near_match_explained_by_the_names_needs_no_code_but_another_pupil_does(
    world: World, campaign: Campaign, page: PageClient, as_: Any
) -> None:
    page.open(f"/code/{CODE}/")
    page.open("/premiere-fois/").submit(
        "Continuer", first_name="Léa", last_name="Martin", birth_date="13/03/2015"
    )
    asked = HelpRequest.objects.get()
    decide = reverse("attachments:help_decide", args=["0931434D", asked.pk])
    as_(world.boeuf).post(decide, {"learner": world.learners["apolline"].pk})
    asked.refresh_from_db()
    assert asked.state == HelpState.WAITING
    as_(world.boeuf).post(decide, {"learner": world.lea.pk})
    asked.refresh_from_db()
    assert asked.state == HelpState.ACCEPTED
