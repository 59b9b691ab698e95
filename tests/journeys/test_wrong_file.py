"""Journey 8: last year's file, another school's, a file that would empty the school, and what is no roster at all."""

from __future__ import annotations

import pytest
from django.utils import timezone

from preau.establishments.models import school_year_of
from preau.rosters.models import Learner
from tests.journeys.files import edited, siecle_zip
from tests.journeys.world import checks_file, empty_school, imports_file, referente


def test_last_years_file_is_refused_with_the_reason(someone, tmp_path) -> None:
    school = empty_school()
    last_year = school_year_of(timezone.localdate()) - 1
    boeuf = referente(someone, school)
    checks_file(boeuf, school, siecle_zip(tmp_path, uai=school.uai, year=last_year))
    boeuf.sees_title("ne peut pas être importé").reads(str(last_year), "rien n’a changé", "31")
    assert not Learner.objects.exists()


def test_another_schools_file_is_refused_with_both_numbers(someone, tmp_path) -> None:
    school = empty_school()
    boeuf = referente(someone, school)
    checks_file(boeuf, school, siecle_zip(tmp_path, uai="0180777X"))
    boeuf.sees_title("ne peut pas être importé").reads("0180777X", school.uai)


def test_a_file_that_would_empty_half_the_school_is_braked(someone, tmp_path) -> None:
    school = empty_school()
    boeuf = referente(someone, school)
    imports_file(boeuf, school, siecle_zip(tmp_path, uai=school.uai, pupils=60))
    checks_file(boeuf, school, siecle_zip(tmp_path, uai=school.uai, pupils=30))
    boeuf.reads("30 départs, est-ce voulu")
    boeuf.presses("Appliquer l’import").reads("30 départs")
    assert Learner.objects.present().count() == 60
    boeuf.page.locator("input[name=confirmation]").fill("30 DEPARTS")
    boeuf.presses("Appliquer l’import").sees_title("Import appliqué")
    assert Learner.objects.present().count() == 30
    assert Learner.objects.count() == 60


def test_an_import_that_lost_half_the_school_is_undone_and_everybody_is_back(someone, tmp_path) -> None:
    school = empty_school()
    boeuf = referente(someone, school)
    imports_file(boeuf, school, siecle_zip(tmp_path, uai=school.uai, pupils=60))
    first = boeuf.page.url
    before = sorted(Learner.objects.values_list())
    checks_file(boeuf, school, siecle_zip(tmp_path, uai=school.uai, pupils=30))
    boeuf.page.locator("input[name=confirmation]").fill("30 départs")
    boeuf.presses("Appliquer l’import").sees_title("Import appliqué")
    assert Learner.objects.present().count() == 30

    boeuf.opens(f"{first}annuler/").sees_title("ne peut pas être annulé").reads("repose sur cet import")
    boeuf.follows("Voir l’import du dessus").follows("Annuler cet import")
    boeuf.reads("30 élèves partis reviennent").presses("Annuler cet import").sees_title("Import annulé")
    assert sorted(Learner.objects.values_list()) == before
    boeuf.opens(f"/e/{school.uai}/eleves/").reads("60 élèves présents")
    boeuf.opens(f"{first}annuler/").sees_title("Annuler cet import")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("vide.xml", b"", "vide"),
        ("connexion.xml", b"<!doctype html><html><title>Arena</title></html>", "page"),
        ("Structures.xml", b'<?xml version="1.0"?><BEE_STRUCTURES/>', "Structures"),
        ("coupe.xml", b"<BEE_ELEVES><DONNEES><ELEVES><ELEVE ELEVE_ID='1'><PRENOM>L", "ligne"),
        ("piege.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><BEE_ELEVES/>', "DOCTYPE"),
        ("faux.zip", b"PK\x03\x04 pas un zip", "zip"),
    ],
)
def test_what_is_no_roster_gets_a_sentence_and_changes_nothing(
    someone, tmp_path, name, content, words
) -> None:
    school = empty_school()
    boeuf = referente(someone, school)
    path = tmp_path / name
    path.write_bytes(content)
    boeuf.opens(f"/e/{school.uai}/import/")
    boeuf.page.locator("input[type=file]").set_input_files(path)
    boeuf.presses("Vérifier ce fichier", settle=False)
    boeuf.page.wait_for_selector("progress", state="detached", timeout=30_000)
    boeuf.looks().reads(words)
    assert not Learner.objects.exists()


def test_a_return_and_a_correction_are_named_before_anything_moves(someone, tmp_path) -> None:
    school = empty_school()
    boeuf = referente(someone, school)
    path = siecle_zip(tmp_path, uai=school.uai)
    imports_file(boeuf, school, path)
    edited(path, (r"<PRENOM>[^<]+</PRENOM>", "<PRENOM>Capucine-Œnone</PRENOM>"))
    checks_file(boeuf, school, path).reads("Corrections", "Capucine-Œnone", "avant", "après")
