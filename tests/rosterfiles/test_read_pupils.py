"""What a SIECLE export says of its pupils, oddity by oddity (roster-files, quirks 1 to 25)."""

from datetime import date, datetime

import pytest

from preau.rosterfiles import Severity, Status
from tests.rosterfiles.siecle_file import UAI, codes, eleve, noe, read, siecle, structures, written

IN_6A = [structures("1", "6A", ("6LATIN", "G")), structures("2", "6A")]


def test_lea_and_noe_are_read_with_their_class_and_groups():
    roster = read(siecle(eleve(PRENOM2="Anaïs", PRENOM3=""), noe(), placed=IN_6A))
    lea, other = roster.pupils
    assert codes(roster) == []
    assert not roster.refused
    assert not roster.unreadable
    assert (roster.source, roster.uai, roster.school_year, roster.version) == (
        "siecle",
        "0931434D",
        2026,
        "3.0",
    )
    assert roster.exported_on == date(2026, 9, 10)
    assert roster.exported_at == datetime(2026, 9, 10, 10, 11, 12)  # noqa: DTZ001 - the school's wall clock
    assert (lea.local_id, lea.ine, lea.last_name, lea.first_name) == ("1", "123456789FJ", "MARTIN", "Léa")
    assert lea.other_first_names == ("Anaïs",)
    assert lea.birth_date == date(2014, 5, 3)
    assert (lea.division, lea.division_key, lea.groups) == ("6A", "6a", ("6LATIN",))
    assert (lea.status, lea.left_on, lea.line) == (Status.PRESENT, None, 6)
    assert other.division == "6A"


def test_pupils_can_be_gone_through_again():
    roster = read(siecle(eleve(), noe(), placed=IN_6A))
    assert list(roster.pupils) == list(roster.pupils) == [roster.pupils[0], roster.pupils[-1]]
    assert list(roster.pupils[1:]) == [roster.pupils[1]]
    assert len(roster.pupils) == 2


def test_last_years_class_is_never_taken_for_this_years():
    last_year = "<CODE_MEF>1</CODE_MEF><CODE_STRUCTURE>CM2</CODE_STRUCTURE><PRENOM>Autre</PRENOM>"
    lea = eleve(SCOLARITE_AN_DERNIER=last_year, PRENOM=None, DATE_NAISS="03/05/2014")
    lea = lea.replace("</ELEVE>", "<PRENOM>Léa</PRENOM></ELEVE>")
    roster = read(siecle(lea, placed=IN_6A[:1]))
    assert (roster.pupils[0].division, roster.pupils[0].first_name) == ("6A", "Léa")


def test_structures_may_come_before_pupils():
    before = siecle(placed=IN_6A).replace("<ELEVES>\n</ELEVES>\n", "")
    swapped = before.replace("</DONNEES>", f"<ELEVES>{eleve()}{noe()}</ELEVES></DONNEES>")
    assert [pupil.division for pupil in read(swapped).pupils] == ["6A", "6A"]
    assert codes(read(swapped)) == []


def test_a_namespace_changes_nothing():
    plain = siecle(eleve(), noe(), placed=IN_6A)
    spaced = plain.replace("<BEE_ELEVES ", '<BEE_ELEVES xmlns="http://exemple.invalid/bee" ')
    prefixed = plain.replace("</", "</s:").replace("<", "<s:").replace("<s:/s:", "</s:")
    prefixed = prefixed.replace("<s:BEE_ELEVES ", '<s:BEE_ELEVES xmlns:s="http://exemple.invalid/bee" ')
    for content in (spaced, prefixed):
        assert list(read(content).pupils) == list(read(plain).pupils)
        assert codes(read(content)) == []


def test_old_files_say_nom():
    roster = read(siecle(eleve(NOM_DE_FAMILLE=None, NOM="LEROY"), placed=IN_6A[:1]))
    assert roster.pupils[0].last_name == "LEROY"


