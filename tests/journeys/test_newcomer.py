"""A pupil who has just arrived and reads Arabic, on a phone."""

from __future__ import annotations

from playwright.sync_api import expect

from preau.accounts.models import Account
from preau.attachments.models import Card
from preau.rosters.models import Learner
from tests.journeys.files import siecle_zip
from tests.journeys.world import PHRASE, campaign_of, empty_school, imports_file, referente


def test_a_newcomer_enters_by_card_and_reads_arabic_from_the_right(someone, tmp_path) -> None:
    school = empty_school()
    boeuf = referente(someone, school)
    imports_file(boeuf, school, siecle_zip(tmp_path, uai=school.uai))
    rentree = campaign_of(school)
    newcomer = Learner.objects.filter(division__isnull=False).in_list_order().first()
    boeuf.opens(f"/e/{school.uai}/cartes/").presses(f"{newcomer.division.name}")
    card = boeuf.page.get_by_label(f"Carte de {newcomer.display_name}")
    code = card.locator(".code").first.inner_text()

    phone = someone(phone=True).opens("/")
    phone.presses("العربية").sees_title("أدخل رمز أستاذك")
    html = phone.page.locator("html")
    expect(html).to_have_attribute("dir", "rtl")
    expect(html).to_have_attribute("lang", "ar")
    phone.types("رمز السبورة", rentree.code).presses("متابعة").follows("لديّ بطاقة")
    phone.types("رمز البطاقة", "ABCD").presses("متابعة").reads("مجموعات من 4")
    phone.types("رمز البطاقة", code).presses("متابعة")
    phone.reads(newcomer.first_name, newcomer.division.name).presses("نعم، هذا أنا")
    phone.page.locator("input[type=password]").fill(PHRASE)
    phone.page.locator("main button[type=submit]").first.click()
    phone.opens("/moi/").reads("مرحبًا", newcomer.first_name)
    expect(html).to_have_attribute("dir", "rtl")
    assert Card.objects.get(learner=newcomer).used_at
    assert Account.objects.get(attachments__learner=newcomer).password_chosen_at
    # Whoever looks after them still reads French.
    boeuf.opens(f"/e/{school.uai}/eleves/").reads("élèves présents")
    boeuf.page.get_by_label(f"Choisir {newcomer.display_name}").check()
    boeuf.page.get_by_text("Autres actions").click()
    boeuf.presses("Feuille de l’élève").sees_title("1 feuille à donner").presses("العربية")
    expect(boeuf.page.locator("article.leaflet")).to_have_attribute("dir", "rtl")
    boeuf.reads("ما عليك فعله", "Pour l’adulte qui aide")
    boeuf.opens(f"/e/{school.uai}/campagnes/{rentree.pk}/").reads("Classe par classe")
    boeuf.follows("Liste de relance").reads("Pas terminé")
