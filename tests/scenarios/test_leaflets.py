"""Personal leaflets: the pupil's page of the guide, in six languages, on screen and on paper."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import RequestFactory
from django.utils.formats import date_format
from pypdf import PdfReader

from preau.attachments.models import Card
from preau.audit.models import Entry
from preau.campaigns.actions import CampaignWish, create_campaign
from preau.campaigns.models import Campaign
from preau.scenarios import leaflets as made
from preau.scenarios import words
from preau.scenarios.diagnosis import Diagnosis
from preau.scenarios.views.leaflets import ents_of
from preau.web.pdf import ARABIC, REGULAR, printable
from preau.web.pdf_lines import lines_of, runs_width
from tests.scenarios.people import give_account
from tests.world import World

pytestmark = pytest.mark.django_db
TAB = "/e/0931434D/eleves/"


@pytest.fixture
def rentree(world: World, now: datetime) -> Campaign:
    wish = CampaignWish(
        "Parcours de rentrée", "", now - timedelta(days=1), now + timedelta(days=30), [world.divisions["6A"]]
    )
    return create_campaign(establishment=world.tilleuls, wish=wish, by=world.boeuf, at=now)


def chosen(world: World) -> list[str]:
    return [str(world.lea.pk), str(world.zoe.pk)]


def test_each_pupil_has_a_page_with_their_own_step_and_code(
    world: World, as_, now: datetime, rentree: Campaign
) -> None:
    give_account(world.lea, now, username="lea.martin", entered=False)
    page = as_(world.boeuf).open(TAB).submit("Feuille de l’élève", chosen=chosen(world))
    assert page.title == "2 feuilles à donner"
    lea, zoe = page.css("article.leaflet")
    assert "Léa MARTIN, 6A" in " ".join(lea.text_content().split())
    assert "Tape ton identifiant et ton mot de passe." in lea.text_content()
    assert "lea.martin" in lea.text_content()
    assert rentree.shown_code in lea.text_content()
    assert "Prends la carte à ton nom" in zoe.text_content()
    assert rentree.shown_code not in zoe.text_content()  # a code of another class
    for secret in ("2014", world.lea.ine or "—INE—"):
        assert secret not in lea.text_content()


@pytest.mark.parametrize(
    ("language", "direction", "heading"),
    [("en", "ltr", "What you do"), ("ar", "rtl", "ما عليك فعله"), ("uk", "ltr", "Що ти робиш"),
     ("tr", "ltr", "Ne yapacaksın"), ("pt", "ltr", "O que fazes")],
)  # fmt: skip
def test_the_page_speaks_the_family_s_language_and_says_one_line_to_the_adult(
    world: World, as_, language: str, direction: str, heading: str
) -> None:
    page = as_(world.boeuf).open(TAB).submit("Feuille de l’élève", chosen=chosen(world), langue=language)
    article = page.css("article.leaflet")[0]
    assert (article.get("lang"), article.get("dir")) == (language, direction)
    assert heading in article.text_content()
    (adult,) = article.cssselect("p[lang=fr]")
    assert "Pour l’adulte qui aide" in adult.text_content()
    (html,) = page.css("html")
    assert html.get("lang") == "fr"


def test_the_file_has_a_page_a_pupil_and_is_in_the_journal(world: World, as_, rentree: Campaign) -> None:
    client = as_(world.boeuf)
    for language in ("fr", "ar", "uk"):
        answer = client.post(
            TAB + "feuilles/", {"chosen": chosen(world), "langue": language, "format": "pdf"}
        )
        pages = PdfReader(io.BytesIO(answer.content)).pages
        assert len(pages) == 2
        assert rentree.shown_code in pages[0].extract_text()
    assert Entry.objects.filter(verb="feuilles-imprimees").count() == 3
    fonts = str([page["/Resources"]["/Font"] for page in PdfReader(io.BytesIO(answer.content)).pages])
    assert "Noto" in fonts or "/F" in fonts


def test_a_teacher_prints_for_their_classes_only_and_nobody_from_elsewhere(world: World, as_) -> None:
    rui = as_(world.garcao)
    others = [str(world.learners["apolline"].pk)]
    answer = rui.post(TAB + "feuilles/", {"chosen": others}, follow=True)
    assert "Choisissez au moins un élève présent" in rui.read(answer)
    assert as_(world.okonkwo).post(TAB + "feuilles/", {"chosen": others}).status_code == 404
    assert as_(world.boeuf).get(TAB + "feuilles/").status_code == 302


@pytest.mark.parametrize("odd", ["xx", "", "ar'--", "é" * 99])
def test_a_language_that_is_none_of_ours_is_french(world: World, as_, odd: str) -> None:
    client = as_(world.boeuf)
    page = client.read(client.post(TAB + "feuilles/", {"chosen": chosen(world), "langue": odd}))
    assert "Ce que tu fais" in page


@pytest.mark.parametrize("step", words.STEPS)
def test_every_step_of_the_diagnosis_has_a_way_to_do_it(step: words.Step) -> None:
    facts = facts_for("Mon ENT")
    steps = made._steps(Diagnosis(words.NO_ACCOUNT, step, ()), facts, then=False)
    assert steps
    assert not any("{" in one for one in steps)


def test_arabic_is_joined_and_read_from_the_right() -> None:
    (runs,) = lines_of("اكتب رمزك على preau.fr", font=REGULAR, size=12, width=500, from_right=True)
    drawn = "".join(text for _, text in runs)
    assert drawn.startswith("preau.fr")  # the end of the sentence is on the left
    assert any("\ufe70" <= char <= "\ufeff" for char in drawn)  # joined forms, not lonely letters
    assert {font for font, _ in runs} == {REGULAR, ARABIC}


def test_a_long_sentence_breaks_before_the_edge() -> None:
    lines = lines_of("اطلب بطاقة من أستاذك " * 12, font=REGULAR, size=13, width=200, from_right=True)
    assert len(lines) > 3
    assert all(runs_width(runs, 13) <= 205 for runs in lines)


def test_a_word_wider_than_the_page_is_cut_rather_than_lost() -> None:
    lines = lines_of("W" * 120, font=REGULAR, size=13, width=200, from_right=False)
    assert all(runs_width(runs, 13) <= 200 for runs in lines)
    assert "".join(text for runs in lines for _, text in runs) == "W" * 120


def test_brackets_around_latin_names_stay_around_them_in_arabic() -> None:
    (runs,) = lines_of("ادخل إلى ENT (ÉCLAT, MBN) كالمعتاد", font=REGULAR, size=9, width=500, from_right=True)
    assert "ENT (ÉCLAT, MBN)" in "".join(text for _, text in runs)


def test_a_picture_in_a_title_is_left_out_of_what_is_printed() -> None:
    assert printable("Bien démarrer 🎒 l’année ☀️") == "Bien démarrer l’année"


def facts_for(*ents: str, cards: dict[int, date] | None = None) -> made.SchoolFacts:
    return made.SchoolFacts(
        school="Collège", site="preau.exemple", ents=ents, campaigns=(), cards=cards or {}
    )


def test_a_card_in_the_pupil_s_hand_says_until_when(world: World, as_, now: datetime) -> None:
    boeuf = as_(world.boeuf)
    boeuf.open(f"{TAB}{world.lea.pk}/").submit("Donner une carte")
    lea, zoe = boeuf.open(TAB).submit("Feuille de l’élève", chosen=chosen(world)).css("article.leaflet")
    until = date_format(Card.objects.get().expires_at.astimezone(), "j F Y")
    assert f"Ta carte ne sert qu’une fois, jusqu’au {until}." in lea.text_content()
    assert lea.text_content().count("ne sert qu’une fois") == 1
    assert "jusqu’au" not in zoe.text_content()


@pytest.mark.parametrize(
    ("ents", "said"),
    [
        ((), "Entre dans ton ENT comme d’habitude."),
        (("e-Tilleuls",), "Entre dans ton ENT, e-Tilleuls, comme d’habitude."),
        (("Deux", "Un"), "Entre dans ton ENT (Deux, Un) comme d’habitude."),
        (("1", "2", "3", "4"), "Entre dans ton ENT comme d’habitude."),
    ],
)
def test_the_ents_of_the_school_are_named_as_long_as_naming_helps(ents: tuple[str, ...], said: str) -> None:
    tile = Diagnosis(words.MEDIACENTRE_TO_MEDIACENTRE, words.OPEN_TILE, ())
    assert made._steps(tile, facts_for(*ents), then=False)[0] == said


def test_the_ents_are_those_its_pupils_came_by(
    world: World, rf: RequestFactory, now: datetime, settings
) -> None:
    apps = [
        {"name": one.upper(), "provider_id": one, "client_id": one, "secret": ""} for one in ("un", "deux")
    ]
    settings.SOCIALACCOUNT_PROVIDERS = {"cas": {"APPS": apps}}
    assert ents_of(world.tilleuls, rf.get("/")) == ("DEUX", "UN")
    account = give_account(world.lea, now)
    SocialAccount.objects.create(user=account, provider="deux", uid="ido")
    assert ents_of(world.tilleuls, rf.get("/")) == ("DEUX",)
    assert ents_of(world.mimosas, rf.get("/")) == ("DEUX", "UN")
