"""The teacher's board, the wall, paper, one tap; and who does not reach them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from preau.accounts.models import Account
from preau.attachments.models import Attachment, Card, HelpRequest, HelpState
from preau.attachments.stumbles import Stumble, tell
from preau.audit.models import Entry
from preau.classroom.actions import close_session, open_session
from preau.classroom.models import Difficulty, Session
from tests.classroom.conftest import PHRASE, enters_with_card, signs_in, types_card
from tests.page import Page, PageClient
from tests.world import World, enrol

UAI = "0931434D"


def board_url(lesson: Session, name: str = "board") -> str:
    return reverse(f"classroom:{name}", args=[UAI, lesson.pk])


def tile(page: Page, name: str) -> tuple[str, str]:
    """The light of a tile and all it says."""
    for one in page.css(".tile"):
        words = re.sub(r"\s+", " ", " ".join(one.itertext())).strip()
        if words.startswith(name):
            return one.get("class").removeprefix("tile tile-"), words
    raise AssertionError(f"no tile {name} in {page.text}")


def tiles_again(client: PageClient, lesson: Session, etag: str | None = None, name: str = "board"):
    headers = {"HX-Request": "true", **({"If-None-Match": etag} if etag else {})}
    return client.get(board_url(lesson, name), headers=headers)


def asks_for_help(client: PageClient, code: str, first: str, last: str, day: str) -> HelpRequest:
    client.open(f"/code/{code}/")
    client.open("/premiere-fois/").submit("Continuer", first_name=first, last_name=last, birth_date=day)
    return HelpRequest.objects.latest("pk")


def test_one_button_opens_a_lesson_and_shows_every_pupil_in_the_alphabets_order(world: World, as_) -> None:
    page = as_(world.garcao).open(f"/e/{UAI}/seances/").submit("Ouvrir une séance pour la 6A")
    assert page.title == "Séance de la 6A"
    assert [one.text_content() for one in page.css(".tile h3")] == ["Léa M.", "Nils Ø."]
    assert tile(page, "Léa M.") == ("wait", "Léa M. Pas encore Ni carte, ni compte")
    assert "0 entré" in page.text.replace("entré 0", "0 entré")


def test_the_button_is_on_the_accueil_and_in_the_list_of_a_class_too(world: World, as_) -> None:
    garcao = as_(world.garcao)
    assert garcao.open(f"/e/{UAI}/").submit("Ouvrir une séance pour la 6A").title == "Séance de la 6A"
    pk = world.divisions["5B"].pk
    page = garcao.open(f"/e/{UAI}/eleves/?classe={pk}").submit("Ouvrir une séance")
    assert page.title == "Séance de la 5B"


def test_a_tile_goes_grey_orange_then_green(world: World, lesson: Session, as_, card_of, campaign) -> None:
    garcao, old = as_(world.garcao), card_of(world.lea)
    new = card_of(world.lea)
    assert tile(garcao.open(board_url(lesson)), "Léa M.")[0] == "wait"
    types_card(old)
    light, words = tile(garcao.open(board_url(lesson)), "Léa M.")
    assert (light, "A tapé une ancienne carte" in words, "Nouveau code" in words) == ("help", True, True)
    client = enters_with_card(new)
    assert tile(garcao.open(board_url(lesson)), "Léa M.") == (
        "in",
        "Léa M. Entré(e) Sur sa page d’accueil, par sa carte",
    )
    client.open(f"/parcours/{campaign.code}/").submit("Commencer")
    assert "Commencé : Rentrée, par sa carte" in tile(garcao.open(board_url(lesson)), "Léa M.")[1]
    client.post(f"/parcours/{campaign.code}/termine/")
    assert "Terminé : Rentrée" in tile(garcao.open(board_url(lesson)), "Léa M.")[1]
    client.post("/deconnexion/")
    assert "A quitté sa session" in tile(garcao.open(board_url(lesson)), "Léa M.")[1]


def test_wrong_passwords_and_the_way_out(world: World, lesson: Session, as_, account_of) -> None:
    account_of(world.lea, "lea.martin")
    for _ in range(6):
        signs_in("lea.martin", "pas le bon")
    page = as_(world.garcao).open(board_url(lesson))
    assert "5 mots de passe refusés : doit attendre" in tile(page, "Léa M.")[1]
    page = page.submit("Débloquer Léa M.")
    assert "Léa MARTIN peut réessayer tout de suite" in page
    assert tile(page, "Léa M.")[0] == "wait"
    signs_in("lea.martin")
    assert tile(as_(world.garcao).open(board_url(lesson)), "Léa M.")[0] == "in"


def test_a_new_code_is_shown_once_large_and_opens_the_door(
    world: World, lesson: Session, as_, account_of
) -> None:
    account_of(world.lea, "lea.martin")
    for _ in range(3):
        signs_in("lea.martin", "pas le bon")
    garcao = as_(world.garcao)
    page = garcao.open(board_url(lesson)).submit("Nouveau code pour Léa M.")
    (code,) = [one.text_content() for one in page.css(".one-code")]
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", code)
    assert "MARTIN" in page.title
    again = garcao.open(board_url(lesson))
    assert tile(again, "Léa M.") == ("wait", "Léa M. Pas encore Nouveau code donné")
    assert code not in again.text
    assert Card.objects.count() == 1
    enters_with_card(code)
    assert tile(garcao.open(board_url(lesson)), "Léa M.")[0] == "in"
    assert Account.objects.filter(username="lea.martin").count() == 1


def test_a_near_match_waits_on_its_tile_and_one_tap_lets_the_pupil_go_on(
    world: World, lesson: Session, campaign, as_
) -> None:
    client = PageClient()
    asked = asks_for_help(client, campaign.code, "Léa", "Martin", "13/03/2015")
    page = as_(world.garcao).open(board_url(lesson))
    light, words = tile(page, "Léa M.")
    assert light == "help"
    assert f"code {asked.code}" in words
    assert "2015" not in words
    page = page.submit("C’est bien Léa")
    assert tile(page, "Léa M.") == ("wait", "Léa M. Pas encore Reconnu(e) : à lui de dire « C’est moi »")
    assert not Attachment.objects.exists()
    client.open("/code-d-aide/").submit("Oui, c’est moi").submit(password=PHRASE)
    assert tile(as_(world.garcao).open(board_url(lesson)), "Léa M.")[0] == "in"


def test_a_pupil_without_a_name_reads_four_signs_aloud(world: World, lesson: Session, campaign, as_) -> None:
    client = PageClient()
    client.open(f"/code/{campaign.code}/")
    client.post("/perdu/code/")
    asked = HelpRequest.objects.get()
    page = as_(world.garcao).open(board_url(lesson))
    assert "Quelqu’un demande de l’aide, sans nom" in page
    found = page.submit("Voir qui c’est", code=asked.code.lower())
    assert f"Qui lit le code {asked.code}" in found
    assert "Choisissez d’abord l’élève" in found.submit("C’est cet élève")  # nobody is chosen beforehand
    found.submit("C’est cet élève", learner=str(world.learners["nils"].pk))
    asked.refresh_from_db()
    assert (asked.state, asked.learner) == (HelpState.ACCEPTED, world.learners["nils"])
    assert "Aucun élève n’attend" in page.submit("Voir qui c’est", code="ZZZZ").title


def test_wrong_account_and_its_undo(world: World, lesson: Session, as_, account_of) -> None:
    account_of(world.lea, "lea.martin")
    page = as_(world.garcao).open(board_url(lesson)).follow("Léa M.")
    assert "lea.martin" in page
    page = page.submit("Ce n’est pas son compte")
    assert "Annulable pendant 30 jours" in page
    page = page.submit("Annuler : c’était bien son compte")
    assert "de nouveau rattaché" in page


def test_the_wall_shows_numbers_and_lights_and_not_one_name_nor_reason(
    world: World, lesson: Session, as_, card_of, campaign
) -> None:
    old = card_of(world.lea)
    card_of(world.lea)
    types_card(old)
    page = as_(world.garcao).open(board_url(lesson, "projector"))
    assert [one.text_content() for one in page.css(".tile h3")] == ["1", "2"]
    for word in ("Léa", "Nils", "MARTIN", "carte", "ØSTERGAARD"):
        assert word not in page.text
    assert campaign.shown_code in page
    numbers = as_(world.garcao).open(board_url(lesson, "numbers"))
    assert "1 MARTIN Léa 2 ØSTERGAARD Nils" in numbers


def test_two_pupils_of_one_first_name_and_initial_are_told_apart(world: World, lesson: Session, as_) -> None:
    enrol(world.tilleuls, "Léa", "MOREL", world.divisions["6A"])
    page = as_(world.garcao).open(board_url(lesson))
    assert [one.text_content() for one in page.css(".tile h3")] == ["Léa MARTIN", "Léa MOREL", "Nils Ø."]


def test_nothing_new_is_answered_304_and_anything_new_is_not(
    world: World, lesson: Session, as_, account_of, card_of, campaign, now: datetime
) -> None:
    cache.clear()
    garcao = as_(world.garcao)
    account_of(world.lea, "lea.martin")
    etag = tiles_again(garcao, lesson)["ETag"]

    def moved() -> bool:
        nonlocal etag
        answer = tiles_again(garcao, lesson, etag)
        before, etag = etag, answer.headers.get("ETag", etag)
        assert (answer.status_code == 304) == (etag == before)
        return answer.status_code == 200

    assert not moved()
    card = card_of(world.learners["nils"])
    assert moved()
    deeds = [
        lambda: signs_in("lea.martin", "pas le bon"),
        lambda: signs_in("lea.martin"),
        lambda: enters_with_card(card),
        lambda: types_card(card),
        lambda: types_card(card),
        lambda: asks_for_help(PageClient(), campaign.code, "Lea", "Martin", "14/03/2015"),
        lambda: HelpRequest.objects.update(state="REFUSED", decided_at=now),
        lambda: Attachment.objects.filter(learner=world.lea).update(ended_at=now),
        lambda: Session.objects.update(closes_at=now + timedelta(hours=1)),
    ]
    for rank, deed in enumerate(deeds):
        deed()
        assert moved(), rank
        assert not moved(), rank
    card_of(world.zoe)  # of another class
    assert not moved()


def test_asking_again_costs_a_few_questions_whatever_the_size_of_the_class(
    world: World, lesson: Session, as_, account_of
) -> None:
    garcao = as_(world.garcao)
    account_of(world.lea, "lea.martin")

    def asked(etag: str | None = None) -> int:
        with CaptureQueriesContext(connection) as queries:
            answer = tiles_again(garcao, lesson, etag)
        assert answer.status_code == (304 if etag else 200)
        return len(queries)

    etag = tiles_again(garcao, lesson)["ETag"]
    full, same = asked(), asked(etag)
    for rank in range(33):
        learner = enrol(world.tilleuls, f"Prénom{rank}", "PETIT", world.divisions["6A"])
        account_of(learner, f"prenom{rank}.petit")
    etag = tiles_again(garcao, lesson)["ETag"]
    assert (asked(), asked(etag)) == (full, same)
    assert same <= 7


def test_only_totals_that_changed_are_told_again(world: World, lesson: Session, as_, account_of) -> None:
    garcao = as_(world.garcao)
    address = board_url(lesson) + "?totaux=0-0-2"
    assert b'totaux" hx-swap-oob' not in garcao.get(address, headers={"HX-Request": "true"}).content
    account_of(world.lea, "lea.martin")
    signs_in("lea.martin")
    assert b'totaux" hx-swap-oob' in garcao.get(address, headers={"HX-Request": "true"}).content


def test_a_board_whose_teacher_has_signed_out_or_whose_lesson_is_over_reloads_as_a_page(
    world: World, lesson: Session, as_, now: datetime
) -> None:
    assert tiles_again(PageClient(), lesson)["HX-Refresh"] == "true"
    close_session(session=lesson, by=world.garcao, at=now)
    assert tiles_again(as_(world.garcao), lesson)["HX-Refresh"] == "true"
    page = as_(world.garcao).open(board_url(lesson))
    assert "La séance est fermée" in page
    assert not page.css("[hx-get]")


def test_opening_the_page_of_a_lesson_that_is_over_closes_it(
    world: World, lesson: Session, as_, now: datetime
) -> None:
    Session.objects.update(opened_at=now - timedelta(hours=2), closes_at=now - timedelta(hours=1))
    assert "La séance est fermée" in as_(world.garcao).open(board_url(lesson))
    assert Session.objects.get().closed_at == now - timedelta(hours=1)


def test_the_reader_can_hold_the_board_still(world: World, lesson: Session, as_) -> None:
    page = as_(world.garcao).open(board_url(lesson))
    assert page.css("#tableau[hx-get]")
    page = page.client.open(board_url(lesson) + "?fixe=1")
    assert not page.css("#tableau[hx-get]")
    assert "Reprendre l’actualisation" in page


def test_signing_the_class_out_asks_first(world: World, lesson: Session, as_, account_of) -> None:
    account_of(world.lea, "lea.martin")
    lea = signs_in("lea.martin")
    page = as_(world.garcao).open(board_url(lesson)).follow("Déconnecter tout le monde")
    assert lea.get("/moi/").status_code == 200
    page = page.submit("Déconnecter tout le monde")
    assert "1 élève déconnecté" in page
    assert lea.get("/moi/").status_code == 302
    page = page.submit("Fermer la séance")
    assert "La séance est fermée" in page


def test_the_history_tells_what_a_lesson_gave(
    world: World, lesson: Session, as_, account_of, now: datetime
) -> None:
    account_of(world.lea, "lea.martin")
    signs_in("lea.martin")
    close_session(session=lesson, by=world.garcao, at=now)
    assert "1 sur 2" in as_(world.ndiaye).open(f"/e/{UAI}/seances/")


def test_a_list_on_paper_says_what_each_pupil_needs(world: World, as_, account_of) -> None:
    account_of(world.lea, "lea.martin")
    page = as_(world.garcao).open(reverse("classroom:paper", args=[UAI, world.divisions["6A"].pk]))
    assert "MARTIN Léa" in page
    assert "lea.martin" in page
    assert "Donner une carte" in page
    assert "2015" not in page.text


@pytest.mark.parametrize("name", ["board", "projector", "numbers", "sign_out", "help"])
def test_a_lesson_of_another_class_or_school_is_nobodys(world: World, as_, now: datetime, name: str) -> None:
    lesson = open_session(division=world.divisions["6C"], minutes=55, by=world.boeuf, at=now)
    address = board_url(lesson, name)
    assert as_(world.garcao).get(address).status_code == 404
    assert as_(world.okonkwo).get(address).status_code == 404
    assert as_(world.boeuf).get(address).status_code == 200
    assert as_(world.okonkwo).get(address.replace(UAI, "0180777X")).status_code == 404


def test_no_deed_reaches_a_pupil_of_another_class(world: World, lesson: Session, as_) -> None:
    for name in ("new_code", "unblock", "wrong_account", "undo"):
        address = reverse(f"classroom:{name}", args=[UAI, lesson.pk, world.zoe.pk])
        assert as_(world.garcao).post(address).status_code == 404
        assert as_(world.boeuf).post(address).status_code == 404
    assert (
        as_(world.garcao).get(reverse("classroom:pupil", args=[UAI, lesson.pk, world.zoe.pk])).status_code
        == 404
    )
    division = world.divisions["6C"].pk
    assert as_(world.garcao).get(reverse("classroom:paper", args=[UAI, division])).status_code == 404
    assert as_(world.garcao).post(f"/e/{UAI}/seances/ouvrir/", {"division": division}).status_code == 404
    for odd in ("", "-1", "x", "9" * 30, "²"):
        assert as_(world.garcao).post(f"/e/{UAI}/seances/ouvrir/", {"division": odd}).status_code == 404


def test_a_help_code_of_another_school_cannot_be_decided_here(
    world: World, lesson: Session, as_, now: datetime
) -> None:
    theirs = HelpRequest.objects.create(establishment=world.mimosas, code="K7M4", reason="lost", made_at=now)
    address = reverse("classroom:accept", args=[UAI, lesson.pk, theirs.pk])
    assert as_(world.garcao).post(address, {"learner": world.lea.pk}).status_code == 404
    assert as_(world.garcao).get(board_url(lesson, "help") + "?code=K7M4").status_code == 200
    assert "Aucun élève n’attend" in as_(world.garcao).open(board_url(lesson, "help") + "?code=K7M4").title


def test_a_sibling_who_comes_with_his_brothers_account_is_stopped_and_the_teacher_told(
    world: World, lesson: Session, as_, account_of, card_of
) -> None:
    piotr = enrol(world.tilleuls, "Piotr", "MARTIN", world.divisions["5B"])
    account_of(piotr, "piotr.martin")
    client = signs_in("piotr.martin")
    types_card(card_of(world.lea), client)
    page = client.open("/c-est-moi/")
    assert "La session de Piotr était restée ouverte" in page
    assert "_auth_user_id" not in client.session
    light, words = tile(as_(world.garcao).open(board_url(lesson)), "Léa M.")
    assert (light, "Le compte d’un autre élève était ouvert" in words) == ("help", True)
    assert Entry.objects.get(verb="compte-d-un-autre").learner_id == world.lea.pk
    assert not Attachment.objects.filter(learner=world.lea).exists()


def test_a_session_left_open_by_somebody_of_another_family_accuses_nobody(
    world: World, lesson: Session, as_, account_of, card_of
) -> None:
    account_of(world.learners["nils"], "nils.ostergaard")
    types_card(card_of(world.lea), signs_in("nils.ostergaard"))
    assert tile(as_(world.garcao).open(board_url(lesson)), "Léa M.")[0] == "wait"
    assert not Entry.objects.filter(verb="compte-d-un-autre").exists()


def test_whoever_is_signed_in_is_named_on_every_pupil_page_even_attached_to_nobody(world: World) -> None:
    account = Account(username="tom.leroy", first_name="Tom", last_name="Leroy")
    account.set_password(PHRASE)
    account.save()
    tom = signs_in("tom.leroy")
    for address in ("/", "/carte/", "/perdu/", "/moi/"):
        page = tom.open(address)
        assert "Tom LEROY Ce n’est pas moi" in page
    page.submit("Ce n’est pas moi")
    assert "_auth_user_id" not in tom.session


def test_two_accounts_of_one_pupil_lead_to_the_desk_where_they_are_decided(
    world: World, lesson: Session, as_, now: datetime
) -> None:
    tell(world.lea.pk, Stumble.TWO_ACCOUNTS, at=now)
    page = as_(world.garcao).open(board_url(lesson))
    assert "Deux comptes ou deux identités à départager" in tile(page, "Léa M.")[1]
    assert page.link("Voir les deux") == f"/e/{UAI}/aides/"


def test_one_tap_makes_a_code_for_all_who_need_one_and_leads_back(
    world: World, as_, lesson: Session, now: datetime
) -> None:
    for pupil in (world.lea, world.learners["nils"]):
        Difficulty.objects.create(session=lesson, learner=pupil, what="FORGOTTEN", at=now)
    HelpRequest.objects.create(establishment=world.tilleuls, code="K7M4", reason="lost", made_at=now)
    board = as_(world.garcao).open(f"/e/0931434D/seances/{lesson.pk}/")
    said = board.text
    assert said.index("Quelqu’un demande de l’aide, sans nom") < said.index("Léa M.")  # before thirty tiles
    prepared = board.submit("Un nouveau code aux 2 élèves")
    assert prepared.title == "2 cartes pour 2 élèves de la 6A"
    assert prepared.follow("Retour à la séance").title == "Séance de la 6A"
    assert "Un nouveau code aux" not in prepared.follow("Retour à la séance")
