"""The lists that schools keep in text: each software's columns, and what hands do to them."""

import time
from datetime import date

import pytest

from preau.rosterfiles import Limits, Severity, Status
from preau.rosterfiles.tables.columns import Mapping
from preau.rosterfiles.tables.headers import Field
from tests.rosterfiles.siecle_file import codes, read, zipped
from tests.rosterfiles.table_files import LEA, NOE, TITLES, text

ASKED = ["UAI_MISSING", "YEAR_MISSING"]  # no list says its school nor its year


def people(roster):
    """Who is listed, as names and class."""
    return [(pupil.last_name, pupil.first_name, pupil.division) for pupil in roster.pupils]


BOTH = [("MARTIN", "Léa", "6A"), ("DUPONT", "Noé", "6B")]


def test_a_list_gives_its_pupils_and_asks_for_the_school_and_the_year():
    roster = read(text(TITLES, LEA, NOE))
    assert roster.source == "table"
    assert (roster.uai, roster.school_year, roster.exported_on) == (None, None, None)
    assert codes(roster) == ASKED
    assert "UAJ" not in roster.problems[0].message
    lea = roster.pupils[0]
    assert (lea.local_id, lea.ine, lea.birth_date, lea.line) == (None, "123456789FJ", date(2014, 5, 3), 2)
    assert people(roster) == BOTH


def test_a_list_says_what_it_is_silent_on_so_that_nothing_known_is_erased():
    assert read(text(TITLES, LEA)).silent_on == {
        *("local_id", "usage_name", "other_first_names", "groups", "left_on", "entered_on")
    }
    bare = read(text(("Nom", "Prénom", "Groupes"), ("MARTIN", "Léa", "LATIN"))).silent_on
    assert {"ine", "birth_date", "division"} <= bare
    assert "groups" not in bare


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
def test_any_encoding_separator_and_line_end(encoding, separator, newline):
    names = [("CŒUR", *LEA[1:]), ("L’HAŸ", *NOE[1:])]
    roster = read(text(TITLES, *names, separator=separator, newline=newline, encoding=encoding))
    assert people(roster) == [("CŒUR", "Léa", "6A"), ("L’HAŸ", "Noé", "6B")]
    assert codes(roster) == ASKED


def test_the_separator_may_be_said_in_the_first_line():
    assert people(read(b"sep=,\r\n" + text(TITLES, LEA, NOE, separator=","))) == BOTH
    assert people(read(b'"sep=\t"\n' + text(TITLES, LEA, NOE, separator="\t"))) == BOTH


def test_titles_are_found_under_the_school_and_the_date():
    above = [
        ("Collège des Tilleuls : 12 rue ; Paris",),
        ("",),
        ("Liste des élèves, édité le 12/09/2026",),
        ("",),
    ]
    roster = read(text(*above, TITLES, LEA, NOE))
    assert people(roster) == BOTH
    assert roster.pupils[0].line == 6


def test_a_school_and_a_year_written_above_the_titles_are_heard():
    roster = read(text(("Collège 0931434D, année scolaire 2025-2026",), TITLES, LEA))
    assert (roster.uai, roster.school_year) == ("0931434D", 2025)
    assert codes(roster) == ["YEAR_OLDER"]


def test_titles_repeated_on_each_page_and_totals_are_no_pupils():
    roster = read(text(TITLES, LEA, TITLES, NOE, ("Total : 2",), ("Édité le 12/09/2026",)))
    assert people(roster) == BOTH
    assert codes(roster) == ["ROWS_IGNORED", *ASKED]
    assert "5, 6" in roster.problems[0].message


def test_quotes_hold_separators_and_line_ends():
    data = 'Nom;Prénom;Classe\r\n"MARTIN ; née ""X""";"Léa\r\nMarie";6A\r\nDUPONT;Noé;6B\r\n'.encode("cp1252")
    roster = read(data)
    assert people(roster) == [('MARTIN ; née "X"', "Léa, Marie", "6A"), ("DUPONT", "Noé", "6B")]
    assert [pupil.line for pupil in roster.pupils] == [2, 4]


@pytest.mark.parametrize("closing", ['PETIT;"Zoé"', 'PETIT";Zoé', "PETIT;Zoé"])
@pytest.mark.parametrize("between", [1, 300])
def test_a_stray_quote_swallows_nobody(closing, between):
    rows = "".join(f"DUPONT{chr(65 + at % 26)}{'X' * (at // 26)};Noé;6B\n" for at in range(between))
    roster = read(f'Nom;Prénom;Classe\n"MARTIN;Léa;6A\n{rows}{closing};6C\n'.encode("cp1252"))
    assert len(roster.pupils) == between + 2
    assert "QUOTES_ODD" in codes(roster)


