"""Whatever a teacher writes comes back as it went: properties of the three formats that leave."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from preau.parcours.exchange import read_questions, write_questions
from preau.parcours.items import Item, Kind, Skill, check, read_item
from preau.parcours.items.faults import faults
from tests.parcours.solving import right_answer, wrong_answer

SKILL = Skill(id="ecole", competence="1.1", level=1, order=1, statement="Essayer")
QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
Q = {"q": QTI.strip("{}")}

# Letters, the signs of GIFT and of XML, accents; a backslash is GIFT's own, and « -> » is written « → ».
words = st.text(st.sampled_from("abcdéœÀß 12=~#{}:<&'\"%/*.,!?[]→"), min_size=1, max_size=25).map(
    lambda text: "m" + " ".join(text.split())
)
labels = st.lists(words, min_size=2, max_size=5, unique_by=str.casefold)
code = st.lists(words, min_size=1, max_size=4).map("\n    ".join)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """A question of any kind, as a school may write it."""
    told = {"prompt": draw(words), "explanation": draw(words)}
    for name, values in (
        ("text", words),
        ("code", code),
        ("table", st.lists(labels, min_size=1, max_size=3)),
    ):
        if draw(st.booleans()):
            told[name] = draw(values)
    kind, lines = draw(st.sampled_from([one for one in Kind if one != Kind.SETTINGS])), draw(labels)
    told["kind"] = kind.value
    match kind:
        case Kind.SINGLE:
            told |= {"right": lines[0], "wrong": lines[1:]}
        case Kind.MULTIPLE:
            cut = draw(st.integers(1, len(lines) - 1))
            told |= {"right": lines[:cut], "wrong": lines[cut:]}
        case Kind.TEXT:
            told |= {"answers": lines}
        case Kind.NUMBER:
            told |= {"answer": draw(st.integers(-999, 999)) / draw(st.sampled_from([1, 2, 100]))}
            told |= {"tolerance": draw(st.sampled_from([0, 0.5, 2]))}
        case Kind.ORDER:
            told |= {"steps": lines}
        case Kind.MATCH:
            told |= {
                "pairs": [[left, f"à {place}"] for place, left in enumerate(lines)],
                "extras": draw(labels),
            }
    return told


sound = questions().filter(lambda told: not faults(item_of(told)))


def item_of(told: dict[str, Any]) -> Item:
    return read_item({"id": "x", **told}, SKILL)


def squeezed(value: Any) -> Any:
    """As any page shows it: spaces never count twice."""
    if isinstance(value, str):
        return " ".join(value.split())
    return [squeezed(one) for one in value] if isinstance(value, list | tuple) else value


@given(sound)
@settings(deadline=None)
def test_json_comes_back_word_for_word(told: dict[str, Any]) -> None:
    reading = read_questions(write_questions([item_of(told)], to="json").content)
    assert reading.sources == [told]


@given(sound)
@settings(deadline=None)
def test_gift_comes_back_with_its_kind_its_answers_its_code_and_its_table(told: dict[str, Any]) -> None:
    reading = read_questions(write_questions([item_of(told)], to="gift").content)
    assert reading.problems == []
    back = reading.sources[0]
    if told["kind"] == Kind.ORDER:  # GIFT has no such kind: each line is paired with its place
        assert [left for left, _ in back["pairs"]] == squeezed(told["steps"])
        assert [right for _, right in back["pairs"]] == [str(n + 1) for n in range(len(told["steps"]))]
        return
    kept = {key: value for key, value in told.items() if key != "tolerance" or value}
    if kept["kind"] == Kind.MULTIPLE and len(kept["right"]) == 1:
        kept |= {"kind": "single", "right": kept["right"][0]}  # the only right one
    if "code" in kept:
        assert back.pop("code") == kept.pop("code").strip("\n")
    assert {key: squeezed(value) for key, value in back.items()} == {
        key: squeezed(value) for key, value in kept.items()
    }


@given(sound)
@settings(deadline=None)
def test_qti_says_the_same_right_answer_to_whoever_reads_it(told: dict[str, Any]) -> None:
    written = write_questions([item_of(told)], to="qti").content
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        item = etree.fromstring(archive.read("items/x.xml"))
    known = {one.get("identifier"): one.text for one in item.xpath("//*[@identifier][@* and text()]")}
    right = [one.text for one in item.iterfind(".//q:correctResponse/q:value", Q)]
    body = "".join(item.find("q:itemBody", Q).itertext())
    assert told["prompt"] in body
    assert told.get("code", "") in body
    assert all(cell in body for row in told.get("table", ()) for cell in row)
    assert item.findtext("q:modalFeedback", namespaces=Q) == told["explanation"]
    match told["kind"]:
        case Kind.SINGLE:
            assert [known[one] for one in right] == [told["right"]]
        case Kind.MULTIPLE:
            assert sorted(known[one] for one in right) == sorted(told["right"])
        case Kind.ORDER:
            assert [known[one] for one in right] == told["steps"]
        case Kind.MATCH:
            assert [[known[one] for one in pair.split()] for pair in right] == told["pairs"]
        case Kind.TEXT:
            assert {one.get("mapKey") for one in item.iter(f"{QTI}mapEntry")} == set(told["answers"])
        case _:
            assert float(right[0]) == told["answer"]


@given(sound)
@settings(deadline=None, max_examples=50)
def test_what_came_back_is_judged_as_before(told: dict[str, Any]) -> None:
    back = item_of(read_questions(write_questions([item_of(told)], to="gift").content).sources[0])
    assert check(back, 1, right_answer(back, 1)).right
    assert not check(back, 1, wrong_answer(back, 1)).right


@pytest.mark.parametrize("unit", ["Mo", "€"])
def test_a_unit_leaves_with_the_question(unit: str) -> None:
    item = item_of({"kind": "number", "prompt": "Combien pèse-t-il ?", "answer": 4, "unit": unit})
    for to in ("gift", "qti"):
        content = write_questions([item], to=to).content
        if to == "qti":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = archive.read("items/x.xml")
        assert f"Combien pèse-t-il ? (en {unit})" in content.decode()
