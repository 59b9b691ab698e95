"""A pupil who comes from another school finds their account again; whatever is doubtful waits for a person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from preau.accounts.models import Account
from preau.attachments.actions import attach, detach
from preau.attachments.models import Attachment, Doubt, How, RecognitionRefusal
from preau.attachments.recognition import Claim, _insert, claims_of, recognise
from preau.audit.models import Entry
from preau.campaigns.actions import begin
from preau.campaigns.models import Campaign
from preau.establishments.models import Establishment, Membership, Role
from preau.rosters.actions import undo_import
from preau.rosters.models import Learner, RosterImport
from tests.rosters.conftest import Office
from tests.rosters.siecle import pupil
from tests.world import World, enrol

INE = "987654321GH"
NOE = pupil("3001", "ÉTIENNE", "Noé", "5B", ine=INE, born="20/05/2011")


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


def account_of(learner: Learner, office: Office, username: str = "noe.etienne") -> Account:
    """An account attached to a pupil of any school."""
    account = Account.objects.create(username=username, first_name="Noé", last_name="ÉTIENNE")
    attach(learner=learner, account=account, how=How.CARD, by=account, at=office.now)
    return account


@pytest.fixture
def known(office: Office, world: World) -> Account:
    """Noé's account, of the Mimosas."""
    return account_of(world.learners["noe"], office)


def arrives(office: Office, *pupils: dict[str, object], **changed: object) -> RosterImport:
    return office.apply(office.bring(office.file(*pupils, **changed)))


def here(ine: str = INE) -> Learner:
    return Learner.objects.get(establishment__uai="0931434D", ine=ine)


def doubts() -> list[str]:
    return list(RecognitionRefusal.objects.order_by("pk").values_list("reason", flat=True))


def test_noe_changes_school_and_keeps_his_account(office: Office, world: World, known: Account) -> None:
    applied = arrives(office, NOE)
    attachment = Attachment.objects.get(learner=here())
    assert (attachment.account, attachment.made_how) == (known, How.IMPORT)
    assert (attachment.made_by, attachment.roster_import) == (world.boeuf, applied)
    assert Attachment.objects.active().filter(account=known).count() == 2  # the Mimosas keep his history
    entry = Entry.objects.get(verb="rattache", uai="0931434D")
    assert (entry.learner_id, entry.about, entry.actor_id) == (here().pk, "Noé ÉTIENNE", world.boeuf.pk)
    assert doubts() == []


def test_noe_who_left_the_other_school_is_known_too(office: Office, world: World, known: Account) -> None:
    Learner.objects.filter(pk=world.learners["noe"].pk).update(status="LEFT")
    arrives(office, NOE)
    assert Attachment.objects.get(learner=here()).account == known


@pytest.mark.parametrize("kind", ["RETURN", "CORRECTION", "CLASS_CHANGE"])
def test_whoever_was_here_already_is_recognised_as_soon_as_the_file_says_enough(
    office: Office, world: World, known: Account, kind: str
) -> None:
    with_ine = {} if kind == "CORRECTION" else {"ine": INE}
    world.learner(
        "moved",
        establishment=world.tilleuls,
        first_name="Noé",
        last_name="ÉTIENNE",
        local_id="3001",
        birth_date=date(2011, 5, 20),
        division=world.divisions["6A" if kind == "CLASS_CHANGE" else "5B"],
        status="LEFT" if kind == "RETURN" else "PRESENT",
        **with_ine,
    )
    applied = office.apply(office.bring(office.file(NOE, without=("moved",))))
    assert applied.counts[kind] == 1
    assert Attachment.objects.get(learner=here()).account == known


@pytest.mark.parametrize(
    "said", [{"born": None}, {"ine": None}, {"left": "02/09/2026"}, {"born": "21/05/2011"}]
)
def test_the_ine_alone_or_the_birth_date_alone_is_not_enough(
    office: Office, known: Account, said: dict[str, object]
) -> None:
    arrives(office, pupil("3001", "ÉTIENNE", "Noé", "5B", **{"ine": INE, "born": "20/05/2011", **said}))  # type: ignore[arg-type]
    assert not Attachment.objects.filter(establishment__uai="0931434D").exists()
    assert doubts() == ([Doubt.BIRTH_DATE] if said.get("born") else [])