@pytest.mark.parametrize(
    ("fields", "ine", "alias"),
    [
        (
            {"INE_RNIE": "123456789FJ", "INE_BEA": "0000000023A", "ID_NATIONAL": "123456789FJ"},
            "123456789FJ",
            "0000000023A",
        ),
        ({"INE_RNIE": "123456789FJ", "ID_NATIONAL": "0000000023A"}, "123456789FJ", "0000000023A"),
        ({"ID_NATIONAL": "0000000023A", "INE_BEA": "0000000023A"}, "0000000023A", None),
        ({"ID_NATIONAL": "", "INE_BEA": " 0000000023a "}, "0000000023A", None),
        ({"ID_NATIONAL": "123456789 fj"}, "123456789FJ", None),
    ],
)
def test_the_ine_is_the_rnie_else_the_national_one_else_the_bea(fields, ine, alias):
    pupil = read(siecle(eleve(**fields), placed=IN_6A[:1])).pupils[0]
    assert (pupil.ine, pupil.ine_alias) == (ine, alias)


def test_1_a_pupil_without_ine_is_imported_with_a_to_do():
    roster = read(siecle(eleve(ID_NATIONAL=None), placed=IN_6A[:1]))
    (problem,) = roster.problems
    assert roster.pupils[0].ine is None
    assert (problem.code, problem.severity, problem.line) == ("INE_MISSING", Severity.TODO, 6)
    assert (problem.pupil.local_id, problem.pupil.name, problem.pupil.division) == ("1", "MARTIN Léa", "6A")


@pytest.mark.parametrize(
    ("ine", "code"),
    [("12345678", None), ("123", "INE_SHAPE"), ("123456789FK", "INE_KEY"), ("I23456789FJ", "INE_TYPING")],
)
def test_a_doubtful_ine_is_a_warning_that_hides_the_number(ine, code):
    roster = read(siecle(eleve(ID_NATIONAL=ine), placed=IN_6A[:1]))
    assert codes(roster) == ([code] if code else [])
    assert roster.pupils[0].ine == ine
    assert all(problem.severity is Severity.WARNING for problem in roster.problems)
    assert not any("23456789" in problem.message for problem in roster.problems)


def test_2_the_same_person_twice_is_kept_once_and_present():
    gone = eleve("7", DATE_SORTIE="01/09/2026")
    for pair in ((gone, eleve("8")), (eleve("8"), gone)):
        roster = read(siecle(*pair, placed=[structures("8", "6A")]))
        assert [pupil.local_id for pupil in roster.pupils] == ["8"]
        assert codes(roster) == ["INE_DOUBLED"]


def test_2_one_ine_for_two_people_blocks_both_and_names_both():
    roster = read(siecle(eleve(), noe(ID_NATIONAL="123456789FJ"), placed=IN_6A))
    assert list(roster.pupils) == []
    assert [pupil.first_name for pupil in roster.blocked] == ["Léa", "Noé"]
    assert codes(roster) == ["INE_SHARED", "INE_SHARED"]
    assert [problem.line for problem in roster.problems] == [6, 15]
    for problem in roster.problems:
        assert "MARTIN Léa" in problem.message
        assert "DUPONT Noé" in problem.message
        assert "6, 15" in problem.message
    assert not roster.refused


def test_3_the_same_eleve_id_twice_is_one_pupil():
    roster = read(siecle(eleve(), eleve(), placed=IN_6A[:1]))
    assert [pupil.local_id for pupil in roster.pupils] == ["1"]
    assert codes(roster) == ["LOCAL_ID_DOUBLED"]


def test_3_one_eleve_id_for_two_people_blocks_both():
    roster = read(siecle(eleve(), noe("1"), placed=IN_6A[:1]))
    assert len(roster.pupils) == 0
    assert codes(roster) == ["LOCAL_ID_SHARED", "LOCAL_ID_SHARED"]


def test_3_structures_given_twice_are_put_together():
    roster = read(siecle(eleve(), placed=[structures("1", "6A"), structures("1", ("6LATIN", "G"))]))
    assert (roster.pupils[0].division, roster.pupils[0].groups) == ("6A", ("6LATIN",))
    assert codes(roster) == ["STRUCTURES_DOUBLED"]


def test_zero_padding_of_eleve_id_may_vary():
    roster = read(siecle(eleve(" 0001 "), placed=[structures("1", "6A")]))
    assert (roster.pupils[0].local_id, roster.pupils[0].division) == ("1", "6A")


