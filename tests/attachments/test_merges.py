"""Two accounts of one pupil become one, by two people; and it is undone exactly."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core import serializers
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preau.accounts.actions import choose_password
from preau.accounts.models import Account, OpenSession
from preau.accounts.signals import tidying
from preau.attachments.actions import (
    ask_merge,
    confirm_merge,
    refuse_merge,
    undo_detach,
    undo_merge,
)
from preau.attachments.merges import Merge, MergeState
from preau.attachments.models import Attachment, Conflict, IdentityChange
from preau.attachments.refusals import (
    BothElsewhere,
    JoinedAccount,
    LaterMerge,
    LivesElsewhere,
    MergeAsked,
    MergeOver,
    MergeTooLate,
    NeedsSecondPerson,
    NothingToPart,
    OtherPerson,
    StaffAccount,
)
from preau.audit.models import Entry
from preau.campaigns.actions import begin, finish
from preau.campaigns.models import Campaign, CampaignKind, Participation
from preau.parcours.models import Attempt
from preau.rosters.models import Learner, LearnerStatus
from tests.attachments.doubles import PASSWORD, account_of, held, two_accounts
from tests.page import PageClient
from tests.world import World


@pytest.fixture
def pair(world: World, now: datetime) -> tuple[Account, Account]:
    """Zoé's two accounts."""
    return two_accounts(world.zoe, now, by=world.boeuf)


def merged(world: World, learner: Learner, kept: Account, joined: Account, at: datetime) -> Merge:
    asked = ask_merge(learner=learner, kept=kept, joined=joined, by=world.boeuf, at=at)
    return confirm_merge(merge=asked, by=world.ndiaye, at=at)


def campaign(
    world: World, at: datetime, code: str = "BDFGHK274", kind: str = CampaignKind.ADDRESS
) -> Campaign:
    return Campaign.objects.create(
        establishment=world.tilleuls,
        title="Rentrée",
        code=code,
        kind=kind,
        opens_at=at - timedelta(days=1),
        made_at=at,
    )


def test_zoe_has_both_modes_after_two_people_said_so(world: World, pair: Any, now: datetime) -> None:
    kept, joined = pair
    asked = ask_merge(learner=world.zoe, kept=kept, joined=joined, by=world.boeuf, at=now)
    assert Account.objects.get(pk=joined.pk).is_active  # nothing yet
    done = confirm_merge(merge=asked, by=world.ndiaye, at=now)
    assert done.state == MergeState.DONE
    kept.refresh_from_db()
    joined.refresh_from_db()
    assert kept.modes == ["MEDIACENTRE", "USERNAME"]
    assert (joined.is_active, joined.joined_to) == (False, kept)
    verbs = Entry.objects.filter(learner_id=world.zoe.pk).order_by("pk").values_list("verb", "actor_id")
    assert list(verbs) == [("reunion-demandee", world.boeuf.pk), ("reunion-faite", world.ndiaye.pk)]


