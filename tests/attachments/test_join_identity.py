"""Joining refuses by name whatever a page, an old tab or a forged form might ask."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount, SocialLogin

from preau.accounts import identities
from preau.accounts.identities import Hints, Profile
from preau.accounts.models import Account
from preau.attachments import refusals
from preau.attachments.actions import Proof, attach, join_identity, make_cards
from preau.attachments.models import Attachment, Card, How
from preau.rosters.models import LearnerStatus
from tests.attachments.ent import IDO, MIMOSAS, TILLEULS, known_by, visit, with_account
from tests.world import World


def arrived(
    now: datetime, *, uais: tuple[str, ...] = (TILLEULS,), profile: Profile = Profile.PUPIL, uid: str = IDO
) -> Any:
    request = visit()
    login = SocialLogin(account=SocialAccount(provider="mediacentre", uid=uid))
    identities.hold(request, login, uais=uais, profile=profile, hints=Hints(), at=now)
    return request


def refused(world: World, now: datetime, refusal: type[Exception], request: Any = None, **what: Any) -> None:
    """Nothing is left of a refused attempt."""
    before = SocialAccount.objects.count(), Attachment.objects.count(), Account.objects.count()
    facts = {"learner": world.lea, "proof": Proof(), "account": None, "at": now, **what}
    with pytest.raises(refusal):
        join_identity(request or arrived(now), **facts)
    assert (SocialAccount.objects.count(), Attachment.objects.count(), Account.objects.count()) == before


def test_an_identity_of_another_school(world: World, now: datetime) -> None:
    refused(world, now, refusals.OtherSchool, arrived(now, uais=(MIMOSAS,)))


@pytest.mark.parametrize("profile", [Profile.TEACHER, Profile.OTHER])
def test_an_adult_s_identity(world: World, now: datetime, profile: Profile) -> None:
    refused(world, now, refusals.AdultIdentity, arrived(now, profile=profile))


def test_an_identity_that_waited_too_long_or_never_came(world: World, now: datetime) -> None:
    refused(world, now, refusals.IdentityOver, arrived(now), at=now + timedelta(minutes=11))
    refused(world, now, refusals.IdentityOver, visit())


def test_names_alone_when_somebody_owns_the_account(world: World, now: datetime) -> None:
    with_account(world.lea)
    refused(world, now, refusals.LearnerTaken)


def test_names_alone_when_an_identity_of_this_school_opens_it(world: World, now: datetime) -> None:
    attach(
        learner=world.lea,
        account=known_by(world.lea, "other", TILLEULS),
        how=How.SSO,
        by=None,
        at=now,
    )
    refused(world, now, refusals.LearnerTaken)
    # Nor one of last year, where the ENT has not said that this is Léa.
    SocialAccount.objects.update(last_login=now - timedelta(days=400))
    refused(world, now, refusals.LearnerTaken)


def test_another_account_than_the_pupil_s(world: World, now: datetime) -> None:
    with_account(world.lea)
    refused(world, now, refusals.TwoAccounts, account=Account.objects.create(username="autre"))


def test_the_account_of_another_pupil_here(world: World, now: datetime) -> None:
    refused(world, now, refusals.AccountOfAnother, account=with_account(world.zoe))


def test_an_account_of_the_staff_or_a_closed_one(world: World, now: datetime) -> None:
    refused(world, now, refusals.StaffAccount, account=world.garcao)
    closed = Account.objects.create(username="ferme", is_active=False)
    refused(world, now, refusals.OldAccountClosed, account=closed)


def test_a_pupil_who_left(world: World, now: datetime) -> None:
    world.lea.status = LearnerStatus.LEFT
    world.lea.save()
    refused(world, now, refusals.LearnerLeft)


def test_a_refusal_spends_no_card(world: World, now: datetime) -> None:
    day = timedelta(days=1)
    make_cards(learners=[world.lea], token="t", batch_number="b", expires_at=now + day, by=None, at=now)
    card = Card.objects.select_related("learner__establishment").get()
    other = Account.objects.create(username="autre")
    request = arrived(now)
    SocialAccount.objects.create(provider="mediacentre", uid=IDO, user=other)
    refused(world, now, refusals.IdentityOfAnother, request, proof=Proof(card=card))
    card.refresh_from_db()
    assert card.used_at is None


def test_a_second_click_is_the_same_as_one(world: World, now: datetime) -> None:
    account = join_identity(arrived(now), learner=world.lea, proof=Proof(), account=None, at=now)
    again = join_identity(arrived(now), learner=world.lea, proof=Proof(), account=None, at=now)
    assert again == account
    assert SocialAccount.objects.count() == 1


def test_two_providers_cumulate_and_one_replaces_itself(world: World, now: datetime) -> None:
    account = join_identity(arrived(now), learner=world.lea, proof=Proof(), account=None, at=now)
    SocialAccount.objects.create(provider="ent", uid="autre", user=account)
    join_identity(arrived(now, uid="ab" * 32), learner=world.lea, proof=Proof(), account=account, at=now)
    kept = set(SocialAccount.objects.values_list("provider", "uid"))
    assert kept == {("ent", "autre"), ("mediacentre", "ab" * 32)}
