"""« Mes sessions »: where my account is open, and closing it from here."""

from __future__ import annotations

import pytest

from preau.accounts.devices import device_words
from preau.accounts.models import OpenSession
from preau.audit.models import Entry
from tests.page import PageClient
from tests.world import PASSWORD, World

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
)


def enters(world: World, agent: str = FIREFOX) -> PageClient:
    client = PageClient(HTTP_USER_AGENT=agent)
    client.post("/personnel/", {"identifier": world.boeuf.email, "password": PASSWORD})
    return client


def is_in(client: PageClient) -> bool:
    return client.get("/personnel/compte/").status_code == 200


def test_she_sees_where_she_is_and_closes_the_telephone(world: World) -> None:
    here, phone = enters(world), enters(world, PHONE)
    page = here.open("/personnel/compte/").follow("Mes sessions")
    assert "Firefox sur Windows" in page
    assert "Safari sur iPhone" in page
    assert "avec le mot de passe" in page
    page = page.submit("Fermer")
    assert "1 session fermée" in page
    assert is_in(here)
    assert not is_in(phone)
    assert Entry.objects.get(verb="sessions-fermees").actor_id == world.boeuf.pk


def test_one_press_closes_all_the_others(world: World) -> None:
    here, others = enters(world), [enters(world) for _ in range(3)]
    assert "3 sessions fermées" in here.open("/moi/sessions/").submit("Fermer toutes les autres")
    assert is_in(here)
    assert not any(is_in(one) for one in others)


def test_nobody_closes_the_session_of_another_and_no_key_is_shown(world: World) -> None:
    hers, his = enters(world), PageClient()
    his.post("/personnel/", {"identifier": world.garcao.email, "password": PASSWORD})
    key = hers.session.session_key
    page = hers.open("/moi/sessions/")
    assert key not in page.response.content.decode()
    marks = [field.get("value") for field in enters(world).open("/moi/sessions/").css("input[name=mark]")]
    for mark in [*marks, key, "x" * 500, "é"]:
        his.post("/moi/sessions/", {"mark": mark})
    assert is_in(hers)
    assert OpenSession.objects.filter(account=world.boeuf).count() == 2


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox sur Windows"),
        (PHONE, "Safari sur iPhone"),
        ("Mozilla/5.0 (X11; CrOS x86_64) AppleWebKit/537 Chrome/130 Safari/537", "Chrome sur Chromebook"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537 Edg/130", "Edge sur Windows"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_browser_in_words(agent: str, words: str) -> None:
    assert device_words(agent) == words
