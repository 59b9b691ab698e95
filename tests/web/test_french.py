"""French as it must look on screen."""

from datetime import date, datetime

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from preau.web import french
from preau.web.selection import chosen_ids

THURSDAY = datetime(2026, 9, 3, 15, 30)  # noqa: DTZ001 - already in the reader's zone


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 9, 3, 9, 5), "ce matin, 9 h 05"),  # noqa: DTZ001
        (datetime(2026, 9, 3, 14, 20), "aujourd’hui, 14 h 20"),  # noqa: DTZ001
        (datetime(2026, 9, 2, 23, 59), "hier, 23 h 59"),  # noqa: DTZ001
        (datetime(2026, 9, 4, 8, 0), "demain, 8 h 00"),  # noqa: DTZ001
        (datetime(2026, 9, 1, 13, 55), "mardi, 13 h 55"),  # noqa: DTZ001
        (datetime(2026, 8, 27, 13, 55), "jeudi 27 août"),  # noqa: DTZ001
        (datetime(2026, 12, 1, 8, 0), "mardi 1er décembre"),  # noqa: DTZ001
        (datetime(2025, 9, 3, 8, 0), "3 septembre 2025"),  # noqa: DTZ001
    ],
)
def test_a_teacher_reads_moments_as_people_say_them(moment: datetime, words: str) -> None:
    assert french.moment_words(moment, now=THURSDAY).replace("\u00a0", " ") == words


def test_hours_and_days_never_break_at_the_end_of_a_line() -> None:
    assert french.moment_words(THURSDAY, now=THURSDAY) == "aujourd’hui, 15\u00a0h\u00a030"
    assert french.day_words(date(2026, 9, 10), today=THURSDAY.date()) == "jeudi 10\u00a0septembre"


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("C'est bien toi ?", "C’est bien toi\u202f?"),
        ("Reste : 12 %", "Reste\u00a0: 12\u00a0%"),
        ("« Ce n'est pas moi »", "«\u00a0Ce n’est pas moi\u00a0»"),
        ("20 000 élèves à 10 h 40...", "20\u202f000\u00a0élèves à 10\u00a0h\u00a040…"),
        ("https://exemple.fr/?a=1;b=2", "https://exemple.fr/?a=1;b=2"),
    ],
)
def test_a_sentence_gets_the_spaces_of_french(typed: str, printed: str) -> None:
    assert french.typeset(typed) == printed


@given(st.text())
def test_setting_a_text_twice_changes_nothing_more(text: str) -> None:
    once = french.typeset(text)
    assert french.typeset(once) == once


def test_attributes_of_trusted_html_are_left_alone() -> None:
    html = "<a href='/x ?q=l'un' title='Quoi ?'>Quoi ?</a>"
    assert french.typeset_html(html) == "<a href='/x ?q=l'un' title='Quoi ?'>Quoi\u202f?</a>"


def test_large_numbers_are_cut_in_threes() -> None:
    assert french.group_digits(1234567) == "1\u202f234\u202f567"
    assert french.group_digits(0) == "0"


def test_a_choice_made_on_several_pages_arrives_whole_and_nonsense_is_ignored() -> None:
    data = QueryDict("chosen=3&chosen=1&chosen=x&chosen=-4&chosen_elsewhere=12,7,,3,²,99999999999999999999")
    assert chosen_ids(data) == [1, 3, 7, 12]
    assert chosen_ids(QueryDict("")) == []
