"""Whose session is whose, and how it ends from elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from preau.accounts.actions import end_sessions
from preau.accounts.models import Account, OpenSession
from tests.page import PageClient
from tests.world import PASSWORD


@pytest.fixture
def pupils(db: None) -> list[Account]:
    """Léa, Tom and Zoé, who chose the same password."""
    made = []
    for name in ("lea", "tom", "zoe"):
        account = Account(username=f"{name}.martin", first_name=name.title(), last_name="Martin")
        account.set_password(PASSWORD)
        account.save()
        made.append(account)
    return made


def enters(account: Account) -> PageClient:
    client = PageClient()
    client.post("/connexion/", {"identifier": account.username, "password": PASSWORD})
    return client


def is_in(client: PageClient) -> bool:
    return client.get("/moi/").status_code == 200


def test_a_session_says_whose_it_is_since_when_and_by_which_way(pupils: list[Account]) -> None:
    before = timezone.now() - timedelta(seconds=1)
    enters(pupils[0])
    row = OpenSession.objects.get(account=pupils[0])
    assert row.how == "password"
    assert before < row.opened_at <= timezone.now()


def test_a_visitor_has_a_session_of_nobody(db: None, page: PageClient, pupils: list[Account]) -> None:
    page.open("/carte/").submit("Continuer", code="AAAA-BBBB-CCCC")
    assert list(OpenSession.objects.values_list("account", flat=True)) == [None]
    assert end_sessions(accounts=[one.pk for one in pupils]) == 0
    assert OpenSession.objects.count() == 1


def test_a_class_is_signed_out_at_once_and_nobody_else_is(pupils: list[Account]) -> None:
    lea, tom, zoe = (enters(one) for one in pupils)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert end_sessions(accounts=[pupils[0].pk, pupils[1].pk]) == 2
    assert len([one for one in asked if "DELETE" in one["sql"]]) == 1
    assert [is_in(one) for one in (lea, tom, zoe)] == [False, False, True]


def test_a_session_opened_before_the_lesson_is_left_alone(pupils: list[Account]) -> None:
    at_home = enters(pupils[0])
    OpenSession.objects.update(opened_at=timezone.now() - timedelta(hours=2))
    in_class = enters(pupils[0])
    assert end_sessions(accounts=[pupils[0].pk], since=timezone.now() - timedelta(hours=1)) == 1
    assert (is_in(at_home), is_in(in_class)) == (True, False)


def test_signing_out_leaves_no_row_of_the_account(pupils: list[Account]) -> None:
    client = enters(pupils[0])
    client.post("/deconnexion/")
    assert not OpenSession.objects.filter(account=pupils[0]).exists()


def test_closing_an_account_ends_its_sessions_at_the_next_page(pupils: list[Account]) -> None:
    client = enters(pupils[0])
    Account.objects.filter(pk=pupils[0].pk).update(is_active=False)
    assert not is_in(client)


def test_erasing_an_account_erases_its_sessions(pupils: list[Account]) -> None:
    enters(pupils[0])
    pupils[0].delete()
    assert not OpenSession.objects.exists()


def test_an_hour_without_a_page_ends_a_session_and_a_page_starts_the_hour_again(
    pupils: list[Account],
) -> None:
    client, now = enters(pupils[0]), timezone.now()
    row = OpenSession.objects.get(account=pupils[0])
    assert timedelta(minutes=59) < row.expire_date - now <= timedelta(hours=1)
    OpenSession.objects.update(expire_date=now - timedelta(seconds=1))
    assert not is_in(client)
    said = client.get("/moi/", follow=True).content.decode()
    assert "ce que tu as fait est gardé" in said
    assert "ce que tu as fait est gardé" not in client.get("/connexion/").content.decode()


def test_however_busy_a_session_ends_twelve_hours_after_its_proof(
    pupils: list[Account], settings: Any
) -> None:
    settings.SESSION_LONGEST_HOURS = 12
    client = enters(pupils[0])
    rows = OpenSession.objects.filter(account=pupils[0])
    rows.update(opened_at=timezone.now() - timedelta(hours=11, minutes=59))
    assert is_in(client)
    assert OpenSession.objects.live(timezone.now()).filter(account=pupils[0]).count() == 1
    rows.update(opened_at=timezone.now() - timedelta(hours=12, seconds=1))
    assert OpenSession.objects.live(timezone.now()).filter(account=pupils[0]).count() == 0
    assert not is_in(client)
    assert is_in(enters(pupils[0]))


def test_signing_out_empties_what_the_tab_kept_and_nothing_else(pupils: list[Account]) -> None:
    for door in ("/deconnexion/", reverse("attachments:not_me")):
        answer = enters(pupils[0]).post(door)
        assert answer.headers["Clear-Site-Data"] == '"storage"', door
