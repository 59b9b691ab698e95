"""Two accounts or two identities: what staff see, decide and undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

import pytest
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from preau.accounts.models import Account, OpenSession
from preau.accounts.signals import tidying
from preau.attachments.actions import ask_for_help, attach, give_identities, undo_identity
from preau.attachments.matching import Typed
from preau.attachments.models import Attachment, Conflict, ConflictKind, How, IdentityChange
from preau.attachments.refusals import IdentityElsewhere, NothingToRestore, OldIdentityTaken
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
    assert "Deux comptes pour un élève" not in done
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


def test_an_identity_joined_to_the_wrong_account_goes_to_its_pupil_and_back(
    world: World, page: PageClient, as_: As
) -> None:
    """Léa clicked the tile on a computer where Zoé's account got the identity: the tile opens Zoé's."""
    zoe = known_by(world.zoe, IDO, TILLEULS)
    attach(learner=world.zoe, account=zoe, how=How.CARD, by=None, at=timezone.now())
    ent = f"/e/{TILLEULS}/eleves/{world.zoe.pk}/ent/"
    taken = as_(world.boeuf).open(ent).submit("Ce n’est pas la sienne")
    assert "n’ouvre plus le compte de Zoé" in taken
    assert not SocialAccount.objects.exists()
    lea = clicks_the_tile(page, names=("Léa", "Martin")).submit("Oui", proof="12/03/2015")
    assert lea.status == 200
    assert SocialAccount.objects.get().user == world.lea.attachments.get().account
    assert Entry.objects.filter(verb="identite-otee", learner_id=world.zoe.pk).exists()
    assert "rien n’a été changé" in as_(world.boeuf).open(ent).submit("Annuler")  # it is hers by now
    assert SocialAccount.objects.get().user != zoe


def test_an_identity_that_was_taken_by_mistake_comes_back(world: World, as_: As) -> None:
    zoe = known_by(world.zoe, IDO, TILLEULS)
    attach(learner=world.zoe, account=zoe, how=How.CARD, by=None, at=timezone.now())
    ent = f"/e/{TILLEULS}/eleves/{world.zoe.pk}/ent/"
    as_(world.boeuf).open(ent).submit("Ce n’est pas la sienne").submit("Annuler")
    assert SocialAccount.objects.get(user=zoe).uid == IDO
    identity = SocialAccount.objects.get()
    address = f"{ent}retirer/{identity.pk}/"
    assert as_(world.garcao).post(address).status_code == 404
    assert as_(world.okonkwo).post(address).status_code == 404


@pytest.fixture
def old_one(world: World, now: datetime) -> Conflict:
    """The tile opens an old account that is nobody's; Léa has another one, and said so with her help code."""
    mine = known_by(world.lea, "mine", TILLEULS)
    attach(learner=world.lea, account=mine, how=How.CARD, by=None, at=now)
    asked = ask_for_help(
        establishment=world.tilleuls,
        typed=Typed("Martin", "Léa", date(2015, 3, 12)),
        reason="conflict",
        account=None,
        waiting=None,
        rng=Random(4),
        at=now,
    )
    return Conflict.objects.create(
        establishment=world.tilleuls,
        kind=ConflictKind.LEARNER_TAKEN,
        learner=world.lea,
        account=mine,
        other_account=known_by(world.lea, "old", TILLEULS),
        help_request=asked,
        made_at=now,
    )


def test_the_old_account_s_tile_is_given_to_lea_once_her_code_is_read(
    world: World, as_: As, old_one: Conflict
) -> None:
    mine, old = old_one.account, old_one.other_account
    aides = f"/e/{TILLEULS}/aides/"
    seen = as_(world.boeuf).open(aides)
    assert "tapez plus haut le code d’aide" in seen
    address = f"{aides}conflits/{old_one.pk}/ent/"
    as_(world.boeuf).post(address, {"code": ""})
    assert SocialAccount.objects.filter(uid="old", user=old).exists()
    given = as_(world.boeuf).open(f"{aides}?code={old_one.help_request.code}").submit("Donner son entrée")
    assert "ouvre le compte de Léa MARTIN" in given
    assert list(SocialAccount.objects.values_list("uid", "user")) == [("old", mine.pk)]
    assert Entry.objects.filter(verb="identite-donnee", learner_id=world.lea.pk).count() == 1
    back = given.submit("Annuler").submit("Remettre l’ancienne")
    assert back.status == 200
    kept = set(SocialAccount.objects.values_list("uid", "user"))
    assert kept == {("mine", mine.pk), ("old", old.pk)}


def test_the_identity_of_an_account_in_use_elsewhere_is_not_given(world: World, old_one: Conflict) -> None:
    attach(learner=world.zoe, account=old_one.other_account, how=How.CARD, by=None, at=timezone.now())
    with pytest.raises(IdentityElsewhere):
        give_identities(conflict=old_one, by=world.boeuf, at=timezone.now())
