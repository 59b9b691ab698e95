"""Hostile variations of what a provider brings back.

PREAU_FUZZ_SECONDS=300 runs each kind that long, case after case from PREAU_FUZZ_SEED (0), and says how many there were.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preau.accounts.models import Account
from tests.accounts.providers import ent as kit
from tests.accounts.providers import fuzz, gar
from tests.accounts.providers.conftest import asks, known, signed_in
from tests.accounts.providers.test_cas import asks as asks_cas
from tests.accounts.providers.test_oidc import asks as asks_openid
from tests.page import PageClient

SECONDS, SEED = float(os.environ.get("PREAU_FUZZ_SECONDS", "0")), int(os.environ.get("PREAU_FUZZ_SEED", "0"))
Case = Callable[[random.Random], bool]  # whether what came was still genuine


def many(case: Case, *, cases: int) -> None:
    """A few cases, drawn and cut down by Hypothesis; or as many as there is time for."""
    genuine = 0

    def count(draw: random.Random) -> None:
        nonlocal genuine
        genuine += case(draw)

    if not SECONDS:
        drawn = given(st.randoms(use_true_random=False))(count)
        settings(
            max_examples=cases, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )(drawn)()
        return
    seed, until = SEED, time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            count(random.Random(seed))
        except BaseException:
            print(f"PREAU_FUZZ_SEED={seed}")
            raise
        seed += 1
    print(f"{seed - SEED} cases, {genuine} of them genuine all the same")
    assert genuine < (seed - SEED) / 4, "the variations spoil nothing any more"


def test_whatever_is_posted_at_the_acs(lea: Account) -> None:
    """Some variations change nothing that is signed: then it is Léa, to the letter, and nobody else."""
    known(lea)
    known(Account.objects.create(username="cible"), "ee" * 64)

    def case(draw: random.Random) -> bool:
        page = PageClient(raise_request_exception=False)
        body, kind = fuzz.saml_case(draw, asks(page))
        response = page.generic("POST", fuzz.ACS, body, content_type=kind)
        if response.status_code != 303:
            fuzz.must_be_refused(response, page)
            return False
        page.get(response["Location"])
        assert signed_in(page) == str(lea.pk)
        return True

    many(case, cases=60)


@pytest.mark.parametrize("kind", ["cas", "openid"])
def test_whatever_query_comes_back(request: pytest.FixtureRequest, db: None, kind: str) -> None:
    ent: kit.Ent = request.getfixturevalue(kind)
    page = PageClient(raise_request_exception=False)

    def case(draw: random.Random) -> bool:
        if kind == "cas":
            genuine, slug = asks_cas(page, ent), "ent"
            ent.tickets.clear()  # any ticket is a bad one
        else:
            genuine, slug = {"code": "c", "state": asks_openid(page, ent)["state"]}, "mediacentre"
            ent.nonce = "autre"
        fuzz.must_be_refused(page.get(f"/mediacentre/{slug}/retour/?{fuzz.back_query(draw, genuine)}"), page)
        return False

    many(case, cases=30)


@pytest.mark.parametrize("path", sorted(fuzz.ANSWERS))
def test_whatever_the_provider_itself_answers(openid: kit.Ent, lea: Account, path: str) -> None:
    known(lea)

    def case(draw: random.Random) -> bool:
        page, openid.garbage = PageClient(raise_request_exception=False), {}
        cache.clear()  # what went wrong before is forgotten
        query: dict[str, Any] = {"code": "c", "state": asks_openid(page, openid)["state"]}
        openid.garbage = {path: fuzz.answer_case(draw, openid, path)}
        cache.clear()
        response = page.get("/mediacentre/mediacentre/retour/", query)
        openid.garbage = {}
        if response.status_code != 302:
            fuzz.must_be_refused(response, page)
            return False
        assert signed_in(page) == str(lea.pk)
        return True

    many(case, cases=25)


def test_whatever_is_posted_to_end_a_session(cas: kit.Ent) -> None:
    page, tree = PageClient(raise_request_exception=False), gar.Answer("_x").tree()

    def case(draw: random.Random) -> bool:
        document = draw.choice(fuzz.DOCUMENTS)(draw, gar.copy(tree))
        body = fuzz.urlencode({"logoutRequest": document})
        fuzz.must_be_refused(
            page.generic("POST", "/mediacentre/ent/retour/", body, content_type=gar.FORM), page
        )
        return False

    many(case, cases=30)
