"""Journeys 4 and 5: what goes wrong while two ways in become one, and a pupil whose ENT changes with the school."""

from __future__ import annotations

import pytest
from allauth.socialaccount.models import SocialAccount

from preau.attachments.models import Attachment
from preau.rehearsal.mediacentre import Mediacentre
from preau.rosters.models import Learner
from tests.journeys.conftest import Person
from tests.journeys.ent import (
    Tally,
    clicks_the_tile,
    has_identifier,
    has_identity,
    known_to_the_ent,
    one_account,
    opens_the_ent,
    tab_shows,
)
from tests.journeys.files import eleve, small_file
from tests.journeys.world import PHRASE, campaign_of, empty_school, imports_file, prints_cards, referente
from tests.mediacentre import pupil
from tests.world import World

BOTH = ("Médiacentre", "Identifiant")


@pytest.fixture
def lea_at_the_tile(someone, world: World, ent: Mediacentre):
    """Léa, who has an identifier, has clicked the tile of her ENT."""
    has_identifier(world.lea)
    ent.knows([known_to_the_ent(world.lea)])

    def arrives(person: Person | None = None) -> Person:
        person = opens_the_ent(person or someone(phone=True), ent, known_to_the_ent(world.lea))
        return clicks_the_tile(person, ent).sees_title("C’est toi, Léa")

    return arrives


def gives(person: Person, proof: str) -> Person:
    person.page.locator("input[name=proof]").fill(proof)
    return person.presses("Réunir et continuer")


def test_a_wrong_password_loses_nothing_and_a_card_does_as_well(
    someone, world: World, lea_at_the_tile
) -> None:
    office = someone().signs_in_as_staff("boeuf@tilleuls.example")
    lea = lea_at_the_tile()
    gives(lea, "ce n’est pas le bon").reads("Ce n’est pas ce mot de passe", "C’est toi, Léa")
    assert not SocialAccount.objects.exists()
    code = prints_cards(office, world.tilleuls, "Léa")
    tally = Tally(lea, code)
    gives(lea, code).reads("Bonjour Léa")
    assert (tally.tiles, tally.acts, tally.typed) == (0, 1, 1)  # on the same screen, one code
    tab_shows(office, world.tilleuls, world.lea, *BOTH)
    spent = someone().opens("/carte/").types("Code de la carte", code).presses("Continuer")
    spent.reads("déjà servi")


def test_a_session_lost_in_the_middle_starts_again_at_the_tile(
    someone, world: World, lea_at_the_tile
) -> None:
    lea = lea_at_the_tile()
    lea.page.context.clear_cookies(name="preau")
    lea.page.locator("input[name=proof]").fill(PHRASE)
    lea.presses("Réunir et continuer").sees_title("On repart de ton ENT")
    assert not SocialAccount.objects.exists()
    gives(lea_at_the_tile(lea), PHRASE).reads("Bonjour Léa")
    assert one_account(world.lea).modes == ["MEDIACENTRE", "USERNAME"]


def test_the_back_button_and_a_second_click_change_nothing(someone, world: World, lea_at_the_tile) -> None:
    lea = lea_at_the_tile()
    gives(lea, PHRASE).reads("Bonjour Léa")
    before = list(SocialAccount.objects.values_list("pk", "user_id"))
    lea.page.go_back()
    lea.page.wait_for_load_state("load")
    if lea.page.locator("input[name=proof]").count():
        lea.page.locator("input[name=proof]").fill(PHRASE)
        lea.presses("Réunir et continuer")
    lea.opens("/arrivee/ent/").reads("Bonjour Léa")
    assert list(SocialAccount.objects.values_list("pk", "user_id")) == before


def test_two_tabs_end_with_one_account(someone, world: World, ent: Mediacentre, lea_at_the_tile) -> None:
    lea = lea_at_the_tile()
    other = Person(lea.page.context.new_page(), lea.site)
    clicks_the_tile(other, ent).sees_title("C’est toi, Léa")
    gives(lea, PHRASE).sees_title("On repart de ton ENT")  # the second arrival took the place of the first
    gives(other, PHRASE).reads("Bonjour Léa")
    lea.opens("/arrivee/ent/").reads("Bonjour Léa")
    assert one_account(world.lea).modes == ["MEDIACENTRE", "USERNAME"]


def test_signed_in_first_then_the_tile_joins_without_any_proof(
    someone, world: World, ent: Mediacentre
) -> None:
    account, known = has_identifier(world.lea), known_to_the_ent(world.lea)
    ent.knows([known])
    lea = someone(phone=True).opens("/connexion/").types("identifiant", account.username)
    lea.page.locator("input[type=password]").fill(PHRASE)
    lea.presses("Entrer").reads("Bonjour Léa")
    clicks_the_tile(opens_the_ent(lea, ent, known), ent).sees_title("Réunir tes deux façons d’entrer")
    lea.presses("Oui, réunir").reads("Bonjour Léa")
    assert one_account(world.lea).modes == ["MEDIACENTRE", "USERNAME"]


def test_noe_changes_school_and_ent_and_keeps_one_account(someone, tmp_path, ent: Mediacentre) -> None:
    tilleuls, mimosas = empty_school(), empty_school("0180777X", "Lycée des Mimosas")
    here, there = campaign_of(tilleuls, "Bilan du collège"), campaign_of(mimosas, "Accueil au lycée")
    row = eleve(1, "ÉTIENNE", "Noé", "20/05/2011", ine="987654321GH", division="3A")
    old_office = referente(someone, tilleuls)
    imports_file(old_office, tilleuls, small_file(tmp_path, row, uai=tilleuls.uai))
    was = Learner.objects.get(establishment=tilleuls)
    before = known_to_the_ent(was)
    account = has_identity(was, before)

    office = referente(someone, mimosas)
    arriving = eleve(71, "ÉTIENNE", "Noé", "20/05/2011", ine="987654321GH", division="2DE3")
    imports_file(office, mimosas, small_file(tmp_path, arriving, uai=mimosas.uai))
    after = pupil("apres", "Noé", "ÉTIENNE", "2DE3", uai=mimosas.uai)
    ent.knows([before, after])
    noe = someone(phone=True)
    clicks_the_tile(opens_the_ent(noe, ent, after), ent).sees_title("C’est toi, Noé").reads("2DE3")
    noe.does_not_read(tilleuls.name)
    noe.types("date de naissance", "20 mai 2011").presses("Oui, c’est moi").reads("Bonjour Noé", there.title)

    now = Learner.objects.get(establishment=mimosas)
    assert {one.account for one in Attachment.objects.active().filter(learner__in=[was, now])} == {account}
    tab_shows(office, mimosas, now, "Médiacentre")
    noe.opens(f"/parcours/{here.code}/").sees_title(here.title)
    for page in (f"eleves/{was.pk}/", "journal/"):
        old_office.opens(f"/e/{tilleuls.uai}/{page}").reads("Noé ÉTIENNE")
        old_office.does_not_read("Mimosas", mimosas.uai, "Accueil au lycée", "2DE3")