def test_an_account_that_the_other_school_detached_is_not_noes(
    office: Office, world: World, known: Account
) -> None:
    attachment = Attachment.objects.get(account=known)
    detach(attachment=attachment, why="ce n’était pas lui", by=world.okonkwo, at=office.now)
    arrives(office, NOE)
    assert not Attachment.objects.filter(learner=here()).exists()
    assert doubts() == []


def test_an_account_of_somebody_else_here_stays_theirs(office: Office, world: World, known: Account) -> None:
    theirs = attach(learner=world.lea, account=known, how=How.STAFF, by=world.boeuf, at=office.now)
    arrives(office, NOE)
    assert list(Attachment.objects.active().filter(establishment=world.tilleuls)) == [theirs]
    assert doubts() == [Doubt.TAKEN_HERE]


def test_an_account_that_carries_two_ines_waits_for_a_person(
    office: Office, world: World, known: Account
) -> None:
    third = Establishment.objects.create(uai="0750001A", name="Collège des Lilas")
    twin = enrol(third, "Noam", "ÉTIENNE", ine="111111111GB", birth_date=date(2011, 5, 20))
    attach(learner=twin, account=known, how=How.STAFF, by=None, at=office.now)
    arrives(office, NOE)
    assert doubts() == [Doubt.SEVERAL_INES]


def test_two_accounts_for_one_ine_wait_for_a_person(office: Office, known: Account) -> None:
    third = Establishment.objects.create(uai="0750001A", name="Collège des Lilas")
    account_of(enrol(third, "Noé", "ETIENNE", ine=INE, birth_date=date(2011, 5, 20)), office, "noe.etienne2")
    arrives(office, NOE)
    assert doubts() == [Doubt.SEVERAL_ACCOUNTS]
    assert not Attachment.objects.filter(learner=here()).exists()


def test_two_schools_with_one_account_are_one_account(office: Office, known: Account) -> None:
    third = Establishment.objects.create(uai="0750001A", name="Collège des Lilas")
    again = enrol(third, "Noé", "ETIENNE", ine=INE, birth_date=date(2011, 5, 20))
    attach(learner=again, account=known, how=How.CARD, by=known, at=office.now)
    arrives(office, NOE)
    assert Attachment.objects.get(learner=here()).account == known


def test_an_adults_account_is_never_a_pupils(office: Office, world: World, known: Account) -> None:
    Membership.objects.create(account=known, establishment=world.mimosas, role=Role.TEACHER)
    arrives(office, NOE)
    assert doubts() == [Doubt.STAFF_ACCOUNT]


def test_a_closed_account_is_not_given_back(office: Office, known: Account) -> None:
    Account.objects.filter(pk=known.pk).update(is_active=False)
    arrives(office, NOE)
    assert not Attachment.objects.filter(learner=here()).exists()


def test_what_the_school_detached_is_not_attached_again_by_the_next_file(
    office: Office, world: World, known: Account
) -> None:
    arrives(office, NOE)
    attachment = Attachment.objects.get(learner=here())
    detach(attachment=attachment, why="un autre compte", by=world.boeuf, at=office.now)
    arrives(office, NOE | {"division": "6A"})
    assert not Attachment.objects.active().filter(learner=here()).exists()
    assert doubts() == [Doubt.DETACHED_HERE]


def test_importing_never_drops_or_moves_a_valid_attachment(
    office: Office, world: World, known: Account
) -> None:
    own = account_of(world.zoe, office, "zoe.martin-leroy")
    mine = Attachment.objects.get(account=own)
    before = Attachment.objects.filter(pk=mine.pk).values().get()
    # Zoé is known elsewhere with another account, changes class, leaves, comes back, loses her INE.
    enrolled = enrol(world.mimosas, "Zoé", "MARTIN", ine=world.zoe.ine, birth_date=world.zoe.birth_date)
    account_of(enrolled, office, "zoe.autre")
    arrives(office, zoe={"division": "6A"})
    office.apply(office.bring(office.file(without=("zoe",))))
    arrives(office, zoe={"division": "6C"})
    arrives(office, zoe={"ine": None, "born": "06/11/2014"})
    assert Attachment.objects.filter(learner=world.zoe).values().get() == before
    assert doubts() == []


def test_undoing_the_import_takes_the_account_back(office: Office, world: World, known: Account) -> None:
    applied = arrives(office, NOE)
    undo_import(roster_import=applied, by=world.boeuf, at=office.now)
    assert not Learner.objects.filter(establishment=world.tilleuls, ine=INE).exists()
    assert Attachment.objects.get(account=known).learner == world.learners["noe"]


