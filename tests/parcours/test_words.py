"""What a pupil types is taken as it is meant: accents, case, spaces, units, a slip of the finger."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preau.parcours.items import Skill, check, read_item
from preau.parcours.items.words import french, in_unit, number, plain, same_words

LETTERS = st.text("abcdefghijklmnopqrstuvwxyzéèêàçïôùœ", min_size=2, max_size=14)
SKILL = Skill(id="1-1-x", competence="1.1", level=1, order=1, statement="Essayer")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("PUBLIPOSTAGE", "publipostage"),
        ("le publipostage", "publipostage"),
        ("publi postage", "publipostage"),
        ("  Publipostage. ", "publipostage"),
        ("publipostaje", "publipostage"),
        ("« Poésies »", "Poésies"),
        ("poesies", "Poésies"),
        ("l'élève", "élève"),
        ("8H20", "8 h 20"),
        ("5/3/2026", "05/03/2026"),
    ],
)
def test_what_is_meant_is_understood(typed: str, answer: str) -> None:
    assert same_words(typed, [answer])


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("chat", "chien"),
        ("rue", "roue"),
        ("E-1235", "E-1234"),
        ("", "a"),
        ("   ", "a"),
        (".", "pdf"),
        ("W1", "W2"),
    ],
)
def test_what_is_something_else_is_not(typed: str, answer: str) -> None:
    assert not same_words(typed, [answer])


def test_a_neighbouring_word_can_be_refused() -> None:
    assert same_words("copié", ["copier"])
    assert not same_words("copié", ["copier"], never=["copié"])
    assert not same_words("copié", ["copier"], exact=True)


@given(LETTERS)
def test_case_accents_spaces_and_marks_never_matter(answer: str) -> None:
    for typed in (answer, answer.upper(), f"  {answer} ", plain(answer), f"« {answer} »", f"{answer}."):
        assert same_words(typed, [answer], exact=True)


@given(
    LETTERS.filter(lambda one: len(plain(one)) >= 5 and plain(one)[:2] not in {"de", "du", "le", "la", "un"}),
    st.data(),
)
def test_one_slip_in_a_long_word_is_forgiven(answer: str, data) -> None:
    place = data.draw(st.integers(1, len(answer) - 1))
    slipped = answer[:place] + data.draw(st.sampled_from("abcdefg")) + answer[place + 1 :]
    if len(plain(slipped)) == len(plain(answer)):
        assert same_words(slipped, [answer])


@given(st.text(max_size=80), st.text(max_size=20))
def test_nothing_that_can_be_typed_breaks_the_reading(typed: str, answer: str) -> None:
    same_words(typed, [answer])
    number(typed)


@given(st.decimals("-9999999", "9999999", places=2))
def test_a_number_is_read_back_as_it_is_written(value: Decimal) -> None:
    for typed in (french(value), str(value), str(value).replace(".", ","), f" {french(value)} Mo"):
        read = number(typed)
        assert read is not None
        assert read[0] == value


@pytest.mark.parametrize(
    ("typed", "value", "unit"),
    [
        ("12,5", "12.5", ""),
        ("1 234,5 Mo", "1234.5", "Mo"),
        ("1\u202f234", "1234", ""),
        ("- 3", "-3", ""),
        ("environ 40 %", "40", "%"),
        ("7min", "7", "min"),
    ],
)
def test_a_number_is_read_with_its_unit(typed: str, value: str, unit: str) -> None:
    assert number(typed) == (Decimal(value), unit)


@pytest.mark.parametrize("typed", ["", "douze", "1,2,3", "1e9", "0x12", "12 34", ",5,"])
def test_what_is_not_a_number_is_not_read(typed: str) -> None:
    read = number(typed)
    assert read is None or in_unit(*read, {}) is None


def test_another_unit_is_converted_and_a_foreign_one_is_wrong() -> None:
    told = {
        "id": "x", "kind": "number", "prompt": "?", "explanation": "!",
        "answer": 1500, "unit": "Mo", "units": {"Go": 1000}, "tolerance": 1,
    }  # fmt: skip
    item = read_item(told, SKILL)
    verdict = {
        typed: check(item, 1, {"answer": [typed]}).right
        for typed in ("1500", "1 500,9 Mo", "1,5 Go", "1,5", "1500 km")
    }
    assert verdict == {"1500": True, "1 500,9 Mo": True, "1,5 Go": True, "1,5": False, "1500 km": False}
    assert check(item, 1, {"answer": ["3"]}).expected == "1\u202f500\u00a0Mo"
