"""« Annuler cet import », as the référente meets it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from preau.accounts.models import Account
from preau.attachments.actions import attach
from preau.attachments.models import How
from preau.rosters.models import Learner, RosterImport
from tests.rosters.siecle import pupil
from tests.world import World

HERE = "/e/0931434D/import/"
INIGO = pupil("2001", "NUÑEZ", "Íñigo", "6D", born="01/02/2015", ine="012345678KE")
ANA = pupil("2002", "DUPONT", "Ana", "6D")


@pytest.fixture
def boeuf(as_, world: World):
    return as_(world.boeuf)


@pytest.fixture
def applied(office) -> RosterImport:
    """Applied a moment ago, by the clock of the pages."""
    file = office.file(INIGO, ANA, without=("nils",), lea={"division": "6C"}, zoe={"first_name": "Zoë"})
    made = office.apply(office.bring(file))
    RosterImport.objects.filter(pk=made.pk).update(applied_at=timezone.now())
    return made


def enters() -> None:
    inigo = Learner.objects.get(ine="012345678KE")
    account = Account.objects.create(username="inigo.nunez")
    attach(learner=inigo, account=account, how=How.CARD, by=account, at=timezone.now())


def test_the_referente_reads_what_undoing_does_then_undoes(boeuf, applied, world: World) -> None:
    enters()
    page = boeuf.open(f"{HERE}{applied.pk}/")
    assert page.css(".btn-danger")
    confirm = page.follow("Annuler cet import")
    assert confirm.title == "Annuler cet import ?"
    for words in (
        "1 élève arrivé disparaît de la base",
        "1 élève restera, marqué parti : 1 élève est déjà entré.",
        "1 élève parti revient",
        "1 élève retrouve sa classe d’avant",
        "1 correction est défaite",
        f"annulable jusqu’au {(timezone.localtime() + timedelta(days=30)).day} ",
    ):
        assert words in confirm
    assert "6A" not in confirm  # counts of people, nobody is named before it is done
    undone = confirm.submit("Annuler cet import")
    assert undone.title == "Import annulé"
    assert "1 élève que cet import avait fait arriver avait déjà une façon d’entrer" in undone
    assert "par Cécile BŒUF-DELAŸE" in undone
    assert not Learner.objects.filter(local_id="2002").exists()
    journal = boeuf.open("/e/0931434D/journal/")
    assert "a annulé l’import de « ElevesSansAdresses.xml »" in journal


def test_the_history_leads_to_the_undo_for_thirty_days(boeuf, applied) -> None:
    history = boeuf.open(HERE)
    assert "jusqu’au" in history
    assert history.follow("Annuler l’import de").title == "Annuler cet import ?"
    RosterImport.objects.update(applied_at=timezone.now() - timedelta(days=31))
    assert "jusqu’au" not in boeuf.open(HERE)
    assert "Annuler cet import" not in boeuf.open(f"{HERE}{applied.pk}/")
    late = boeuf.open(f"{HERE}{applied.pk}/annuler/")
    assert late.title == "Cet import ne peut pas être annulé"
    assert "plus de 30 jours" in late


def test_an_import_under_another_says_which_one_to_undo_first(boeuf, applied, office, world: World) -> None:
    world.zoe.refresh_from_db()
    second = office.apply(office.bring(office.file(INIGO, ANA), name="deuxième.xml"))
    page = boeuf.open(f"{HERE}{applied.pk}/annuler/")
    assert "« deuxième.xml »" in page
    assert page.follow("Voir l’import du dessus").url == f"{HERE}{second.pk}/"
    refused = boeuf.read(boeuf.post(f"{HERE}{applied.pk}/annuler/", follow=True))
    assert "repose sur cet import" in refused
    assert Learner.objects.filter(local_id="2002").exists()


def test_a_second_click_finds_it_undone(boeuf, applied) -> None:
    confirm = boeuf.open(f"{HERE}{applied.pk}/annuler/")
    confirm.submit("Annuler cet import")
    again = confirm.submit("Annuler cet import")
    assert again.title == "Import annulé"
    assert "déjà annulé" in again
    assert boeuf.open(f"{HERE}{applied.pk}/annuler/").title == "Cet import ne peut pas être annulé"


def test_a_file_that_changed_nothing_is_undone_too(boeuf, office) -> None:
    same = office.apply(office.bring(office.file()))
    RosterImport.objects.update(applied_at=timezone.now())
    page = boeuf.open(f"{HERE}{same.pk}/").follow("Annuler cet import")
    assert "Rien : ce fichier disait déjà la même chose" in page
    assert page.submit("Annuler cet import").title == "Import annulé"


def test_nobody_else_reaches_the_undo(as_, applied, world: World) -> None:
    for stranger in (world.garcao, world.okonkwo):
        assert as_(stranger).get(f"{HERE}{applied.pk}/annuler/").status_code == 404
        assert as_(stranger).post(f"{HERE}{applied.pk}/annuler/").status_code == 404
    applied.refresh_from_db()
    assert applied.state == "APPLIED"
