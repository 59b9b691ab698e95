"""The correction sheet that a référente prints for the secretariat, and the brake on an old download."""

from __future__ import annotations

from datetime import date

import pytest

from preau.rosterfiles.problems import CATALOGUE, PUPIL_NOTES
from preau.rosterfiles.table_problems import TABLE_PUPIL_NOTES
from preau.rosters.actions import OlderFile
from preau.rosters.corrections import WORDS
from preau.rosters.models import RosterImport
from tests.rosters.siecle import file_of, pupil
from tests.world import World

HERE = "/e/0931434D/import/"
AYSE = pupil("7001", "ÇELİK", "Aÿse", "6A", born="01/02/1914")
LUKASZ = pupil("7002", "WOJCIECHOWSKI", "Łukasz", None, ine="012345678KE", born=None)


@pytest.fixture
def boeuf(as_, world: World):
    return as_(world.boeuf)


def test_every_problem_of_a_pupil_has_words_for_an_office() -> None:
    of_the_diff = {"BY_HAND_UNSEEN", "DEPARTURE_WITHHELD"}
    assert set(PUPIL_NOTES | TABLE_PUPIL_NOTES) | of_the_diff == set(WORDS)
    assert set(WORDS) - of_the_diff <= set(CATALOGUE)


def test_each_pupil_is_one_line_with_what_to_do_and_no_number(boeuf, office) -> None:
    ready = office.bring(office.file(AYSE, LUKASZ))
    sheet = boeuf.open(f"{HERE}{ready.pk}/").follow("Fiche de correction")
    assert sheet.title == "Fiche de correction"
    assert "Le secrétariat, dans SIECLE" in sheet
    assert "WOJCIECHOWSKI Łukasz — Date de naissance absente, Classe absente" in sheet
    assert "Date de naissance douteuse" in sheet
    assert "pas encore appliqué" in sheet
    for hidden in ("1914", "012345678", "7001", "7002", "ELEVE_ID"):
        assert hidden not in sheet.text
    office.apply(ready)
    assert "import appliqué" in boeuf.open(sheet.url)


def test_the_home_page_leads_to_the_sheet(boeuf, office) -> None:
    applied = office.apply(office.bring(office.file(AYSE)))
    home = boeuf.open("/e/0931434D/")
    assert home.link("Ouvrir la fiche de correction") == f"{HERE}{applied.pk}/corrections/"


def test_the_sheet_is_a_list_for_a_spreadsheet_too(boeuf, office) -> None:
    ready = office.bring(office.file(AYSE))
    answer = boeuf.post(f"{HERE}{ready.pk}/corrections/")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "Le secrétariat, dans SIECLE;ÇELİK Aÿse;6A;" in lines
    assert "1914" not in lines


def test_nothing_to_correct_is_said(boeuf, office, world: World) -> None:
    whole = [pupil("1", "NUÑEZ", "Íñigo", "6D", ine="012345678KE", born="01/02/2015")]
    ready = office.bring(file_of(*whole))
    assert "Rien à corriger" in boeuf.open(f"{HERE}{ready.pk}/corrections/")


def test_a_refused_file_has_no_sheet(boeuf, office) -> None:
    refused = office.bring(file_of(*office.unchanged(), year=2025))
    assert boeuf.open(f"{HERE}{refused.pk}/corrections/").url == f"{HERE}{refused.pk}/"


def test_an_older_file_is_applied_only_by_somebody_who_says_so(boeuf, office) -> None:
    office.apply(office.bring(file_of(*office.unchanged(), AYSE, exported=date(2026, 9, 3))))
    old = office.bring(file_of(*office.unchanged(), exported=date(2026, 9, 1)))
    page = boeuf.open(f"{HERE}{old.pk}/")
    assert "Ce fichier est plus ancien" in page
    with pytest.raises(OlderFile):
        office.apply(old, settled=True)
    refused = page.submit("Appliquer l’import")
    assert "cochez la case pour revenir à celui-ci" in refused
    assert refused.submit("Appliquer l’import", older="on").title == "Import appliqué"


def test_a_whole_school_gone_names_a_few_classes_only() -> None:
    few = RosterImport(emptied=["6A", "6B"])
    many = RosterImport(emptied=[f"{level}{letter}" for level in "345" for letter in "ABCD"])
    assert few.emptied_words == "6A, 6B"
    assert many.emptied_words == "3A, 3B, 3C, 3D, 4A, 4B et 6 autres classes"
