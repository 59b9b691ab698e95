"""Whatever happens to a file on its way, reading it ends, with pupils or with a refusal."""

import random
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from preau.rosterfiles import RosterFile
from preau.rosterfiles.dates import UnreadableDate, age_on, parse_date, school_year_of
from preau.rosterfiles.divisions import division_key, place, structure
from tests.rosterfiles.siecle_file import codes, eleve, noe, read, siecle, structures, written, zipped

PLACED = (structures("1", "6A", ("6LATIN", "G")), structures("2", "Inactifs"), structures("3", "6B"))
PUPILS = (
    eleve(INE_RNIE="123456789FJ", DATE_SORTIE="01/09/2026"),
    noe(CODE_COMMUNE_INSEE_NAISS=""),
    noe("3", ID_NATIONAL="", SCOLARITE_AN_DERNIER="<CODE_STRUCTURE>CM2</CODE_STRUCTURE>"),
)
XML = written(siecle(*PUPILS, placed=PLACED))
ZIP = zipped(("ElevesSansAdresses.xml", XML))


def holds_together(roster: RosterFile) -> None:
    """Either everybody, or nobody with one reason; nothing that cannot be shown or kept."""
    if roster.unreadable:
        assert len(roster.pupils) == 0
        assert len(roster.problems) == 1
        assert roster.refused
        return
    assert len(roster.pupils) + len(roster.blocked) > 0
    for pupil in roster.pupils:
        assert pupil.local_id or pupil.ine
        assert pupil.line > 0
        assert "\0" not in pupil.last_name + pupil.first_name
    local_ids = [pupil.local_id for pupil in roster.pupils if pupil.local_id]
    assert len(set(local_ids)) == len(local_ids)
    ines = [pupil.ine for pupil in roster.pupils if pupil.ine]
    assert len(set(ines)) == len(ines)


@st.composite
def damaged(draw, original):
    """The file with some bytes replaced, inserted, removed, repeated, or the end missing."""
    data = bytearray(original)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 40))
        kind = draw(st.sampled_from(["replace", "insert", "remove", "repeat", "cut"]))
        some = draw(
            st.one_of(
                st.binary(max_size=8), st.sampled_from([b"<", b">", b"</", b"&", b'"', b"ELEVE ", b"<!--"])
            )
        )
        if kind == "replace":
            data[at : at + len(some)] = some
        elif kind == "insert":
            data[at:at] = some
        elif kind == "remove":
            del data[at : at + length]
        elif kind == "repeat":
            data[at:at] = data[at : at + length]
        else:
            del data[at:]
    return bytes(data)


@settings(max_examples=300, deadline=2_000)
@given(damaged(XML))
def test_a_damaged_file_lists_everybody_or_nobody(data):
    holds_together(read(data))


@settings(max_examples=200, deadline=2_000)
@given(damaged(ZIP))
def test_a_damaged_zip_lists_everybody_or_nobody(data):
    holds_together(read(data))


@settings(max_examples=200, deadline=2_000)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"PK\x03\x04", b"<?xml ", b"<BEE_ELEVES>", b"\xff\xfe", b"PK\x05\x06"]),
)
def test_any_bytes_are_answered(data, start):
    holds_together(read(start + data))


@settings(max_examples=50, deadline=2_000)
@given(st.permutations([0, 1, 2, 3]), st.randoms(use_true_random=False))
def test_the_order_of_sections_and_of_rows_changes_nobody(order, chance: random.Random):
    pupils, placed = list(PUPILS), list(PLACED)
    chance.shuffle(pupils)
    chance.shuffle(placed)
    sections = [
        f"<ELEVES>{''.join(pupils)}</ELEVES>",
        f"<STRUCTURES>{''.join(placed)}</STRUCTURES>",
        "<OPTIONS><OPTION ELEVE_ID='1'><OPTIONS_ELEVE><NUM_OPTION>1</NUM_OPTION></OPTIONS_ELEVE></OPTION></OPTIONS>",
        "<BOURSES/>",
    ]
    parameters = siecle().partition("<DONNEES>")[0]
    text = parameters + "<DONNEES>" + "".join(sections[at] for at in order) + "</DONNEES></BEE_ELEVES>"
    mixed, straight = read(text), read(XML)
    assert {_but_line(pupil) for pupil in mixed.pupils} == {_but_line(pupil) for pupil in straight.pupils}
    assert sorted(codes(mixed)) == sorted(codes(straight))


def _but_line(pupil):
    names = [name for name in type(pupil).__slots__ if name != "line"]
    return tuple(getattr(pupil, name) for name in names)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_is_not(text):
    try:
        day = parse_date(text)
    except UnreadableDate:
        return
    assert text[-4:] == f"{day:%Y}".rjust(4, "0") or text.startswith(f"{day.year:04d}-")


@given(st.dates())
def test_dates_are_read_back(day):
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day.day:02d}/{day.month:02d}/{day.year:04d}") == day
    assert school_year_of(day) in (day.year, day.year - 1)


@given(st.dates(min_value=date(1900, 1, 1)), st.dates(min_value=date(1900, 1, 1)))
def test_an_age_grows_by_one_on_the_birthday(born, day):
    age = age_on(born, day)
    assert (born <= day) is (age >= 0)


@given(st.lists(st.tuples(st.sampled_from("DG"), st.text(min_size=1, max_size=12)), max_size=8))
def test_a_place_is_one_of_those_given(assignments):
    placement = place(structure(kind, code) for kind, code in assignments)
    divisions = {division_key(code) for kind, code in assignments if kind == "D"}
    assert (placement.division_key in divisions) is bool(divisions)
    assert len(placement.groups) == len({division_key(code) for kind, code in assignments if kind == "G"})