@pytest.mark.parametrize(
    ("left", "entered", "status", "left_on"),
    [
        ("09/09/2026", "01/09/2025", Status.LEFT, date(2026, 9, 9)),
        ("10/09/2026", "01/09/2025", Status.PRESENT, None),  # on the day of the export
        ("05/01/2027", "01/09/2025", Status.PRESENT, None),
        ("05/07/2026", "01/09/2026", Status.PRESENT, None),  # came back
        ("", "01/09/2026", Status.PRESENT, None),
    ],
)
def test_4_an_exit_counts_when_it_is_before_the_export(left, entered, status, left_on):
    roster = read(siecle(eleve(DATE_SORTIE=left, DATE_ENTREE=entered), placed=IN_6A[:1]))
    assert (roster.pupils[0].status, roster.pupils[0].left_on) == (status, left_on)
    assert codes(roster) == []


@pytest.mark.parametrize(("left", "status"), [("19/09/2026", Status.LEFT), ("20/09/2026", Status.PRESENT)])
def test_4_without_an_export_date_exits_are_compared_to_today(left, status):
    header = {"DATE_EXPORT": None, "HORODATAGE": None}
    roster = read(siecle(eleve(DATE_SORTIE=left), placed=IN_6A[:1], header=header))
    assert roster.exported_on is None
    assert roster.pupils[0].status is status


@pytest.mark.parametrize(
    "code", ["Inactifs", "INACTIF", " inactifs ", "INACTIVES", "_INACTIF", "Innactifs", "ZINACTIF", "INACT"]
)
def test_5_inactifs_are_not_enrolled_and_are_listed(code):
    roster = read(siecle(eleve(), noe(), placed=[structures("1", code), structures("2", "6A")]))
    assert [pupil.status for pupil in roster.pupils] == [Status.LEFT, Status.PRESENT]
    assert codes(roster) == ["DIVISION_INACTIVE"]
    assert roster.problems[0].pupil.name == "MARTIN Léa"


@pytest.mark.parametrize("code", ["ACTIFS", "6A", "TACTIQ", "3INA", "ACTIF 2"])
def test_5_other_classes_are_classes(code):
    roster = read(siecle(eleve(), placed=[structures("1", code)]))
    assert roster.pupils[0].status is Status.PRESENT


def test_6_a_group_is_not_a_class():
    roster = read(siecle(eleve(), noe(), placed=[structures("1", ("6LATIN", "G"))]))
    assert [(pupil.division, pupil.groups) for pupil in roster.pupils] == [(None, ("6LATIN",)), (None, ())]
    assert codes(roster) == ["DIVISION_MISSING", "DIVISION_MISSING"]


def test_7_an_export_made_before_the_classes_is_said_once():
    roster = read(siecle(eleve(), noe()))
    assert codes(roster) == ["NO_STRUCTURES"]
    assert len(roster.pupils) == 2


def test_8_a_usage_name_equal_to_the_family_name_is_none():
    roster = read(siecle(eleve(NOM_USAGE="Martin"), noe(NOM_USAGE="ROSSI"), placed=IN_6A))
    assert [pupil.usage_name for pupil in roster.pupils] == [None, "ROSSI"]


@pytest.mark.parametrize(
    "name", ["FRANCIS--FROUFROU", "D’ARC", "L'HAŸ-LES-ROSES", "ŒDIPE", "ŽIŽEK", "&quot;X&quot;", "A" * 40]
)
def test_9_names_are_kept_as_given(name):
    roster = read(siecle(eleve(NOM_DE_FAMILLE=name), placed=IN_6A[:1]).replace("’", "&#8217;"))
    assert roster.pupils[0].last_name == name.replace("&quot;", '"')
    assert codes(roster) == []


@pytest.mark.parametrize("name", ["LEFEB?RE", "LE&#9;ROY", "LE&#8238;ROY"])
def test_9_lost_characters_are_flagged(name):
    assert codes(read(siecle(eleve(NOM_DE_FAMILLE=name), placed=IN_6A[:1]))) == ["NAME_DOUBTFUL"]


def test_9_a_name_that_is_missing_or_endless_loses_nobody():
    roster = read(siecle(eleve(PRENOM=""), noe(NOM_DE_FAMILLE="X" * 5_000), placed=IN_6A))
    assert codes(roster) == ["NAME_MISSING", "TEXT_TOO_LONG"]
    assert [len(pupil.last_name) for pupil in roster.pupils] == [6, 100]