def test_an_endless_record_is_not_waited_for():
    data = 'Nom;Prénom;Classe\n"' + '\n";"' * 300 + '"\nMARTIN;Léa;6A\n'
    roster = read(data.encode("cp1252"))
    assert ("MARTIN", "Léa", "6A") in people(roster)
    assert "QUOTES_ODD" in codes(roster)


@pytest.mark.parametrize(
    ("whole", "last", "first"),
    [
        ("MARTIN Léa", "MARTIN", "Léa"),
        ("DE LA TOUR Jean-Luc", "DE LA TOUR", "Jean-Luc"),
        ("de LA TOUR Jean Luc", "de LA TOUR", "Jean Luc"),
        ("d'ALMEIDA Rui", "d'ALMEIDA", "Rui"),
        ("L’HAŸ-LES-ROSES Œdipe", "L’HAŸ-LES-ROSES", "Œdipe"),
        ("Léa MARTIN", "MARTIN", "Léa"),
        ("Jean-Luc de LA TOUR", "de LA TOUR", "Jean-Luc"),
        ("Martin, Léa", "Martin", "Léa"),
    ],
)
def test_a_name_in_one_cell_is_parted_where_the_capitals_end(whole, last, first):
    roster = read(text(("Élèves", "Classe"), (whole, "6A"), encoding="utf-8"))
    assert people(roster) == [(last, first, "6A")]
    assert "NAME_SPLIT_DOUBTFUL" not in codes(roster)


def test_a_name_that_cannot_be_parted_for_sure_is_said_to_be_so():
    roster = read(
        text(("Élève", "Classe"), ("MARTIN Léa", "6A"), ("DE LA TOUR JEAN", "6A"), ("Petit Zoé", "6A"))
    )
    assert people(roster)[1:] == [("DE LA TOUR", "JEAN", "6A"), ("Petit", "Zoé", "6A")]
    assert codes(roster).count("NAME_SPLIT_DOUBTFUL") == 2


def test_one_column_under_nom_may_hold_the_whole_name():
    roster = read(text(("Nom", "Classe"), ("MARTIN Léa", "6A"), ("DUPONT Noé", "6B")))
    assert people(roster) == BOTH


def test_a_list_of_one_column_without_any_separator():
    roster = read("Élèves\nMARTIN Léa\nDUPONT Noé\n".encode())
    assert people(roster) == [("MARTIN", "Léa", None), ("DUPONT", "Noé", None)]
    assert codes(roster) == [*ASKED, "INE_COLUMN_MISSING", "BIRTH_COLUMN_MISSING", "NO_STRUCTURES"]
    assert codes(read(b"Bonjour\nMadame\n")) == ["NOT_XML"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("title", ["NOM Prénom", "Nom et prénom", None])
def test_one_column_of_names_is_asked_about_and_never_taken_for_a_broken_export(title, encoding):
    lines = "\r\n".join(filter(None, [title, "MARTIN Léa", "DUPONT Noé", "L’HAŸ Côme", ""]))
    data = lines.encode(encoding)
    asked = read(data)
    assert codes(asked) == ["COLUMNS_UNKNOWN"]
    assert asked.sample.columns == {Field.FULL_NAME: 0}
    said = Mapping(asked.sample.signature, ((Field.FULL_NAME, 0),), titled=asked.sample.titled)
    assert people(read(data, mapping=said)) == [
        ("MARTIN", "Léa", None),
        ("DUPONT", "Noé", None),
        ("L’HAŸ", "Côme", None),
    ]


def test_eleve_beside_a_given_name_is_the_surname():
    assert people(read(text(("Élève", "Prénom", "Classe"), ("MARTIN", "Léa", "6A")))) == [
        ("MARTIN", "Léa", "6A")
    ]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("03/05/2014", date(2014, 5, 3)),
        ("3/5/2014", date(2014, 5, 3)),
        ("2014-05-03", date(2014, 5, 3)),
        ("03-05-2014", date(2014, 5, 3)),
        ("03.05.2014", date(2014, 5, 3)),
        ("2014-05-03 00:00:00", date(2014, 5, 3)),
        ("41762", date(2014, 5, 3)),
        ("03/05/14", None),
        ("########", None),
        ("13/13/2014", None),
    ],
)
def test_dates_as_people_and_spreadsheets_write_them(written, read_as):
    roster = read(text(TITLES, (*LEA[:2], written, *LEA[3:])))
    assert roster.pupils[0].birth_date == read_as
    assert ("BIRTH_DATE_UNREADABLE" in codes(roster)) is (read_as is None)


