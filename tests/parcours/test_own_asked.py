"""A school's own questions inside its parcours: asked, told, never measured before they have a level."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from preau.campaigns import actions as campaigns
from preau.parcours import actions, own_questions
from preau.parcours.bank import load_bank
from preau.parcours.choosing import course_of
from preau.parcours.looking_back import results_of
from preau.parcours.models import OWN, Attempt, Parcours, SchoolItem
from preau.parcours.plans import RENTREE
from preau.parcours.rasch import ENOUGH
from tests.parcours.pupils import SHORT, account_of, anything, play_to_the_end, right_answer, short_campaign
from tests.parcours.test_calibration import sent_answers
from tests.world import World

WITH_OURS = replace(SHORT, own=2)
FORM = {"title": "Chez nous", "competences": ["1.1"], "lowest": "1", "highest": "8", "length": "6"}


@pytest.fixture(autouse=True)
def _fresh_courses() -> None:
    course_of.cache_clear()  # rows made in another test may have the same number


@pytest.fixture
def ours(world: World) -> list[SchoolItem]:
    """Three questions of the Tilleuls about 1.1, one about 4.2."""
    made = []
    for place, competence in enumerate(("1.1", "1.1", "1.1", "4.2")):
        told = {
            "kind": "text",
            "prompt": f"Combien font {place} et 1 ?",
            "answers": [str(place + 1)],
            "explanation": "On compte.",
        }
        made += own_questions.add_questions(
            establishment=world.tilleuls, competence=competence, sources=[told], by=world.garcao, at=timezone.now()
        )  # fmt: skip
    return made


def begun(world: World, plan=WITH_OURS, **more) -> Attempt:
    account = account_of(world.lea)
    return actions.start(plan=plan, learner=world.lea, account=account, at=timezone.now(), **more)


def test_two_of_ours_are_asked_besides_and_change_no_level(world, ours) -> None:
    over = play_to_the_end(begun(world, seed=7), right_answer)
    asked = list(over.answers.filter(item_id__startswith=OWN))
    assert len(asked) == 2
    assert {(one.competence, one.level, one.right) for one in asked} == {("1.1", 0, True)}
    assert [one["competence"] for one in over.levels] == ["1.1", "1.3"]
    again = actions.start(plan=SHORT, learner=world.lea, account=over.account, at=timezone.now(), seed=7)
    alone = play_to_the_end(again, right_answer)
    assert over.levels == alone.levels
    assert over.answered == alone.answered + 2


def test_missing_ours_lowers_nothing_and_is_no_advice(world, ours) -> None:
    over = play_to_the_end(
        begun(world), lambda attempt: {"answer": ["zut"]} if attempt.item_id.startswith(OWN) else right_answer(attempt)
    )  # fmt: skip
    assert over.answers.filter(right=False).count() == 2
    assert all(one["level"] == one["top"] for one in over.levels)
    assert results_of(over)["advice"] == []


def test_a_question_changed_in_the_middle_stays_as_it_was_for_who_has_begun(world, ours) -> None:
    attempt = begun(world)
    for question in ours:
        own_questions.change_question(
            question=question, competence="1.1", source={**question.source, "answers": ["tout autre"]},
            by=world.garcao, at=timezone.now(),
        )  # fmt: skip
    over = play_to_the_end(attempt, right_answer)
    assert over.answers.filter(item_id__startswith=OWN, right=True).count() == 2


def test_another_school_s_questions_and_a_plan_without_them_ask_none(world, ours) -> None:
    noe = next(one for one in world.learners.values() if one.establishment == world.mimosas)
    theirs = actions.start(plan=WITH_OURS, learner=noe, account=account_of(noe), at=timezone.now())
    assert theirs.edition_id == load_bank().version == begun(world, SHORT).edition_id


def test_a_parcours_of_only_our_questions_ends_without_a_level(world, ours) -> None:
    plan = replace(SHORT, competences=("1.1",), lowest=8, highest=8, own=3)
    over = play_to_the_end(begun(world, plan), right_answer)
    assert over.answered == 3
    assert over.levels == []


def test_the_school_composes_a_parcours_with_its_own_questions(as_, world, ours) -> None:
    page = as_(world.garcao).open(f"/e/{world.tilleuls.uai}/parcours/nouveau/")
    refused = page.submit("Composer ce parcours", **FORM | {"competences": ["5.2"], "own": "3"})
    assert "pas encore de question dans ces compétences" in refused
    assert "au plus" in page.submit("Composer ce parcours", **FORM, own="99")
    made = page.submit("Composer ce parcours", **FORM, own="3")
    assert "et 3 de vos questions" in made
    assert Parcours.objects.get().plan.own == 3


def test_enough_answers_give_a_question_its_level_until_it_is_changed(world, ours) -> None:
    seen, rare = ours[:2]
    sent_answers(world, seen.item, ENOUGH, right=ENOUGH // 2)
    sent_answers(world, rare.item, ENOUGH - 1, right=ENOUGH // 2)
    said = StringIO()
    call_command("calibrate", stdout=said)
    assert "1 question(s) d’établissements" in said.getvalue()
    seen.refresh_from_db()
    rare.refresh_from_db()
    assert (seen.calibrated, seen.level, rare.calibrated) == (True, 4, False)
    course = actions.course_for(begun(world))
    assert seen.item.id not in course.own
    assert seen.item.skill.id in course.chains.where
    own_questions.change_question(
        question=seen,
        competence="1.1",
        source={**seen.source, "prompt": "Autre ?"},
        by=world.garcao,
        at=timezone.now(),
    )
    seen.refresh_from_db()
    assert (seen.calibrated, seen.level) == (False, None)


def test_the_teacher_reads_how_our_questions_went(as_, world, ours) -> None:
    campaign = short_campaign(world, plan=WITH_OURS)
    account = account_of(world.lea)
    participation = campaigns.begin(campaign=campaign, learner=world.lea, account=account, at=timezone.now())
    actions.send(attempt=play_to_the_end(participation.attempt, anything), by=account, at=timezone.now())
    told = as_(world.boeuf).open(f"/e/{world.tilleuls.uai}/campagnes/{campaign.pk}/resultats/questions/")
    assert "Combien font" in told
    assert "pas encore de niveau" in told


@pytest.mark.parametrize("to", ["gift", "qti", "json"])
def test_the_questions_of_the_start_leave_with_whoever_wants_them(as_, world, to) -> None:
    garcao = as_(world.garcao)
    page = garcao.open(f"/e/{world.tilleuls.uai}/questions/")
    file = garcao.get(page.link({"gift": "GIFT", "qti": "QTI", "json": "JSON"}[to]))
    assert "preau-questions" in file["Content-Disposition"]
    assert len(file.content) > 10_000
    said = file.content
    if to == "qti":
        with zipfile.ZipFile(io.BytesIO(said)) as archive:
            said = archive.read("LICENCE.txt")
    assert "CC BY 4.0" in said.decode()
    assert as_(world.okonkwo).get(f"/e/{world.tilleuls.uai}/questions/depart/{to}/").status_code == 404
    assert garcao.get(f"/e/{world.tilleuls.uai}/questions/depart/exe/").status_code == 404


def test_the_parcours_of_the_rentree_stops_within_a_quarter_of_an_hour() -> None:
    assert RENTREE.limits.seconds == 15 * 60
    assert 10 <= RENTREE.minutes <= 15
