"""The pupil's player and the school's composing, page by page."""

from __future__ import annotations

import pytest
from django.utils import timezone

from preau.campaigns import actions as campaigns
from preau.campaigns.models import Campaign, CampaignKind, Participation
from preau.parcours.models import Answer, Attempt, Parcours
from tests.page import Page, squeeze
from tests.parcours.pupils import account_of, anything, play_to_the_end, right_answer, short_campaign


@pytest.fixture
def lea(world, as_):
    return as_(account_of(world.lea))


@pytest.fixture
def campaign(world) -> Campaign:
    return short_campaign(world)


@pytest.fixture
def question(lea, campaign, monkeypatch) -> Page:
    # The same questions every day: some draws settle everything at the fifth answer.
    monkeypatch.setattr("preau.parcours.actions.secrets.randbits", lambda bits: 3)
    return lea.open(f"/parcours/{campaign.code}/").submit("Commencer")


def answered(page: Page, button: str = "Valider", **more) -> Page:
    """Answer the question of this page, anyhow."""
    return page.submit(button, **(more or anything(Attempt.objects.get())))


def test_one_question_a_page_with_progress_and_her_name_on_the_roof(question) -> None:
    assert "Question 1 sur 6 au plus" in question
    assert squeeze("".join(question.css(".roof-me")[0].itertext())).startswith("Léa MARTIN, 6A")
    assert "Ce n’est pas moi" in question
    assert question.css("progress[max='6'][value='0']")
    assert "Question 2" in answered(question)


def test_every_five_answers_she_looks_back_then_goes_on(question) -> None:
    page = answered(question, "Je passe", rank="1")
    for _ in range(4):
        page = page.submit("Valider", **right_answer(Attempt.objects.get()))
    assert page.title == "Tes cinq dernières réponses"
    assert page.text.count("La réponse :") == page.text.count("Passée") == 1
    assert page.text.count("Juste") == 4
    assert "Question 6" in page.submit("Continuer")


def test_she_stops_and_goes_on_on_another_machine(question, world, as_, campaign) -> None:
    answered(question)
    elsewhere = as_(Participation.objects.get().account)
    landing = elsewhere.open(f"/parcours/{campaign.code}/")
    assert "1 réponse gardée" in landing
    assert "Question 2" in landing.follow("Continuer")


def test_from_the_first_question_to_sent_results(question) -> None:
    page = question
    while Attempt.objects.get().running:
        if page.title == "Tes cinq dernières réponses":
            page = page.submit("Continuer")
        page = answered(page)
    assert page.title == "Te voilà au bout, bravo !"
    assert "ne voient encore rien" in page
    assert "Ce n’est pas une note" in page
    assert "à peu près niveau" in page or "avant le niveau 1" in page
    sent = page.submit("J’envoie mes résultats")
    assert sent.title == "C’est envoyé, bravo !"
    assert "Question 1" in sent.follow("Revoir mes réponses")
    landing = sent.client.open(f"/parcours/{Campaign.objects.get().code}/")
    assert "Voir mes résultats" in landing
    assert "J’ai terminé" not in landing


def test_a_page_left_open_too_long_leads_back_to_the_question(question) -> None:
    pk = Attempt.objects.get().pk
    for end in ("reponse/", "suite/", "envoyer/"):
        assert "Question 1" in question.client.open(f"/mon-parcours/{pk}/{end}")


def test_an_empty_answer_is_said_above_the_same_question(question) -> None:
    again = question.submit("Valider")
    assert again.status == 422
    assert again.css("[role=alert]")
    assert again.title == question.title
    assert not Answer.objects.exists()


def test_the_back_button_shows_what_comes_next(question) -> None:
    answered(question)
    late = question.submit("Je passe")
    assert "ta première réponse est gardée" in late
    assert "Question 2" in late


def test_a_page_from_another_attempt_changes_nothing(question) -> None:
    attempt = Attempt.objects.get()
    for forged in ({"rank": "x"}, {"key": "x"}, {"item": "autre"}, {"rank": "9"}, {}):
        fields = {"rank": "1", "item": attempt.item_id, "key": str(attempt.key_of(1)), "answer": "1"}
        said = question.client.read(
            question.client.post(
                f"/mon-parcours/{attempt.pk}/reponse/", fields | forged if forged else {}, follow=True
            )
        )
        assert "Rien n’est perdu" in said
        assert said.status == 200
    assert not Answer.objects.exists()


def test_nobody_else_reaches_her_attempt(question, world, as_, page) -> None:
    pk = Attempt.objects.get().pk
    for account in (account_of(world.learners["nils"]), world.garcao, world.boeuf):
        other = as_(account)
        for end in ("", "reponses/"):
            assert other.get(f"/mon-parcours/{pk}/{end}").status_code == 404
        for end in ("reponse/", "suite/", "envoyer/"):
            assert other.post(f"/mon-parcours/{pk}/{end}").status_code == 404
    assert page.get(f"/mon-parcours/{pk}/").status_code == 302
    assert question.client.get("/mon-parcours/999999999/").status_code == 404


def test_a_script_that_waits_for_the_network_is_told_where_to_go(question) -> None:
    attempt = Attempt.objects.get()
    fields = {"rank": "1", "item": attempt.item_id, "key": str(attempt.key_of(1))}
    address = f"/mon-parcours/{attempt.pk}/reponse/"
    empty = question.client.post(address, fields, headers={"Accept": "application/json"})
    assert (empty.status_code, empty.json()["kept"]) == (422, False)
    for _ in range(2):
        sent = question.client.post(
            address, fields | anything(attempt), headers={"Accept": "application/json"}
        )
        assert sent.json() == {"next": f"/mon-parcours/{attempt.pk}/", "kept": True}
    assert Answer.objects.count() == 1


