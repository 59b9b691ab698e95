"""A pupil known in another school: their own proof, or that school's yes; each side sees its own pupil only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from preau.accounts.models import Account
from preau.accounts.signals import tidying
from preau.attachments.actions import ask_merge, ask_transfer, confirm_merge, make_cards, release
from preau.attachments.duplicates import Why, pairs_of
from preau.attachments.merges import Transfer, TransferState
from preau.attachments.models import Attachment, Doubt, RecognitionRefusal
from preau.attachments.refusals import LivesElsewhere, TransferRefusal
from preau.audit.models import Entry
from preau.rosters.models import ImportState, Learner, RosterImport
from tests.attachments.doubles import PASSWORD, account_of, held
from tests.page import PageClient
from tests.world import World

As = Callable[[Account], PageClient]
OLD, NEW = "/e/0180777X/doublons/?vue=ailleurs", "/e/0931434D/doublons/?vue=ailleurs"


@pytest.fixture
def arrived(world: World, now: datetime) -> Learner:
    """Noé comes from the Mimosas with another birth date: the import did not dare."""
    noe = world.learner(
        "noe-ici",
        establishment=world.tilleuls,
        first_name="Noa",
        last_name="ÉTIENNE",
        division=world.divisions["6C"],
        birth_date=date(2012, 5, 20),
        ine="987654321GH",
    )
    held(
        world.learners["noe"],
        account_of(world.learners["noe"], "noe.etienne", password=PASSWORD, at=now),
        now,
    )
    done = RosterImport.objects.create(
        establishment=world.tilleuls,
        state=ImportState.APPLIED,
        file_name="f",
        sha256="0",
        size=1,
        uploaded_at=now,
        progress_at=now,
        applied_at=now,
    )
    RecognitionRefusal.objects.create(learner=noe, roster_import=done, reason=Doubt.BIRTH_DATE, made_at=now)
    return noe


def test_the_former_school_says_yes_and_sees_nothing_but_the_request(
    world: World, arrived: Learner, as_: As
) -> None:
    mine = as_(world.boeuf).open(NEW)
    assert "mais avec une autre date de naissance" in mine
    sent = mine.submit("Demander à l’autre établissement")
    assert "Demandé" in sent
    assert "Mimosas" not in sent
    theirs = as_(world.okonkwo).open(OLD)
    assert "Collège des Quatre-Tilleuls demande le compte de Noé ÉTIENNE, 2A" in theirs.text.replace(
        " ,", ","
    )
    for word in ("Noa", "6C", "2012", "Bœuf"):
        assert word not in theirs.css("main")[0].text_content()
    done = theirs.submit("Accorder")
    assert "C’est accordé" in done
    both = Attachment.objects.active().filter(account__username="noe.etienne")
    assert {one.learner for one in both} == {world.learners["noe"], arrived}
    assert not RecognitionRefusal.objects.waiting().exists()
    told = Entry.objects.filter(uai=world.mimosas.uai).values_list("about", "facts")
    assert not [row for row in told if "Noa" in str(row) or "6C" in str(row)]
    assert not Entry.objects.filter(uai=world.tilleuls.uai, facts__icontains="Mimosas").exists()


def test_no_and_no_answer_look_different_only_when_no_was_said(
    world: World, arrived: Learner, as_: As
) -> None:
    as_(world.boeuf).open(NEW).submit("Demander à l’autre établissement")
    as_(world.okonkwo).open(OLD).submit("Ne pas répondre")
    assert "Aucun établissement" in as_(world.okonkwo).open(OLD)
    assert "Demandé" in as_(world.boeuf).open(NEW)
    tidying.send(sender=None, at=timezone.now() + timedelta(days=15))
    assert Transfer.objects.get().state == TransferState.EXPIRED
    as_(world.boeuf).open(NEW).submit("Demander à l’autre établissement")
    as_(world.okonkwo).open(OLD).submit("Refuser")
    assert "Refusé" in as_(world.boeuf).open(NEW)
    with pytest.raises(TransferRefusal):
        ask_transfer(learner=arrived, by=world.boeuf, at=timezone.now())
    assert not Attachment.objects.filter(learner=arrived).exists()


def test_it_is_asked_once_withdrawn_and_answered_once(
    world: World, arrived: Learner, as_: As, now: datetime
) -> None:
    first = ask_transfer(learner=arrived, by=world.boeuf, at=now)
    assert ask_transfer(learner=arrived, by=world.ndiaye, at=now) == first
    with pytest.raises(TransferRefusal):
        release(transfer=first, by=world.okonkwo, at=now + timedelta(days=14, seconds=1))
    as_(world.boeuf).open(NEW).submit("Retirer la demande")
    with pytest.raises(TransferRefusal):
        release(transfer=first, by=world.okonkwo, at=now)


def test_nobody_else_answers(world: World, arrived: Learner, as_: As, now: datetime) -> None:
    transfer = ask_transfer(learner=arrived, by=world.boeuf, at=now)
    for who, uai in ((world.boeuf, "0931434D"), (world.boeuf, "0180777X"), (world.okonkwo, "0931434D")):
        address = f"/e/{uai}/transferts/{transfer.pk}/"
        assert as_(who).post(address, {"geste": "accorder"}).status_code == 404
    assert as_(world.okonkwo).post(f"/e/0180777X/transferts/{transfer.pk}/retirer/").status_code == 404
    assert (
        as_(world.okonkwo).post(f"/e/0180777X/transferts/{transfer.pk}/", {"geste": "x"}).status_code == 404
    )
    transfer.refresh_from_db()
    assert transfer.state == TransferState.ASKED


def test_there_is_nobody_to_ask_for_a_pupil_whom_nobody_knows(world: World, now: datetime) -> None:
    for learner in (world.lea, world.learners["nils"]):
        with pytest.raises(TransferRefusal):
            ask_transfer(learner=learner, by=world.boeuf, at=now)


def test_a_pupil_who_has_an_account_here_is_released_then_merged(
    world: World, arrived: Learner, now: datetime
) -> None:
    here = account_of(arrived, "noe.ici")
    held(arrived, here, now)
    old = Account.objects.get(username="noe.etienne")
    assert [pair.why for pair in pairs_of(world.tilleuls, at=now)] == [Why.ELSEWHERE]
    with pytest.raises(LivesElsewhere):
        ask_merge(learner=arrived, kept=here, joined=old, by=world.boeuf, at=now)
    release(transfer=ask_transfer(learner=arrived, by=world.boeuf, at=now), by=world.okonkwo, at=now)
    assert [pair.why for pair in pairs_of(world.tilleuls, at=now)] == [Why.RELEASED]
    asked = ask_merge(learner=arrived, kept=here, joined=old, by=world.boeuf, at=now)
    confirm_merge(merge=asked, by=world.ndiaye, at=now)
    assert {one.learner for one in Attachment.objects.active().filter(account=here)} == {
        arrived,
        world.learners["noe"],
    }


def card(world: World, learner: Learner, at: datetime) -> str:
    (made,) = make_cards(
        learners=[learner],
        token="t",
        batch_number="b",
        expires_at=at + timedelta(days=1),
        by=world.boeuf,
        at=at,
    )
    return made.code


def test_the_pupil_takes_their_account_along_with_a_card_and_their_old_password(
    world: World, arrived: Learner, page: PageClient, now: datetime
) -> None:
    asked = page.open("/carte/").submit("Continuer", code=card(world, arrived, now)).submit("Oui")
    inside = asked.follow("Entre avec ton identifiant").submit(
        "Entrer", identifier="noe.etienne", password=PASSWORD
    )
    inside.submit("Oui")
    assert Attachment.objects.active().get(learner=arrived).account.username == "noe.etienne"


def test_the_pupil_who_proves_both_lets_staff_compare(
    world: World, arrived: Learner, page: PageClient, now: datetime
) -> None:
    held(arrived, account_of(arrived, "noe.ici"), now)
    Learner.objects.filter(pk=arrived.pk).update(birth_date=date(2011, 5, 20), first_name="Noé")
    page.open("/connexion/").submit("Entrer", identifier="noe.etienne", password=PASSWORD)
    page.open("/carte/").submit("Continuer", code=card(world, arrived, now)).submit("Oui")
    assert [pair.why for pair in pairs_of(world.tilleuls, at=now)] == [Why.PROVED]
