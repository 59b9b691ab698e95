"""Mme Bœuf tries the questions, reads what came of a campaign and takes it out, in a real browser."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import Page, expect

from preau.campaigns import actions as campaigns
from preau.campaigns.models import Campaign
from preau.parcours import actions
from preau.parcours.models import Answer
from preau.rosters.models import Learner
from tests.journeys.conftest import Person
from tests.parcours.pupils import Says, account_of, anything, play_to_the_end, right_answer, short_campaign


def goes_through(
    campaign: Campaign, learner: Learner, says: Says, *, send: bool = True, again: bool = False
) -> None:
    """This pupil answers everything, and sends or not."""
    held = learner.attachments.first()
    account, at = held.account if held else account_of(learner), timezone.now()
    begun = campaigns.begin(campaign=campaign, learner=learner, account=account, at=at, again=again)
    over = play_to_the_end(begun.attempt, says)
    if send:
        actions.send(attempt=over, by=account, at=at)


def taken(page: Page, words: str) -> str:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=words, exact=True).click()
    return Path(waiting.value.path()).read_text("utf-8-sig")


def reads_a_question_first(boeuf: Person, campaign: Campaign) -> None:
    """From the campaign to a question, tried as a pupil would."""
    boeuf.opens(f"/e/{campaign.establishment.uai}/campagnes/{campaign.pk}/").follows("Voir les questions")
    boeuf.sees_title("Questions de").follows("Combien de ces résultats sont des annonces payées")
    boeuf.types("Écris un nombre", "77").presses("Essayer cette réponse").reads("Pas encore", "La réponse et")
    boeuf.follows("Une autre variante")


def test_mme_boeuf_reads_the_class_a_question_and_a_pupil_then_takes_it_all_out(world, someone) -> None:
    campaign = short_campaign(world, several_tries=True)
    for name in ("zoe", "apolline", "maelys"):
        goes_through(campaign, world.learners[name], anything)
    goes_through(campaign, world.learners["nils"], anything, send=False)
    goes_through(campaign, world.lea, anything)
    goes_through(campaign, world.lea, right_answer, again=True)

    boeuf = someone().signs_in_as_staff("boeuf@tilleuls.example")
    reads_a_question_first(boeuf, campaign)
    boeuf.opens(f"/e/{world.tilleuls.uai}/campagnes/{campaign.pk}/").follows("Résultats")
    boeuf.reads("ont envoyé leurs résultats", "1 terminé sans envoyer, 0 en cours", "2 essais")
    skills = boeuf.page.locator("#retravailler ~ ol > li")
    assert 1 <= skills.count() <= 3
    levels = boeuf.page.get_by_role("region", name="Tableau par compétence")
    assert levels.locator("tbody tr").count() == 2
    assert levels.locator("svg rect").count() > 4
    boeuf.chooses("Essai montré", "Le premier envoyé").presses("Montrer").chooses(
        "Essai montré", "Le dernier envoyé"
    )
    boeuf.presses("Montrer").follows("Les questions").reads("Durée moyenne", "%")
    boeuf.page.go_back()

    rows = list(csv.DictReader(taken(boeuf.page, "CSV").splitlines(), delimiter=";"))
    assert [row["Essai"] for row in rows if row["Prénom"] == "Léa"] == ["1", "2"]
    told = json.loads(taken(boeuf.page, "xAPI"))
    assert {one["verb"]["display"]["fr"] for one in told} == {"a répondu à", "a terminé"}
    shown = Answer.objects.of_sent().exclude(attempt__learner=world.lea, attempt__participation__rank=1)
    assert sum(one["verb"]["display"]["fr"] == "a répondu à" for one in told) == shown.count()

    boeuf.follows("MARTIN").reads("Essai 2", "montré ici", "Juste").follows("envoyé").reads("Pas encore")
    boeuf.page.emulate_media(media="print")
    expect(boeuf.page.get_by_role("button", name="Imprimer")).to_be_hidden()
    expect(boeuf.page.get_by_role("table").first).to_be_visible()
