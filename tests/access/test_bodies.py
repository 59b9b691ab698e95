"""What a form carries besides its address: the numbers of another class or school show nothing and change nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.db.models import ForeignKey
from django.test import Client
from django.urls import reverse

from preau.accounts.models import Account
from preau.accounts.second_factor.sure import SURE
from preau.classroom.actions import open_session
from preau.establishments.models import Membership, Role
from preau.handouts.models import Deed
from preau.rosters.models import Division
from tests.access.people import accounts_of
from tests.world import World

CHOSEN = {
    "chosen": "<learner>",
    "learner": "<learner>",
    "learners": "<learner>",
    "token": "jeton" * 8,
    "sure": "1",
}
SENT: list[tuple[str, dict[str, Any]]] = [
    *(("scenarios:act", {**CHOSEN, "action": deed}) for deed in (*Deed.values, "csv", "feuilles")),
    ("scenarios:effects", CHOSEN),
    ("scenarios:leaflets", CHOSEN),
    ("scenarios:export", {"division": "<division>", "classe": "<division>"}),
    ("handouts:prepare", CHOSEN),
    ("classroom:open", {"division": "<division>", "minutes": "55"}),
    ("campaigns:new", {"title": "À nous", "divisions": "<division>", "opens_at": "", "everyone": ""}),
    ("scenarios:incident", {"where": "<division>", "word": "6A"}),
    ("establishments:invite", {"email": "x@y.example", "role": "TEACHER", "divisions": "<division>"}),
    ("rosters:add", {"last_name": "Neuf", "first_name": "Tim", "division": "<division>"}),
]


def rows_about(*things: Any) -> dict[str, list[dict[str, Any]]]:
    """Every row of the database that points at one of these, and they themselves."""
    found: dict[str, list[dict[str, Any]]] = {}
    for model in apps.get_models():
        for thing in things:
            if isinstance(thing, model):
                found[f"{model._meta.label} {thing.pk}"] = list(model.objects.filter(pk=thing.pk).values())
            for field in model._meta.fields:
                if isinstance(field, ForeignKey) and isinstance(thing, field.related_model):
                    name = f"{model._meta.label}.{field.name} {thing.pk}"
                    found[name] = list(
                        model._base_manager.filter(**{field.name: thing}).order_by("pk").values()
                    )
    return found


def sent_by(account: Account, now: datetime) -> Client:
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session[SURE] = int(now.timestamp())
    session.save()
    return client


@pytest.fixture
def people(world: World, now: datetime) -> dict[str, Account | None]:
    """Léa has an account, and a lesson of hers runs."""
    found = accounts_of(world)
    open_session(division=world.divisions["6A"], minutes=55, by=world.garcao, at=now)
    return found


@pytest.mark.parametrize("who", ["colleague", "elsewhere"])
def test_a_number_of_another_in_a_form_shows_and_changes_nothing(
    world: World, people: dict[str, Account | None], now: datetime, who: str
) -> None:
    lea = world.lea
    Membership.objects.filter(account=world.okonkwo).update(role=Role.HEAD)
    school = world.tilleuls if who == "colleague" else world.mimosas
    account = people[who]
    assert account is not None
    division: Division = world.divisions["6A"]
    values = {"<learner>": lea.pk, "<division>": division.pk}
    client = sent_by(account, now)
    before = rows_about(lea, division)
    assert len(before) > 20
    for name, form in SENT:
        told = {field: values.get(value, value) for field, value in form.items()}
        path = reverse(name, args=[school.uai])
        for send in (client.post, client.get):
            answer = send(path, told)
            assert answer.status_code < 500, name
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            said = body.decode("utf-8", "replace")
            assert "Léa" not in said, f"{name} shows a pupil of another class to {who}"
    after = rows_about(lea, division)
    assert {key for key in before if before[key] != after[key]} == set()


def test_the_same_forms_do_something_for_whoever_may(
    world: World, people: dict[str, Account | None], now: datetime
) -> None:
    """Otherwise silence above would prove nothing."""
    lea = world.lea
    division = world.divisions["6A"]
    values = {"<learner>": lea.pk, "<division>": division.pk}
    client = sent_by(world.ndiaye, now)
    shown = {}
    for name, form in SENT:
        told = {field: values.get(value, value) for field, value in form.items()}
        answer = client.post(reverse(name, args=[world.tilleuls.uai]), told)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        shown[f"{name} {form.get('action', '')}"] = b"L\xc3\xa9a" in body or answer.status_code == 302
    assert sum(shown.values()) >= len(shown) - 5, shown
