"""When Préau does not understand a table, somebody says what its columns are, once."""

import io
import json

import pytest
from openpyxl import load_workbook

from preau.rosterfiles import Severity
from preau.rosterfiles.tables.columns import Mapping, lay_out
from preau.rosterfiles.tables.headers import Field, Other, meaning
from preau.rosterfiles.tables.table import Line, Sheet
from preau.rosterfiles.tables.template import TITLES as TEMPLATE_TITLES
from preau.rosterfiles.tables.template import blank_template
from tests.rosterfiles.siecle_file import codes, read
from tests.rosterfiles.table_files import LEA, NOE, TITLES, text, xlsx
from tests.rosterfiles.test_read_tables import ASKED, BOTH, people

ODD = ("Patronyme", "Petit nom", "Jour", "Salle de base", "Matricule national", "MDP")
ROWS = [(*LEA, "azerty"), (*NOE, "qwerty")]


def told(sample, **columns):
    """What a person says of the columns shown."""
    return Mapping(sample.signature, tuple((Field[name], at) for name, at in columns.items()), sample.titled)


def test_an_unknown_table_is_shown_with_guesses_and_no_secret():
    roster = read(text(ODD, *ROWS))
    assert codes(roster) == ["COLUMNS_UNKNOWN"]
    assert roster.needs_mapping
    assert roster.unreadable
    assert roster.problems[0].severity is Severity.REFUSED
    sample = roster.sample
    assert sample.titles == ODD
    assert sample.rows[0] == ("MARTIN", "Léa", "03/05/2014", "6A", "•••••••••FJ", "•••")
    assert sample.columns == {Field.BIRTH_DATE: 2, Field.INE: 4}
    assert sample.missing == (Field.LAST_NAME, Field.FIRST_NAME)
    assert sample.private == (5,)


def test_a_mapping_told_once_is_followed_for_the_same_titles_wherever_they_stand():
    mapping = told(read(text(ODD, *ROWS)).sample, LAST_NAME=0, FIRST_NAME=1, BIRTH_DATE=2, DIVISION=3, INE=4)
    remembered = Mapping.from_json(mapping.to_json())
    assert remembered.to_json() == mapping.to_json()
    capitals = [title.upper() for title in ODD]
    roster = read(xlsx(("Collège",), ("Édité le 12/09/2026",), capitals, *ROWS), mapping=remembered)
    assert people(roster) == BOTH
    assert codes(roster) == ["PRIVATE_COLUMNS", *ASKED]
    assert read(text(TITLES, LEA, NOE), mapping=[remembered]).mapping.signature != remembered.signature
    assert people(read(text(TITLES, LEA, NOE), mapping=[remembered])) == BOTH


def test_a_mapping_corrects_what_was_understood_wrongly():
    titles = ("Nom", "Prénom", "Prénom d'usage", "Classe")
    rows = [("MARTIN", "Jeanne", "Léa", "6A")]
    understood = read(text(titles, *rows))
    assert understood.pupils[0].first_name == "Jeanne"
    corrected = told(understood.sample, LAST_NAME=0, FIRST_NAME=2, DIVISION=3)
    assert read(text(titles, *rows), mapping=corrected).pupils[0].first_name == "Léa"


def test_a_table_without_titles():
    asked = read(text(LEA, NOE))
    assert asked.needs_mapping
    assert asked.sample.titles == ("Colonne A", "Colonne B", "Colonne C", "Colonne D", "Colonne E")
    assert not asked.sample.titled
    assert len(asked.sample.rows) == 2
    mapping = told(asked.sample, LAST_NAME=0, FIRST_NAME=1, BIRTH_DATE=2, DIVISION=3, INE=4)
    assert people(read(text(LEA, NOE), mapping=mapping)) == BOTH


def test_names_alone_might_be_the_teachers():
    rows = [("DURAND", "Anne"), ("PETIT", "Jean")]
    asked = read(text(("Nom", "Prénom"), *rows))
    assert asked.needs_mapping
    assert asked.sample.columns == {Field.LAST_NAME: 0, Field.FIRST_NAME: 1}
    assert asked.sample.missing == ()
    assert (
        len(
            read(text(("Nom", "Prénom"), *rows), mapping=told(asked.sample, LAST_NAME=0, FIRST_NAME=1)).pupils
        )
        == 2
    )
    assert len(read(text(("Liste des élèves",), ("Nom", "Prénom"), *rows)).pupils) == 2


