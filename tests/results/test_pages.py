"""What teachers read of a campaign, and what they do not."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from preau.audit.models import Entry
from preau.campaigns import actions as campaigns
from preau.campaigns.models import Campaign, Participation
from preau.parcours import actions as parcours
from preau.parcours.models import Answer, Attempt
from tests.parcours.pupils import (
    account_of,
    answer_now,
    anything,
    play_to_the_end,
    right_answer,
    short_campaign,
)
from tests.world import World


@pytest.fixture
def campaign(world: World) -> Campaign:
    return short_campaign(world, several_tries=True)


def tries(
    campaign: Campaign, learner, says=right_answer, *, send: bool = True, again: bool = False
) -> Participation:
    """This pupil goes through the campaign to its end."""
    account = learner.attachments.first().account if learner.attachments.exists() else account_of(learner)
    at = timezone.now()
    begun = campaigns.begin(campaign=campaign, learner=learner, account=account, at=at, again=again)
    over = play_to_the_end(begun.attempt, says)
    if send:
        parcours.send(attempt=over, by=account, at=at)
    return begun


def place(campaign: Campaign, end: str = "") -> str:
    return f"/e/{campaign.establishment.uai}/campagnes/{campaign.pk}/resultats/{end}"


def test_the_referente_reads_who_sent_who_finished_and_who_never_came(as_, world, campaign) -> None:
    tries(campaign, world.lea)
    tries(campaign, world.zoe, anything)
    tries(campaign, world.learners["nils"], send=False)
    apolline = world.learners["apolline"]
    begun = campaigns.begin(
        campaign=campaign, learner=apolline, account=account_of(apolline), at=timezone.now()
    )
    answer_now(begun.attempt)
    seen = as_(world.boeuf).open(f"/e/{world.tilleuls.uai}/campagnes/{campaign.pk}/").follow("Résultats")
    assert "2 élèves sur" in seen
    assert "1 terminé sans envoyer, 1 en cours" in seen
    assert len(seen.css("table.levels tbody tr")) > 4
    assert "1.1" in seen
    nils = seen.follow("ØSTERGAARD")
    assert "ses résultats restent à l’élève" in nils
    assert not nils.css("table")


def test_a_pupil_is_told_answer_by_answer_and_both_tries_are_kept(as_, world, campaign) -> None:
    tries(campaign, world.lea, anything)
    tries(campaign, world.lea, right_answer, again=True)
    boeuf = as_(world.boeuf)
    last = boeuf.open(place(campaign, f"eleves/{world.lea.pk}/"))
    assert "Essai 2" in last
    assert len(last.css("h2 + .grid-sheet tbody tr")) == Participation.objects.get(rank=2).attempt.answered
    assert "Pas encore" not in last
    assert "Pas encore" in last.follow("envoyé")
    levels = [
        boeuf.open(place(campaign, asked)).css("table.levels tbody td strong")[0].text
        for asked in ("", "?essai=premier")
    ]
    assert int(levels[0]) > int(levels[1])


def test_what_the_class_misses_is_to_be_worked_on_first_and_its_questions_are_told(
    as_, world, campaign
) -> None:
    for name in ("lea", "zoe", "nils", "apolline"):
        tries(campaign, world.learners[name], anything)
    boeuf = as_(world.boeuf)
    seen = boeuf.open(place(campaign))
    assert 1 <= len(seen.css("ol > li")) <= 3
    questions = seen.follow("Voir les questions qui ont coincé")
    rows = questions.css("tbody tr")
    assert len(rows) == Answer.objects.values("item_id").distinct().count()
    assert "%" in questions
    one = boeuf.open(place(campaign, "questions/?competence=1.1"))
    assert "1.3" not in " ".join(cell.text_content() for cell in one.css("tbody td"))


def test_a_teacher_reads_only_their_classes(as_, world, campaign) -> None:
    for name in ("lea", "apolline"):
        tries(campaign, world.learners[name])
    garcao = as_(world.garcao)
    seen = garcao.open(place(campaign))
    assert "MARTIN" in seen
    assert "BŒUF Apolline" not in seen
    assert "1 élève sur" in seen
    assert garcao.get(place(campaign, f"eleves/{world.learners['apolline'].pk}/")).status_code == 404
    assert garcao.get(place(campaign, f"?classe={world.divisions['6C'].pk}")).status_code == 404
    told = b"".join(garcao.get(place(campaign, "resultats.csv")).streaming_content).decode()
    assert "Apolline" not in told
    assert (
        f"eleve-{world.learners['apolline'].pk}"
        not in b"".join(garcao.get(place(campaign, "xapi.json")).streaming_content).decode()
    )


def test_another_school_and_another_pupil_learn_nothing(as_, world, campaign) -> None:
    tries(campaign, world.lea)
    okonkwo = as_(world.okonkwo)
    for end in ("", "questions/", f"eleves/{world.lea.pk}/", "resultats.csv", "xapi.json"):
        assert okonkwo.get(place(campaign, end)).status_code == 404
    lea, zoe = as_(world.lea.attachments.get().account), as_(account_of(world.zoe))
    assert lea.get(place(campaign)).status_code == 404
    assert "Parcours de rentrée" in lea.open("/moi/").follow("Mes résultats")
    assert "Pas encore de résultat" in zoe.open("/mes-resultats/")


def test_a_campaign_that_leads_elsewhere_has_no_results_here(as_, world, campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(kind="ADDRESS", parcours=None)
    assert as_(world.boeuf).get(place(campaign)).status_code == 404


@pytest.mark.parametrize(
    "asked", ["?classe=x", "?classe=99999999999999999999", "questions/?competence=9.9", "eleves/99999999/"]
)
def test_a_forged_address_is_not_found(as_, world, campaign, asked) -> None:
    assert as_(world.boeuf).get(place(campaign, asked)).status_code == 404


def test_the_csv_tells_every_try_and_runs_no_formula(as_, world, campaign) -> None:
    world.lea.last_name = "=1+1"
    world.lea.save()
    tries(campaign, world.lea)
    tries(campaign, world.lea, again=True)
    tries(campaign, world.zoe, send=False)
    answer = as_(world.boeuf).get(place(campaign, "resultats.csv"))
    rows = list(
        csv.DictReader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=";")
    )
    lea = [row for row in rows if row["Prénom"] == "Léa"]
    assert [row["Essai"] for row in lea] == ["1", "2"]
    assert lea[0]["Nom"] == "'=1+1"
    assert lea[0]["1.1 au moins"] <= lea[0]["1.1 à peu près"] <= lea[0]["1.1 au plus"]
    zoe = next(row for row in rows if row["Prénom"] == "Zoé")
    assert (zoe["Où il en est"], zoe["1.1 à peu près"]) == ("terminé, pas envoyé", "")
    assert any(row["Où il en est"] == "jamais venu" for row in rows)
    assert Entry.objects.filter(verb="resultats-exportes").count() == 1


def test_the_statements_name_nobody_and_tell_every_answer(as_, world, campaign) -> None:
    boeuf = as_(world.boeuf)
    assert json.loads(b"".join(boeuf.get(place(campaign, "xapi.json")).streaming_content)) == []
    begun = tries(campaign, world.lea)
    told = b"".join(boeuf.get(place(campaign, "xapi.json")).streaming_content).decode()
    statements = json.loads(told)
    answered = [one for one in statements if one["verb"]["id"].endswith("/answered")]
    assert len(answered) == Attempt.objects.get(pk=begun.attempt_id).answered == len(statements) - 1
    assert all(one["result"]["success"] for one in answered)
    assert {one["id"] for one in answered} == {
        str(key) for key in Answer.objects.values_list("key", flat=True)
    }
    assert "Léa" not in told
    assert "MARTIN" not in told


def test_the_pages_ask_the_database_as_often_for_three_pupils_as_for_many(as_, world, campaign) -> None:
    boeuf = as_(world.boeuf)
    for name in ("lea", "zoe", "nils"):
        tries(campaign, world.learners[name], anything)
    pages = [
        place(campaign),
        place(campaign, "questions/"),
        place(campaign, "resultats.csv"),
        place(campaign, "xapi.json"),
    ]

    def asked() -> list[int]:
        counts = []
        for address in pages:
            with CaptureQueriesContext(connection) as caught:
                answer = boeuf.get(address)
                assert b"".join(answer.streaming_content) if answer.streaming else answer.content
            counts.append(len(caught))
        return counts

    asked()
    before = asked()
    for name in ("apolline", "maelys"):
        tries(campaign, world.learners[name], anything)
    assert asked() == before