def test_10_born_in_france_without_a_commune_is_a_warning():
    roster = read(siecle(eleve(CODE_COMMUNE_INSEE_NAISS=""), placed=IN_6A[:1]))
    assert codes(roster) == ["BIRTH_PLACE_MISSING"]
    assert roster.problems[0].severity is Severity.WARNING


def test_11_born_abroad_is_normal():
    fields = {"CODE_PAYS": "132", "VILLE_NAISS": "LEEDS", "CODE_COMMUNE_INSEE_NAISS": None}
    assert codes(read(siecle(eleve(**fields), placed=IN_6A[:1]))) == []


def test_12_a_missing_birth_date_is_to_do_and_a_missing_sex_is_nothing():
    roster = read(siecle(eleve(DATE_NAISS="", CODE_SEXE=""), placed=IN_6A[:1]))
    assert codes(roster) == ["BIRTH_DATE_MISSING"]
    assert roster.problems[0].severity is Severity.TODO


@pytest.mark.parametrize(
    ("written_date", "birth_date", "code"),
    [
        ("2014-05-03", date(2014, 5, 3), None),
        ("03/05/14", None, "BIRTH_DATE_UNREADABLE"),
        ("31/02/2014", None, "BIRTH_DATE_UNREADABLE"),
        ("٠٣/٠٥/٢٠١٤", None, "BIRTH_DATE_UNREADABLE"),
        ("03/05/1960", date(1960, 5, 3), "AGE_UNLIKELY"),
        ("03/05/2025", date(2025, 5, 3), "AGE_UNLIKELY"),
        ("20/09/2023", date(2023, 9, 20), None),
        ("21/09/1995", date(1995, 9, 21), None),
    ],
)
def test_13_dates_and_ages(written_date, birth_date, code):
    roster = read(written(siecle(eleve(DATE_NAISS=written_date), placed=IN_6A[:1]), "utf-8"))
    assert roster.pupils[0].birth_date == birth_date
    assert codes(roster) == ([code] if code else [])


def test_13_an_unreadable_exit_leaves_the_pupil_present_with_a_to_do():
    roster = read(siecle(eleve(DATE_SORTIE="01/09/26", DATE_ENTREE="hier"), placed=IN_6A[:1]))
    assert roster.pupils[0].status is Status.PRESENT
    assert codes(roster) == ["ENTRY_DATE_UNREADABLE", "EXIT_DATE_UNREADABLE"]


@pytest.mark.parametrize(
    ("uaj", "code"),
    [
        (None, "UAI_MISSING"),
        ("", "UAI_MISSING"),
        ("0750001A", "UAI_KEY"),
        ("TEST", "UAI_SHAPE"),
        ("0180777X", "UAI_OTHER_SCHOOL"),
        (" 0931434d ", None),
    ],
)
def test_14_the_school_must_be_said_right_and_expected(uaj, code):
    content = siecle(eleve(), placed=IN_6A[:1], header={"UAJ": uaj})
    roster = read(content, expected_uais=frozenset({"0931434D", "0870050G"}))
    assert codes(roster) == ([code] if code else [])
    assert roster.refused is (code is not None)
    assert not roster.unreadable
    assert len(roster.pupils) == 1


def test_14_the_sentence_gives_both_schools_or_the_right_letter():
    content = siecle(eleve(), placed=IN_6A[:1], header={"UAJ": "0180777X"})
    (other,) = read(content, expected_uais=frozenset({"0931434D"})).problems
    assert "0180777X" in other.message
    assert "0931434D" in other.message
    (wrong,) = read(content.replace("0180777X", "0750001A")).problems
    assert "0750001U" in wrong.message


@pytest.mark.parametrize(
    ("year", "code"),
    [
        ("2025", "YEAR_OLDER"),
        ("2027", "YEAR_NEWER"),
        ("", "YEAR_MISSING"),
        ("26", "YEAR_MISSING"),
        ("2026-2027", None),
    ],
)
def test_15_the_year_must_be_this_one_and_everybody_is_listed_all_the_same(year, code):
    roster = read(siecle(eleve(), placed=IN_6A[:1], header={"ANNEE_SCOLAIRE": year}))
    assert codes(roster) == ([code] if code else [])
    assert roster.refused is (code is not None)
    assert len(roster.pupils) == 1