def test_mails_and_phones_are_masked_whatever_their_title():
    row = ("X", "lea@exemple.fr", "06 01 02 03 04", "+33601020304", "03/05/2014", "2014-05-03")
    sample = read(text(("A1", "B1", "C1", "D1", "E1", "F1"), row, row)).sample
    assert sample.rows[0] == ("X", "•••", "•••", "•••", "03/05/2014", "2014-05-03")


def test_a_long_table_shows_ten_rows():
    assert len(read(text(ODD, *(ROWS * 20))).sample.rows) == 10


def test_a_mapping_that_names_nobody_asks_again():
    sample = read(text(ODD, *ROWS)).sample
    assert read(text(ODD, *ROWS), mapping=told(sample, DIVISION=3)).needs_mapping
    assert read(text(ODD, *ROWS), mapping=told(sample, LAST_NAME=70, FIRST_NAME=71)).unreadable


@pytest.mark.parametrize(
    "said",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"signature": "x", "columns": {"NOPE": 1}, "titled": true, "division_from_sheet": false}',
        '{"signature": "x", "columns": {"INE": -1}, "titled": true, "division_from_sheet": false}',
        '{"signature": "x", "columns": {"INE": "1"}, "titled": true, "division_from_sheet": false}',
        '{"signature": "x", "columns": [1], "titled": true, "division_from_sheet": false}',
    ],
)
def test_what_is_no_mapping_is_a_value_error(said):
    with pytest.raises(ValueError):
        Mapping.from_json(said)


def test_two_columns_of_one_title_are_said():
    roster = read(text(("Nom", "Prénom", "Classe", "Classe"), ("MARTIN", "Léa", "6A", "LATIN")))
    assert people(roster) == [("MARTIN", "Léa", "6A")]
    assert "COLUMN_TWICE" in codes(roster)


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("NOM DE FAMILLE *", Field.LAST_NAME),
        ("\ufeffNom", Field.LAST_NAME),
        ("Prénom(s)", Field.FIRST_NAME),
        ("Né(e) le", Field.BIRTH_DATE),
        ("N° INE", Field.INE),
        ("Nom d’usage", Field.USAGE_NAME),
        ("Nom/Prénom", Field.FULL_NAME),
        ("Libellé classe", Field.DIVISION),
        ("Mot de passe provisoire", Other.PRIVATE),
        ("E-mail élève", Other.PRIVATE),
        ("Code activation", Other.PRIVATE),
        ("Nom responsable 1", Other.PRIVATE),
        ("Tél. mère", Other.PRIVATE),
        ("Code postal", Other.PRIVATE),
        (" Cycle", Other.NEEDLESS),
        ("Couleur", None),
        ("", None),
    ],
)
def test_titles_mean_what_they_mean(title, said):
    assert meaning(title) is said


def test_confidence_grows_with_what_is_known():
    def confidence(*titles):
        return lay_out(Sheet("", (Line(1, titles), Line(2, ("MARTIN", "Léa", "6A"))))).guess.confidence

    assert (
        0
        <= confidence("A", "B", "C")
        < confidence("Nom", "Prénom", "C")
        < confidence("Nom", "Prénom", "Classe")
        <= 1
    )


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_model_file_is_read_without_a_question_once_filled(kind):
    blank = blank_template(kind)
    assert len(blank) < 20_000
    assert codes(read(blank)) == ["TABLE_NO_PUPILS"]
    row = ["MARTIN", "CŒUR", "Léa", "03/05/2014", "6E1", "LATIN, EPS", "123456789FJ"]
    if kind == "csv":
        filled = blank + (";".join(row) + "\r\n").encode()
    else:
        workbook = load_workbook(io.BytesIO(blank))
        for cell, value in zip(workbook.active[2], row, strict=True):
            assert cell.number_format == "@"
            cell.value = value
        out = io.BytesIO()
        workbook.save(out)
        filled = out.getvalue()
    roster = read(filled)
    assert codes(roster) == ASKED
    (lea,) = roster.pupils
    assert (lea.usage_name, lea.division, lea.groups, lea.ine) == (
        "CŒUR",
        "6E1",
        ("LATIN", "EPS"),
        "123456789FJ",
    )
    assert len(TEMPLATE_TITLES) == len(row)
    with pytest.raises(ValueError):
        blank_template("pdf")


def test_the_json_of_a_mapping_is_plain():
    mapping = Mapping("abc", ((Field.INE, 4), (Field.LAST_NAME, 0)), division_from_sheet=True)
    assert json.loads(mapping.to_json()) == {
        "signature": "abc",
        "columns": {"INE": 4, "LAST_NAME": 0},
        "titled": True,
        "division_from_sheet": True,
    }
