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
from preau.campaigns.actions import begin
from preau.parcours.models import Attempt
from scripts import translations
from tests.page import PageClient
from tests.parcours.pupils import account_of, answer_now, play_to_the_end, short_campaign
from tests.world import World

FRENCH = (
    "Je passe",
    "réponse",
    "Valider",
    "Texte",
    "Faire",
    "Voir",
    "Revoir",
    "niveau",
    "Pour",
    "Ce ",
    "Tes ",
    "Terminé",
)
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


def test_what_a_banner_holds_is_searched_too(wanted: translations.Sentences) -> None:
    """The framework does not walk into a block tag of ours: its sentences were left in French for months."""
    assert "Vous regardez cette page comme un élève la verra. Rien n’est enregistré." in wanted


def test_a_missing_translation_is_seen(wanted: translations.Sentences) -> None:
    catalog = translations.renewed("en", {**wanted, "Une phrase nouvelle.": None})
    assert [one.id for one in catalog if one.id and not one.string] == ["Une phrase nouvelle."]


def test_every_pupil_page_holds_only_sentences_that_can_be_said_otherwise() -> None:
    """Text written straight into a pupil's template would stay French."""
    tokens = re.compile(
        r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}|\{% block \w+_class %\}.*?endblock %\}"
        r"|\{[%{#].*?[%}#]\}|<[^>]*>",
        re.DOTALL,
    )
    met = re.compile(r'extends "(web/pupil|parcours/player)\.html"')
    rooms = ("attachments", "campaigns", "accounts", "parcours", "results", "privacy", "web")
    for folder in rooms:
        for path in (translations.ROOT / "preau" / folder / "templates").rglob("*.html"):
            text = path.read_text("utf-8")
            if not met.search(text) and path.name not in {"answers.html", "level.html", "notice_pupil.html"}:
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
    "path",
    [
        *("/", "/carte/", "/perdu/", "/perdu/?question=4", "/connexion/", "/nulle-part/"),
        *("/aide/", "/donnees-personnelles/"),
    ],
)
def test_each_first_page_is_whole_in_each_language(db: None, language: str, path: str) -> None:
    client = speaking(language)
    page = client.read(client.get(path))
    (html,) = page.css("html")
    assert html.get("lang") == language
    for french in ("Continuer", "carte", "professeur", "Aller au contenu", "Rien n’a", "élève"):
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


def test_our_words_in_a_question_speak_the_language_of_the_page() -> None:
    told = Context({"page_language": "ar", "own": "Le mot juste"})
    with translation.override("fr"):  # as around a question
        said = Template(
            "{% page_words 'Choisis' %}{% page_words 'Choisis' bare=True %}{% page_words own %}"
        ).render(told)
    assert said == '<span lang="ar" dir="rtl">اختر</span>اخترLe mot juste'


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_only_the_questions_of_a_parcours_stay_in_french(
    world: World, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same questions every day: some have no sentence of ours.
    monkeypatch.setattr("preau.parcours.actions.secrets.randbits", lambda bits: 1)
    campaign, account, now = short_campaign(world), account_of(world.lea), timezone.now()
    begin(campaign=campaign, learner=world.lea, account=account, at=now)
    attempt = Attempt.objects.get()
    pupil = speaking(language)
    pupil.force_login(account)
    asked = pupil.open(f"/mon-parcours/{attempt.pk}/")
    (question,) = asked.css("[data-read]")
    assert (question.get("lang"), question.get("dir")) == ("fr", "ltr")
    while attempt.rank < 6:
        attempt = answer_now(attempt)
    back = pupil.open(f"/mon-parcours/{attempt.pk}/")
    play_to_the_end(attempt)
    end, review = (
        pupil.open(f"/mon-parcours/{attempt.pk}/"),
        pupil.open(f"/mon-parcours/{attempt.pk}/reponses/"),
    )
    for page in (asked, back, end, review, pupil.open("/mes-resultats/")):
        for part in page.css("main [lang=fr]"):
            part.drop_tree()
        for french in FRENCH:
            assert french not in page.text, french


def test_my_data_speak_and_the_journal_says_that_it_does_not(world: World) -> None:
    pupil = speaking("uk")
    pupil.force_login(account_of(world.lea))
    page = pupil.open("/moi/donnees/")
    assert "Дата народження" in page
    assert "Date de naissance" not in page.text
    taken = page.submit("Завантажити ці дані у файлі").response.content.decode()
    assert "Date de naissance" in taken


def test_arabic_counts_as_people_do() -> None:
    """11 to 99 take a form of their own, which one library puts with the hundreds."""
    assert "90 يومًا" in speaking("ar").open("/donnees-personnelles/")


def test_the_notice_is_printed_in_a_family_s_language(world: World, as_: Any) -> None:
    notice = as_(world.ndiaye).open("/e/0931434D/donnees-personnelles/notice/?langue=ar")
    (part,) = notice.css("main [dir=rtl][lang=ar]:not(a)")
    assert "للعائلات" in " ".join(part.itertext())
    assert "Imprimer" in notice
    assert "Pour les familles" in as_(world.ndiaye).open("/e/0931434D/donnees-personnelles/notice/?langue=xx")