def test_15_the_school_year_changes_on_the_first_of_august():
    content = siecle(eleve(), placed=IN_6A[:1])
    assert codes(read(content, today=date(2026, 7, 31))) == ["YEAR_NEWER"]
    assert codes(read(content, today=date(2026, 8, 1))) == []
    assert codes(read(content, school_year=2027)) == ["YEAR_OLDER"]


def test_18_a_class_is_compared_without_spaces_or_case():
    roster = read(siecle(eleve(), noe(), placed=[structures("1", "  6È  A "), structures("2", "6è a")]))
    assert [pupil.division for pupil in roster.pupils] == ["6È A", "6è a"]
    assert {pupil.division_key for pupil in roster.pupils} == {"6è a"}


@pytest.mark.parametrize("code", ["61", "6E1", "_6.1", "007"])
def test_19_a_class_is_always_text(code):
    assert read(siecle(eleve(), placed=[structures("1", code)])).pupils[0].division == code


def test_several_classes_keep_the_last_that_is_not_inactifs():
    roster = read(siecle(eleve(), placed=[structures("1", "6A", "6B", "Inactifs")]))
    assert (roster.pupils[0].division, roster.pupils[0].status) == ("6B", Status.PRESENT)
    assert codes(roster) == ["DIVISION_SEVERAL"]


def test_a_structure_of_unknown_type_is_ignored_with_a_note():
    roster = read(siecle(eleve(), placed=[structures("1", "6A", ("6X", "Z"))]))
    assert (roster.pupils[0].division, roster.pupils[0].groups) == ("6A", ())
    assert codes(roster) == ["STRUCTURE_TYPE_UNKNOWN"]


def test_structures_of_nobody_are_said():
    assert codes(read(siecle(eleve(), placed=IN_6A))) == ["STRUCTURES_ORPHAN"]


def test_structures_without_a_number_are_nobodys():
    roster = read(siecle(eleve(None), noe(), placed=[*IN_6A[1:], structures("", "6B")]))
    assert [pupil.division for pupil in roster.pupils] == [None, "6A"]
    assert codes(roster) == ["STRUCTURES_ORPHAN", "LOCAL_ID_MISSING", "DIVISION_MISSING"]


def test_21_twins_are_two_pupils():
    twin = eleve("2", ID_NATIONAL="000000001KG", PRENOM="Lou")
    assert [pupil.first_name for pupil in read(siecle(eleve(), twin, placed=IN_6A)).pupils] == ["Léa", "Lou"]


def test_a_pupil_without_any_number_is_left_out_and_said():
    roster = read(siecle(eleve(None, ID_NATIONAL=None), noe(), placed=IN_6A[1:]))
    assert [pupil.first_name for pupil in roster.pupils] == ["Noé"]
    assert [pupil.first_name for pupil in roster.blocked] == ["Léa"]
    assert "NO_IDENTITY" in codes(roster)
    assert "LOCAL_ID_MISSING" in codes(read(siecle(eleve(None), noe(), placed=IN_6A[1:])))


def test_25_a_flat_file_is_read_and_marked_unusual():
    inside = "".join((eleve(), noe(), *IN_6A))
    roster = read(f"<BEE_ELEVES><UAJ>{UAI}</UAJ><ANNEE_SCOLAIRE>2026</ANNEE_SCOLAIRE>{inside}</BEE_ELEVES>")
    assert [pupil.division for pupil in roster.pupils] == ["6A", "6A"]
    assert codes(roster) == ["UNUSUAL_FILE"]


def test_the_other_pupils_root_is_read_too():
    assert codes(read(siecle(eleve(), placed=IN_6A[:1], root="BEE_EPHC_ELEVES"))) == []


def test_lines_are_exact_far_into_a_long_file():
    many = [noe(str(100 + at), ID_NATIONAL=f"{at:08d}", PRENOM="<!-- ELEVE \n -->Noé") for at in range(8_000)]
    content = siecle(*many, eleve(ID_NATIONAL=None), placed=IN_6A[:1])
    (problem,) = [problem for problem in read(content).problems if problem.code == "INE_MISSING"]
    lines = written(content).decode("iso-8859-15").splitlines()
    assert problem.line > 70_000
    assert lines[problem.line - 1] == '<ELEVE ELEVE_ID="1">'
