"""What happens once the GAR has vouched for somebody: known or not, alone on the computer or not, pupil or adult."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.stages import LoginStage
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.apps import apps
from django.core.serializers import serialize
from django.shortcuts import redirect
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import etree

from preau.accounts.adapter import AccountAdapter
from preau.accounts.identities import LastWayIn, disconnect
from preau.accounts.models import Account
from preau.accounts.providers import saml_response
from preau.accounts.providers.refusals import ArrivalRefused
from preau.accounts.providers.saml import SamlProvider
from preau.audit.models import Entry
from tests.accounts.providers import gar
from tests.accounts.providers.conftest import asks, brings, known, signed_in
from tests.page import PageClient
from tests.world import PASSWORD, World

TEACHER = {"PRO": ["National_ens"]}


@pytest.fixture
def boeuf(db: None) -> Account:
    account = Account(email="boeuf@tilleuls.example", first_name="Cécile", last_name="Bœuf")
    account.set_password(PASSWORD)
    account.save()
    return account


def enters(page: PageClient, identifier: str, path: str = "/connexion/") -> None:
    assert page.post(path, {"identifier": identifier, "password": PASSWORD}).status_code == 302


def test_lea_keeps_where_she_was_going(page: PageClient, lea: Account) -> None:
    known(lea)
    brings(page, asks(page, query="?code=bdfghk274"))
    assert page.session["arrival"] == [None, "/code/BDFGHK274/"]


@pytest.mark.parametrize(
    "query", ["?next=https://evil.example/", "?next=//evil.example", "?code=../x", "?code=é"]
)
def test_a_tile_leads_nowhere_else(page: PageClient, db: None, query: str) -> None:
    asks(page, query=query)
    assert "arrival" not in page.session


def test_a_new_session_key_at_each_arrival(page: PageClient, lea: Account) -> None:
    known(lea)
    answer = asks(page)
    before = page.session.session_key
    brings(page, answer)
    assert page.session.session_key != before


def test_lea_already_in_stays_in(page: PageClient, lea: Account) -> None:
    known(lea)
    enters(page, "lea.martin")
    brings(page, asks(page))
    assert signed_in(page) == str(lea.pk)


def test_lea_already_in_meets_an_identity_nobody_has_yet_and_stays_in(page: PageClient, lea: Account) -> None:
    enters(page, "lea.martin")
    brings(page, asks(page))
    assert signed_in(page) == str(lea.pk)
    assert page.session["identity"]["uid"] == gar.IDO


def test_on_a_shared_computer_the_first_pupil_is_signed_out(page: PageClient, lea: Account) -> None:
    tom = Account(username="tom.leroy")
    tom.set_password(PASSWORD)
    tom.save()
    known(lea)
    enters(page, "tom.leroy")
    brings(page, asks(page))
    assert signed_in(page) == str(lea.pk)


def test_a_closed_account_opens_nothing_and_the_first_pupil_is_signed_out(
    page: PageClient, lea: Account
) -> None:
    known(Account.objects.create(username="tom.leroy", is_active=False))
    enters(page, "lea.martin")
    answer = brings(page, asks(page))
    assert answer.status_code == 403
    assert "Ce compte est fermé" in answer.content.decode()
    assert signed_in(page) is None


def test_a_new_arrival_takes_the_place_of_the_one_that_waited(page: PageClient, db: None) -> None:
    brings(page, asks(page))
    assert "identity" in page.session
    page.get("/mediacentre/")  # two providers: a choice
    page.get("/mediacentre/mediacentre/")
    assert "identity" not in page.session


def test_a_teacher_s_session_refuses_a_pupil(page: PageClient, boeuf: Account, lea: Account) -> None:
    for waiting in (False, True):
        if waiting:
            known(lea)
        enters(page, boeuf.email or "", "/personnel/")
        answer = brings(page, asks(page))
        assert answer.status_code == 409
        assert "Un adulte est connecté" in answer.content.decode()
        assert signed_in(page) == str(boeuf.pk)
        assert "identity" not in page.session


def test_a_teacher_nobody_linked_is_told_what_to_do(page: PageClient, db: None) -> None:
    answer = brings(page, asks(page).saying(**TEACHER))
    assert answer.status_code == 403
    assert "Votre compte Préau n’est pas encore relié" in answer.content.decode()
    assert "identity" not in page.session
    assert not Account.objects.exists()


@pytest.mark.parametrize("profile", [[], ["National_tut"], ["National_elv", "National_ens"], ["autre"]])
def test_whoever_is_not_said_to_be_a_pupil_never_becomes_one(
    page: PageClient, db: None, profile: list[str]
) -> None:
    answer = brings(page, asks(page).saying(PRO=profile))
    assert answer.status_code == 403
    assert "identity" not in page.session


def test_cecile_links_her_ent_then_enters_by_it(page: PageClient, boeuf: Account) -> None:
    enters(page, boeuf.email or "", "/personnel/")
    mine = page.open("/personnel/compte/")
    assert "Pas encore relié" in mine
    leaving = mine.submit("Relier Médiacentre")
    assert "Vous partez vers Médiacentre" in leaving
    sent = leaving.css("a.btn-primary")[0].get("href")
    answer = gar.Answer(gar.request_id_of(sent)).saying(**TEACHER)
    assert brings(page, answer)["Location"] == "/personnel/compte/"
    assert SocialAccount.objects.get().user == boeuf
    page.post("/deconnexion/")
    assert brings(page, asks(page).saying(**TEACHER))["Location"] == "/arrivee/"
    assert signed_in(page) == str(boeuf.pk)
    assert page.open("/personnel/compte/").submit("Retirer Médiacentre").title == "Mon compte"
    assert not SocialAccount.objects.exists()


def test_the_journal_of_her_school_says_that_she_came_by_the_ent(page: PageClient, world: World) -> None:
    known(world.boeuf)
    brings(page, asks(page).saying(**TEACHER))
    assert Entry.objects.get(verb="connexion-personnel-ent").uai == world.tilleuls.uai
    assert not Entry.objects.filter(verb="connexion-personnel").exists()


class SecondFactor(LoginStage):
    """Stands for a second factor: it wants something more before anybody is in."""

    key = "second-factor"
    urlname = "accounts:sign_in"

    def handle(self) -> tuple[Any, bool]:
        return redirect("/second-facteur/"), True


def test_a_second_factor_comes_before_she_is_in(
    page: PageClient, boeuf: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(boeuf)
    stage = f"{SecondFactor.__module__}.{SecondFactor.__qualname__}"
    monkeypatch.setattr(AccountAdapter, "get_login_stages", lambda self: [stage])
    answer = brings(page, asks(page).saying(**TEACHER))
    assert answer["Location"] == "/second-facteur/"
    assert signed_in(page) is None
    assert not Entry.objects.filter(verb="connexion").exists()


def test_a_plain_get_or_a_post_without_token_links_nothing(boeuf: Account) -> None:
    page = PageClient(enforce_csrf_checks=True)
    page.force_login(boeuf, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert page.get("/personnel/compte/relier/mediacentre/").status_code == 405
    assert page.post("/personnel/compte/relier/mediacentre/").status_code == 403
    answer = brings(page, asks(page).saying(**TEACHER))  # the tile itself: never a link
    assert answer.status_code == 403
    assert not SocialAccount.objects.exists()


def test_an_identity_of_somebody_else_is_not_linked(
    as_: Callable[[Account], PageClient], boeuf: Account
) -> None:
    known(Account.objects.create(email="garcao@tilleuls.example"))
    page = as_(boeuf)
    leaving = page.open("/personnel/compte/").submit("Relier Médiacentre")
    sent = leaving.css("a.btn-primary")[0].get("href")
    answer = brings(page, gar.Answer(gar.request_id_of(sent)).saying(**TEACHER))
    assert answer.status_code == 409
    assert "identity" not in page.session


def test_an_account_and_an_identity_of_two_kinds_never_meet(
    page: PageClient, lea: Account, boeuf: Account
) -> None:
    mine = known(lea)
    assert brings(page, asks(page).saying(**TEACHER)).status_code == 403
    mine.user = boeuf
    mine.save()
    assert brings(page, asks(page)).status_code == 403
    assert signed_in(page) is None


def test_a_pupil_has_no_adult_s_page(page: PageClient, lea: Account) -> None:
    enters(page, "lea.martin")
    assert page.get("/personnel/compte/").status_code == 404
    assert page.post("/personnel/compte/relier/mediacentre/").status_code == 404


def test_the_last_way_in_stays(lea: Account, now: Any) -> None:
    mine = known(lea)
    lea.set_unusable_password()
    lea.save()
    with pytest.raises(LastWayIn):
        disconnect(account=lea, identity_id=mine.pk, at=now)
    lea.set_password(PASSWORD)
    lea.save()
    disconnect(account=lea, identity_id=mine.pk, at=now)
    assert not SocialAccount.objects.exists()
    assert Entry.objects.filter(verb="identite-retiree").count() == 1


def test_nobody_removes_somebody_else_s_way_in(lea: Account, boeuf: Account, now: Any) -> None:
    mine = known(lea)
    disconnect(account=boeuf, identity_id=mine.pk, at=now)
    assert SocialAccount.objects.count() == 1


def test_leaving_says_that_the_ent_stays_open(page: PageClient, lea: Account) -> None:
    known(lea)
    brings(page, asks(page))
    key = page.session.session_key
    left = page.read(page.post("/deconnexion/", follow=True))
    assert left.title == "La connexion est fermée"
    assert "L’ENT est encore ouvert" in left
    assert left.link("Retourner dans Médiacentre") == "https://ent.example/"
    page.cookies["preau"] = key
    assert signed_in(page) is None


def test_the_sign_in_pages_offer_the_ent(page: PageClient, db: None) -> None:
    for path in ("/", "/connexion/", "/personnel/"):
        assert page.open(path).link("Médiacentre") == "/mediacentre/mediacentre/"


def test_a_deployment_without_ent_shows_none(page: PageClient, db: None, settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "Médiacentre" not in page.open("/connexion/")
    assert page.get("/mediacentre/").status_code == 404


def test_nothing_personal_is_kept_in_any_row(page: PageClient, lea: Account) -> None:
    answer = asks(page).saying(PRE=["Zénobie"], NOM=["QUAQUANTE"], DIV=["6Q##SIXIEME Q"])
    brings(page, answer)
    known(lea, "ab" * 32)
    page2 = PageClient()
    brings(
        page2, asks(page2).saying(IDO=["ab" * 32], PRE=["Zénobie"], NOM=["QUAQUANTE"], DIV=["6Q##SIXIEME Q"])
    )
    assert signed_in(page2) == str(lea.pk)
    for model in apps.get_models():
        for row in model.objects.all():
            said = serialize("json", [row]) + str(row.get_decoded() if hasattr(row, "get_decoded") else "")
            assert not [word for word in ("nobie", "QUAQUANTE", "SIXIEME") if word in said], model


def test_logs_and_error_pages_quote_nothing(
    page: PageClient, lea: Account, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    known(lea)
    lies = (
        asks(page),
        asks(page).but(key="somebody"),
        asks(page).but(status="QUAQUANTE"),
        asks(page).but(audience="QUAQUANTE"),
        asks(page).but(issuer="QUAQUANTE"),
        asks(page).saying(IDO=["QUAQUANTE", gar.IDO]),
        asks(page).saying(PRO=["National_ens"]),
    )
    pages = [brings(page, lie.saying(NOM=["QUAQUANTE"])).content.decode() for lie in lies]
    lines = [line for line in caplog.records if not line.name.startswith("signxml")]  # the invented GAR's own
    said = " ".join([*(f"{line.getMessage()} {line.__dict__}" for line in lines), *pages])
    assert "arrivée refusée" in said
    assert not [word for word in ("QUAQUANTE", gar.IDO, "Léa", "Assertion") if word in said]


def test_the_sealed_cookie_is_of_no_use_elsewhere(page: PageClient, lea: Account) -> None:
    known(lea)
    answer = asks(page)
    response = page.post(
        "/mediacentre/mediacentre/acs/", gar.urlencoded(answer.tree()), content_type=gar.FORM
    )
    cookie = response.cookies["preau-ent"]
    assert cookie["httponly"]
    assert cookie["path"] == "/mediacentre/mediacentre/acs/suite/"
    assert gar.IDO not in cookie.value
    other = PageClient()
    other.cookies["preau-ent"] = cookie.value
    assert other.get("/mediacentre/mediacentre/acs/suite/").status_code == 403
    page.cookies["preau-ent"] = cookie.value[:-2] + "AA"
    assert page.get("/mediacentre/mediacentre/acs/suite/").status_code == 403
    page.cookies["preau-ent"] = cookie.value
    assert page.get("/mediacentre/autre/acs/suite/").status_code == 403
    assert signed_in(page) is None


def test_the_longest_names_fit_in_the_cookie(page: PageClient, db: None) -> None:
    long = {
        "PRE": ["é" * 200],
        "NOM": ["Ç" * 200],
        "DIV": ["ê" * 200] * 9,
        "UAI": ["0931434D", "0180042X"] * 30,
    }
    answer = asks(page).saying(**long)
    sent = page.post("/mediacentre/mediacentre/acs/", gar.urlencoded(answer.tree()), content_type=gar.FORM)
    assert len(sent.cookies["preau-ent"].OutputString()) < 4096
    page.get(sent["Location"])
    assert page.session["identity"]["uid"] == gar.IDO


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_change_to_a_valid_response_passes_for_another_person(data: st.DataObject) -> None:
    """Bytes changed, cut, doubled, moved: refused, or the very person who was signed; never anything else."""
    document = bytearray(_VALID or _valid())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(document) - 1))
        to = min(len(document), at + data.draw(st.integers(0, 400)))
        piece = bytes(document[at:to])
        document[at:to] = data.draw(
            st.sampled_from([b"", piece * 2, piece[::-1], b"<!---->", b"&#65;", b" ", b"<x/>", piece.upper()])
            | st.binary(max_size=12)
        )
    provider = SamlProvider(None, app=SocialApp(provider="saml", **gar.app()))
    posted = gar.posted(bytes(document))["SAMLResponse"]
    try:
        answer = saml_response.unread(posted)
        assertion = saml_response.read_response(answer, ours=[provider.saml_settings()])
    except ArrivalRefused:
        return
    assert assertion.attributes["IDO"] == (gar.IDO,)
    assert assertion.request_id == "_request"


_VALID = b""


def _valid() -> bytes:
    global _VALID  # noqa: PLW0603 - signed once
    _VALID = etree.tostring(gar.Answer("_request").tree())
    return _VALID
