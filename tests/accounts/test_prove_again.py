"""« Encore vous ? » : what is grave is not done from a computer that was left open."""

from __future__ import annotations

from datetime import datetime

import pytest
from allauth.socialaccount.models import SocialAccount

from preau.accounts.models import OpenSession
from preau.accounts.second_factor.sure import LASTS, SURE
from preau.rosters.models import Learner
from tests.page import PageClient
from tests.privacy.people import leave
from tests.world import PASSWORD, World


def left_open(client: PageClient, now: datetime) -> PageClient:
    """A quarter of an hour went by."""
    session = client.session
    session[SURE] = int(now.timestamp()) - LASTS - 1
    session.save()
    return client


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("what", ["donnees", "effacer"])
def test_a_pupil_s_data_ask_first(world: World, as_, now: datetime, what: str, method: str) -> None:
    leave(world.lea)
    client, path = left_open(as_(world.boeuf), now), f"/e/0931434D/eleves/{world.lea.pk}/{what}/"
    answer = getattr(client, method)(path, {"step": "erase", "name": "Léa MARTIN", "format": "json"})
    assert answer.headers["Location"].startswith("/personnel/encore-vous/?next=%2Fe%2F0931434D%2Feleves%2F")
    assert Learner.objects.filter(pk=world.lea.pk).exists()


def test_an_ent_is_linked_or_taken_away_by_whoever_has_just_proved_it(
    world: World, as_, now: datetime
) -> None:
    his = SocialAccount.objects.create(user=world.garcao, provider="mediacentre", uid="ent-garcao")
    client = left_open(as_(world.garcao), now)
    for path in ("/personnel/compte/relier/mediacentre/", f"/personnel/compte/retirer/{his.pk}/"):
        back = client.post(path).headers["Location"]
        assert back == "/personnel/encore-vous/?next=%2Fpersonnel%2Fcompte%2F"
    assert SocialAccount.objects.filter(pk=his.pk).exists()
    before = client.session.session_key
    page = client.open("/personnel/encore-vous/?next=/personnel/compte/").submit(password=PASSWORD)
    assert client.session.session_key != before
    assert not OpenSession.objects.filter(session_key=before).exists()
    assert page.url == "/personnel/compte/"
    client.post(f"/personnel/compte/retirer/{his.pk}/")
    assert not SocialAccount.objects.filter(pk=his.pk).exists()


def test_other_sessions_are_closed_by_whoever_has_just_proved_it(world: World, as_, now: datetime) -> None:
    as_(world.boeuf)
    client = left_open(as_(world.boeuf), now)
    assert "encore-vous" in client.post("/moi/sessions/", {"mark": ""}).headers["Location"]
    assert OpenSession.objects.filter(account=world.boeuf).count() == 2


def test_whoever_has_no_second_proof_is_advised_one_at_sign_in(world: World, settings) -> None:
    def says(mfa: str, who: str) -> bool:
        settings.STAFF_MFA = mfa
        client = PageClient()
        answer = client.post("/personnel/", {"identifier": who, "password": PASSWORD}, follow=True)
        return "Ajoutez une deuxième preuve" in client.read(answer)

    boeuf, garcao = world.boeuf.email or "", world.garcao.email or ""
    assert (says("asked", boeuf), says("off", boeuf), says("asked", garcao)) == (True, False, False)
