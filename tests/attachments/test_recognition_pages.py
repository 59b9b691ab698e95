"""What the staff read of the accounts that an import knows; nothing of any other school."""

from __future__ import annotations

import re

import pytest

from preau.attachments.models import Attachment
from preau.audit.models import Entry
from preau.rosters.models import Learner
from tests.attachments.test_recognition import INE, NOE, account_of, here
from tests.rosters.conftest import Office
from tests.rosters.siecle import pupil
from tests.world import World

HERE = "/e/0931434D/"
KIM = pupil("3002", "LE GALL", "Kim", "6A", ine="222222222GC", born="01/01/2015")


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


@pytest.fixture
def elsewhere(office: Office, world: World) -> None:
    """At the Mimosas: Noé, and a Kim whose birth date is not the one of the file."""
    account_of(world.learners["noe"], office)
    values = {"establishment": world.mimosas, "first_name": "Kim", "last_name": "SECRET"}
    world.learner("kim", **values, ine="222222222GC", birth_date="2014-12-31", division=world.divisions["2A"])
    account_of(world.learners["kim"], office, "kim.secret")


def says_nothing_of_another_school(page) -> None:
    written = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", page.response.content)  # random letters
    for secret in ("Mimosas", "0180777X", "Villeneuve", "SECRET", "kim.secret", "noe.etienne", "2A", "2014"):
        assert secret not in page
        assert secret.encode() not in written


@pytest.mark.usefixtures("elsewhere")
def test_the_preview_says_who_keeps_their_account(as_, office: Office, world: World) -> None:
    boeuf = as_(world.boeuf)
    ready = office.bring(office.file(NOE, KIM))
    preview = boeuf.open(f"{HERE}import/{ready.pk}/")
    assert preview.css("[hx-get$='/comptes/']")
    piece = boeuf.open(f"{HERE}import/{ready.pk}/comptes/", headers={"HX-Request": "true"})
    assert "1 élève : compte reconnu, il garde son compte et ses résultats." in piece
    assert "Noé ÉTIENNE 5B" in piece
    assert "1 à vérifier" in piece
    says_nothing_of_another_school(piece)
    # Without JavaScript, a link leads to a page that says the same.
    whole = preview.follow("Qui a déjà un compte")
    assert whole.title == "Comptes déjà connus"
    assert "Kim LE GALL 6A Un compte existe pour cet INE, mais avec une autre date de naissance." in whole
    says_nothing_of_another_school(whole)
    assert not Attachment.objects.filter(establishment=world.tilleuls).exists()


@pytest.mark.usefixtures("elsewhere")
def test_once_applied_each_doubt_waits_for_a_person(as_, office: Office, world: World) -> None:
    boeuf = as_(world.boeuf)
    applied = office.apply(office.bring(office.file(NOE, KIM)))
    page = boeuf.open(f"{HERE}import/{applied.pk}/").follow("Qui a déjà un compte")
    assert "1 compte reconnu" in page
    says_nothing_of_another_school(page)
    aides = boeuf.open(f"{HERE}aides/")
    assert "Comptes à vérifier 1" in aides
    assert "Kim LE GALL" in aides
    assert "Noé ÉTIENNE" not in aides
    says_nothing_of_another_school(aides)
    kim = Learner.objects.get(local_id="3002")
    assert aides.link("Kim LE GALL") == f"{HERE}eleves/{kim.pk}/"
    after = aides.submit("C’est vu")
    assert "C’est noté pour Kim LE GALL." in after
    assert "Comptes à vérifier" not in after
    entry = Entry.objects.get(verb="compte-verifie")
    assert (entry.learner_id, entry.actor_id) == (kim.pk, world.boeuf.pk)
    boeuf.post(f"{HERE}eleves/{kim.pk}/compte-vu/")  # a second click
    assert Entry.objects.filter(verb="compte-verifie").count() == 1


@pytest.mark.usefixtures("elsewhere")
def test_a_doubt_goes_away_by_itself_when_the_pupil_comes_in(as_, office: Office, world: World) -> None:
    office.apply(office.bring(office.file(NOE, KIM)))
    account_of(Learner.objects.get(local_id="3002"), office, "kim.legall")
    assert "Comptes à vérifier" not in as_(world.boeuf).open(f"{HERE}aides/")


@pytest.mark.usefixtures("elsewhere")
def test_a_teacher_sees_the_doubts_of_their_classes_and_no_import(as_, office: Office, world: World) -> None:
    other = {"division": "6C"}
    applied = office.apply(office.bring(office.file(NOE, KIM)))
    kim = Learner.objects.get(local_id="3002")
    garcao = as_(world.garcao)
    assert "Kim LE GALL" in garcao.open(f"{HERE}aides/")
    office.apply(office.bring(office.file(NOE, KIM | other)))
    assert "Kim LE GALL" not in garcao.open(f"{HERE}aides/")
    assert garcao.post(f"{HERE}eleves/{kim.pk}/compte-vu/").status_code == 404
    assert garcao.get(f"{HERE}import/{applied.pk}/comptes/").status_code == 404
    assert as_(world.okonkwo).get(f"{HERE}import/{applied.pk}/comptes/").status_code == 404


def test_an_import_without_known_accounts_says_so(as_, office: Office, world: World) -> None:
    ready = office.bring(office.file(NOE))
    page = as_(world.boeuf).open(f"{HERE}import/{ready.pk}/comptes/")
    assert "Aucun compte déjà connu" in page
    assert not Learner.objects.filter(establishment=world.tilleuls, ine=INE).exists()
    office.apply(ready)
    assert not Attachment.objects.filter(learner=here()).exists()
