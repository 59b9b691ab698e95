"""The code on the board."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preau.campaigns.codes import DIGITS, LETTERS, SHAPE, make_code, normalise_code


def test_a_code_has_six_letters_that_make_no_word_and_three_digits() -> None:
    for _ in range(200):
        code = make_code()
        assert SHAPE.fullmatch(code)
        assert set(code[:6]) <= set(LETTERS)
        assert set(code[6:]) <= set(DIGITS)
    assert not set("AEIOUYLQSZ") & set(LETTERS)


@pytest.mark.parametrize(
    "typed", ["BDFGHK274", "bdf ghk 274", " bdf-ghk-274 ", "BDF\u00a0GHK\u202f274", "b.d.f_ghk274"]
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert normalise_code(typed) == "BDFGHK274"


@given(st.text(max_size=40))
def test_anything_typed_is_a_code_or_nothing(typed: str) -> None:
    code = normalise_code(typed)
    assert code is None or normalise_code(code) == code
