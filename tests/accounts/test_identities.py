"""An identity from an ENT waits for one more proof, and never becomes an account by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.core.context import request_context
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.db import connection
from django.test import RequestFactory

from preau.accounts import identities
from preau.accounts.identities import (
    Hints,
    IdentityGone,
    IdentityTaken,
    IdentityUnfit,
    PendingIdentity,
    Profile,
)
from preau.accounts.models import Account, OpenSession
from preau.accounts.sessions import SessionStore
from preau.accounts.signals import identity_held
from preau.audit.models import Entry

IDO = "7f" * 32


def visit(session_key: str | None = None) -> Any:
    request = RequestFactory().get("/")
    request.session = SessionStore(session_key)
    return request


def arrives(
    request: Any, at: datetime, *, uid: str = IDO, profile: Profile = Profile.PUPIL
) -> PendingIdentity:
    login = SocialLogin(account=SocialAccount(provider="mediacentre", uid=uid))
    hints = Hints(first_name="Léa", last_name="MARTIN", divisions=("6A##6EME A",))
    return identities.hold(request, login, uais=("0931434D",), profile=profile, hints=hints, at=at)


@pytest.fixture
def lea(db: None) -> Account:
    return Account.objects.create(username="lea.martin", first_name="Léa", last_name="Martin")


def test_an_identity_waits_then_goes_to_the_account_that_was_proved(lea: Account, now: datetime) -> None:
    request = visit()
    pending = arrives(request, now)
    assert identities.held(request, at=now, key=pending.key) == pending
    made = identities.connect(request, account=lea, at=now)
    assert (made.user, made.provider, made.uid) == (lea, "mediacentre", IDO)
    assert made.extra_data == {"uais": ["0931434D"], "profile": "PUPIL"}
    assert Entry.objects.filter(verb="identite-reliee", actor_id=lea.pk).count() == 1
    with pytest.raises(IdentityGone):
        identities.held(request, at=now)


def test_nothing_personal_waits_in_the_session_nor_goes_into_a_row(lea: Account, now: datetime) -> None:
    request, heard = visit(), []

    def hear(hints: Hints, pending: PendingIdentity, **kwargs: Any) -> None:
        heard.append((hints, pending))

    identity_held.connect(hear)
    try:
        arrives(request, now)
    finally:
        identity_held.disconnect(hear)
    assert heard[0][0].last_name == "MARTIN"
    assert "MARTIN" not in repr(heard[0])
    assert IDO not in repr(heard[0])
    request.session.save()
    kept = str(OpenSession.objects.get(session_key=request.session.session_key).get_decoded())
    assert not [word for word in ("MARTIN", "Léa", "6EME") if word in kept]


def test_ten_minutes_then_it_is_gone(lea: Account, now: datetime) -> None:
    request = visit()
    arrives(request, now)
    identities.held(request, at=now + timedelta(minutes=10))
    with pytest.raises(IdentityGone):
        identities.connect(request, account=lea, at=now + timedelta(minutes=10, seconds=1))
    assert not SocialAccount.objects.exists()


def test_a_page_made_for_another_arrival_does_nothing(db: None, now: datetime) -> None:
    request = visit()
    first = arrives(request, now)
    arrives(request, now, uid="ab" * 32)
    with pytest.raises(IdentityGone):
        identities.held(request, at=now, key=first.key)


def test_another_session_has_nothing(db: None, now: datetime) -> None:
    request = visit()
    arrives(request, now)
    request.session.save()
    with pytest.raises(IdentityGone):
        identities.held(visit(), at=now)


def test_a_session_planted_before_the_arrival_does_not_get_the_identity(db: None, now: datetime) -> None:
    planted = SessionStore()
    planted["arrival"] = [7, None]
    planted.save()
    request = visit(planted.session_key)
    arrives(request, now)
    request.session.save()
    assert request.session["arrival"] == [7, None]
    assert request.session.session_key != planted.session_key
    with pytest.raises(IdentityGone):
        identities.held(visit(planted.session_key), at=now)


def test_an_identity_of_another_account_is_refused(lea: Account, now: datetime) -> None:
    tom = Account.objects.create(username="tom.leroy")
    SocialAccount.objects.create(user=tom, provider="mediacentre", uid=IDO)
    request = visit()
    arrives(request, now)
    with pytest.raises(IdentityTaken):
        identities.connect(request, account=lea, at=now)
    assert SocialAccount.objects.get().user == tom


def test_the_same_identity_twice_on_the_same_account_is_one(lea: Account, now: datetime) -> None:
    for _ in range(2):
        request = visit()
        arrives(request, now)
        identities.connect(request, account=lea, at=now)
    assert SocialAccount.objects.count() == 1


@pytest.mark.parametrize("profile", [Profile.TEACHER, Profile.OTHER])
def test_a_teacher_never_becomes_a_pupil(lea: Account, now: datetime, profile: Profile) -> None:
    request = visit()
    arrives(request, now, profile=profile)
    with pytest.raises(IdentityUnfit):
        identities.connect(request, account=lea, at=now)


def test_a_pupil_s_identity_never_opens_an_adult_s_account(db: None, now: datetime) -> None:
    boeuf = Account.objects.create(email="boeuf@tilleuls.example")
    request = visit()
    arrives(request, now)
    with pytest.raises(IdentityUnfit):
        identities.connect(request, account=boeuf, at=now)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_give_it_to_one_account_only(now: datetime) -> None:
    pupils = [Account.objects.create(username=f"eleve{n}") for n in range(6)]
    request = visit()
    arrives(request, now)
    request.session.save()
    key = request.session.session_key

    def tab(account: Account) -> str:
        try:
            mine = visit(key)
            with request_context(mine):
                identities.connect(mine, account=account, at=now)
        except IdentityTaken:
            return "taken"
        finally:
            connection.close()
        return "mine"

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(tab, pupils))
    assert sorted(said) == ["mine", *["taken"] * 5]
    assert SocialAccount.objects.count() == 1
