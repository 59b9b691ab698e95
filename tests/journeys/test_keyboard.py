"""Léa has no mouse: from her card to her parcours and to her own page, with the keyboard only."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from preau.attachments.actions import make_cards
from preau.campaigns.models import Participation
from tests.journeys.world import PHRASE
from tests.parcours.pupils import short_campaign

HERE = """() => { const seen = document.activeElement, style = getComputedStyle(seen);
  return [seen.labels?.[0]?.textContent.trim() || seen.textContent.trim(), seen === document.body ||
    style.outlineStyle !== "none" || style.boxShadow !== "none"]; }"""


def goes_to(page: Page, words: str) -> None:
    """Press Tab until the focus is on what these words begin, and see it at every step."""
    for _ in range(40):
        said, seen = page.evaluate(HERE)
        assert seen, f"nothing shows that the focus is on « {said} »"
        if said.startswith(words):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard never reaches « {words} » on {page.url}")


def presses(page: Page, words: str, title: str) -> None:
    goes_to(page, words)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(title)


def writes(page: Page, label: str, text: str, title: str) -> None:
    goes_to(page, label)
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(title)


def test_lea_enters_with_her_card_and_the_keyboard_alone(world, someone) -> None:
    now, campaign = timezone.now(), short_campaign(world)
    (card,) = make_cards(
        learners=[world.lea],
        token="essai",
        batch_number="L1",
        expires_at=now + timedelta(days=9),
        by=world.boeuf,
        at=now,
    )
    lea = someone().opens("/")
    page = lea.page
    presses(page, "J’ai une carte", "carte")
    writes(page, "Code de la carte", card.code.lower(), "C’est bien toi")
    presses(page, "Oui, c’est moi", "mot de passe")
    writes(page, "Ton mot de passe", PHRASE, "Bonjour Léa")
    lea.reads("Tu es Léa MARTIN, 6A.")
    writes(page, "Code du tableau", campaign.code, "Parcours de rentrée")
    presses(page, "Tous mes parcours", "Bonjour Léa")
    presses(page, "Ce n’est pas moi", "")
    assert Participation.objects.get().learner == world.lea
    lea.opens("/moi/").sees_title("Entre")
