"""The Cartes page, as people use it."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone
from pypdf import PdfReader

from preau.accounts.models import Account, ConnectionMode
from preau.attachments.actions import Proof, attach, enter_first, proposed_username
from preau.attachments.models import Card, How
from preau.establishments.models import Establishment
from preau.handouts.models import Batch
from preau.handouts.ways_in import may_have_forgotten
from preau.rosters.models import Learner
from tests.world import World

pytestmark = pytest.mark.django_db
SCHOOL = "/e/0931434D/"
CODE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b")


def test_cecile_prepares_the_cards_of_a_class_and_sees_the_first_sheet(world: World, as_) -> None:
    page = as_(world.boeuf).open(SCHOOL + "cartes/")
    assert "5 élèves sans moyen d’entrer" in page
    prepared = page.submit("Préparer 2 cartes pour la 6A")
    assert prepared.title == "2 cartes pour la 6A"
    assert "Ces codes ne s’affichent qu’une fois." in prepared
    assert "Léa MARTIN" in prepared
    assert len(set(CODE.findall(prepared.text))) == 2
    assert len(prepared.css(".card-p svg path")) == 4
    assert prepared.response.headers["Cache-Control"] == "no-store"


def test_the_pdf_the_check_sheet_and_the_csv_come_from_the_same_page(world: World, as_) -> None:
    prepared = as_(world.boeuf).open(SCHOOL + "cartes/").submit("Préparer 2 cartes pour la 6A")
    codes = set(CODE.findall(prepared.text))
    pdf = prepared.submit("Imprimer la feuille").response
    assert pdf["Content-Type"] == "application/pdf"
    assert "cartes-" in pdf["Content-Disposition"]
    assert set(CODE.findall(text_of(pdf.content))) == codes
    large = prepared.submit("Gros caractères").response
    assert set(CODE.findall(text_of(large.content))) == codes
    sheet = text_of(prepared.submit("Pointage sans codes").response.content)
    assert "MARTIN Léa" in sheet
    assert not CODE.search(sheet)
    merged = prepared.submit("CSV").response.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(merged), delimiter=";"))
    assert {row["Code"] for row in rows} == codes
    assert rows[0]["Adresse"].endswith("/carte/#" + rows[0]["Code"].replace("-", ""))


def text_of(content: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_reloading_the_page_of_a_class_shows_the_same_codes(world: World, as_) -> None:
    client = as_(world.boeuf)
    page = client.open(SCHOOL + "cartes/")
    first, again = page.submit("Préparer 2 cartes pour la 6A"), page.submit("Préparer 2 cartes pour la 6A")
    assert CODE.findall(first.text) == CODE.findall(again.text)
    assert Batch.objects.count() == 1


def test_once_the_page_is_closed_the_codes_are_gone(world: World, as_) -> None:
    client = as_(world.boeuf)
    client.open(SCHOOL + "cartes/").submit("Préparer 2 cartes pour la 6A")
    gone = "Ces codes ne peuvent plus être affichés : préparez un nouveau lot"
    assert gone in client.open(SCHOOL + "cartes/preparer/")
    batch = Batch.objects.get()
    page = client.open(f"{SCHOOL}cartes/{batch.number}/")
    assert gone in page
    assert not CODE.search(page.text)
    assert gone in client.read(client.post(SCHOOL + "cartes/pdf/", {"token": "x"}, follow=True))


def test_one_pupil_gets_a_code_that_can_be_read_aloud(world: World, as_) -> None:
    page = as_(world.boeuf).open(f"{SCHOOL}eleves/{world.lea.pk}/").submit("Donner une carte")
    assert page.title == "Nouveau code pour Léa MARTIN"
    (big,) = page.css(".display-5")
    assert CODE.fullmatch(big.text_content())


def test_everybody_without_a_way_in_in_one_batch(world: World, as_) -> None:
    page = as_(world.boeuf).open(SCHOOL + "cartes/").submit("Préparer les 5 cartes")
    assert page.title == "5 cartes pour 5 élèves"
    after = as_(world.boeuf).open(SCHOOL + "cartes/")
    assert "0 élève sans moyen d’entrer" in after
    assert "Tous peuvent entrer" in after


def test_who_may_have_forgotten_over_the_summer_gets_a_spare_card(world: World, as_) -> None:
    summer = timezone.now() - timedelta(days=400)
    lea, nils = world.lea, world.learners["nils"]
    for learner in (lea, nils):
        account = enter_first(
            learner=learner,
            proof=Proof(),
            username=proposed_username(learner),
            password="trois hérissons au soleil",
            at=summer,
        )
        Account.objects.filter(pk=account.pk).update(password_chosen_at=summer, last_login=summer)
    page = as_(world.boeuf).open(SCHOOL + "cartes/")
    assert "2 élèves ont un mot de passe d’avant la rentrée et ne sont pas entrés depuis" in page
    assert "3 élèves sans moyen d’entrer" in page
    Account.objects.filter(attachments__learner=nils).update(last_login=timezone.now())
    prepared = as_(world.boeuf).open(SCHOOL + "cartes/").submit("Cartes de secours : 6A · 1")
    assert prepared.title == "Nouveau code pour Léa MARTIN"
    assert "Prévoir les oublis" not in as_(world.boeuf).open(SCHOOL + "cartes/")


def test_cards_of_those_who_came_in_without_them_are_voided_in_one_tap(world: World, as_) -> None:
    before = timezone.now() - timedelta(days=400)
    for learner in (world.lea, world.learners["nils"]):
        account = Account.objects.create(username=learner.first_name.lower(), password_chosen_at=before)
        attach(learner=learner, account=account, how=How.NAMES, by=None, at=before)
    boeuf, garcao = as_(world.boeuf), as_(world.garcao)
    boeuf.open(SCHOOL + "cartes/").submit("Préparer les 2 cartes de secours")
    assert "Cartes sans usage" not in boeuf.open(SCHOOL + "cartes/")
    Account.objects.filter(attachments__learner=world.lea).update(last_login=timezone.now())
    lesson = garcao.open(SCHOOL + "seances/").submit("Ouvrir une séance pour la 6A")
    assert "n’ont pas servi" not in lesson
    closed = lesson.submit("Fermer la séance")
    assert "1 carte ouvre encore, mais son élève est entré sans elle" in closed
    assert "1 carte annulée" in closed.submit("Annuler cette carte")
    assert Card.objects.get(learner=world.lea).voided_at
    assert not Card.objects.get(learner=world.learners["nils"]).voided_at  # still to come
    assert "qui n’avaient pas servi" in boeuf.open(SCHOOL + "journal/")
    assert boeuf.post(SCHOOL + "cartes/sans-usage/").url == SCHOOL + "cartes/"


def test_the_tile_asks_for_no_password_so_no_spare_card(world: World, now: datetime) -> None:
    account = Account.objects.create(username="lea.martin", password_chosen_at=now - timedelta(days=400))
    attach(learner=world.lea, account=account, how=How.NAMES, by=None, at=now)
    SocialAccount.objects.create(user=account, provider="mediacentre", uid="x", extra_data={})
    forgetful = Learner.objects.filter(may_have_forgotten(now))
    assert list(forgetful) == [world.lea]
    Establishment.objects.filter(pk=world.tilleuls.pk).update(target_mode=ConnectionMode.MEDIACENTRE)
    assert not forgetful.all().exists()


def test_pupils_without_a_class_are_not_forgotten(world: World, as_) -> None:
    Learner.objects.filter(pk=world.lea.pk).update(division=None)
    page = as_(world.boeuf).open(SCHOOL + "cartes/")
    prepared = page.submit("Préparer 1 carte pour les élèves sans classe")
    assert prepared.title == "Nouveau code pour Léa MARTIN"


def test_the_history_says_what_became_of_each_batch(world: World, as_, now: datetime) -> None:
    client = as_(world.boeuf)
    client.open(SCHOOL + "cartes/").submit("Préparer 2 cartes pour la 6A")
    Card.objects.filter(learner=world.lea).update(used_at=now)
    page = client.open(SCHOOL + "cartes/")
    (row,) = page.css("section[aria-labelledby=lots] tbody tr")
    words = " ".join(" ".join(cell.itertext()) for cell in row).split()
    assert "6A" in words
    assert words[-5:] == ["2", "1", "1", "0", "0"]
    detail = page.follow(Batch.objects.get().number)
    assert "utilisée" in detail
    assert "en attente" in detail


def test_voiding_asks_first_then_closes_what_was_not_used(world: World, as_) -> None:
    client = as_(world.boeuf)
    client.open(SCHOOL + "cartes/").submit("Préparer 2 cartes pour la 6A")
    number = Batch.objects.get().number
    asked = client.open(f"{SCHOOL}cartes/{number}/").follow("Annuler les 2 cartes")
    assert Card.objects.valid(timezone.now()).count() == 2
    done = asked.submit("Annuler 2 cartes")
    assert f"Lot {number} annulé" in done
    assert not Card.objects.valid(timezone.now()).exists()
    assert "déjà annulé" in client.read(client.post(f"{SCHOOL}cartes/{number}/annuler/", follow=True))


def test_rui_prepares_cards_for_his_classes_and_sees_his_batches_only(world: World, as_) -> None:
    as_(world.boeuf).open(SCHOOL + "cartes/").submit("Préparer 1 carte pour la 6C")
    hers = Batch.objects.get()
    rui = as_(world.garcao)
    page = rui.open(SCHOOL + "cartes/")
    assert "6A" in page
    assert "6C" not in page
    assert hers.number not in page
    assert rui.open(f"{SCHOOL}cartes/{hers.number}/").status == 404
    assert rui.open(f"{SCHOOL}cartes/{hers.number}/annuler/").status == 404
    division = world.divisions["6C"].pk
    refused = rui.read(
        rui.post(SCHOOL + "cartes/preparer/", {"token": "a" * 43, "division": division}, follow=True)
    )
    assert "pas de carte à préparer" in refused
    assert Batch.objects.count() == 1


def test_a_teacher_without_a_class_is_told_how_to_get_one(world: World, as_) -> None:
    world.garcao.memberships.get().divisions.clear()
    page = as_(world.garcao).open(SCHOOL + "cartes/")
    assert "Aucune classe pour l’instant" in page
    assert page.link("Voir l’équipe")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "cartes/"),
        ("post", "cartes/preparer/"),
        ("post", "cartes/pdf/"),
        ("post", "cartes/pointage/"),
        ("post", "cartes/csv/"),
        ("get", "cartes/2026-001/"),
        ("post", "cartes/2026-001/annuler/"),
    ],
)
def test_nobody_from_elsewhere_reaches_the_cards(world: World, as_, page, method: str, path: str) -> None:
    assert getattr(as_(world.okonkwo), method)(SCHOOL + path).status_code == 404
    assert getattr(page, method)(SCHOOL + path).status_code == 302


@pytest.mark.parametrize("division", ["", "0", "-1", "99999999999999999999", "²", "x", "999999"])
def test_a_class_that_does_not_exist_is_nobody_s(world: World, as_, division: str) -> None:
    client = as_(world.boeuf)
    answer = client.post(SCHOOL + "cartes/preparer/", {"token": "a" * 43, "division": division})
    assert answer.status_code == 404
    assert not Batch.objects.exists()


def test_the_cards_page_asks_as_many_queries_for_many_classes(
    world: World, as_, django_assert_num_queries
) -> None:
    client = as_(world.boeuf)
    client.open(SCHOOL + "cartes/").submit("Préparer 2 cartes pour la 6A")
    with django_assert_num_queries(9):
        client.open(SCHOOL + "cartes/")
    for _ in range(4):
        client.open(f"{SCHOOL}eleves/{world.zoe.pk}/").submit(
            "Donner une" if not Card.objects.filter(learner=world.zoe).exists() else "Donner une autre carte"
        )
    with django_assert_num_queries(9):
        client.open(SCHOOL + "cartes/")


def test_a_lost_sheet_is_printed_again_and_the_old_cards_close(world: World, as_, now: datetime) -> None:
    boeuf = as_(world.boeuf)
    boeuf.open(SCHOOL + "cartes/").submit("Préparer 2 cartes pour la 6A")
    old = list(Card.objects.order_by("pk"))
    Card.objects.filter(pk=old[0].pk).update(used_at=now)
    page = boeuf.open(f"{SCHOOL}cartes/{old[0].batch_number}/")
    again = page.submit("Réimprimer")
    assert again.status == 200
    new = Card.objects.exclude(pk__in=[card.pk for card in old])
    assert {card.learner_id for card in new} == {card.learner_id for card in old[1:]}
    assert all(card.voided_at for card in Card.objects.filter(pk__in=[card.pk for card in old[1:]]))
    assert Card.objects.get(pk=old[0].pk).voided_at is None
