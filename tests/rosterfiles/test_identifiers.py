"""School and pupil numbers, on the vectors of the ministry's rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preau.rosterfiles.identifiers import (
    check_uai,
    ine_kind,
    ine_problem,
    make_ine_bea,
    make_ine_rnie,
    make_uai,
    mask_ine,
    normalise_ine,
    normalise_uai,
    uai_letter,
)


@pytest.mark.parametrize("uai", ["0931434D", "0180777X", "0870050G"])
def test_a_head_s_school_number_is_recognised(uai: str) -> None:
    check = check_uai(f" {uai.lower()}\u00a0")

    assert check.uai == uai
    assert check.valid
    assert check.expected == uai


def test_a_head_who_types_the_wrong_letter_is_told_the_right_one() -> None:
    check = check_uai("0750001A")

    assert not check.valid
    assert check.expected == "0750001U"


@pytest.mark.parametrize(
    "text",
    ["", "0750001", "750001U", "07500011", "0750001UU", "Collège Prévert", "０75000ÉU"],
)
def test_a_head_who_types_something_else_gets_no_suggestion(text: str) -> None:
    check = check_uai(text)

    assert not check.valid
    assert check.expected is None


def test_digits_of_another_alphabet_are_read_as_digits() -> None:
    assert normalise_uai("０７５０００１ｕ") == "0750001U"


@pytest.mark.parametrize("digits", ["", "123", "abcdefg", "12345678", "١٢٣٤٥٦٧"])
def test_a_letter_is_only_given_to_seven_digits(digits: str) -> None:
    with pytest.raises(ValueError, match="seven digits"):
        uai_letter(digits)


@given(st.integers(min_value=0, max_value=9_999_999))
def test_a_school_number_made_here_is_always_right(number: int) -> None:
    assert check_uai(make_uai(f"{number:07d}")).valid


@pytest.mark.parametrize("ine", ["123456789FJ", "000000001KG", "012345678KE", "987654321GH"])
def test_lea_s_recent_number_is_right(ine: str) -> None:
    assert make_ine_rnie(int(ine[:9])) == ine
    assert ine_kind(ine) == "RNIE"
    assert ine_problem(ine) is None


@given(st.integers(min_value=0, max_value=10**9 - 1))
def test_a_recent_number_made_here_is_always_right(number: int) -> None:
    assert ine_problem(make_ine_rnie(number)) is None


@given(st.integers(min_value=0, max_value=10**10 - 1))
def test_an_older_number_made_here_is_always_right(number: int) -> None:
    ine = make_ine_bea(number)

    assert ine_kind(ine) == "BEA"
    assert ine_problem(ine) is None


@given(st.integers(min_value=0, max_value=10**9 - 1), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_figure_in_lea_s_number_is_always_seen(number: int, place: int, shift: int) -> None:
    ine = make_ine_rnie(number)
    wrong = ine[:place] + str((int(ine[place]) + shift) % 10) + ine[place + 1 :]

    assert ine_problem(wrong) == "KEY"


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_ine_rnie(-1),
        lambda: make_ine_rnie(10**9),
        lambda: make_ine_bea(10**10),
    ],
)
def test_a_number_with_too_many_figures_is_not_made(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="figures"):
        make()


def test_spaces_and_small_letters_in_lea_s_number_are_forgiven() -> None:
    assert normalise_ine(" 123 456 789\u202ffj\u200b") == "123456789FJ"


@pytest.mark.parametrize(
    ("ine", "kind"),
    [
        ("0123456789A", "BEA"),
        ("1234A12345B", "APPRENTICE"),
        ("AB12CD34", "SURROGATE"),
        ("INCONNUE", None),
        ("12345678912", None),
        ("123456789FZ", None),
        ("", None),
    ],
)
def test_the_family_of_a_number_shows_in_its_shape(ine: str, kind: str | None) -> None:
    assert ine_kind(ine) == kind


def test_an_agricultural_number_is_known_by_its_file_and_its_key_is_not_judged() -> None:
    wrong_as_bea = "0123456789" + ("A" if make_ine_bea(123456789)[-1] != "A" else "B")

    assert ine_kind(wrong_as_bea, agricultural=True) == "INA"
    assert ine_problem(wrong_as_bea, agricultural=True) is None
    assert ine_problem(wrong_as_bea) == "KEY"


@pytest.mark.parametrize("ine", ["I23456789FJ", "12345678OFJ", "l23456789FJ", "O12345678KE"])
def test_a_letter_typed_for_a_figure_is_named_as_such(ine: str) -> None:
    assert ine_problem(ine) == "TYPING"


@pytest.mark.parametrize("ine", ["", "123", "INCONNUE", "123456789", "ILLISIBLE--", "1234567890123FJ", "ÉÉÉ"])
def test_what_is_no_number_is_said_to_have_no_shape(ine: str) -> None:
    assert ine_problem(ine) == "SHAPE"


def test_lea_s_number_is_masked_but_for_two_characters() -> None:
    assert mask_ine("123456789FJ") == "•••••••••FJ"
    assert mask_ine("1 2 3") == "•••"
    assert mask_ine("") == ""


@given(st.text())
def test_nothing_typed_ever_breaks_a_check(text: str) -> None:
    check_uai(text)
    ine_kind(text)
    ine_problem(text)
    assert normalise_ine(normalise_ine(text)) == normalise_ine(text)
    assert len(mask_ine(text)) == len(normalise_ine(text))
