"""The staff's answers: who is this; and this was not them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from preau.accounts.actions import choose_password
from preau.accounts.models import Account
from preau.attachments.actions import accept_help, give_usernames, refuse_help, settle_help
from preau.attachments.models import Attachment, HelpRequest, HelpState, How
from preau.attachments.refusals import HelpAlreadyDecided, HelpOver, LearnerLeft
from preau.audit.models import Entry
from preau.campaigns.models import Campaign
from preau.rosters.models import Learner, LearnerStatus
from tests.page import Page, PageClient
from tests.world import World

PASSWORD = "trois souris vertes"
CODE = "BDFGHK274"


@pytest.fixture
def campaign(world: World, now: datetime) -> Campaign:
    return Campaign.objects.create(
        establishment=world.tilleuls,
        title="Rentrée",
        code=CODE,
        opens_at=now - timedelta(days=1),
        made_at=now,
    )


def ask(first: str, last: str, day: str) -> tuple[PageClient, HelpRequest]:
    """Somebody who is not found, waiting in front of their help code."""
    pupil = PageClient()
    pupil.open(f"/code/{CODE}/")
    pupil.open("/premiere-fois/").submit("Continuer", first_name=first, last_name=last, birth_date=day)
    return pupil, HelpRequest.objects.latest("pk")


def helps(world: World) -> str:
    return reverse("attachments:help_requests", kwargs={"uai": world.tilleuls.uai})


def attached(learner: Learner) -> Attachment:
    give_usernames(learners=[learner], by=None, at=timezone.now())
    return Attachment.objects.active().get(learner=learner)


def detach_page(as_: Any, who: Account, learner: Learner, uai: str = "0931434D") -> Page:
    return as_(who).open(reverse("attachments:detach", kwargs={"uai": uai, "learner": learner.pk}))


def test_the_near_match_is_explained_the_referente_decides_and_lea_goes_on(
    world: World, campaign: Campaign, as_: Any
) -> None:
    pupil, asked = ask("Léa", "Martin", "13/03/2015")
    page = as_(world.boeuf).open(helps(world))
    assert asked.code in page
    assert "Est-ce Léa MARTIN, 6A ?" in page
    assert "Même nom, même prénom." in page
    assert "un jour d’écart" in page
    assert "2015" not in page.css("main")[0].text_content()
    after = page.submit("Oui, c’est Léa MARTIN")
    assert "Léa MARTIN peut continuer" in after
    assert not Attachment.objects.exists()
    seen = pupil.open("/code-d-aide/")
    assert seen.title == "C’est bien toi ?"
    seen.submit("Oui").submit("Entrer", password=PASSWORD)
    made = Attachment.objects.get()
    assert (made.learner, made.made_how) == (world.lea, How.STAFF)
    asked.refresh_from_db()
    assert asked.state == HelpState.SETTLED
    assert (asked.typed_last_name, asked.typed_first_name, asked.typed_birth_date) == ("", "", None)
    assert Entry.objects.filter(
        verb="aide-accordee", actor_id=world.boeuf.pk, learner_id=world.lea.pk
    ).exists()


def test_the_waiting_page_moves_on_by_itself(world: World, campaign: Campaign, now: datetime) -> None:
    pupil, asked = ask("Léa", "Martin", "13/03/2015")
    assert pupil.get("/code-d-aide/", headers={"hx-request": "true"}).status_code == 204
    accept_help(help_request=asked, learner=world.lea, by=world.boeuf, at=now)
    answer = pupil.get("/code-d-aide/", headers={"hx-request": "true"})
    assert answer.headers["HX-Redirect"] == "/c-est-moi/"


def test_nobody_here_is_said_to_the_pupil_kindly(world: World, campaign: Campaign, as_: Any) -> None:
    pupil, _ = ask("Bob", "Wang", "01/01/2013")
    as_(world.boeuf).open(helps(world)).submit("Ce n’est personne de l’établissement")
    assert (
        pupil.get("/code-d-aide/", headers={"hx-request": "true"}).headers["HX-Redirect"] == "/code-d-aide/"
    )
    assert pupil.open("/code-d-aide/").title == "On reprend avec ton professeur"
    again = pupil.open("/premiere-fois/").submit(
        "Continuer", first_name="Bob", last_name="Wang", birth_date="02/01/2013"
    )
    assert again.title == "Nous ne te retrouvons pas encore"


def test_the_yes_of_the_staff_serves_once_for_one_hour_to_one_browser(
    world: World, campaign: Campaign, now: datetime
) -> None:
    pupil, asked = ask("Léa", "Martin", "13/03/2015")
    accept_help(help_request=asked, learner=world.lea, by=world.boeuf, at=now)
    assert PageClient().open("/code-d-aide/").title == "On reprend au début, rien n’est perdu"
    with pytest.raises(HelpOver):
        settle_help(help_request=asked, at=now + timedelta(hours=1, seconds=1))
    settle_help(help_request=asked, at=now)
    with pytest.raises(HelpOver):
        settle_help(help_request=asked, at=now)
    assert pupil.open("/code-d-aide/").title == "On reprend au début, rien n’est perdu"


def test_two_members_of_staff_answer_and_the_second_is_told(
    world: World, campaign: Campaign, now: datetime
) -> None:
    _, asked = ask("Léa", "Martin", "13/03/2015")
    accept_help(help_request=asked, learner=world.lea, by=world.boeuf, at=now)
    with pytest.raises(HelpAlreadyDecided):
        refuse_help(help_request=asked, by=world.ndiaye, at=now)


def test_a_pupil_who_left_or_of_another_school_is_never_the_answer(
    world: World, campaign: Campaign, now: datetime, as_: Any
) -> None:
    _, asked = ask("Léa", "Martin", "13/03/2015")
    Learner.objects.filter(pk=world.zoe.pk).update(status=LearnerStatus.LEFT)
    world.zoe.refresh_from_db()
    with pytest.raises(LearnerLeft):
        accept_help(help_request=asked, learner=world.zoe, by=world.boeuf, at=now)
    url = reverse("attachments:help_decide", kwargs={"uai": world.tilleuls.uai, "pk": asked.pk})
    boeuf = as_(world.boeuf)
    assert boeuf.post(url, {"learner": world.learners["noe"].pk}).status_code == 404
    assert boeuf.post(url, {"learner": "pirate"}).status_code == 404
    for number in ("9" * 18, "9" * 40, "²", "-1"):
        assert boeuf.post(url, {"learner": number}).status_code == 404


def test_a_teacher_sees_and_decides_only_for_their_own_classes(
    world: World, campaign: Campaign, as_: Any
) -> None:
    ask("Apolline", "Bœuf", "31/01/2015")  # 6C, not a class of M. Garção
    _, theirs = ask("Léa", "Martin", "13/03/2015")
    teacher = as_(world.garcao)
    page = teacher.open(helps(world))
    assert theirs.code in page
    assert "Apolline" not in page
    assert "personne de l’établissement" not in page
    url = reverse("attachments:help_decide", kwargs={"uai": world.tilleuls.uai, "pk": theirs.pk})
    assert teacher.post(url, {"learner": world.learners["apolline"].pk}).status_code == 404
    assert teacher.post(url, {}).status_code == 404
    assert "Apolline" in as_(world.boeuf).open(helps(world))


def test_a_teacher_types_the_code_of_a_lost_pupil_and_searches_their_name(
    world: World, campaign: Campaign, as_: Any
) -> None:
    pupil = PageClient()
    pupil.open(f"/code/{CODE}/")
    pupil.open("/perdu/?question=4").submit("Avoir un code d’aide")
    asked = HelpRequest.objects.get()
    teacher = as_(world.garcao)
    assert asked.code not in teacher.open(helps(world))
    found = teacher.open(f"{helps(world)}?code={asked.code.lower()}&nom=martin zo")
    found.submit("Oui, c’est Zoé MARTIN-LEROY")
    assert pupil.open("/code-d-aide/").title == "C’est bien toi ?"
    assert "Personne n’attend avec ce code" in teacher.open(f"{helps(world)}?code=ZZZZ")


def test_another_school_sees_nothing(world: World, campaign: Campaign, as_: Any) -> None:
    _, asked = ask("Léa", "Martin", "13/03/2015")
    okonkwo = as_(world.okonkwo)
    assert okonkwo.get(helps(world)).status_code == 404
    url = reverse("attachments:help_decide", kwargs={"uai": world.mimosas.uai, "pk": asked.pk})
    assert okonkwo.post(url, {"learner": world.learners["noe"].pk}).status_code == 404
    assert PageClient().get(helps(world)).status_code == 302


def test_the_page_of_calls_costs_the_same_queries_for_one_or_for_many(
    world: World, campaign: Campaign, as_: Any
) -> None:
    counts = []
    client = as_(world.boeuf)
    for calls in (1, 4):
        for number in range(calls):
            ask("Léa", "Martin", f"{13 + number}/03/2015")
        with CaptureQueriesContext(connection) as queries:
            client.open(helps(world))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_two_open_calls_of_a_school_never_share_a_code(world: World, now: datetime) -> None:
    values = {"establishment": world.tilleuls, "code": "K7M4", "reason": "lost", "made_at": now}
    first = HelpRequest.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        HelpRequest.objects.create(**values)
    HelpRequest.objects.create(**{**values, "establishment": world.mimosas})
    HelpRequest.objects.filter(pk=first.pk).update(state=HelpState.SETTLED)
    HelpRequest.objects.create(**values)


def test_the_wrong_pupil_is_detached_with_a_reason_and_it_is_undone(world: World, as_: Any) -> None:
    made = attached(world.lea)
    page = detach_page(as_, world.boeuf, world.lea)
    assert page.title == "Détacher Léa MARTIN de ce compte ?"
    assert "lea.martin" in page
    assert "annulable pendant 30 jours" in page
    refused = page.submit("Détacher Léa")
    assert refused.status == 422
    after = refused.submit("Détacher Léa", why="Un autre élève est entré avec ce nom")
    assert after.url == reverse(
        "scenarios:pupil", kwargs={"uai": world.tilleuls.uai, "learner": world.lea.pk}
    )
    made.refresh_from_db()
    assert made.ended_why == "Un autre élève est entré avec ce nom"
    undo = reverse("attachments:undo_detach", kwargs={"uai": world.tilleuls.uai, "learner": world.lea.pk})
    client = as_(world.boeuf)
    assert client.get(undo).status_code == 405
    client.post(undo)
    made.refresh_from_db()
    assert made.ended_at is None
    verbs = Entry.objects.filter(learner_id=world.lea.pk).order_by("pk").values_list("verb", flat=True)
    assert [verb for verb in verbs if "attache" in verb or "detache" in verb] == [
        "detache",
        "rattache-de-nouveau",
    ]


def test_a_page_left_open_never_detaches_the_account_that_came_since(world: World, as_: Any) -> None:
    first = attached(world.lea)
    page = detach_page(as_, world.boeuf, world.lea)
    Attachment.objects.filter(pk=first.pk).update(ended_at=timezone.now())
    second = attached(world.lea)
    late = page.submit("Détacher Léa", why="Autre raison")
    assert "Le compte rattaché a changé" in late
    second.refresh_from_db()
    assert second.ended_at is None


def test_only_who_reaches_the_pupil_detaches_them(world: World, as_: Any) -> None:
    attached(world.learners["apolline"])
    assert detach_page(as_, world.garcao, world.learners["apolline"]).status == 404
    assert detach_page(as_, world.okonkwo, world.learners["apolline"]).status == 404
    assert detach_page(as_, world.okonkwo, world.learners["apolline"], uai=world.mimosas.uai).status == 404
    assert detach_page(as_, world.ndiaye, world.learners["apolline"]).status == 200


def test_nobody_to_detach_is_said(world: World, as_: Any) -> None:
    assert "Aucun compte n’est rattaché à Léa MARTIN" in detach_page(as_, world.boeuf, world.lea)
    undo = reverse("attachments:undo_detach", kwargs={"uai": world.tilleuls.uai, "learner": world.lea.pk})
    assert as_(world.boeuf).post(undo).status_code == 404


def test_lea_says_no_to_the_pupil_the_staff_recognised_and_asks_again(
    world: World, campaign: Campaign, now: datetime
) -> None:
    pupil, asked = ask("Léa", "Martin", "13/03/2015")
    accept_help(help_request=asked, learner=world.zoe, by=world.boeuf, at=now)
    answer = pupil.open("/code-d-aide/").submit("Non, ce n’est pas moi")
    assert "Dis-le à ton professeur" in answer
    assert pupil.open("/code-d-aide/").title == "On reprend au début, rien n’est perdu"
    assert not Attachment.objects.exists()


def test_staff_recognise_lea_who_has_an_account_and_she_still_proves_it(
    world: World, campaign: Campaign, now: datetime
) -> None:
    account = attached(world.lea).account
    choose_password(account=account, password=PASSWORD, at=now)
    pupil, asked = ask("Léa", "Martin", "13/03/2015")
    accept_help(help_request=asked, learner=world.lea, by=world.boeuf, at=now)
    proof = pupil.open("/code-d-aide/").submit("Oui")
    assert proof.title == "Tu as déjà un compte"
    assert proof.submit("Continuer", proof=PASSWORD).url == reverse("campaigns:begin", kwargs={"code": CODE})
    asked.refresh_from_db()
    assert asked.state == HelpState.SETTLED


def test_a_number_without_end_recognises_nobody(world: World, campaign: Campaign, as_: Any) -> None:
    _, request = ask("Léa", "Martin", "12/03/2014")
    answer = as_(world.boeuf).post(f"{helps(world)}{request.pk}/", {"learner": "9" * 5000})
    assert answer.status_code == 404


def test_a_code_read_aloud_is_found_behind_a_crowd_of_others(
    world: World, campaign: Campaign, as_: Any, now: datetime
) -> None:
    _, request = ask("Léa", "Martin", "12/03/2014")
    HelpRequest.objects.bulk_create(
        HelpRequest(
            establishment=world.tilleuls, code=f"{rank:04}", reason="lost", made_at=now + timedelta(minutes=1)
        )
        for rank in range(80)
    )
    assert request.code in as_(world.boeuf).open(f"{helps(world)}?code={request.code}")


def test_what_was_typed_is_forgotten_once_nobody_waits_for_it(
    world: World, campaign: Campaign, now: datetime
) -> None:
    _, old = ask("Léa", "Martin", "12/03/2014")
    HelpRequest.objects.update(made_at=now - timedelta(days=1, minutes=1))
    _, fresh = ask("Tom", "Durand", "12/03/2014")
    call_command("tidy")
    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.typed_last_name, old.typed_first_name, old.typed_birth_date) == ("", "", None)
    assert fresh.typed_last_name == "Durand"
