"""Questions come in from GIFT, Moodle and JSON, and go out to GIFT, QTI and JSON; what cannot is said with its line."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from preau.parcours.bank import load_bank
from preau.parcours.exchange import UnreadableQuestions, read_questions, write_questions
from preau.parcours.items import Kind, Skill, check, read_item
from tests.parcours.solving import right_answer, wrong_answer

BANK = load_bank()
SKILL = Skill(id="ecole", competence="1.1", level=1, order=1, statement="Essayer")
QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"

GIFT = r"""
// Un commentaire
$CATEGORY: Géographie

::Capitale::Quelle est la capitale de l'Italie ?{
=Rome#Oui, depuis 1871.
~Milan
~Naples#Plus au sud.
}

Qui a construit ce pont \= celui-ci ? {~%50%Ana ~%50%Bilal ~%-100%Zoé}

Le soleil est une étoile.{T#Non, vraiment.#Oui !####Une étoile produit sa lumière.}

Comment s'appelle le petit de la vache ? {=veau =un veau}

Combien vaut pi ? {#3,14:0.01}

Entre quels nombres ? {#1..5}

Associe. {=Paris -> France =Oslo -> Norvège = -> Suède}

Le chat {=dort ~vole} sur le toit.

[html]<p>Lis bien.</p><p>Que lit-<b>on</b>&nbsp;?</p>{=oui ~non}
"""


def test_every_kind_of_gift_question_that_fits_is_understood() -> None:
    reading = read_questions(GIFT.encode())
    assert reading.problems == []
    kinds = [one["kind"] for one in reading.sources]
    assert kinds == ["single", "multiple", "single", "text", "number", "number", "match", "single", "single"]
    capital, bridge, sun, calf, pi, span, match, cat, read = reading.sources
    assert (capital["right"], capital["wrong"]) == ("Rome", ["Milan", "Naples"])
    assert capital["explanation"] == "Oui, depuis 1871."
    assert bridge["prompt"] == "Qui a construit ce pont = celui-ci ?"
    assert (bridge["right"], bridge["wrong"]) == (["Ana", "Bilal"], ["Zoé"])
    assert (sun["right"], sun["wrong"], sun["explanation"]) == (
        "Vrai",
        ["Faux"],
        "Une étoile produit sa lumière.",
    )
    assert calf["answers"] == ["veau", "un veau"]
    assert (pi["answer"], pi["tolerance"]) == (3.14, 0.01)
    assert (span["answer"], span["tolerance"]) == (3, 2)
    assert (match["pairs"], match["extras"]) == ([["Paris", "France"], ["Oslo", "Norvège"]], ["Suède"])
    assert cat["prompt"] == "Le chat _____ sur le toit."
    assert (read["text"], read["prompt"]) == ("Lis bien.", "Que lit-on ?")


def test_an_imported_question_can_be_asked_at_once() -> None:
    for source in read_questions(GIFT.encode()).sources:
        item = read_item({"id": "x", **source}, SKILL)
        assert check(item, 1, right_answer(item, 1)).right


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Que penses-tu du livre ? {}", "question ouverte"),
        ("Une phrase sans réponse.", "pas de réponses entre accolades"),
        ("Quoi ? {=a ~b", "accolade"),
        ("Quoi ? }=a ~b{", "accolade"),
        ("Quoi ? {=a ~%50%b ~c}", "partie des points"),
        ("Quoi ? {=a =%50%b}", "partie des points"),
        ("Quoi ? {#=1:0 =%50%2:0}", "une seule réponse"),
        ("Quoi ? {#beaucoup}", "n'est pas un nombre"),
        ("Quoi ? {=a ~A}", "Deux choix sont pareils"),
        ("Quoi ? {=a ~}", "Une réponse est vide"),
        ("{=a ~b}", "énoncé"),
        ('[html]<img src="x.png"> Quoi ? {=a ~b}', "image"),
        ("Quoi ? {a b}", "commence par"),
        ("x" * 3000 + " {=a ~b}", "trop long"),
    ],
)
def test_a_question_that_does_not_fit_is_left_out_with_its_line(question: str, said: str) -> None:
    reading = read_questions(f"// en tête\n\nBonne ? {{=oui ~non}}\n\n{question}\n".encode())
    assert [one["prompt"] for one in reading.sources] == ["Bonne ?"]
    assert [(one.line, said in one.message) for one in reading.problems] == [(5, True)], reading.problems


MOODLE = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
<question type="category"><category><text>$course$/a</text></category></question>
<question type="multichoice">
<questiontext format="html"><text><![CDATA[<p>Capitale de l&rsquo;Italie ?</p>]]></text></questiontext>
<generalfeedback format="html"><text>Depuis 1871.</text></generalfeedback><single>true</single>
<answer fraction="100" format="html"><text><![CDATA[<p>Rome</p>]]></text></answer>
<answer fraction="0"><text>Milan</text></answer></question>
<question type="truefalse"><questiontext><text>La mer est salée.</text></questiontext>
<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer></question>
<question type="shortanswer"><questiontext><text>Le petit de la vache ?</text></questiontext>
<answer fraction="100"><text>veau</text></answer></question>
<question type="numerical"><questiontext><text>Pi ?</text></questiontext>
<answer fraction="100"><text>3.14</text><tolerance>0.01</tolerance></answer></question>
<question type="matching"><questiontext><text>Associe.</text></questiontext>
<subquestion><text>Paris</text><answer><text>France</text></answer></subquestion>
<subquestion><text>Oslo</text><answer><text>Norvège</text></answer></subquestion>
<subquestion><text></text><answer><text>Suède</text></answer></subquestion></question>
<question type="ordering"><questiontext><text>Range.</text></questiontext>
<answer><text>un</text></answer><answer><text>deux</text></answer><answer><text>trois</text></answer></question>
<question type="essay"><questiontext><text>Raconte.</text></questiontext></question>
</quiz>"""


def test_a_moodle_export_is_understood_and_an_essay_is_left_out_with_its_line() -> None:
    reading = read_questions(MOODLE.encode())
    assert [one["kind"] for one in reading.sources] == [
        "single",
        "single",
        "text",
        "number",
        "match",
        "order",
    ]
    assert reading.sources[0]["prompt"] == "Capitale de l’Italie ?"
    assert reading.sources[0]["right"] == "Rome"
    assert reading.sources[0]["explanation"] == "Depuis 1871."
    assert reading.sources[4]["extras"] == ["Suède"]
    assert [(one.line, one.message) for one in reading.problems] == [
        (21, "Le genre « essay » de Moodle n'existe pas dans Préau.")
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'<!DOCTYPE quiz [<!ENTITY a SYSTEM "file:///etc/passwd">]><quiz>&a;</quiz>', "DOCTYPE"),
        (
            b'<!DOCTYPE q [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><quiz><question type="x">&b;</question></quiz>',
            "DOCTYPE",
        ),
        (b"<quiz><question>", "abîmé à la ligne"),
        (b"<html></html>", "pas un export"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", "ne contient pas"),
        (b"// rien\n", "ne contient pas"),
        (b'{"questions": [', "abîmé à la ligne"),
        (b'{"questions": 3}', "pas été écrit par"),
        (b"x" * 2_000_001, "trop lourd"),
        (b"[" * 100_000 + b'"questions"', "abîmé"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableQuestions, match=said):
        read_questions(content)


@pytest.mark.parametrize(
    "question",
    [
        {"kind": "single", "prompt": "?", "right": ["a"], "wrong": ["b"]},
        {"kind": "single", "prompt": {"a": 1}, "right": "a", "wrong": ["b"]},
        {"kind": "match", "prompt": "?", "pairs": [["a"]]},
        {"kind": "number", "prompt": "?", "answer": True},
        {"kind": "number", "prompt": "?", "answer": float("inf")},
        {"kind": "settings", "prompt": "?", "settings": [{"label": 1}]},
        {"kind": "single", "prompt": "?", "right": "a", "wrong": ["b"], "draw": "loans"},
        {"kind": "single", "prompt": "?", "right": "a", "wrong": ["b"], "files": [{"name": "x.zip"}]},
        {"kind": "single", "prompt": "a\x00b", "right": "a", "wrong": ["b"]},
        {"kind": "single", "prompt": "a", "right": "a\ud800", "wrong": ["b"]},
        {"kind": "number", "prompt": "a", "answer": 1, "unit": "m", "units": {"km": float("inf")}},
        {"kind": "text", "prompt": "a", "answers": ["b"], "table": [["a", {"b": 1}]]},
        {"kind": "oral"},
        7,
    ],
)
def test_a_forged_json_question_is_left_out(question: object) -> None:
    content = json.dumps({"format": "preau-questions", "version": 1, "questions": [question]})
    reading = read_questions(content.encode())
    assert reading.sources == []
    assert len(reading.problems) == 1


def test_json_comes_back_as_it_went() -> None:
    written = write_questions(BANK.items, to="json")
    reading = read_questions(written.content)
    assert reading.problems == []
    assert len(reading.sources) == len(BANK.items) - written.left_out
    for source in reading.sources:
        item = read_item({"id": "x", **source}, SKILL)
        assert check(item, 1, right_answer(item, 1)).right
        assert not check(item, 1, wrong_answer(item, 1)).right


def test_gift_comes_back_with_the_same_right_answers() -> None:
    written = write_questions(BANK.items, to="gift")
    reading = read_questions(written.content)
    assert reading.problems == []
    back = {one["prompt"]: one for one in reading.sources}
    assert len(reading.sources) == len(BANK.items) - written.left_out
    assert len(reading.sources) > 100
    herisson = back[
        "Tu veux savoir ce que mangent les hérissons. Quelle recherche te mène le plus droit au but ?"
    ]
    assert herisson["right"] == "hérisson alimentation"


@given(
    st.text(
        st.characters(
            codec="utf-8", exclude_categories=["Cc", "Co", "Cs", "Zl", "Zp"], exclude_characters="\\>"
        ),
        min_size=1,
        max_size=40,
    )
)
def test_signs_of_gift_survive_the_journey(words: str) -> None:
    words = " ".join(words.split())
    if not words.strip("<>[]") or words.startswith(("//", "$CATEGORY:", "[", "%")):
        return
    item = read_item(
        {"id": "x", "kind": "single", "prompt": "Quoi ?", "right": f"a {words}", "wrong": ["b"]}, SKILL
    )
    reading = read_questions(write_questions([item], to="gift").content)
    assert [one["right"] for one in reading.sources] == [f"a {words}"], reading.problems


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(UnreadableQuestions):
        read_questions(text.encode())


def test_qti_has_one_sound_item_a_file_and_says_what_is_right() -> None:
    written = write_questions(BANK.items, to="qti")
    with zipfile.ZipFile(io.BytesIO(written.content)) as archive:
        manifest = etree.fromstring(archive.read("imsmanifest.xml"))
        hrefs = [one.get("href") for one in manifest.iter("{*}resource")]
        assert sorted([*hrefs, "imsmanifest.xml"]) == sorted(archive.namelist())
        assert len(hrefs) == len(BANK.items) - written.left_out
        for href in hrefs:
            item = etree.fromstring(archive.read(href))
            assert item.tag == f"{QTI}assessmentItem"
            assert [one.get("identifier") for one in item.iter(f"{QTI}responseDeclaration")] == ["RESPONSE"]
            known = {
                one.get("identifier")
                for one in item.iter(f"{QTI}simpleChoice", f"{QTI}simpleAssociableChoice")
            }
            base = item.find(f"{QTI}responseDeclaration").get("baseType")
            for value in item.iterfind(f"{QTI}responseDeclaration/{QTI}correctResponse/{QTI}value"):
                assert base not in {"identifier", "directedPair"} or set(value.text.split()) <= known
            assert len(list(item.iter(f"{QTI}responseProcessing"))) == 1
            order = [child.tag.removeprefix(QTI) for child in item]
            declared = ["responseDeclaration", "outcomeDeclaration", "outcomeDeclaration"]
            assert order == [*declared, "itemBody", "responseProcessing", "modalFeedback"]


def test_what_needs_a_file_or_a_setting_stays_and_is_counted() -> None:
    practical = sum(item.practical for item in BANK.items)
    for to in ("gift", "qti", "json"):
        assert write_questions(BANK.items, to=to).left_out == practical
    assert all(item.practical for item in BANK.items if item.kind == Kind.SETTINGS)