def test_whoever_asks_never_confirms_even_if_the_code_forgot(world: World, pair: Any, now: datetime) -> None:
    kept, joined = pair
    asked = ask_merge(learner=world.zoe, kept=kept, joined=joined, by=world.boeuf, at=now)
    with pytest.raises(NeedsSecondPerson):
        confirm_merge(merge=asked, by=world.boeuf, at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Merge.objects.filter(pk=asked.pk).update(state=MergeState.DONE, decided_by=world.boeuf)


def test_a_request_waits_seven_days_and_no_more(world: World, pair: Any, now: datetime) -> None:
    kept, joined = pair
    asked = ask_merge(learner=world.zoe, kept=kept, joined=joined, by=world.boeuf, at=now)
    assert ask_merge(learner=world.zoe, kept=kept, joined=joined, by=world.boeuf, at=now) == asked
    with pytest.raises(MergeAsked):
        ask_merge(learner=world.zoe, kept=joined, joined=kept, by=world.ndiaye, at=now)
    late = now + timedelta(days=7, seconds=1)
    with pytest.raises(MergeOver):
        confirm_merge(merge=asked, by=world.ndiaye, at=late)
    tidying.send(sender=None, at=late)
    asked.refresh_from_db()
    assert asked.state == MergeState.EXPIRED
    assert ask_merge(learner=world.zoe, kept=joined, joined=kept, by=world.ndiaye, at=late).pk != asked.pk


def test_it_is_refused_or_withdrawn_and_then_no_longer_confirmed(
    world: World, pair: Any, now: datetime
) -> None:
    kept, joined = pair
    for by, state in ((world.ndiaye, MergeState.REFUSED), (world.boeuf, MergeState.WITHDRAWN)):
        asked = ask_merge(learner=world.zoe, kept=kept, joined=joined, by=world.boeuf, at=now)
        assert refuse_merge(merge=asked, by=by, at=now).state == state
        with pytest.raises(MergeOver):
            confirm_merge(merge=asked, by=world.ndiaye, at=now)


def test_the_old_identifier_says_where_to_go_to_whoever_has_its_password(
    world: World, page: PageClient, now: datetime
) -> None:
    kept = account_of(world.zoe, "zoe.nouvelle", password="un autre mot de passe", at=now)
    joined = account_of(world.zoe, "zoe.ancienne", password=PASSWORD, at=now)
    held(world.zoe, kept, now)
    merged(world, world.zoe, kept, joined, now)
    wrong = page.open("/connexion/").submit("Entrer", identifier="zoe.ancienne", password="à côté")
    assert "ne vont pas ensemble" in wrong
    right = page.open("/connexion/").submit("Entrer", identifier="zoe.ancienne", password=PASSWORD)
    assert "Tes deux comptes ont été réunis" in right
    assert "zoe.nouvelle" in right
    inside = page.open("/connexion/").submit(
        "Entrer", identifier="zoe.nouvelle", password="un autre mot de passe"
    )
    assert "Zoé" in inside


def test_an_identifier_goes_with_its_password_to_the_account_that_has_none(
    world: World, page: PageClient, now: datetime
) -> None:
    kept = account_of(world.zoe, uid="ido", at=now)
    joined = account_of(world.zoe, "zoe.ancienne", password=PASSWORD, at=now)
    held(world.zoe, kept, now)
    merge = merged(world, world.zoe, kept, joined, now)
    assert "Zoé" in page.open("/connexion/").submit("Entrer", identifier="zoe.ancienne", password=PASSWORD)
    kept.refresh_from_db()
    choose_password(account=kept, password="une girafe sous le banc", at=now + timedelta(hours=1))
    undo_merge(merge=merge, by=world.boeuf, at=now + timedelta(hours=2))
    joined.refresh_from_db()
    kept.refresh_from_db()
    assert joined.check_password(
        "une girafe sous le banc"
    )  # the password chosen since goes with its identifier
    assert not kept.has_usable_password()
    assert kept.username is None


def test_who_cannot_be_merged(world: World, pair: Any, now: datetime) -> None:
    kept, joined = pair
    lea, adult = account_of(world.lea, "lea"), world.garcao
    held(world.lea, lea, now)
    for other, refusal in ((lea, OtherPerson), (adult, StaffAccount)):
        with pytest.raises(refusal):
            ask_merge(learner=world.zoe, kept=kept, joined=other, by=world.boeuf, at=now)
    with pytest.raises(MergeOver):  # neither is this pupil's
        ask_merge(learner=world.learners["nils"], kept=kept, joined=joined, by=world.boeuf, at=now)
    assert not Merge.objects.exists()
    assert Account.objects.get(pk=joined.pk).is_active


def test_an_account_that_lives_in_another_school_is_not_ours_to_close(
    world: World, pair: Any, now: datetime
) -> None:
    kept, joined = pair
    there = world.learner(
        "zoe-la-bas", establishment=world.mimosas, first_name="Zoé", last_name="MARTIN-LEROY"
    )
    held(there, joined, now)
    with pytest.raises(LivesElsewhere):
        ask_merge(learner=world.zoe, kept=kept, joined=joined, by=world.boeuf, at=now)
    Conflict.objects.create(
        establishment=world.tilleuls,
        kind="LEARNER_TAKEN",
        learner=world.zoe,
        account=kept,
        other_account=joined,
        made_at=now,
    )
    asked = ask_merge(
        learner=world.zoe, kept=kept, joined=joined, by=world.boeuf, at=now
    )  # proved by the pupil
    other = world.learner(
        "zoe-encore", establishment=world.mimosas, first_name="Zoé", last_name="MARTIN-LEROY"
    )
    held(other, kept, now)
    with pytest.raises(BothElsewhere):
        confirm_merge(merge=asked, by=world.ndiaye, at=now)


def test_two_records_of_one_pupil_become_one_with_all_that_was_done(world: World, now: datetime) -> None:
    again = world.learner(
        "zoe2",
        establishment=world.tilleuls,
        first_name="Zoe",
        last_name="MARTIN LEROY",
        birth_date=date(2014, 11, 5),
        status=LearnerStatus.LEFT,
    )
    kept, joined = account_of(world.zoe, "zoe", at=now), account_of(again, uid="x", at=now)
    held(world.zoe, kept, now)
    old = held(again, joined, now)
    opened = campaign(world, now)
    rentree = campaign(world, now, "CDFGHK274", CampaignKind.RENTREE)
    begin(campaign=opened, learner=world.zoe, account=kept, at=now)
    Learner.objects.filter(pk=again.pk).update(status=LearnerStatus.PRESENT)
    again.refresh_from_db()
    begin(campaign=opened, learner=again, account=joined, at=now)
    begin(campaign=rentree, learner=again, account=joined, at=now)
    Learner.objects.filter(pk=again.pk).update(status=LearnerStatus.LEFT)
    before = everything()
    merge = merged(world, world.zoe, kept, joined, now)
    mine = Participation.objects.filter(learner=world.zoe, account=kept).order_by("campaign_id", "rank")
    assert [(one.campaign, one.rank) for one in mine] == [(opened, 1), (opened, 2), (rentree, 1)]
    assert Attempt.objects.get().learner == world.zoe
    old.refresh_from_db()
    assert old.ended_why == "deux comptes réunis"
    Learner.objects.filter(pk=again.pk).update(status=LearnerStatus.PRESENT)
    with pytest.raises(JoinedAccount):
        undo_detach(attachment=old, by=world.boeuf, at=now)
    Learner.objects.filter(pk=again.pk).update(status=LearnerStatus.LEFT)
    undo_merge(merge=merge, by=world.boeuf, at=now)
    assert everything() == before


def test_it_is_undone_once_within_thirty_days_and_after_what_came_later(
    world: World, pair: Any, now: datetime
) -> None:
    kept, joined = pair
    first = merged(world, world.zoe, kept, joined, now)
    third = account_of(world.zoe, "zoe.trois", at=now)
    second = merged(world, world.zoe, third, kept, now)
    with pytest.raises(LaterMerge):
        undo_merge(merge=first, by=world.boeuf, at=now)
    undo_merge(merge=second, by=world.boeuf, at=now)
    with pytest.raises(MergeTooLate):
        undo_merge(merge=first, by=world.boeuf, at=now + timedelta(days=30, seconds=1))
    undo_merge(merge=first, by=world.boeuf, at=now + timedelta(days=29))
    with pytest.raises(NothingToPart):
        undo_merge(merge=first, by=world.boeuf, at=now)


def test_open_sessions_end_on_both_sides(world: World, pair: Any, now: datetime) -> None:
    kept, joined = pair
    for rank, account in enumerate((kept, joined)):
        OpenSession.objects.create(
            session_key=f"k{rank}", expire_date=now + timedelta(hours=1), account=account, opened_at=now
        )
    merge = merged(world, world.zoe, kept, joined, now)
    assert list(OpenSession.objects.values_list("account", flat=True)) == [kept.pk]
    undo_merge(merge=merge, by=world.boeuf, at=now)
    assert not OpenSession.objects.exists()


def test_what_was_moved_is_forgotten_after_thirty_days(world: World, pair: Any, now: datetime) -> None:
    merge = merged(world, world.zoe, *pair, now)
    tidying.send(sender=None, at=now + timedelta(days=31))
    merge.refresh_from_db()
    assert (merge.state, merge.moved) == (MergeState.DONE, {})


WATCHED = (Account, SocialAccount, Attachment, Participation, Attempt, IdentityChange, Conflict)


def everything() -> list[dict[str, Any]]:
    """Every row that a merge may touch."""
    return [
        {**row["fields"], "pk": row["pk"], "model": row["model"]}
        for model in WATCHED
        for row in serializers.serialize("python", model.objects.order_by("pk"))
    ]


accounts = st.fixed_dictionaries(
    {
        "named": st.booleans(),
        "mail": st.booleans(),
        "secret": st.booleans(),
        "identities": st.integers(0, 2),
        "entered": st.sampled_from([None, 1, 50]),
        "here": st.sampled_from(["no", "other record", "ended"]),
        "left school": st.booleans(),
        "started": st.sets(st.integers(0, 2)),
        "changed": st.booleans(),
    }
)


def build(
    world: World, said: dict[str, Any], learner: Learner, rank: int, at: datetime, used: list[Campaign]
) -> Account:
    account = account_of(
        learner,
        f"zoe{rank}" if said["named"] else None,
        email=f"zoe{rank}@x.example" if said["mail"] else None,
        at=at - timedelta(days=said["entered"]) if said["entered"] else None,
    )
    if said["secret"]:
        Account.objects.filter(pk=account.pk).update(password=f"md5$x${rank}", password_chosen_at=at)
    for number in range(said["identities"]):
        SocialAccount.objects.create(
            user=account, provider=f"p{number}", uid=f"{rank}-{number}", extra_data={}
        )
    if said["left school"]:
        gone = world.learner(
            f"gone{rank}",
            establishment=world.mimosas,
            first_name="Zoé",
            last_name=f"A{rank}",
            status=LearnerStatus.LEFT,
        )
        held(gone, account, at)
    if said["changed"]:
        IdentityChange.objects.create(learner=learner, account=account, provider="p", old_uid="u", made_at=at)
    for number in sorted(said["started"]):
        begin(campaign=used[number], learner=learner, account=account, at=at)
    account.refresh_from_db()
    return account


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=accounts, second=accounts, conflict=st.booleans(), since=st.booleans())
def test_merging_and_undoing_leaves_everything_as_it_was(
    world: World, first: dict[str, Any], second: dict[str, Any], conflict: bool, since: bool
) -> None:
    at = timezone.now()
    mark = transaction.savepoint()
    used = [
        campaign(world, at, f"BDFGHK27{n}", kind) for n, kind in enumerate(["ADDRESS", "RENTREE", "ADDRESS"])
    ]
    again = world.learner(
        "again",
        establishment=world.tilleuls,
        first_name="Zoé",
        last_name="MARTIN-LEROY",
        birth_date=date(2014, 11, 5),
    )
    kept = build(world, first, world.zoe, 1, at, used)
    held(world.zoe, kept, at)
    joined = build(world, second, again if second["here"] == "other record" else world.zoe, 2, at, used)
    if second["here"] == "other record":
        held(again, joined, at)
    elif second["here"] == "ended":
        held(world.zoe, joined, at, ended="pas le bon", by=world.boeuf)
    if conflict:
        Conflict.objects.create(
            establishment=world.tilleuls,
            kind="LEARNER_TAKEN",
            learner=world.zoe,
            account=kept,
            other_account=joined,
            made_at=at,
        )
    before = everything()
    try:
        merge = merged(world, world.zoe, kept, joined, at)
    except BothElsewhere:  # both left the same other school
        transaction.savepoint_rollback(mark)
        return
    if since:
        extra = begin(campaign=used[2], learner=world.zoe, account=kept, at=at + timedelta(hours=1))
        finish(campaign=used[2], learner=world.zoe, account=kept, at=at + timedelta(hours=2))
    joined.refresh_from_db()
    assert not joined.socialaccount_set.exists()
    assert not Attachment.objects.active().filter(account=joined).exists()
    undo_merge(merge=merge, by=world.boeuf, at=at + timedelta(days=1))
    if since:  # nothing is lost: what came since is still this pupil's
        assert Participation.objects.get(pk=extra.pk).learner in {world.zoe, again}
    else:
        assert everything() == before
    transaction.savepoint_rollback(mark)
