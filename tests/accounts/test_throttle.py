"""Wrong tries slow down one account, never a class, never for ever."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preau.accounts import throttle
from preau.accounts.actions import unblock
from preau.accounts.models import Account, SignInFailures

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 3, 9, 0, tzinfo=UTC)
KEY = throttle.account_key("lea.martin")


def after(count: int, *, at: datetime = NOW) -> timedelta:
    for _ in range(count):
        throttle.failed(KEY, at=at)
    return throttle.delay_left(KEY, at=at)


@pytest.mark.parametrize(
    ("count", "seconds"), [(0, 0), (4, 0), (5, 15), (6, 30), (7, 60), (8, 120), (11, 900), (60, 900)]
)
def test_delays_grow_up_to_a_quarter_of_an_hour(count: int, seconds: int) -> None:
    assert after(count) == timedelta(seconds=seconds)


def test_the_delay_runs_out_by_itself() -> None:
    after(5)
    assert throttle.delay_left(KEY, at=NOW + timedelta(seconds=15)) == timedelta()


def test_an_hour_later_all_is_forgotten() -> None:
    after(9)
    later = NOW + timedelta(minutes=61)
    assert throttle.delay_left(KEY, at=later) == timedelta()
    throttle.failed(KEY, at=later)
    assert SignInFailures.objects.get(key=KEY).count == 1


def test_staff_unblock_a_pupil_at_once() -> None:
    lea = Account.objects.create(username="lea.martin", email="lea@exemple.fr")
    after(9)
    for _ in range(9):
        throttle.failed(throttle.account_key("lea@exemple.fr"), at=NOW)
    unblock(account=lea)
    assert SignInFailures.objects.count() == 0


def test_a_school_on_its_first_morning_is_not_slowed_down() -> None:
    key = throttle.school_key(1)
    for minute in range(8):
        for _ in range(120):
            throttle.failed(key, at=NOW + timedelta(minutes=minute))
    assert throttle.delay_left(key, at=NOW + timedelta(minutes=8)) == timedelta()


def test_a_machine_that_tries_a_thousand_times_slows_itself_down_for_a_minute_at_most() -> None:
    key = throttle.school_key(1)
    SignInFailures.objects.create(key=key, count=5000, first_at=NOW, last_at=NOW)
    assert throttle.delay_left(key, at=NOW) == timedelta(minutes=1)
    assert throttle.delay_left(key, at=NOW + timedelta(minutes=11)) == timedelta()


def test_a_school_that_never_stops_trying_starts_again_every_ten_minutes() -> None:
    key = throttle.school_key(1)
    SignInFailures.objects.create(key=key, count=999, first_at=NOW, last_at=NOW + timedelta(minutes=9))
    throttle.failed(key, at=NOW + timedelta(minutes=11))
    assert SignInFailures.objects.get(key=key).count == 1


def test_a_pupil_whom_only_the_ent_brings_has_nothing_to_wait_for() -> None:
    assert throttle.delay_left(at=datetime(2026, 9, 1, tzinfo=UTC)) == timedelta()


def test_keys_name_nobody() -> None:
    assert "lea" not in KEY
    assert throttle.account_key(" LEA.martin ") == KEY
    assert throttle.account_key("lea.martin2") != KEY
    assert throttle.school_key(1)[0] != KEY[0]


def test_what_faded_is_swept_away() -> None:
    after(3)
    assert throttle.sweep(at=NOW + timedelta(hours=23)) == 0
    assert throttle.sweep(at=NOW + timedelta(hours=25)) == 1


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 4000), max_size=30))
def test_nobody_ever_waits_more_than_a_quarter_of_an_hour(gaps: list[int]) -> None:
    SignInFailures.objects.all().delete()
    at = NOW
    for gap in gaps:
        at += timedelta(seconds=gap)
        throttle.failed(KEY, at=at)
        left = throttle.delay_left(KEY, at=at)
        assert timedelta() <= left <= timedelta(minutes=15)
        assert throttle.delay_left(KEY, at=at + left) == timedelta()


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
def test_five_hundred_pupils_behind_one_address_all_enter(client: Client) -> None:
    known = make_password("quatre tilleuls")
    Account.objects.bulk_create(Account(username=f"eleve.{rank}", password=known) for rank in range(500))
    statuses: Counter[int] = Counter()
    for rank in range(500):
        client.cookies.clear()
        for typed in ["faux", "quatre tilleuls"] if rank % 5 == 0 else ["quatre tilleuls"]:  # a hundred slips
            answer = client.post(
                "/connexion/",
                {"identifier": f"eleve.{rank}", "password": typed},
                headers={"x-forwarded-for": "192.0.2.1"},
            )
            statuses[answer.status_code] += 1
    assert statuses == {302: 500, 200: 100}
