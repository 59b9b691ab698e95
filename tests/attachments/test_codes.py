"""Codes: what they are made of, what is forgiven, what is kept."""

from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from preau.attachments.codes import (
    ALPHABET,
    LENGTH,
    derive_code,
    digest,
    help_code,
    normalise_card_code,
    show,
)

codes = st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH)


def test_the_alphabet_has_31_signs_none_of_which_looks_like_another() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 31
    assert not set("0O1IL") & set(ALPHABET)
    assert LENGTH * math.log2(len(ALPHABET)) >= 59


@given(codes, st.sampled_from(["", " ", "-", "–", ".", " - "]))
def test_a_code_is_read_back_however_it_was_cut(code: str, cut: str) -> None:
    assert normalise_card_code(cut.join(code)) == code
    assert normalise_card_code(show(code).lower()) == code


@given(st.text(max_size=40))
def test_anything_else_is_refused_without_a_crash(text: str) -> None:
    found = normalise_card_code(text)
    assert found is None or (len(found) == LENGTH and set(found) <= set(ALPHABET))


@given(st.text(max_size=40), st.integers(1, 5000))
def test_the_same_token_and_rank_give_the_same_code_and_another_rank_another(token: str, rank: int) -> None:
    code = derive_code(token, rank, key="clé")
    assert code == derive_code(token, rank, key="clé")
    assert normalise_card_code(code) == code
    assert code != derive_code(token, rank + 1, key="clé")
    assert code != derive_code(token, rank, key="autre")
    assert digest(code, key="clé") != digest(code, key="autre")


def test_a_school_of_3640_pupils_gets_3640_codes() -> None:
    assert len({derive_code("jeton", rank, key="clé") for rank in range(1, 3641)}) == 3640


def test_a_help_code_is_four_signs_one_can_read_aloud() -> None:
    code = help_code(random.Random(7))
    assert len(code) == 4
    assert set(code) <= set(ALPHABET)
