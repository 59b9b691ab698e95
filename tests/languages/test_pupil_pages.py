"""The six languages of the pupils' pages: all of it translated, nothing of the staff's, and the right side first."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from preau.attachments.actions import open_card
from preau.attachments.refusals import IncompleteCode
from scripts import translations
from tests.page import PageClient
from tests.world import World

BLANKS = re.compile(r"%\(\w+\)s|\{\w+\}|</?[a-z]+[^>]*>")


def speaking(language: str) -> PageClient:
    client = PageClient()
    client.cookies["preau-langue"] = language
    return client


@pytest.fixture(scope="module")
def wanted() -> translations.Sentences:
    return translations.sentences()


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_sentence_a_pupil_reads_is_translated_with_its_blanks(
    language: str, wanted: translations.Sentences
) -> None:
    said = {(m.id if isinstance(m.id, str) else m.id[0]): m for m in translations.read(language) if m.id}
    assert set(said) == set(wanted)
    for sentence, message in said.items():
        answers = message.string if message.pluralizable else (message.string,)
        for answer in answers:
            assert answer, sentence
            # A form for « one » or « two » may do without its figure; nothing may be invented.
            assert sorted(BLANKS.findall(answer)) == sorted(BLANKS.findall(sentence)), sentence


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_what_the_pages_read_is_what_the_translators_wrote(language: str) -> None:
    kept = translations.path_of(language).with_suffix(".mo").read_bytes()
    assert kept == translations.compiled(translations.read(language))


def test_a_missing_translation_is_seen(wanted: translations.Sentences) -> None:
    catalog = translations.renewed("en", {**wanted, "Une phrase nouvelle.": None})
    assert [one.id for one in catalog if one.id and not one.string] == ["Une phrase nouvelle."]


def test_every_pupil_page_holds_only_sentences_that_can_be_said_otherwise() -> None:
    """Text written straight into a pupil's template would stay French."""
    tokens = re.compile(
        r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}|\{[%{#].*?[%}#]\}|<[^>]*>", re.DOTALL
    )
    for folder in ("attachments", "campaigns"):
        for path in (translations.ROOT / "preau" / folder / "templates").rglob("*.html"):
            text = path.read_text("utf-8")
            if 'extends "web/pupil.html"' not in text:
                continue
            bare = re.findall(r"[A-Za-zÀ-ÿ’]{3,}", tokens.sub(" ", text))
            assert bare == [], path.name


def test_the_pages_speak_the_language_that_was_chosen_and_arabic_begins_on_the_right(db: None) -> None:
    client = PageClient()
    home = client.open("/")
    (chooser,) = home.css("nav.languages")
    assert [one.get("value") for one in chooser.cssselect("button")] == ["fr", "en", "ar", "uk", "tr", "pt"]
    home.submit("العربية")
    arabic = client.open("/")
    (html,) = arabic.css("html")
    assert (html.get("lang"), html.get("dir")) == ("ar", "rtl")
    assert arabic.title == "أدخل رمز أستاذك"
    assert arabic.css('link[href*="bootstrap.rtl"]')
    assert "لديّ بطاقة" in arabic
    assert arabic.response.headers["Content-Language"] == "ar"
    wrong = arabic.submit("متابعة", code="BDF")
    assert wrong.status == 422
    assert "Relis" not in wrong


@pytest.mark.parametrize("language", translations.LANGUAGES)
@pytest.mark.parametrize(
    "path", ["/", "/carte/", "/perdu/", "/perdu/?question=4", "/connexion/", "/nulle-part/"]
)
def test_each_first_page_is_whole_in_each_language(db: None, language: str, path: str) -> None:
    client = speaking(language)
    page = client.read(client.get(path))
    (html,) = page.css("html")
    assert html.get("lang") == language
    for french in ("Continuer", "carte", "professeur", "Aller au contenu", "Rien n’a"):
        assert french not in page.text, french


def test_staff_pages_stay_in_french_whatever_the_cookie_says(world: World, as_: Any) -> None:
    boeuf = as_(world.boeuf)
    boeuf.cookies["preau-langue"] = "ar"
    tab = boeuf.open("/e/0931434D/eleves/")
    (html,) = tab.css("html")
    assert (html.get("lang"), html.get("dir")) == ("fr", None)
    assert "élèves présents" in tab
    assert not tab.css("nav.languages")


@pytest.mark.parametrize("odd", ["xx", "ar-EG", "../etc", "é", "fr;drop"])
def test_a_cookie_that_names_no_language_of_ours_is_french(db: None, odd: str) -> None:
    client = PageClient()
    client.cookies["preau-langue"] = odd
    (html,) = client.open("/").css("html")
    assert html.get("lang") == "fr"


def test_the_chooser_leads_nowhere_else(db: None) -> None:
    answer = PageClient().post("/langue/", {"language": "ar", "next": "https://evil.example/"})
    assert answer.status_code == 302
    assert "evil" not in answer.headers["Location"]


def test_a_refusal_fills_its_blanks_in_the_language_of_the_page(db: None) -> None:
    with translation.override("en"), pytest.raises(IncompleteCode) as refused:
        open_card("ABCD-EFGH", timezone.now())
    assert refused.value.message == "4 characters are missing: 3 groups of 4."


def test_days_are_said_in_the_language_of_the_page() -> None:
    at = timezone.now() - timedelta(days=400)
    with translation.override("uk"):
        said = Template("{{ at|when }}").render(Context({"at": at}))
        never = Template("{{ at|when }}").render(Context({"at": None}))
    assert said.endswith("р.")
    assert never == "ніколи"
