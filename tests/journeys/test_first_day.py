"""Journeys 1 and 2: from the SIECLE zip to a pupil in the parcours."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from preau.attachments.models import Card
from preau.rosters.models import Learner
from tests.journeys.files import siecle_zip
from tests.journeys.world import PHRASE, campaign_of, checks_file, empty_school, imports_file, referente


@pytest.mark.parametrize("phone", [False, True], ids=["bureau", "360px"])
def test_a_referente_imports_a_siecle_zip_and_sees_31_pupils_without_any_way_in(
    someone, tmp_path, phone
) -> None:
    school = empty_school()
    boeuf = referente(someone, school, phone=phone)
    boeuf.reads("base élèves")
    checks_file(boeuf, school, siecle_zip(tmp_path, uai=school.uai))
    boeuf.sees_title("Ce que cet import va changer").reads("Arrivées", "rien n’est encore appliqué")
    assert not Learner.objects.exists()
    boeuf.presses("Appliquer l’import").sees_title("Import appliqué")
    boeuf.opens(f"/e/{school.uai}/eleves/").reads("31 élèves présents", "aucun")
    expect(boeuf.page.locator("tbody tr")).to_have_count(30)
    expect(boeuf.page.locator("tbody .mode-none")).to_have_count(30)
    boeuf.follows("Page suivante").reads("Élèves 31 à 31 sur 31")


def test_the_same_file_again_changes_nothing(someone, tmp_path) -> None:
    school = empty_school()
    boeuf = referente(someone, school)
    path = siecle_zip(tmp_path, uai=school.uai)
    imports_file(boeuf, school, path)
    before = sorted(Learner.objects.values_list())
    checks_file(boeuf, school, path).sees_title("Ce fichier ne change rien")
    boeuf.presses("Noter ce fichier")
    assert sorted(Learner.objects.values_list()) == before


def test_lea_opens_her_card_on_a_phone_and_lands_on_the_parcours(someone, tmp_path) -> None:
    school = empty_school()
    boeuf = referente(someone, school)
    imports_file(boeuf, school, siecle_zip(tmp_path, uai=school.uai))
    rentree = campaign_of(school)
    lea = Learner.objects.filter(division__isnull=False).in_list_order().first()

    boeuf.opens(f"/e/{school.uai}/cartes/").presses(f"{lea.division.name}")
    boeuf.reads("Ces codes ne s’affichent qu’une fois", lea.display_name)
    card = boeuf.page.get_by_label(f"Carte de {lea.display_name}")
    code = card.locator(".code").first.inner_text()

    phone = someone(phone=True).opens("/").sees_title("Entre le code de ton professeur")
    phone.types("Code du tableau", rentree.code.lower()).presses("Continuer")
    phone.follows("J’ai une carte").types("Code de la carte", code.lower().replace("-", " ")).presses(
        "Continuer"
    )
    phone.reads(lea.first_name, lea.division.name).presses("Oui, c’est moi")
    username = phone.page.locator(".code").first.inner_text()
    phone.page.locator("input[type=password]").fill(PHRASE)
    phone.page.locator("main button[type=submit]").first.click()
    phone.sees_title("Parcours de rentrée").reads("tu es entré dans le parcours")
    phone.follows("Ouvrir le parcours").reads("un vrai parcours")

    boeuf.opens(f"/e/{school.uai}/eleves/?q={lea.first_name} {lea.last_name}")
    row = boeuf.page.locator("tbody tr").filter(has_text=lea.first_name).first
    expect(row).to_contain_text("Identifiant")
    expect(row.locator("td.num")).to_contain_text("1")
    assert Card.objects.get(learner=lea).used_at

    spent = someone(phone=True).opens("/carte/").types("Code de la carte", code).presses("Continuer")
    spent.reads("déjà servi")
    tomorrow = someone().opens("/connexion/").types("identifiant", username)
    tomorrow.page.locator("input[type=password]").fill(PHRASE)
    tomorrow.presses("Entrer").reads(f"Bonjour {lea.first_name}")


def test_the_qr_code_fills_the_card_without_telling_the_server(someone, tmp_path) -> None:
    school = empty_school()
    boeuf = referente(someone, school)
    imports_file(boeuf, school, siecle_zip(tmp_path, uai=school.uai, pupils=3))
    lea = Learner.objects.in_list_order().first()
    boeuf.opens(f"/e/{school.uai}/eleves/{lea.pk}/").presses("Donner une carte")
    code = boeuf.page.locator(".code").first.inner_text()
    phone = someone(phone=True)
    asked = []
    phone.page.on("request", lambda request: asked.append(request.url))
    phone.page.goto(f"{phone.site}/carte/#{code}")
    expect(phone.page.get_by_label("Code de la carte")).to_have_value(code)
    assert not [url for url in asked if code.split("-")[0] in url.split("#")[0]]
    assert "#" not in phone.page.url
    phone.presses("Continuer").reads(lea.first_name)


def test_everything_on_the_first_day_works_without_javascript(someone, tmp_path) -> None:
    school = empty_school()
    imports_file(referente(someone, school), school, siecle_zip(tmp_path, uai=school.uai, pupils=5))
    campaign = campaign_of(school)
    lea = Learner.objects.in_list_order().first()
    plain = someone(script=False)
    plain.page.goto(plain.site + "/")
    plain.page.get_by_label("Code du tableau").fill(campaign.shown_code)
    plain.page.get_by_role("button", name="Continuer").click()
    plain.page.get_by_role("link", name="première fois").click()
    plain.page.get_by_label("nom de famille").fill(lea.last_name)
    plain.page.get_by_label("prénom").fill(lea.first_name)
    plain.page.get_by_label("date de naissance").fill(f"{lea.birth_date:%d/%m/%Y}")
    plain.page.locator("main button[type=submit]").first.click()
    plain.page.get_by_role("button", name="Oui, c’est moi").click()
    plain.page.locator("input[type=password]").fill(PHRASE)
    plain.page.locator("main button[type=submit]").first.click()
    expect(plain.page.locator("h1")).to_contain_text("Parcours de rentrée")
