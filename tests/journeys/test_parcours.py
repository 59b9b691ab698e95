"""A pupil at a parcours of Préau, in a real browser: from the card to the end, by keyboard, on a bad connection."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from preau.attachments.actions import make_cards
from preau.campaigns.models import Participation
from preau.parcours.models import Answer, Attempt
from tests.journeys.conftest import Person
from tests.journeys.world import PHRASE
from tests.parcours.pupils import account_of, right_answer, short_campaign

FILL = """([name, values]) => document.querySelectorAll(`[name="${name}"]`).forEach((field) => {
  if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
  else field.value = values[0];
})"""
GONE = "rank => document.querySelector('input[name=rank]')?.value !== rank"
AT_ONCE = """() => { const seen = document.activeElement; return seen.type === "radio" || seen.type === "checkbox"
  ? `${seen.name}=${seen.value}` : seen.name || seen.textContent.trim(); }"""


def now_at(attempt: Attempt) -> Attempt:
    return Attempt.objects.get(pk=attempt.pk)


def fills(person: Person, attempt: Attempt) -> Person:
    """Answer right, by hand."""
    for name, values in right_answer(now_at(attempt)).items():
        person.page.evaluate(FILL, [name, values])
    return person


def wait_for_rank(page: Page, rank: int) -> None:
    expect(page.locator("body")).to_contain_text(f"Question {rank} ", use_inner_text=True)


@pytest.fixture
def pupil(world, someone):
    """Léa, already known, at the door of her parcours; `pupil(phone=True)`."""

    def sits(**how: bool) -> tuple[Person, Attempt]:
        campaign, account = short_campaign(world), account_of(world.lea)
        account.set_password(PHRASE)
        account.password_chosen_at = timezone.now()
        account.save()
        person = someone(**how).opens("/connexion/").types("identifiant", account.username)
        person.page.locator("input[type=password]").fill(PHRASE)
        person.presses("Entrer").presses(campaign.title)
        return person, Participation.objects.get().attempt

    return sits


def test_lea_goes_from_her_card_to_sent_results(world, someone) -> None:
    campaign = short_campaign(world)
    now = timezone.now()
    made = make_cards(
        learners=[world.lea], token="essai", batch_number="L1", expires_at=now + timedelta(days=9),
        by=world.boeuf, at=now,
    )  # fmt: skip
    lea = someone().opens("/").types("Code du tableau", campaign.code).presses("Continuer")
    lea.follows("J’ai une carte").types("Code de la carte", made[0].code).presses("Continuer")
    lea.presses("Oui, c’est moi").page.locator("input[type=password]").fill(PHRASE)
    lea.page.locator("main button[type=submit]").first.click()
    lea.sees_title("Parcours de rentrée").reads("Il n’y a pas de note").follows("Commencer")
    attempt = Attempt.objects.get()
    while now_at(attempt).running:
        rank = now_at(attempt).rank
        wait_for_rank(lea.page, rank)
        if rank == 2:
            lea.presses("Valider", settle=False)
            expect(lea.page.locator("[data-offline]")).to_be_visible()
            lea.looks()
        fills(lea, attempt).presses("Valider", settle=False)
        lea.page.wait_for_function(GONE, arg=str(rank))
        if now_at(attempt).at_checkpoint:
            lea.sees_title("Tes cinq dernières réponses").reads("Juste").presses("Continuer")
    lea.sees_title("Te voilà au bout, bravo").reads("à peu près niveau", "Ce n’est pas une note")
    lea.presses("J’envoie mes résultats").sees_title("C’est envoyé, bravo")
    lea.follows("Revoir mes réponses").sees_title("Mes réponses")
    assert Participation.objects.get().state == "DONE"


def tab_to(page: Page, wanted: str) -> None:
    """Go on with Tab until the focus is there."""
    for _ in range(60):
        if page.evaluate(AT_ONCE) == wanted:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard never reaches {wanted}")


def answers_by_keyboard(page: Page, given: dict[str, list[str]]) -> None:
    """Type, tick and choose with the keyboard alone; a list to put in order is passed."""
    for name, values in given.items():
        field = page.locator(f'[name="{name}"]').first
        if field.get_attribute("type") in ("radio", "checkbox"):
            for value in values:
                tick_by_keyboard(page, name, value)
        elif field.evaluate("field => field.tagName") == "SELECT":
            if not field.is_visible():
                tab_to(page, "Je passe")
                return
            tab_to(page, name)
            while field.input_value() != values[0]:
                page.keyboard.press("ArrowDown")
        else:
            tab_to(page, name)
            page.keyboard.type(values[0])
    tab_to(page, "Valider")


def tick_by_keyboard(page: Page, name: str, value: str) -> None:
    """A box by Tab and Space; among radios, Tab enters the group and the arrows choose."""
    chosen = page.locator(f'[name="{name}"][value="{value}"]')
    if chosen.get_attribute("type") == "checkbox":
        tab_to(page, f"{name}={value}")
        page.keyboard.press("Space")
        return
    first = page.locator(f'[name="{name}"]').first.get_attribute("value")
    tab_to(page, f"{name}={first}")
    page.keyboard.press("Space")
    while not chosen.is_checked():
        page.keyboard.press("ArrowDown")


def test_a_phone_and_the_keyboard_are_enough(pupil) -> None:
    lea, attempt = pupil(phone=True)
    tab_to(lea.page, "Commencer")
    lea.page.keyboard.press("Enter")
    while now_at(attempt).running:
        rank = now_at(attempt).rank
        wait_for_rank(lea.page, rank)
        lea.looks()
        answers_by_keyboard(lea.page, right_answer(now_at(attempt)))
        lea.page.keyboard.press("Enter")
        lea.page.wait_for_function(GONE, arg=str(rank))
        if now_at(attempt).at_checkpoint:
            tab_to(lea.page, "Continuer")
            lea.page.keyboard.press("Enter")
    lea.sees_title("Te voilà au bout, bravo")
    tab_to(lea.page, "J’envoie mes résultats")
    lea.page.keyboard.press("Enter")
    lea.sees_title("C’est envoyé, bravo")


def test_an_answer_that_waits_goes_when_its_pupil_goes(pupil) -> None:
    lea, attempt = pupil()
    waiting = "() => localStorage.getItem('preau:answers')"
    somebody_s = json.dumps([{"attempt": "1", "whose": "somebody", "body": "", "at": time.time() * 1000}])
    lea.page.evaluate("kept => localStorage.setItem('preau:answers', kept)", somebody_s)
    lea.follows("Commencer")
    assert lea.page.evaluate(waiting) is None  # whoever was here before left without a word
    lea.page.context.route("**/reponse/", lambda route: route.abort("connectionreset"))
    fills(lea, attempt).presses("Valider", settle=False)
    expect(lea.page.locator("[data-offline]")).to_contain_text("La connexion est coupée")
    lea.page.reload()
    assert json.loads(lea.page.evaluate(waiting))[0]["attempt"] == str(attempt.pk)  # still hers
    lea.presses("Ce n’est pas moi").sees_title("La connexion est fermée")
    assert lea.page.evaluate(waiting) is None


def test_the_connection_is_cut_three_times_and_nothing_is_lost(pupil) -> None:
    lea, attempt = pupil()
    lea.follows("Commencer")
    context, offline = lea.page.context, lea.page.locator("[data-offline]")
    for rank in (1, 2):
        context.set_offline(True)
        fills(lea, attempt).presses("Valider", settle=False)
        expect(offline).to_contain_text("La connexion est coupée")
        assert Answer.objects.count() == rank - 1
        context.set_offline(False)
        wait_for_rank(lea.page, rank + 1)
        assert Answer.objects.count() == rank
    arrived: list[int] = []

    def cut_after_it_arrived(route: Route) -> None:
        if not arrived:
            arrived.append(route.fetch().status)
            route.abort("connectionreset")
        else:
            route.continue_()

    context.route("**/reponse/", cut_after_it_arrived)
    fills(lea, attempt).presses("Valider", settle=False)
    wait_for_rank(lea.page, 4)
    assert arrived == [200]
    assert [one.rank for one in attempt.answers.all()] == [1, 2, 3]
    assert all(one.answered_at - one.shown_at < timedelta(minutes=1) for one in attempt.answers.all())
    assert lea.page.evaluate("() => localStorage.getItem('preau:answers')") == "[]"
