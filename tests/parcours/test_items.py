"""Every item of the bank is shown, answered right and answered wrong; bad answers are told, never judged."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory

from preau.parcours.bank import load_bank
from preau.parcours.items import (
    AnswerRefused,
    Item,
    Kind,
    Skill,
    UnknownResource,
    check,
    present,
    read_item,
    resource,
    simulated,
)
from tests.page import Page, PageClient, check_page
from tests.parcours.solving import right_answer, wrong_answer

BANK = load_bank()
SEEDS = (1, 2, "léa-3")
PAGE = '<html lang="fr"><head><title>Question</title></head><body><form>{}</form></body></html>'
SKILL = Skill(id="1-1-x", competence="1.1", level=1, order=1, statement="Essayer")


def shown(item: Item, seed: int | str) -> Page:
    context = {"question": present(item, seed), "resources": "/fichiers/"}
    response = HttpResponse(PAGE.format(render_to_string("parcours/items/question.html", context)))
    response.request = RequestFactory().get("/").environ
    return Page(PageClient(), response)


def of_kind(kind: Kind) -> Item:
    return next(item for item in BANK.items if item.kind == kind)


@pytest.mark.parametrize("item", BANK.items, ids=lambda item: item.id)
def test_an_item_is_shown_answered_right_and_answered_wrong(item: Item) -> None:
    for seed in SEEDS:
        page = shown(item, seed)
        check_page(page)
        assert "{" not in page.text
        good = check(item, seed, right_answer(item, seed))
        assert good.right, good
        bad = check(item, seed, wrong_answer(item, seed))
        assert not bad.right, bad
        assert bad.expected == good.expected
        assert good.given
        assert good.explanation
        for file in present(item, seed).files:
            assert resource(item, seed, file.name).content


@pytest.mark.parametrize("item", [one for one in BANK.items if one.practical], ids=lambda item: item.id)
def test_a_neighbour_has_another_variant(item: Item) -> None:
    seen = {repr((present(item, s), check(item, s, right_answer(item, s)).expected)) for s in range(8)}
    assert len(seen) > 1


def test_the_same_seed_always_shows_the_same() -> None:
    for item in BANK.items:
        assert present(item, "a") == present(item, "a")


def test_a_question_holds_no_solution() -> None:
    """Whatever is right, the page names the options in the same order for the same seed."""
    for right, wrong in (("a", ["b", "c"]), ("b", ["a", "c"]), ("c", ["a", "b"])):
        item = read_item({"id": "x", "kind": "single", "prompt": "?", "right": right, "wrong": wrong}, SKILL)
        places = {s: [one.label for one in present(item, s).choices].index(right) for s in range(60)}
        assert set(places.values()) == {0, 1, 2}


@pytest.mark.parametrize("kind", list(Kind))
def test_an_empty_answer_is_asked_again(kind: Kind) -> None:
    with pytest.raises(AnswerRefused) as said:
        check(of_kind(kind), 1, {})
    assert said.value.message.endswith(".")


@pytest.mark.parametrize("kind", [Kind.SINGLE, Kind.MULTIPLE, Kind.MATCH, Kind.SETTINGS, Kind.ORDER])
@pytest.mark.parametrize("value", ["99", "0", "-1", "x", "1 OR 1=1", "\x00"])
def test_a_forged_value_is_refused(kind: Kind, value: str) -> None:
    item = of_kind(kind)
    names = [row.name for row in present(item, 1).rows] or ["answer"]
    with pytest.raises(AnswerRefused):
        check(item, 1, {key: [value] for key in names})


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.NUMBER])
@pytest.mark.parametrize("typed", ["x" * 201, "1" * 4000, "a\x00b", "12\u202e"])
def test_a_huge_or_odd_text_is_refused(kind: Kind, typed: str) -> None:
    with pytest.raises(AnswerRefused):
        check(of_kind(kind), 1, {"answer": [typed]})


def test_two_choices_where_one_is_asked_are_refused() -> None:
    with pytest.raises(AnswerRefused, match="une seule"):
        check(of_kind(Kind.SINGLE), 1, {"answer": ["1", "2"]})


def test_the_same_number_twice_in_an_order_is_refused() -> None:
    item = of_kind(Kind.ORDER)
    with pytest.raises(AnswerRefused, match="même numéro"):
        check(item, 1, {row.name: ["1"] for row in present(item, 1).rows})


def test_words_where_a_number_is_asked_are_refused() -> None:
    with pytest.raises(AnswerRefused, match="en chiffres"):
        check(of_kind(Kind.NUMBER), 1, {"answer": ["beaucoup"]})


def test_a_file_or_a_page_that_does_not_exist_is_refused() -> None:
    item = BANK.item("1-2-zip")
    with pytest.raises(UnknownResource):
        resource(item, 1, "../settings.py")
    with pytest.raises(UnknownResource):
        simulated(item, 1, "page-1")
    assert simulated(BANK.item("1-2-ou-est"), 1, "page-1").title == "Mes documents"


def test_what_is_written_in_an_item_is_never_html() -> None:
    trap = "<script>x()</script>"
    told = {
        "id": "x",
        "kind": "single",
        "prompt": trap,
        "text": trap,
        "code": trap,
        "right": trap,
        "wrong": ["b"],
    }
    html = render_to_string(
        "parcours/items/question.html", {"question": present(read_item(told, SKILL), 1), "resources": "/f/"}
    )
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 4
