"""Erasing a pupil leaves nothing that says who they were."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.serializers import serialize
from django.db.models import Model
from django.utils import timezone

from preau.accounts.models import Account
from preau.attachments.models import Attachment, How
from preau.audit.models import Entry
from preau.establishments.models import Establishment, Invitation, Membership, Role
from preau.parcours.models import Edition
from preau.privacy.actions import StillEnrolled, erase, erase_due, forget_old_acts, forget_old_staff
from preau.privacy.models import Departure, PrivacyChoices
from preau.privacy.registry import REGISTRY, Fate
from preau.privacy.retention import notice_departures
from preau.rosters.models import ImportChange, ImportState, Learner, LearnerStatus, RosterImport
from tests.privacy.people import WORDS, busy_lea, leave
from tests.scenarios.people import give_account
from tests.world import World, enrol, staff

pytestmark = pytest.mark.django_db


def told(*left_out: type[Model]) -> list[str]:
    """Every row of the database, in words."""
    rows = [row for model in apps.get_models() if model not in left_out for row in model._base_manager.all()]
    return [serialize("json", [row], ensure_ascii=False).casefold() for row in rows]


def naming(words: tuple[str, ...]) -> list[str]:
    """The rows that hold one of these words; a question of the bank may be about another Léa."""
    return [row for row in told(Edition) if any(word in row for word in words)]


def counts() -> dict[str, int]:
    erased = [apps.get_model(name) for name in REGISTRY if REGISTRY[name].fate is Fate.ERASED and known(name)]
    return {model._meta.label: model._base_manager.count() for model in erased}


def known(label: str) -> bool:
    return label in {model._meta.label for model in apps.get_models(include_auto_created=True)}


def test_nothing_of_lea_is_left_anywhere(world: World, now: datetime) -> None:
    world.zoe.delete()  # another MARTIN
    before = counts()
    busy_lea(world, now)
    said = "\n".join(told())
    assert all(word in said for word in WORDS)
    leave(world.lea)
    erase(learner=world.lea, by=world.boeuf, at=now)
    assert naming(WORDS) == []
    before["rosters.Learner"] -= 1
    assert counts() == before


def test_the_journal_and_the_numbers_stay(world: World, now: datetime) -> None:
    busy_lea(world, now)
    leave(world.lea)
    erase(learner=world.lea, by=world.boeuf, at=now)
    kept = Entry.objects.get(verb="rattache")
    assert (kept.about, kept.actor, kept.learner_id, kept.actor_id) == (
        "élève effacé", "Élève effacé", None, None,
    )  # fmt: skip
    assert Entry.objects.get(verb="eleve-efface").about == ""
    assert [problem["code"] for problem in RosterImport.objects.get().problems] == ["X"]


def test_who_is_enrolled_cannot_be_erased(world: World, now: datetime) -> None:
    with pytest.raises(StillEnrolled):
        erase(learner=world.lea, by=world.boeuf, at=now)
    assert Learner.objects.filter(pk=world.lea.pk).exists()


def test_two_clicks_erase_once(world: World, now: datetime) -> None:
    leave(world.lea)
    erase(learner=world.lea, by=world.boeuf, at=now)
    erase(learner=world.lea, by=world.boeuf, at=now)
    assert Entry.objects.filter(verb="eleve-efface").count() == 1


def test_an_account_that_opens_another_school_stays_with_its_name(world: World, now: datetime) -> None:
    account = give_account(world.lea, now, username="lea.martin")
    Attachment.objects.create(
        learner=world.learners["noe"],
        establishment=world.mimosas,
        account=account,
        made_at=now,
        made_how=How.CARD,
    )
    leave(world.lea)
    erase(learner=world.lea, by=world.boeuf, at=now)
    assert Account.objects.filter(username="lea.martin").exists()
    assert list(Attachment.objects.values_list("learner", flat=True)) == [world.learners["noe"].pk]


def test_an_account_of_somebody_who_works_here_stays(world: World, now: datetime) -> None:
    Attachment.objects.create(
        learner=world.lea,
        establishment=world.tilleuls,
        account=world.garcao,
        made_at=now,
        made_how=How.STAFF,
    )
    leave(world.lea)
    erase(learner=world.lea, by=world.boeuf, at=now)
    assert Account.objects.filter(pk=world.garcao.pk).exists()


def gone_since(world: World, learner: Learner, days: int) -> None:
    leave(learner)
    Departure.objects.create(learner=learner, noticed_on=timezone.localdate() - timedelta(days=days))


def test_leavers_go_after_ninety_days_or_sooner_where_the_school_says_so(world: World, now: datetime) -> None:
    for who, days in (("lea", 90), ("nils", 89), ("noe", 40)):
        gone_since(world, world.learners[who], days)
    PrivacyChoices.objects.create(establishment=world.mimosas, kept_days=40, set_at=now)
    assert erase_due(at=now) == 2
    assert set(Learner.objects.gone()) == {world.learners["nils"]}
    said = Entry.objects.filter(verb="eleves-effaces").order_by("uai")
    assert [(one.uai, one.facts) for one in said] == [
        ("0180777X", {"count": 1, "days": 40}), ("0931434D", {"count": 1, "days": 90}),
    ]  # fmt: skip


def test_the_night_notices_who_left_and_forgets_who_came_back(world: World, now: datetime) -> None:
    today = timezone.localdate(now)
    leave(world.lea)
    Learner.objects.filter(pk=world.zoe.pk).update(status=LearnerStatus.LEFT, left_on=date(2024, 1, 1))
    assert notice_departures(on=today - timedelta(days=80)) == 2  # a day in the file starts no clock
    assert notice_departures(on=today) == 0
    Learner.objects.filter(pk=world.lea.pk).update(status=LearnerStatus.PRESENT)
    Learner.objects.filter(pk=world.zoe.pk).update(left_on=today)  # came back and left again
    notice_departures(on=today)
    assert list(Departure.objects.values_list("learner", "noticed_on")) == [(world.zoe.pk, today)]


def test_tidy_does_it_all(world: World, now: datetime, capsys: Any) -> None:
    gone_since(world, world.lea, 91)
    call_command("tidy")
    assert not Learner.objects.filter(pk=world.lea.pk).exists()


def test_who_came_back_since_is_not_erased(world: World, now: datetime) -> None:
    gone_since(world, world.lea, 200)
    Learner.objects.filter(pk=world.lea.pk).update(status=LearnerStatus.PRESENT)
    assert erase_due(at=now) == 0
    assert Learner.objects.filter(pk=world.lea.pk).exists()


def test_a_preview_that_speaks_of_the_erased_must_be_made_again(world: World, now: datetime) -> None:
    busy_lea(world, now)
    RosterImport.objects.update(state=ImportState.READY)
    leave(world.lea)
    version = world.tilleuls.roster_version
    erase(learner=world.lea, by=world.boeuf, at=now)
    assert Establishment.objects.get(pk=world.tilleuls.pk).roster_version == version + 1
    assert not ImportChange.objects.exists()


def test_many_leavers_take_no_more_statements_than_tables(
    world: World, now: datetime, django_assert_max_num_queries
) -> None:
    for rank in range(60):
        learner = enrol(world.tilleuls, f"Ana{rank}", "PARTIE", world.divisions["6A"])
        give_account(learner, now, username=f"ana.partie{rank}")
        gone_since(world, learner, 100)
    with django_assert_max_num_queries(2 * len(REGISTRY)):
        assert erase_due(at=now) == 60
    assert not Account.objects.filter(username__startswith="ana.").exists()


def test_names_leave_the_journal_after_twelve_months(world: World, now: datetime) -> None:
    account = give_account(world.lea, now, username="lea.martin")
    old, recent = now - timedelta(days=366), now - timedelta(days=300)
    for at in (old, recent):
        for actor in (world.boeuf, account):
            Entry.objects.create(
                at=at, uai="0931434D", actor=str(actor), actor_id=actor.pk, verb="carte-preparee",
                about="Léa MARTIN", learner_id=world.lea.pk, facts={"batch": "2026-1"},
            )  # fmt: skip
        Entry.objects.create(at=at, verb="invitation-envoyee", about="x@y.example", actor="Z", actor_id=999)
    forget_old_acts(at=now)
    forget_old_acts(at=now)
    changed = Entry.objects.filter(at=old)
    words = " ".join(f"{one.actor} {one.about}" for one in changed)
    assert not [name for name in ("Léa", "MARTIN", "Cécile", "BŒUF", "x@y") if name in words]
    assert "Personne " in words
    assert not changed.exclude(actor_id=None, learner_id=None).exists()
    assert "Cécile" in " ".join(Entry.objects.filter(at=recent).values_list("actor", flat=True))
    assert Entry.objects.filter(at=recent, about="Léa MARTIN").count() == 2


def test_idle_accounts_and_old_invitations_go(world: World, now: datetime) -> None:
    long_ago = now - timedelta(days=400)
    nobody = Account.objects.create(username="sans.eleve", password="!")
    leaver = staff("partie@tilleuls.example", "Ève", "Partie")
    Account.objects.filter(pk__in=[nobody.pk, leaver.pk, world.boeuf.pk]).update(made_at=long_ago)
    fresh = Account.objects.create(username="tout.neuf", password="!")
    Invitation.objects.create(
        establishment=world.tilleuls, email="a@b.example", role=Role.TEACHER, digest="d",
        invited_at=long_ago, expires_at=long_ago,
    )  # fmt: skip
    forget_old_staff(at=now)
    left = set(Account.objects.values_list("pk", flat=True))
    assert {world.boeuf.pk, fresh.pk} <= left
    assert not {nobody.pk, leaver.pk} & left
    assert not Invitation.objects.exists()
    assert Membership.objects.count() == 4
