"""Mail opens at fifteen; an arrival leads only to our own pages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from hypothesis import given
from hypothesis import strategies as st

from preau.accounts import arrival
from preau.accounts.actions import AgeUnknown, EmailNotAvailable, TooYoungForEmail, set_email
from preau.accounts.age import fifteenth_birthday, may_use_email
from preau.accounts.models import Account


def test_born_on_29_february_waits_for_1_march() -> None:
    assert fifteenth_birthday(date(2012, 2, 29)) == date(2027, 3, 1)


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)))
def test_mail_opens_on_the_fifteenth_birthday_and_not_a_day_before(birth_date: date) -> None:
    birthday = fifteenth_birthday(birth_date)
    assert may_use_email(birth_date, on=birthday)
    assert not may_use_email(birth_date, on=birthday - timedelta(days=1))


def test_lea_at_fourteen_keeps_her_identifier_and_adds_a_mail_on_her_birthday(db: None) -> None:
    lea = Account.objects.create(username="lea.martin", birth_date=date(2011, 9, 10))
    with pytest.raises(TooYoungForEmail) as refused:
        set_email(account=lea, email="lea@exemple.fr", at=datetime(2026, 9, 9, 12, tzinfo=UTC))
    assert "Avant 15 ans" in str(refused.value)
    set_email(account=lea, email=" Lea@Exemple.fr", at=datetime(2026, 9, 10, 12, tzinfo=UTC))
    lea.refresh_from_db()
    assert lea.email == "lea@exemple.fr"
    assert lea.modes == ["USERNAME", "EMAIL"]


def test_an_address_somebody_has_is_not_available_and_nobody_is_named(db: None) -> None:
    Account.objects.create(email="lea@exemple.fr")
    tom = Account.objects.create(username="tom", birth_date=date(2008, 1, 1))
    with pytest.raises(EmailNotAvailable):
        set_email(account=tom, email="lea@exemple.fr", at=datetime(2026, 9, 10, 12, tzinfo=UTC))
    with pytest.raises(AgeUnknown):
        set_email(
            account=Account.objects.create(username="x"),
            email="x@exemple.fr",
            at=datetime(2026, 9, 10, 12, tzinfo=UTC),
        )


@pytest.fixture
def request_() -> HttpRequest:
    request = HttpRequest()
    request.session = SessionBase()  # type: ignore[assignment]
    return request


@pytest.mark.parametrize(
    "elsewhere", ["https://x.example/", "//x.example", "/\\x.example", "javascript:1", "", "moi/"]
)
def test_an_arrival_never_leads_away(request_: HttpRequest, elsewhere: str) -> None:
    arrival.remember(request_, establishment_id=3, destination=elsewhere)
    assert arrival.arrival_of(request_) == arrival.Arrival(3, None)


def test_another_school_takes_the_old_destination_away(request_: HttpRequest) -> None:
    arrival.remember(
        request_, destination="/parcours/A/"
    )  # the tile of a parcours, before the ENT says the school
    arrival.remember(request_, establishment_id=3)
    assert arrival.arrival_of(request_).destination == "/parcours/A/"
    arrival.remember(request_, establishment_id=4)
    assert arrival.arrival_of(request_) == arrival.Arrival(4, None)
    arrival.forget(request_)
    assert arrival.arrival_of(request_) == arrival.Arrival()