def test_several_classes_and_groups_in_a_cell():
    titles = ("Nom", "Prénom", "Classe", "Groupes")
    roster = read(
        text(titles, ("MARTIN", "Léa", "6A, 6B", "6LATIN|6ALL1, 6EPS"), ("DUPONT", "Noé", "61", ""))
    )
    assert roster.pupils[0].groups == ("6LATIN", "6ALL1", "6EPS")
    assert "DIVISION_SEVERAL" in codes(roster)
    assert roster.pupils[1].division == "61"


def test_a_class_that_a_spreadsheet_changed_is_kept_as_text_and_said():
    rows = [("MARTIN", "Léa", "6,00E+01"), ("DUPONT", "Noé", "61.0"), ("PETIT", "Zoé", "6E1")]
    roster = read(text(("Nom", "Prénom", "Classe"), *rows))
    assert [pupil.division for pupil in roster.pupils] == ["6,00E+01", "61", "6E1"]
    (mangled,) = [problem for problem in roster.problems if problem.code == "DIVISION_MANGLED"]
    assert "6,00E+01" in mangled.message
    assert "6E1" not in mangled.message


def test_a_formula_stays_text():
    rows = [("=1+1", "@SUM(A1)", "6A"), ("+33", "-Zoé", "6A"), ("-HYPERLINK()", "Zoé", "=6B")]
    roster = read(text(("Nom", "Prénom", "Classe"), *rows))
    assert people(roster) == [
        ("=1+1", "@SUM(A1)", "6A"),
        ("+33", "-Zoé", "6A"),
        ("-HYPERLINK()", "Zoé", "=6B"),
    ]


def test_secrets_parents_and_addresses_are_never_kept():
    titles = (
        *TITLES,
        "Code d'activation",
        "Mot de passe",
        "E-mail",
        "Tél. portable",
        "Adresse 1",
        "Nom du père",
    )
    roster = read(
        text(titles, (*LEA, "X7KQ", "azerty", "lea@exemple.fr", "0601020304", "1 rue", "MARTIN Paul"))
    )
    assert codes(roster) == ["PRIVATE_COLUMNS", *ASKED]
    assert "Mot de passe" in roster.problems[0].message
    for secret in ("X7KQ", "azerty", "exemple.fr", "0601020304", "1 rue", "Paul"):
        assert secret not in repr(roster)
        assert secret not in repr(list(roster.pupils))


def test_facteos_says_non_saisi_for_nothing():
    titles = ("Identifiant GEP", "Nom de l'élève", "Prénom élève", "Sexe", "Date de naissance", "Classe")
    roster = read(
        text(
            titles,
            ("41", "MARTIN", "Léa", "F", "Non saisi", "6A"),
            ("42", "DUPONT", "Noé", "M", "12/11/2013", "Non saisi"),
        )
    )
    assert roster.pupils[0].birth_date is None
    assert roster.pupils[1].division is None
    assert roster.pupils[0].local_id is None
    assert codes(roster) == [*ASKED, "INE_COLUMN_MISSING", "BIRTH_DATE_MISSING", "DIVISION_MISSING"]


def test_a_teachers_own_layout():
    titles = ("N°", "Sexe", "Nom", "Prénom", "Date de naissance", "Mail", "Classe", "Groupes")
    row = ("1", "F", "MARTIN", "Léa", "03/05/2014", "lea@exemple.fr", "6A", "6A GR1|LATIN")
    roster = read(text(titles, row))
    assert roster.pupils[0].groups == ("6A GR1", "LATIN")


def test_pupils_only_among_the_people_of_an_ent():
    titles = (
        "ID",
        "Type",
        "Nom",
        "Prénom",
        "Login",
        "Code d'activation",
        "Fonctions",
        "Structures",
        "Classes",
    )
    rows = [
        ("1", "Élève", "MARTIN", "Léa", "lea.martin", "K1", "", "Collège", "6A"),
        ("2", "Enseignant", "DURAND", "Anne", "anne.durand", "K2", "Maths", "Collège", "6A, 6B"),
        ("3", "Responsable", "MARTIN", "Paul", "paul", "K3", "", "Collège", ""),
    ]
    roster = read(text(titles, *rows))
    assert people(roster) == [("MARTIN", "Léa", "6A")]
    assert "NOT_PUPILS" in codes(roster)


