"""Whoever tries names learns nothing: the same answer, the same work, whether or not somebody is there."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django_tasks_db.models import DBTaskResult

from preau.accounts.hashers import Argon2id
from preau.accounts.models import Account
from preau.attachments.actions import make_cards
from preau.establishments.actions import invite
from tests.page import PageClient
from tests.scenarios.people import give_account
from tests.world import PASSWORD, World


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each Argon2id computed: nearly all the time an answer takes."""
    done: list[str] = []
    for name in ("encode", "verify"):
        real = getattr(Argon2id, name)

        def counted(self: Argon2id, *args: str, name: str = name, real=real) -> object:
            done.append(name)
            return real(self, *args)

        monkeypatch.setattr(Argon2id, name, counted)
    return done


@pytest.fixture
def people(world: World, now: datetime) -> World:
    """Léa has a password and a mail; Tom a name and no password; Zoé's account is closed."""
    lea = give_account(world.lea, now, username="lea.martin", email="lea@exemple.example")
    lea.set_password(PASSWORD)
    lea.save()
    Account.objects.create(username="tom.leroy", password="!x")
    Account.objects.create(username="zoe.closed", password=lea.password, is_active=False)
    return world


def asked(path: str, form: dict[str, str], hashed: list[str]) -> tuple[int, str, str, int, int]:
    """One question by a stranger: status, place, page without what was typed, hashes, statements."""
    hashed.clear()
    client = PageClient()
    with CaptureQueriesContext(connection) as statements:
        answer = client.post(path, form) if form else client.get(path)
    body = answer.content.decode()
    for typed in (*form.values(), path):
        body = body.replace(typed, "…")
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body)
    return answer.status_code, answer.headers.get("Location", ""), body, len(hashed), len(statements)


@pytest.mark.parametrize("door", ["/connexion/", "/personnel/"])
def test_at_the_door_every_wrong_name_costs_one_hash_and_reads_the_same(
    people: World, hashed: list[str], door: str
) -> None:
    names = ["personne.ici", "lea.martin", "tom.leroy", "zoe.closed"]
    mails = ["nul@nulle-part.example", "lea@exemple.example", "boeuf@tilleuls.example"]
    for same in (names, mails):
        met = {asked(door, {"identifier": name, "password": "pas le bon"}, hashed) for name in same}
        assert len(met) == 1, same
        assert next(iter(met))[3] == 1


def test_the_right_password_of_a_closed_account_says_no_more(people: World, hashed: list[str]) -> None:
    met = {
        asked("/connexion/", {"identifier": name, "password": PASSWORD}, hashed)
        for name in ("personne.ici", "zoe.closed")
    }
    assert len(met) == 1


def test_a_forgotten_password_answers_the_same_and_leaves_the_work_to_the_worker(
    people: World, hashed: list[str], settings
) -> None:
    settings.MAIL_CONFIGURED = True
    mails = ["nul@nulle-part.example", "boeuf@tilleuls.example", "lea@exemple.example"]
    met = {asked("/personnel/mot-de-passe-oublie/", {"email": mail}, hashed) for mail in mails}
    assert len(met) == 1
    assert next(iter(met))[3] == 0
    assert DBTaskResult.objects.count() == len(mails)


def test_a_link_of_nobody_and_a_false_link_of_somebody_are_the_same(people: World, hashed: list[str]) -> None:
    def link(pk: int, token: str = "abcdef-" + "0" * 32) -> str:
        return f"/personnel/mot-de-passe/{urlsafe_base64_encode(force_bytes(pk))}/{token}/"

    pupil = Account.objects.get(username="lea.martin")
    links = [link(10**9), link(people.boeuf.pk), link(pupil.pk, default_token_generator.make_token(pupil))]
    met = {asked(one, {}, hashed)[:4] for one in links}
    assert len(met) == 1
    assert next(iter(met))[0] == 410
    assert next(iter(met))[3] == 0


def test_an_invitation_of_nobody_and_one_that_was_withdrawn_are_the_same(
    people: World, hashed: list[str], now: datetime
) -> None:
    made = invite(
        establishment=people.tilleuls, email="neuf@x.example", role="TEACHER", by=people.ndiaye, at=now
    )
    made.invitation.delete()
    met = {asked(f"/e/invitation/{token}/", {}, hashed)[:4] for token in (made.token, "x" * len(made.token))}
    assert len(met) == 1
    assert next(iter(met))[3] == 0


def test_whoever_invites_learns_nothing_of_the_address(people: World, as_) -> None:
    said = set()
    for mail in ("neuf@x.example", people.okonkwo.email or ""):
        page = as_(people.ndiaye).open(f"/e/{people.tilleuls.uai}/equipe/inviter/")
        done = page.submit(email=mail, role="TEACHER")
        words = re.sub(r"/invitation/[\w-]+/", "", done.text).replace(mail, "…")
        said.add((done.status, words))
    assert len(said) == 1


def test_a_code_that_is_none_costs_no_hash_and_neither_does_a_real_card(
    people: World, hashed: list[str], now: datetime
) -> None:
    made = make_cards(
        learners=[people.learners["zoe"]],
        batch_number="2026-009",
        token="jeton",
        by=people.boeuf,
        at=now,
        expires_at=now + timedelta(9),
    )
    assert asked("/carte/", {"code": made[0].code}, hashed)[3] == 0
    for code in ("BDFG-HJKM-MNPQ", "2345-6789-ABCD"):
        assert asked("/carte/", {"code": code}, hashed)[3] == 0
    none = [asked("/carte/", {"code": code}, hashed) for code in ("BDFG-HJKM-MNPQ", "2345-6789-ABCD")]
    assert none[0] == none[1]