def test_a_campaign_closed_in_the_middle_says_what_is_kept(question, world, campaign) -> None:
    answered(question)
    campaigns.close_campaign(campaign=campaign, by=world.boeuf, at=timezone.now())
    closed = question.client.open(f"/mon-parcours/{Attempt.objects.get().pk}/")
    assert closed.title == "Le parcours est fermé en ce moment"
    assert "1 réponse" in closed
    assert closed.submit("J’envoie mes résultats").title == "C’est envoyé, bravo !"


def test_a_pupil_who_has_left_no_longer_enters(question, world) -> None:
    world.lea.status = "LEFT"
    world.lea.left_on = timezone.localdate()
    world.lea.save()
    assert question.client.get(f"/mon-parcours/{Attempt.objects.get().pk}/").status_code == 404


def test_files_are_those_of_her_questions_only(question) -> None:
    attempt = Attempt.objects.get()
    at = f"/mon-parcours/{attempt.pk}/fichiers"
    assert question.client.get(f"{at}/autre/notes.txt").status_code == 404
    assert question.client.get(f"{at}/{attempt.item_id}/../../secret").status_code == 404


def test_a_page_costs_the_same_at_the_first_question_and_at_the_fourth(
    question, django_assert_max_num_queries
) -> None:
    attempt = Attempt.objects.get()
    with django_assert_max_num_queries(12) as first:
        question.client.get(f"/mon-parcours/{attempt.pk}/")
        cost = len(first)
    page = question
    for _ in range(3):
        page = answered(page)
    with django_assert_max_num_queries(cost):
        page.client.get(f"/mon-parcours/{attempt.pk}/")


def test_a_second_try_is_asked_for_and_both_can_be_read_again(lea, world) -> None:
    campaign = short_campaign(world, several_tries=True)
    lea.open(f"/parcours/{campaign.code}/").submit("Commencer")
    first = play_to_the_end(Attempt.objects.get())
    lea.open(f"/mon-parcours/{first.pk}/").submit("J’envoie mes résultats")
    landing = lea.open(f"/parcours/{campaign.code}/")
    assert Attempt.objects.count() == 1
    again = landing.submit("Recommencer")
    assert Attempt.objects.count() == 2
    assert again.follow("Essai 1").title == "C’est envoyé, bravo !"


def test_the_referente_composes_a_parcours_and_a_campaign_opens_it(as_, world) -> None:
    boeuf, uai = as_(world.boeuf), world.tilleuls.uai
    form = boeuf.open(f"/e/{uai}/campagnes/").follow("Parcours").follow("Composer un parcours")
    refused = form.submit("Composer ce parcours", title="", length="abc")
    assert refused.status == 422
    assert "Choisissez au moins une compétence" in refused
    wrong = form.submit("Composer ce parcours", title="x", competences=["1.1"], lowest="5", highest="2")
    assert "plus bas que le premier" in wrong
    form.submit("Composer ce parcours", title="Chercher", competences=["1.1", "1.3"], length="6")
    composed = Parcours.objects.get()
    new = boeuf.open(f"/e/{uai}/campagnes/nouvelle/")
    made = new.submit("Créer la campagne", title="Recherche", opens=f"parcours-{composed.pk}")
    assert "Chercher : 2 compétences, 6 questions au plus" in made
    campaign = Campaign.objects.get()
    assert (campaign.kind, campaign.parcours) == (CampaignKind.COMPOSED, composed)
    assert made.follow("Modifier").css(f"input[value='parcours-{composed.pk}'][checked]")
    put_away = boeuf.open(f"/e/{uai}/parcours/").submit("Ranger")
    assert "continuent" in put_away
    assert made.follow("Modifier").css(f"input[value='parcours-{composed.pk}'][checked]")
    assert not boeuf.open(f"/e/{uai}/campagnes/nouvelle/").css(f"input[value='parcours-{composed.pk}']")


def test_a_new_campaign_opens_the_rentree_unless_told_otherwise(as_, world) -> None:
    new = as_(world.boeuf).open(f"/e/{world.tilleuls.uai}/campagnes/nouvelle/")
    new.submit("Créer la campagne", title="Rentrée", auto_send="on")
    campaign = Campaign.objects.get()
    assert (campaign.kind, campaign.auto_send) == (CampaignKind.RENTREE, True)
    assert new.submit("Créer la campagne", title="x", opens="parcours-99999").status == 422


def test_a_school_sees_and_puts_away_only_its_own(as_, world, campaign) -> None:
    composed = Parcours.objects.get()
    okonkwo, garcao = as_(world.okonkwo), as_(world.garcao)
    assert "Chercher et vérifier" not in okonkwo.open(f"/e/{world.mimosas.uai}/parcours/")
    for client, uai in (
        (okonkwo, world.mimosas.uai),
        (okonkwo, world.tilleuls.uai),
        (garcao, world.tilleuls.uai),
    ):
        assert client.post(f"/e/{uai}/parcours/{composed.pk}/ranger/").status_code == 404


def test_staff_look_at_the_landing_page_of_a_parcours(as_, world, campaign) -> None:
    seen = as_(world.garcao).open(f"/parcours/{campaign.code}/")
    assert "comme un élève la verra" in seen
    assert not Attempt.objects.exists()