ONDE = (
    *("Nom élève", "Nom d'usage élève", "Prénom élève", "Date naissance", "Sexe", "INE", "Adresse1", "Cp1"),
    *("Commune1", "Pays1", "Adresse2", "Cp2", "Commune2", "Pays2", " Cycle", "Niveau", "Libellé classe"),
    *("Identifiant classe", "Attestation fournie", "Autorisation associations", "Autorisation photo"),
    "Décision de passage",
)


def onde(last, first, born, ine, level, division, number):
    """One row of ONDE's extraction."""
    return (last, "", first, born, "H", ine, "1 RUE X", "75001", "PARIS", "FRANCE", "", "", "", "", "CYCLE III",
            level, division, number, "O", "N", "N", "")  # fmt: skip


def test_onde_with_two_levels_in_one_class_and_no_name_for_another():
    roster = read(
        text(
            ONDE,
            onde("MARTIN", "Léa", "2016-05-03", "123456789FJ", "CM1", "CM1-CM2 A", "77"),
            onde("DUPONT", "Noé", "2015-11-12", "000000001KG", "CM2", "CM1-CM2 A", "77"),
            onde("PETIT", "Zoé", "2015-01-02", "", "", "", "78"),
        )
    )
    assert roster.source == "onde"
    assert [pupil.division for pupil in roster.pupils] == ["CM1-CM2 A", "CM1-CM2 A", "78"]
    assert codes(roster) == ["PRIVATE_COLUMNS", *ASKED, "INE_MISSING"]
    assert "dans ONDE" in roster.problems[-1].message
    assert "RUE" not in repr(list(roster.pupils))


def test_an_older_extraction_of_primary_schools():
    titles = ("Nom élève", "Prénom élève", "Date naissance", "Sexe", "Cycle", "Niveau", "Classe")
    roster = read(text(titles, ("MARTIN", "Léa", "03/05/2016", "H", "CYCLE III", "CM1", "CM1 B")))
    assert (roster.source, people(roster)) == ("onde", [("MARTIN", "Léa", "CM1 B")])


def test_the_agricultural_template():
    titles = (
        *("Identifiant unique*", "Premier prénom*", "Deuxième prénom", "Troisième prénom", "Nom de famille*"),
        *("Nom d'usage", "Code sexe*", "Date de naissance (jj/mm/aaaa)*", "Code commune naissance**"),
        *("Libellé commune naissance**", "Code département naissance*", "Code pays naissance*", "Statut*"),
        *("Code MEF*", "Division*"),
    )
    row = ("1234567890A", "Léa", "Zoë", "", "MARTIN", "CŒUR", "2", "03/05/2008", "", "LONDRES", "099", "99132",
           "ST", "24720401210", "2GT1")  # fmt: skip
    roster = read(text(titles, row, encoding="utf-8"))
    assert roster.source == "fregata"
    (lea,) = roster.pupils
    assert (lea.ine, lea.usage_name, lea.other_first_names) == ("1234567890A", "CŒUR", ("Zoë",))
    assert (lea.birth_date, lea.division) == (date(2008, 5, 3), "2GT1")
    assert codes(roster) == ASKED  # an INA has another key than a BEA number


def test_the_same_pupil_twice_is_one_with_both_groups():
    titles = (*TITLES, "Groupe")
    roster = read(text(titles, (*LEA, "LATIN"), (*LEA, "EPS"), (*LEA[:4], "", "CHORALE")))
    (lea,) = roster.pupils
    assert lea.groups == ("LATIN", "EPS", "CHORALE")
    assert codes(roster) == [*ASKED, "PUPIL_DOUBLED"]


def test_one_number_for_two_people_stops_both():
    roster = read(text(TITLES, LEA, (*NOE[:4], LEA[4])))
    assert len(roster.pupils) == 0
    assert len(roster.blocked) == 2
    assert codes(roster).count("INE_SHARED") == 2


def test_twins_and_namesakes_are_two_people_when_something_tells_them_apart():
    twins = [("MARTIN", "Léa", "03/05/2014", "6A", ""), ("MARTIN", "Zoé", "03/05/2014", "6A", "")]
    namesake = ("MARTIN", "Léa", "04/06/2014", "6A", "")
    assert len(read(text(TITLES, *twins, namesake)).pupils) == 3


