"""What the lines of an import say of accounts: whose is known, whom a correction helps."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from preau.attachments.failed_tries import TRIES_KEPT, note_failed_try
from preau.attachments.matching import Typed
from preau.attachments.models import Attachment, FailedTry, How
from preau.attachments.receivers import forget_what_was_typed
from preau.campaigns.models import Campaign
from preau.rosters.models import RosterImport
from tests.attachments.test_path import campaign, say, with_board_code
from tests.attachments.test_recognition import NOE, account_of
from tests.attachments.test_recognition_pages import KIM, elsewhere, office, says_nothing_of_another_school
from tests.page import PageClient
from tests.rosters.conftest import Office
from tests.world import World

__all__ = ["campaign", "elsewhere", "office"]
HERE = "/e/0931434D/import/"
RIGHT = date(2015, 3, 21)  # Léa's, not the one that the roster has


@pytest.fixture
def boeuf(as_, world: World):
    return as_(world.boeuf)


def line_of(page, name: str) -> str:
    (row,) = [row for row in page.css("tbody tr") if name in "".join(row.itertext())]
    return " ".join("".join(row.itertext()).split())


def corrected(office: Office) -> RosterImport:
    return office.bring(office.file(lea={"born": f"{RIGHT:%d/%m/%Y}"}))


@pytest.mark.usefixtures("elsewhere")
def test_the_line_of_a_recognised_pupil_says_that_the_account_is_found_again(boeuf, office: Office) -> None:
    ready = office.bring(office.file(NOE, KIM))
    page = boeuf.open(f"{HERE}{ready.pk}/")
    assert "Compte reconnu (INE et date de naissance) Garde son compte et ses résultats" in line_of(
        page, "ÉTIENNE"
    )
    assert "Compte à vérifier Rien n’est rattaché sans vous" in line_of(page, "LE GALL")
    assert "Recevra" not in line_of(page, "ÉTIENNE")
    says_nothing_of_another_school(page)
    answer = page.submit("Cette liste en CSV").response
    lines = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert 'Compte reconnu (INE et date de naissance)";Garde son compte et ses résultats' in lines
    office.apply(ready)
    report = boeuf.open(f"{HERE}{ready.pk}/")
    assert "Garde son compte et ses résultats" in line_of(report, "ÉTIENNE")
    says_nothing_of_another_school(report)


@pytest.mark.usefixtures("elsewhere")
def test_an_undone_import_recognises_nobody_any_more(boeuf, office: Office) -> None:
    from preau.rosters.actions import undo_import

    applied = office.apply(office.bring(office.file(NOE)))
    undo_import(roster_import=applied, by=office.world.boeuf, at=office.now)
    assert "Compte reconnu" not in boeuf.open(f"{HERE}{applied.pk}/")


def test_lea_who_typed_her_real_birth_date_failed_three_times(
    boeuf, office: Office, campaign: Campaign
) -> None:
    for _ in range(3):
        say(with_board_code(PageClient()), "Léa", "Martin", f"{RIGHT:%d/%m/%Y}")
    ready = corrected(office)
    line = line_of(boeuf.open(f"{HERE}{ready.pk}/"), "MARTIN Léa")
    assert "A tapé cette date et échoué 3 fois Pourra entrer avec sa date corrigée" in line
    assert "2015" not in line
    office.apply(ready)
    assert "Peut maintenant entrer" in line_of(boeuf.open(f"{HERE}{ready.pk}/"), "MARTIN Léa")
    assert (
        say(with_board_code(PageClient()), "Léa", "Martin", f"{RIGHT:%d/%m/%Y}").title == "C’est bien toi ?"
    )


def test_whoever_still_types_the_old_date_is_told_to_the_staff(
    boeuf, office: Office, world: World, campaign: Campaign
) -> None:
    old = world.lea.birth_date
    applied = office.apply(corrected(office))
    for name in ("Léa", "lea"):
        say(with_board_code(PageClient()), name, "MARTIN", f"{old:%d/%m/%Y}")
    line = line_of(boeuf.open(f"{HERE}{applied.pk}/"), "MARTIN Léa")
    assert "A tapé l’ancienne date et échoué 2 fois Doit taper sa date corrigée" in line


def test_lea_who_is_in_already_has_nothing_to_be_told(
    boeuf, office: Office, world: World, campaign: Campaign
) -> None:
    say(with_board_code(PageClient()), "Léa", "Martin", f"{RIGHT:%d/%m/%Y}")
    account = account_of(world.learners["noe"], office)
    Attachment.objects.create(
        learner=world.lea,
        establishment=world.tilleuls,
        account=account,
        made_at=office.now,
        made_how=How.CARD,
    )
    assert "échoué" not in boeuf.open(f"{HERE}{corrected(office).pk}/")


def test_the_tries_of_another_school_or_of_other_names_say_nothing_here(
    boeuf, office: Office, world: World
) -> None:
    typed = Typed("Martin", "Léa", RIGHT)
    note_failed_try(establishment=world.mimosas, typed=typed, at=office.now)
    note_failed_try(establishment=world.tilleuls, typed=Typed("Martin", "Léo", RIGHT), at=office.now)
    assert "échoué" not in boeuf.open(f"{HERE}{corrected(office).pk}/")


def test_nothing_that_was_typed_can_be_read_back_and_a_month_later_it_is_gone(
    office: Office, world: World
) -> None:
    note_failed_try(establishment=world.tilleuls, typed=Typed("Martin", "Léa", RIGHT), at=office.now)
    kept = FailedTry.objects.values().get()
    assert not any(secret in str(kept).lower() for secret in ("martin", "léa", "lea", "2015", "21/03"))
    forget_what_was_typed(at=office.now + TRIES_KEPT - timedelta(minutes=1))
    assert FailedTry.objects.exists()
    forget_what_was_typed(at=office.now + TRIES_KEPT + timedelta(minutes=1))
    assert not FailedTry.objects.exists()


def test_a_failure_is_kept_whether_or_not_such_a_pupil_exists(world: World, campaign: Campaign) -> None:
    say(with_board_code(PageClient()), "Personne", "Dutout", "01/02/2014")
    say(with_board_code(PageClient()), "Léa", "Martin", "01/02/2014")
    assert FailedTry.objects.count() == 2
