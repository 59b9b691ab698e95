"""Journey 7, its SIECLE parts: twins, homonyms, names and dates as people type them, no INE, mail before fifteen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from preau.attachments.models import Attachment, HelpRequest
from preau.rosters.models import Learner
from tests.journeys.files import eleve, small_file
from tests.journeys.test_wrong_pupil import chooses_password, enters_by_names
from tests.journeys.world import PHRASE, campaign_of, empty_school, imports_file, referente

ZOE = eleve(1, "MARTIN-LEROY", "ZOÉ", "05/11/2014", division="5B", others=("Éloïse",))
TWINS = (eleve(2, "GARCIA", "Lina", "01/04/2014"), eleve(3, "GARCIA", "Nina", "01/04/2014"))
HOMONYMS = (
    eleve(4, "PETIT", "Louis", "09/09/2014", division="6A"),
    eleve(5, "PETIT", "Louis", "09/09/2014", division="6C"),
)


@pytest.fixture
def school(someone, tmp_path, transactional_db):
    school = empty_school()
    boeuf = referente(someone, school)
    imports_file(boeuf, school, small_file(tmp_path, ZOE, *TWINS, *HOMONYMS, uai=school.uai))
    school.boeuf, school.campaign = boeuf, campaign_of(school)
    return school


def test_zoe_types_her_name_without_accent_or_dash(someone, school) -> None:
    zoe = someone(phone=True)
    enters_by_names(zoe, school.campaign, "Martin Leroy", "Zoe", date(2014, 11, 5)).reads(
        "MARTIN-LEROY", "5B"
    )
    chooses_password(zoe.presses("Oui, c’est moi")).sees_title("Parcours de rentrée")


def test_each_twin_enters_as_herself(someone, school) -> None:
    for first in ("Lina", "Nina"):
        twin = someone(phone=True)
        enters_by_names(twin, school.campaign, "Garcia", first, date(2014, 4, 1)).reads(f"{first} GARCIA")
        chooses_password(twin.presses("Oui, c’est moi"), f"quatre chats {len(first)} sur le mur")
    attached = Attachment.objects.active().values_list("learner__first_name", "account__first_name")
    assert sorted(attached) == [("Lina", "Lina"), ("Nina", "Nina")]


def test_two_homonyms_born_the_same_day_are_told_apart_by_their_teacher(someone, school) -> None:
    louis = someone(phone=True)
    enters_by_names(louis, school.campaign, "PETIT", "Louis", date(2014, 9, 9)).reads("code d’aide")
    code = HelpRequest.objects.get().code
    desk = school.boeuf.opens(f"/e/{school.uai}/aides/?code={code}").reads("Louis PETIT", "6A", "6C")
    desk.page.locator("form", has_text="6C").get_by_role(
        "button", name="Oui, c’est Louis PETIT"
    ).first.click()
    louis.follows("Continuer").reads("Louis PETIT", "6C")
    chooses_password(louis.presses("Oui, c’est moi"))
    assert Attachment.objects.active().get().learner.division.name == "6C"


def test_a_birth_date_one_day_off_never_attaches_by_itself(someone, school) -> None:
    zoe = someone(phone=True)
    enters_by_names(zoe, school.campaign, "MARTIN-LEROY", "Zoé", date(2014, 11, 6)).reads(
        "Nous ne te retrouvons pas encore"
    )
    assert not Attachment.objects.exists()
    code = HelpRequest.objects.get().code
    school.boeuf.opens(f"/e/{school.uai}/aides/").reads(code, "MARTIN-LEROY", "5B")
    school.boeuf.presses("Oui, c’est")
    zoe.follows("Continuer").reads("ZOÉ MARTIN-LEROY")


def test_whoever_does_not_exist_reads_the_same_page_as_whoever_nearly_does(someone, school) -> None:
    pages = []
    for last, first in (("MARTIN-LEROY", "Zoé"), ("PERSONNE", "Nulle")):
        person = someone(phone=True)
        enters_by_names(person, school.campaign, last, first, date(2014, 11, 6))
        code = person.page.locator(".me .code").inner_text()
        said = person.page.locator("main").inner_text().replace(code, "CODE")
        pages.append(said.replace(last, "NOM").replace(first, "PRENOM"))
    assert pages[0] == pages[1]


def test_a_pupil_without_ine_is_imported_and_the_secretariat_is_named(someone, school) -> None:
    assert Learner.objects.filter(ine=None).count() == 5
    school.boeuf.opens(f"/e/{school.uai}/import/").follows("ElevesSansAdresses.xml").reads(
        "Secrétariat", "INE"
    )


def test_a_mail_is_refused_the_day_before_fifteen_and_opens_on_the_birthday(someone, tmp_path) -> None:
    today = timezone.localdate()
    birthday = date(today.year - 15, today.month, min(today.day, 28))
    tomorrow = birthday + timedelta(days=today.day - birthday.day + 1)
    school = empty_school()
    pupils = [
        eleve(1, "DURAND", "Tom", f"{tomorrow:%d/%m/%Y}"),
        eleve(2, "DURAND", "Ève", f"{birthday:%d/%m/%Y}"),
    ]
    imports_file(referente(someone, school), school, small_file(tmp_path, *pupils, uai=school.uai))
    campaign = campaign_of(school)
    for first, born, words in (
        ("Tom", tomorrow, "Avant 15 ans, on n’utilise pas d’adresse e-mail ici"),
        ("Ève", birthday, "Tu peux maintenant entrer avec ton identifiant ou ton adresse"),
    ):
        pupil = someone(phone=True)
        enters_by_names(pupil, campaign, "Durand", first, born).presses("Oui, c’est moi")
        chooses_password(pupil).opens("/moi/").follows("adresse e-mail")
        pupil.types("Ton adresse e-mail", f"{first[0].lower()}@exemple.example".replace("è", "e"))
        pupil.page.locator("input[type=password]").fill(PHRASE)
        pupil.presses("Ajouter cette adresse").reads(words)