def test_namesakes_that_nothing_tells_apart_are_left_out():
    rows = [("MARTIN", "Léa", "6A"), ("MARTIN", "Léa", "6B"), ("DUPONT", "Noé", "6B")]
    roster = read(text(("Nom", "Prénom", "Classe"), *rows))
    assert people(roster) == [("DUPONT", "Noé", "6B")]
    assert len(roster.blocked) == 2
    assert codes(roster).count("HOMONYMS") == 2


def test_a_row_without_a_full_name_nor_ine_is_a_to_do():
    roster = read(text(TITLES, LEA, ("DUPONT", "", "12/11/2013", "6B", "")))
    assert len(roster.pupils) == 1
    assert [problem.code for problem in roster.problems if problem.severity is Severity.TODO] == [
        "INE_MISSING",
        "NAME_MISSING",
        "PUPIL_UNNAMED",
    ]


def test_who_left_has_left():
    titles = (*TITLES, "Date entrée", "Date sortie")
    roster = read(text(titles, (*LEA, "01/09/2025", "01/09/2026"), (*NOE, "01/09/2025", "")))
    assert [pupil.status for pupil in roster.pupils] == [Status.LEFT, Status.PRESENT]
    assert roster.pupils[0].left_on == date(2026, 9, 1)


def test_ine_keys_are_checked_and_masked():
    roster = read(text(TITLES, (*LEA[:4], "123456789GG")))
    assert codes(roster) == [*ASKED, "INE_KEY"]
    assert "123456789" not in roster.problems[-1].message
    assert "SIECLE" not in roster.problems[-1].message


def test_a_table_in_a_zip_alone():
    assert people(read(zipped(("export/liste.xml.csv", text(TITLES, LEA, NOE)), ("__MACOSX/x", b"")))) == BOTH
    assert codes(read(zipped(("a.csv", text(TITLES, LEA)), ("b.csv", text(TITLES, NOE))))) == ["ZIP_NO_XML"]


def test_an_xml_file_that_lost_its_beginning_is_no_table():
    assert read(b"sion='1.0'?>\n<ELEVES>\n<ELEVE E>\n<NOM>MARTIN</NOM>\n<ELEVE\tE>\n</ELEVES>\n").unreadable


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (text(TITLES), "TABLE_NO_PUPILS"),
        (text(TITLES, ("Total", "")), "TABLE_NO_PUPILS"),
        (text(("Nom", "Prénom", "Discipline"), ("DURAND", "Anne", "Maths")), "COLUMNS_UNKNOWN"),
        (text(("Produit", "Prix"), ("Craie", "12")), "COLUMNS_UNKNOWN"),
        (text(TITLES, *(("A", "B" * (at % 50 + 1), "", str(at)) for at in range(60))), "TOO_MANY_PUPILS"),
        (text(TITLES, *([LEA] * 201)), "TABLE_TOO_LARGE"),
        (text(TITLES, ("x",) * 401), "TABLE_TOO_LARGE"),
        (text(TITLES, LEA) + b"\n" * 3_000, "TABLE_TOO_LARGE"),
        (
            text(("Nom", "Prénom", "Groupes"), ("M", "L", "|".join(map(str, range(201))))),
            "TOO_MANY_STRUCTURES",
        ),
        (text(TITLES, ("x" * 2_000_000,)), "TABLE_DAMAGED"),
    ],
)
def test_what_is_no_list_of_pupils_or_too_much_of_one(data, code):
    roster = read(data, limits=Limits(pupils=50, table_rows=200))
    assert codes(roster) == [code]
    assert len(roster.pupils) == 0


@pytest.mark.parametrize(
    "data",
    [
        text(("Nom", "Prénom", "Classe"), ('"A' + " " * 100_000 + 'B\nC"', "X" * 100_000, "1" * 100_000)),
        text(TITLES, *([("M" + " d" * 50_000, "@" * 100_000, "1 " * 50_000, "6", "9" * 100_000)] * 20)),
        b"Nom;Pr\xe9nom;Classe\n" + b";" * 900_000,
        b"a\n" * 900_000,
        b"<" * 100_000 + b";<A" * 100_000,
    ],
)
def test_no_cell_takes_the_reader_s_time(data):
    start = time.process_time()
    read(data)
    assert time.process_time() - start < 5
