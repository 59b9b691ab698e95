"""A lesson: the teacher's board lives while a pupil on a phone errs, then succeeds; everybody is signed out."""

from __future__ import annotations

from playwright.sync_api import expect

from preau.attachments.models import HelpRequest
from tests.journeys.conftest import Person
from tests.journeys.world import PHRASE, campaign_of, chooses_password, prints_cards
from tests.world import World

UAI = "0931434D"


def light(teacher: Person, name: str, word: str) -> None:
    """What the tile of this pupil says, sooner or later, on a page that nobody touches."""
    expect(teacher.page.locator(".tile").filter(has_text=name)).to_contain_text(word)


def test_the_board_goes_grey_orange_green_while_lea_errs_then_succeeds(someone, world: World) -> None:
    campaign = campaign_of(world.tilleuls)
    garcao = someone().signs_in_as_staff("garcao@tilleuls.example")
    old = prints_cards(garcao, world.tilleuls, "Léa MARTIN")
    prints_cards(garcao, world.tilleuls, "Léa MARTIN")  # and forgets the first one on a desk
    garcao.opens(f"/e/{UAI}/").presses("Ouvrir une séance pour la 6A").sees_title("Séance de la 6A")
    light(garcao, "Léa M.", "Pas encore")
    wall = someone(dark=True).signs_in_as_staff("garcao@tilleuls.example")
    wall.opens(garcao.page.url + "projeter/").does_not_read("Léa", "Nils")

    lea = someone(phone=True).opens(f"/code/{campaign.code}/").follows("J’ai une carte")
    lea.types("Code de la carte", old).presses("Continuer").reads("plus récente")
    light(garcao, "Léa M.", "A tapé une ancienne carte")
    expect(garcao.page.get_by_role("status").first).to_contain_text("1")
    garcao.looks().presses("Nouveau code pour Léa M.")
    code = garcao.page.locator(".one-code").inner_text()
    garcao.follows("C’est fait")
    light(garcao, "Léa M.", "Nouveau code donné")

    lea.types("Code de la carte", code).presses("Continuer").presses("Oui, c’est moi")
    chooses_password(lea, PHRASE)
    light(garcao, "Léa M.", "Entré(e)")
    light(garcao, "Léa M.", "Commencé : Parcours de rentrée")
    expect(wall.page.locator(".tile-in h3")).to_have_text(["1"])
    wall.looks()

    garcao.follows("Déconnecter tout le monde").presses("Déconnecter tout le monde").reads(
        "1 élève déconnecté"
    )
    lea.opens("/moi/").sees_title("Entre avec ton identifiant")
    garcao.presses("Fermer la séance").reads("La séance est fermée")
    garcao.opens(f"/e/{UAI}/seances/").reads("1 sur 2")


def test_every_page_of_a_lesson_can_be_read_on_a_phone_in_the_evening(someone, world: World) -> None:
    campaign = campaign_of(world.tilleuls)
    nils = someone(phone=True).opens(f"/code/{campaign.code}/")
    garcao = someone(phone=True, dark=True).signs_in_as_staff("garcao@tilleuls.example")
    garcao.opens(f"/e/{UAI}/seances/").presses("Ouvrir une séance pour la 6A")
    board = garcao.page.url
    nils.follows("première fois").types("nom de famille", "Ostergaard").types("prénom", "Nils")
    nils.types("date de naissance", "02/07/2015").presses("Continuer").reads("code d’aide")
    light(garcao, "Nils Ø.", "Presque retrouvé(e)")
    garcao.looks()
    asked = HelpRequest.objects.get()
    garcao.types("Code d’aide", asked.code).presses("Voir qui c’est").sees_title("Qui lit le code")
    garcao.opens(board).presses("C’est bien Nils").reads("avance toute seule")
    expect(nils.page.locator("h1")).to_contain_text("C’est bien toi", timeout=15_000)
    nils.reads("Nils ØSTERGAARD")
    garcao.follows("Léa M.").sees_title("Léa MARTIN")
    for address in ("numeros/", "projeter/", "deconnecter/", "aide/"):
        garcao.opens(board + address)
    garcao.opens(f"/e/{UAI}/seances/papier/{world.divisions['6A'].pk}/").reads("MARTIN")
    garcao.opens(f"/e/{UAI}/essayer/").presses("Préparer un élève").reads("DÉMONSTRATION")
    garcao.presses("Essayer ici").sees_title("carte")
    garcao.presses("Continuer").reads("DÉMONSTRATION")


def test_a_board_without_javascript_is_reloaded_by_hand(someone, world: World) -> None:
    plain = someone(script=False)
    plain.page.goto(plain.site + "/personnel/")
    plain.page.get_by_label("Adresse").fill("garcao@tilleuls.example")
    plain.page.locator("input[type=password]").fill("quatre tilleuls et un banc")
    plain.page.get_by_role("button", name="Se connecter").click()
    plain.page.goto(plain.site + f"/e/{UAI}/seances/")
    plain.page.get_by_role("button", name="Ouvrir une séance pour la 6A").click()
    plain.page.get_by_role("link", name="Actualiser le tableau").click()
    expect(plain.page.locator(".tile")).to_have_count(2)
