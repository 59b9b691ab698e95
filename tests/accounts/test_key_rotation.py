"""A new PREAU_SECRET_KEY, the old one kept beside it: nobody is put out, nothing is lost; then the old one goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from cryptography.fernet import InvalidToken
from django.contrib.auth.tokens import default_token_generator
from django.core.management import call_command
from django.test import override_settings
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from preau.accounts.providers.tickets import end_session_of, note_ticket
from preau.accounts.second_factor import factors
from preau.attachments.actions import make_cards, open_card
from preau.establishments.actions import invite
from tests.page import PageClient
from tests.world import PASSWORD, World

OLD, NEW = "ancienne clé " * 6, "nouvelle clé " * 6
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BEFORE = {"SECRET_KEY": OLD, "SECRET_KEY_FALLBACKS": [], "CARD_KEYS": [OLD]}
BETWEEN = {"SECRET_KEY": NEW, "SECRET_KEY_FALLBACKS": [OLD], "CARD_KEYS": [NEW, OLD]}
AFTER = {"SECRET_KEY": NEW, "SECRET_KEY_FALLBACKS": [], "CARD_KEYS": [NEW]}


@pytest.fixture
def before(world: World, now: datetime) -> Iterator[World]:
    with override_settings(**BEFORE):
        step = int(now.timestamp()) // factors.STEP
        code = factors.format_hotp_value(factors.hotp_value(SECRET, step))
        factors.add_application(account=world.garcao, secret=SECRET, code=code, at=now)
        yield world


def test_what_the_old_key_made_still_opens(before: World, now: datetime, rf: Any) -> None:
    school, boeuf = before.tilleuls, before.boeuf
    client = PageClient()
    client.post("/personnel/", {"identifier": boeuf.email, "password": PASSWORD})
    uid, token = (
        urlsafe_base64_encode(force_bytes(before.ndiaye.pk)),
        default_token_generator.make_token(before.ndiaye),
    )
    asked = invite(establishment=school, email="neuf@x.example", role="TEACHER", by=before.ndiaye, at=now)
    card = make_cards(
        learners=[before.lea],
        batch_number="2026-001",
        token="jeton",
        by=boeuf,
        at=now,
        expires_at=now + timedelta(9),
    )[0]
    request = rf.get("/")
    request.session = client.session
    note_ticket(request, "ent", "ST-1", at=now)
    with override_settings(**BETWEEN):
        assert client.get("/personnel/compte/").status_code == 200
        assert client.get("/personnel/compte/").status_code == 200
        assert PageClient().get(f"/personnel/mot-de-passe/{uid}/{token}/").status_code == 200
        assert PageClient().get(f"/e/invitation/{asked.token}/").status_code == 200
        assert open_card(card.code, now).learner_id == before.lea.pk
        held = Authenticator.objects.get(user=before.garcao, type="totp")
        assert decrypt(held.data["secret"]) == SECRET


def test_an_ent_still_ends_the_session_that_a_ticket_opened_before(
    before: World, now: datetime, rf: Any
) -> None:
    client = PageClient()
    client.post("/personnel/", {"identifier": before.boeuf.email, "password": PASSWORD})
    request = rf.get("/")
    request.session = client.session
    note_ticket(request, "ent", "ST-1", at=now)
    with override_settings(**BETWEEN):
        end_session_of("ent", "ST-1")
        assert client.get("/personnel/compte/").status_code == 302


def test_once_sealed_again_the_old_key_may_go(before: World) -> None:
    said = StringIO()
    with override_settings(**BETWEEN):
        call_command("reseal", stdout=said)
    assert "2 secret(s)" in said.getvalue()
    with override_settings(**AFTER):
        totp, codes = Authenticator.objects.filter(user=before.garcao).order_by("-type")
        assert decrypt(totp.data["secret"]) == SECRET
        assert len(codes.wrap().get_unused_codes()) == 10


def test_without_the_old_key_nothing_is_spoilt_and_it_is_said(before: World) -> None:
    said = StringIO()
    with override_settings(**AFTER):
        call_command("reseal", stdout=said)
        with pytest.raises(InvalidToken):
            decrypt(Authenticator.objects.get(user=before.garcao, type="totp").data["secret"])
    assert "2 ne s’ouvrent avec aucune clé" in said.getvalue()
    with override_settings(**BETWEEN):
        assert decrypt(Authenticator.objects.get(user=before.garcao, type="totp").data["secret"]) == SECRET
