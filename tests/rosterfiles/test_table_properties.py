"""However a list is written, it lists the same pupils; whatever the bytes, reading them ends."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from preau.rosterfiles.dates import parse_date
from preau.rosterfiles.identifiers import make_ine_rnie
from preau.rosterfiles.tables.values import date_text, split_name
from tests.rosterfiles.siecle_file import read
from tests.rosterfiles.table_files import LEA, NOE, TITLES, ods, text, xls, xlsx
from tests.rosterfiles.test_read_properties import damaged

TITLES_OF = {
    "last": ["Nom", "NOM DE FAMILLE", "Nom élève", "Nom*"],
    "first": ["Prénom", "PRENOM", "Prénoms", "Premier prénom"],
    "born": ["Né(e) le", "Date de naissance", "Date Naiss."],
    "division": ["Classe", "Division", "Libellé classe"],
    "ine": ["INE", "Id National", "N° INE"],
    "noise": ["Régime", "Couleur", "Mél", "Adresse 1"],
}
WORKBOOKS = [make(TITLES, LEA, NOE) for make in (xlsx, ods, xls)]
LETTERS = st.sampled_from("ABCDEFGHIJKLMNOPRSTUVZÉÈÇŒ' -")
names = (
    st.text(LETTERS, min_size=2, max_size=12).map(str.strip).filter(lambda name: any(map(str.isalpha, name)))
)
births = st.dates(date(2006, 1, 1), date(2018, 1, 1))


@st.composite
def pupils(draw):
    """Some pupils whom their INE tell apart."""
    count = draw(st.integers(1, 12))
    return [
        {
            "last": draw(names),
            "first": draw(names).title(),
            "born": draw(births),
            "division": draw(st.sampled_from(["6A", "6e B", "61", "CM1-CM2"])),
            "ine": make_ine_rnie(at * 7 + 3),
        }
        for at in range(count)
    ]


@st.composite
def writing(draw):
    """A way to write a list down."""
    order = draw(st.permutations(list(TITLES_OF)))
    return {
        "order": order,
        "titles": [draw(st.sampled_from(TITLES_OF[name])) for name in order],
        "separator": draw(st.sampled_from(";,\t|")),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"])),
        "newline": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "above": draw(
            st.lists(st.sampled_from(["Collège", "Liste des élèves", "", "Édité le 12/09/2026"]), max_size=5)
        ),
        "iso": draw(st.booleans()),
        "quoted": draw(st.booleans()),
    }


def written(people, how):
    """The list as bytes."""

    def cell(pupil, name):
        if name == "born":
            born = pupil[name]
            return born.isoformat() if how["iso"] else f"{born.day:02d}/{born.month:02d}/{born.year}"
        return pupil.get(name, "rouge")

    rows = [how["titles"], *([cell(pupil, name) for name in how["order"]] for pupil in people)]
    if how["quoted"]:
        rows = [[f'"{value}"' for value in row] for row in rows]
    above = [[title] for title in how["above"]]
    return text(*above, *rows, separator=how["separator"], newline=how["newline"], encoding=how["encoding"])


@settings(max_examples=200, deadline=2_000)
@given(pupils(), writing())
def test_any_writing_lists_the_same_pupils(people, how):
    roster = read(written(people, how))
    assert not roster.unreadable, roster.problems
    assert [(p.last_name, p.first_name, p.birth_date, p.division, p.ine) for p in roster.pupils] == [
        (" ".join(p["last"].split()), " ".join(p["first"].split()), p["born"], p["division"], p["ine"])
        for p in people
    ]


def holds_together(roster):
    """Pupils, or one reason; nothing that cannot be kept or joined to a class."""
    if roster.unreadable:
        assert len(roster.pupils) == 0
        assert len(roster.problems) == 1
        return
    assert len(roster.pupils) + len(roster.blocked) > 0
    for pupil in roster.pupils:
        assert pupil.local_id or pupil.ine or (pupil.last_name and pupil.first_name)
        assert not {"\0", "\x1f"} & set(pupil.last_name + pupil.first_name + (pupil.division or ""))
    ines = [pupil.ine for pupil in roster.pupils if pupil.ine]
    assert len(set(ines)) == len(ines)


@settings(max_examples=300, deadline=2_000)
@given(damaged(text(TITLES, LEA, NOE)))
def test_a_damaged_list_in_text_is_answered(data):
    holds_together(read(data))


@settings(max_examples=300, deadline=2_000)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"Nom;Pr\xe9nom;Classe\n", b"sep=;\n", b"\xff\xfeN\0o\0m\0;\0"]),
)
def test_any_bytes_under_titles_are_answered(data, start):
    holds_together(read(start + data))


@settings(max_examples=200, deadline=2_000)
@given(st.text(max_size=200))
def test_any_text_under_titles_is_answered(said):
    holds_together(read(("Élève;Classe;INE\n" + said).encode("utf-8", "replace")))


@settings(max_examples=25, deadline=20_000)
@given(st.sampled_from(WORKBOOKS).flatmap(damaged))
def test_a_damaged_workbook_is_answered(data):
    holds_together(read(data))


@given(st.text(max_size=40))
def test_no_word_of_a_name_is_lost(whole):
    last, first, _ = split_name(whole)
    assert sorted(f"{last} {first}".replace(",", " ").split()) == sorted(whole.replace(",", " ").split())


@given(births)
def test_dates_survive_every_shape(born):
    serial = (born - date(1899, 12, 30)).days
    for shape in (born, born.isoformat(), f"{born:%d/%m/%Y}", f"{born:%d-%m-%Y}", str(serial), f"{serial}.0"):
        assert parse_date(date_text(shape, from_1904=False)) == born