def test_a_pupil_who_was_here_is_as_before_once_undone(office: Office, world: World, known: Account) -> None:
    world.learner(
        "moved",
        establishment=world.tilleuls,
        first_name="Noé",
        last_name="ÉTIENNE",
        local_id="3001",
        birth_date=date(2011, 5, 20),
        division=world.divisions["5B"],
    )
    applied = office.apply(office.bring(office.file(NOE, without=("moved",))))
    undo_import(roster_import=applied, by=world.boeuf, at=office.now)
    assert not Attachment.objects.filter(establishment=world.tilleuls).exists()
    assert Entry.objects.get(verb="detache").about == "Noé ÉTIENNE"


def test_noe_who_started_with_his_account_keeps_it_when_the_import_is_undone(
    office: Office, world: World, known: Account
) -> None:
    world.learner(
        "moved",
        establishment=world.tilleuls,
        first_name="Noé",
        last_name="ÉTIENNE",
        local_id="3001",
        birth_date=date(2011, 5, 20),
        division=world.divisions["5B"],
    )
    applied = office.apply(office.bring(office.file(NOE, without=("moved",))))
    campaign = Campaign.objects.create(
        establishment=world.tilleuls, title="Essai", code="BDFGHJ234", opens_at=office.now, made_at=office.now
    )
    begin(campaign=campaign, learner=here(), account=known, at=office.now + timedelta(hours=1))
    undo_import(roster_import=applied, by=world.boeuf, at=office.now + timedelta(hours=2))
    moved = Learner.objects.get(pk=world.learners["moved"].pk)
    assert (moved.ine, moved.status) == (None, "PRESENT")
    assert Attachment.objects.active().get(learner=moved).account == known


def test_the_preview_knows_what_the_import_will_do(office: Office, known: Account) -> None:
    ready = office.bring(office.file(NOE))
    before = recognise(claims_of(ready))
    office.apply(ready)
    assert [claim.name for claim in before.known] == ["Noé ÉTIENNE"]
    assert Attachment.objects.get(learner=here()).account_id == before.known[0].account_id


def test_recognising_takes_the_same_few_statements_whatever_the_number(office: Office, world: World) -> None:
    counts, place = [], 0
    for size in (2, 60):
        pupils = []
        for _ in range(size):
            place += 1
            ine, born = f"{place:09}AA", date(2014, 1, 1)
            learner = enrol(world.mimosas, "Kim", f"N{place}", ine=ine, birth_date=born)
            account_of(learner, office, f"kim.n{place}")
            pupils.append(pupil(f"8{place:04}", f"N{place}", "Kim", "6A", ine=ine, born="01/01/2014"))
        ready = office.bring(office.file(*pupils))
        with CaptureQueriesContext(connection) as queries:
            office.apply(ready)
        counts.append(len(queries))
        assert Attachment.objects.filter(roster_import=ready).count() == size
        undo_import(roster_import=ready, by=None, at=office.now)
    assert counts[0] == counts[1]


def claim(learner_id: int = 1, account_id: int = 7, **more: object) -> Claim:
    facts = {"agrees": True, "ines": 1, "taken_here": False, "detached_here": False, "of_staff": False}
    return Claim(learner_id, "Noé", "Étienne", "5B", account_id, **(facts | more))  # type: ignore[arg-type]


def test_two_pupils_of_a_file_who_claim_one_account_both_wait() -> None:
    found = recognise([claim(1), claim(2)])
    assert (found.known, [doubt for _, doubt in found.doubts]) == ([], [Doubt.CLAIMED_TWICE] * 2)
    # Even when nobody would believe one of the two.
    found = recognise([claim(1), claim(2, agrees=False)])
    assert [doubt for _, doubt in found.doubts] == [Doubt.CLAIMED_TWICE, Doubt.BIRTH_DATE]


def test_whoever_was_quicker_keeps_their_place(office: Office, world: World, known: Account) -> None:
    """Between the question and the insert, Noé came in with a card: his import goes on without him."""
    ready = office.bring(office.file(NOE))
    claims = claims_of(ready)
    office.apply(ready)
    attachment = Attachment.objects.get(learner=here())
    assert _insert(ready, claims, by=None, at=office.now) == set()
    assert Attachment.objects.get(learner=here()) == attachment
