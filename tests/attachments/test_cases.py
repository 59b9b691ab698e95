"""Two accounts or two identities: what staff see, decide and undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from preau.accounts.models import Account, OpenSession
from preau.accounts.signals import tidying
from preau.attachments.actions import attach, undo_identity
from preau.attachments.models import Attachment, Conflict, How, IdentityChange
from preau.attachments.refusals import NothingToRestore, OldIdentityTaken
from preau.audit.models import Entry
from tests.attachments.ent import IDO, MIMOSAS, TILLEULS, card_of, clicks_the_tile, known_by
from tests.page import PageClient
from tests.world import World

As = Callable[[Account], PageClient]


@pytest.fixture
def replaced(world: World, page: PageClient, now: datetime) -> IdentityChange:
    """Léa's identity of her old school has just been replaced by the one of the Tilleuls."""
    account = known_by(world.lea, "old", MIMOSAS)
    attach(learner=world.lea, account=account, how=How.IMPORT, by=None, at=now)
    clicks_the_tile(page, names=("Léa", "Martin")).submit("Oui", proof="12/03/2015")
    return world.lea.identity_changes.get()


def test_the_referente_puts_the_old_identity_back_and_the_new_one_goes_out(
    world: World, page: PageClient, as_: As, replaced: IdentityChange
) -> None:
    assert OpenSession.objects.filter(account=replaced.account).exists()
    pupil = as_(world.boeuf).open(f"/e/{TILLEULS}/eleves/{world.lea.pk}/")
    done = pupil.follow("Ses entrées par l’ENT").submit("Remettre l’ancienne")
    assert "est remise" in done
    assert "Annulé" in done
    assert SocialAccount.objects.get().uid == "old"
    assert not OpenSession.objects.filter(account=replaced.account).exists()
    assert Entry.objects.filter(verb="identite-remise", learner_id=world.lea.pk).count() == 1
    assert page.open("/moi/").url == "/connexion/"


def test_it_is_undone_once_and_within_thirty_days(
    world: World, replaced: IdentityChange, now: datetime
) -> None:
    with pytest.raises(NothingToRestore):
        undo_identity(change=replaced, by=world.boeuf, at=now + timedelta(days=31))
    undo_identity(change=replaced, by=world.boeuf, at=timezone.now())
    with pytest.raises(NothingToRestore):
        undo_identity(change=replaced, by=world.boeuf, at=timezone.now())


def test_the_old_identity_is_somebody_else_s_now(world: World, replaced: IdentityChange) -> None:
    SocialAccount.objects.create(
        provider="mediacentre", uid="old", user=Account.objects.create(username="autre")
    )
    with pytest.raises(OldIdentityTaken):
        undo_identity(change=replaced, by=world.boeuf, at=timezone.now())
    assert SocialAccount.objects.filter(uid=IDO, user=replaced.account).exists()


def test_after_thirty_days_the_old_identity_is_forgotten(replaced: IdentityChange) -> None:
    tidying.send(sender=None, at=timezone.now() + timedelta(days=31))
    replaced.refresh_from_db()
    assert replaced.old_uid == ""


def test_staff_of_another_school_and_of_other_classes_see_nothing(
    world: World, as_: As, replaced: IdentityChange
) -> None:
    address = f"/e/{TILLEULS}/eleves/{world.lea.pk}/ent/"
    assert as_(world.okonkwo).open(address).status == 404
    assert as_(world.okonkwo).post(f"{address}{replaced.pk}/").status_code == 404
    assert as_(world.garcao).open(address).status == 200
    world.lea.division = world.divisions["6C"]
    world.lea.save()
    assert as_(world.garcao).open(address).status == 404
    assert as_(world.garcao).post(f"{address}{replaced.pk}/").status_code == 404


def test_a_case_shows_both_sides_and_leaves_the_list(world: World, page: PageClient, as_: As) -> None:
    other = known_by(world.zoe, "zoe", TILLEULS)
    attach(learner=world.zoe, account=other, how=How.CARD, by=None, at=timezone.now())
    asked = clicks_the_tile(page, names=("Léa", "Martin"))
    SocialAccount.objects.create(provider="mediacentre", uid=IDO, user=other)
    asked.submit("Oui", proof="12/03/2015")
    seen = as_(world.boeuf).open(f"/e/{TILLEULS}/aides/")
    assert "Deux comptes pour un élève" in seen
    assert "Son entrée par l’ENT est déjà reliée à un autre compte" in seen
    assert "Rattaché à Zoé MARTIN-LEROY, 5B" in seen
    assert "C’est réglé" not in as_(world.okonkwo).open(f"/e/{MIMOSAS}/aides/")
    done = seen.submit("C’est réglé")
    assert "C’est noté pour Léa MARTIN" in done
    assert "Deux comptes" not in done
    assert Conflict.objects.get().seen_by == world.boeuf


def test_another_school_cannot_close_a_case(world: World, page: PageClient, as_: As) -> None:
    clicks_the_tile(page).submit("Continuer", identifier=card_of(world.learners["noe"]))
    case = Conflict.objects.get()
    assert as_(world.boeuf).post(f"/e/{TILLEULS}/aides/conflits/{case.pk}/").status_code == 404
    assert as_(world.okonkwo).post(f"/e/{MIMOSAS}/aides/conflits/{case.pk}/").status_code == 302


def test_the_same_conflict_met_again_is_one_case(world: World) -> None:
    for _ in range(3):
        clicks_the_tile(PageClient()).submit("Continuer", identifier=card_of(world.learners["noe"]))
    assert Conflict.objects.count() == 1
    assert not Attachment.objects.exists()


def test_the_list_of_cases_asks_the_same_questions_whatever_their_number(
    world: World, as_: As, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for rank in range(6):
        learner = world.learner(
            f"p{rank}", establishment=world.tilleuls, first_name="Ana", last_name=f"P{rank}"
        )
        Conflict.objects.create(
            establishment=world.tilleuls,
            kind="LEARNER_TAKEN",
            learner=learner,
            account=known_by(learner, f"a{rank}", TILLEULS),
            other_account=known_by(learner, f"b{rank}", TILLEULS),
            made_at=timezone.now(),
        )
    page = as_(world.boeuf)
    page.open(f"/e/{TILLEULS}/aides/")
    with django_assert_max_num_queries(14):
        page.get(f"/e/{TILLEULS}/aides/")
