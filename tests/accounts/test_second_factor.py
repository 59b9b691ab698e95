"""The second factor of adults: added, asked, lost, required."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from preau.accounts.models import Account
from preau.accounts.second_factor import factors, sure
from preau.accounts.second_factor.adapter import SecondFactorAdapter
from preau.audit.models import Entry
from preau.establishments.models import Membership
from tests.accounts.providers import gar
from tests.accounts.providers.conftest import asks, brings
from tests.page import Page, PageClient
from tests.world import PASSWORD, World

ADULT = {"PRO": ["National_ens"]}
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_at(steps: int = 0) -> str:
    """What the telephone shows, now or some steps of thirty seconds away."""
    step = int(timezone.now().timestamp()) // factors.STEP + steps
    return format_hotp_value(hotp_value(SECRET, step))


@pytest.fixture
def codes(world: World) -> list[str]:
    """Mme Bœuf-Delaÿe has had an application for some time; her recovery codes."""
    long_ago = timezone.now() - timedelta(days=3)
    step = int(long_ago.timestamp()) // factors.STEP
    code = format_hotp_value(hotp_value(SECRET, step))
    return factors.add_application(account=world.boeuf, secret=SECRET, code=code, at=long_ago)


def types_password(page: PageClient, account: Account, **more: str) -> Page:
    response = page.post(
        "/personnel/", {"identifier": account.email, "password": PASSWORD, **more}, follow=True
    )
    return page.read(response)


def is_in(page: PageClient) -> bool:
    return "_auth_user_id" in page.session


def test_whoever_has_none_enters_as_before(page: PageClient, world: World) -> None:
    types_password(page, world.boeuf)
    assert is_in(page)


def test_the_password_alone_does_not_enter(page: PageClient, world: World, codes: list[str]) -> None:
    asked = types_password(page, world.boeuf)
    assert asked.title == "Encore une preuve"
    assert not is_in(page)
    assert not Entry.objects.filter(verb__startswith="connexion").exists()
    assert page.get(f"/e/{world.tilleuls.uai}/").status_code == 302
    inside = asked.submit("Entrer avec ce code", code=code_at())
    assert is_in(page)
    assert inside.url == f"/e/{world.tilleuls.uai}/"
    assert Entry.objects.filter(verb="connexion", actor_id=world.boeuf.pk).count() == 1
    assert Entry.objects.filter(verb="connexion-personnel", uai=world.tilleuls.uai).count() == 1


def test_the_link_of_a_forgotten_password_does_not_enter_either(
    page: PageClient, world: World, codes: list[str]
) -> None:
    uid = urlsafe_base64_encode(force_bytes(world.boeuf.pk))
    link = f"/personnel/mot-de-passe/{uid}/{default_token_generator.make_token(world.boeuf)}/"
    asked = page.open(link).submit("Garder", password="un banc vert sous la pluie")
    assert asked.title == "Encore une preuve"
    assert not is_in(page)
    asked.submit("Entrer", code=code_at())
    assert is_in(page)


def test_a_passkey_is_for_the_host_of_our_address_whatever_the_request_says(rf: Any, settings: Any) -> None:
    settings.LOCAL, settings.SITE_HOST, settings.ALLOWED_HOSTS = False, "preau.example:8443", ["*"]
    with request_context(rf.get("/", HTTP_HOST="evil.example")):
        assert SecondFactorAdapter().get_public_key_credential_rp_entity()["id"] == "preau.example"


def test_after_the_second_factor_one_is_where_one_was_going(
    page: PageClient, world: World, codes: list[str]
) -> None:
    going_to = f"/e/{world.tilleuls.uai}/journal/"
    inside = types_password(page, world.boeuf, next=going_to).submit("Entrer", code=code_at())
    assert inside.url == going_to
    assert {"seen", "sure_at"} <= set(page.session.keys())


def test_a_code_serves_once_even_within_its_half_minute(
    page: PageClient, world: World, codes: list[str]
) -> None:
    code = code_at()
    types_password(page, world.boeuf).submit("Entrer", code=code)
    other = PageClient()
    again = types_password(other, world.boeuf).submit("Entrer", code=code)
    assert "Ce code ne convient pas" in again
    assert not is_in(other)


def test_a_recovery_code_serves_once_and_spaces_do_not_matter(
    page: PageClient, world: World, codes: list[str]
) -> None:
    typed = f"{codes[3][:4]} {codes[3][4:]}"
    types_password(page, world.boeuf).submit("Entrer", code=typed)
    assert is_in(page)
    other = PageClient()
    assert "ne convient pas" in types_password(other, world.boeuf).submit("Entrer", code=typed)


@pytest.mark.parametrize("wrong", ["000000", "", "٣٣٣٣٣٣", "x" * 500, "-1", "½", "1" * 20])
def test_a_wrong_code_is_a_sentence(page: PageClient, world: World, codes: list[str], wrong: str) -> None:
    asked = types_password(page, world.boeuf).submit("Entrer", code=wrong)
    assert asked.status == 200
    assert asked.title == "Encore une preuve"
    assert not is_in(page)


def test_guessing_codes_gets_slower_and_slower(page: PageClient, world: World, codes: list[str]) -> None:
    asked = types_password(page, world.boeuf)
    for _ in range(6):
        asked = asked.submit("Entrer", code="000000")
    assert "Trop d’essais" in asked
    assert "Trop d’essais" in asked.submit("Entrer", code=code_at())
    assert not is_in(page)


def test_the_page_of_the_second_factor_opens_to_nobody_without_a_password(page: PageClient, db: None) -> None:
    assert page.get("/personnel/preuve/")["Location"] == "/personnel/"
    assert page.post("/personnel/preuve/", {"code": "123456"})["Location"] == "/personnel/"


def test_an_answer_of_a_key_that_is_nonsense_is_a_sentence(
    page: PageClient, world: World, codes: list[str]
) -> None:
    types_password(page, world.boeuf)
    for answer in ("", "null", "[]", "{}", '{"id": 3}', "{", '{"id": "AA", "response": {}}', '"x"'):
        assert page.post("/personnel/preuve/", {"credential": answer}).status_code == 200
    assert not is_in(page)


def test_the_secret_is_not_readable_in_the_database(world: World, codes: list[str]) -> None:
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in kept
    assert not any(code in kept for code in codes)
    box = SecondFactorAdapter()
    assert box.decrypt(box.encrypt(SECRET)) == SECRET


def test_a_changed_server_key_still_reads_what_the_old_one_sealed(settings: Any) -> None:
    sealed = SecondFactorAdapter().encrypt(SECRET)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "une autre clé"
    assert SecondFactorAdapter().decrypt(sealed) == SECRET


@pytest.fixture
def boeuf(page: PageClient, world: World) -> PageClient:
    types_password(page, world.boeuf)
    return page


def test_she_adds_an_application_and_sees_her_codes_once(
    boeuf: PageClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.generate_totp_secret", lambda: SECRET)
    adding = boeuf.open("/personnel/compte/").follow("Deuxième preuve").follow("Ajouter une application")
    assert adding.css("img[src^='data:image/svg']")
    assert "JBSW Y3DP" in adding
    assert "ne convient pas" in adding.submit("Vérifier", code="000000")
    shown = boeuf.open("/personnel/compte/preuves/application/").submit("Vérifier", code=code_at())
    assert shown.title == "Vos codes de secours"
    assert len(shown.css("li.code")) == 10
    assert "déjà ajoutée" in adding.submit("Vérifier", code=code_at())  # the first page, sent again
    listed = shown.follow("Je les ai gardés")
    assert "Il vous en reste 10" in listed
    old = [item.text for item in shown.css("li.code")]
    renewed = listed.submit("Faire dix nouveaux codes")
    assert not set(old) & {item.text for item in renewed.css("li.code")}
    boeuf.open("/personnel/compte/preuves/").follow("Retirer l’application").submit("Retirer")
    assert not Authenticator.objects.exists()


def test_what_is_grave_asks_again_who_is_there(boeuf: PageClient, world: World) -> None:
    session = boeuf.session
    session[sure.SURE] = session[sure.SURE] - sure.LASTS - 1
    session.save()
    asked = boeuf.open("/personnel/compte/preuves/application/")
    assert asked.title == "Encore vous ?"
    assert "Ce n’est pas le mot de passe" in asked.submit("Continuer", password="faux")
    assert asked.submit("Continuer", password=PASSWORD).title == "Ajouter une application"


def test_a_pupil_is_never_asked(page: PageClient, world: World) -> None:
    account = Account(username="lea.martin", first_name="Léa", last_name="Martin")
    account.set_password(PASSWORD)
    account.save()
    Authenticator.objects.create(user=account, type="totp", data={"secret": "x"})
    page.post("/connexion/", {"identifier": "lea.martin", "password": PASSWORD})
    assert is_in(page)
    for address in ("", "application/", "cle/", "codes/"):
        assert page.get(f"/personnel/compte/preuves/{address}").status_code == 404


def test_another_runner_resets_it_and_the_journal_says_who(
    page: PageClient, world: World, codes: list[str]
) -> None:
    types_password(page, world.ndiaye)
    asked = page.open(f"/e/{world.tilleuls.uai}/equipe/").follow("Deuxième preuve perdue")
    other = PageClient()
    types_password(other, world.boeuf).submit("Entrer", code=codes[0])
    asked.submit("Effacer sa deuxième preuve")
    assert other.get(f"/e/{world.tilleuls.uai}/").status_code == 302
    entry = Entry.objects.get(verb="second-facteur-efface")
    assert (entry.actor_id, entry.uai) == (world.ndiaye.pk, world.tilleuls.uai)
    types_password(other, world.boeuf)
    assert is_in(other)


def test_a_school_does_not_reset_somebody_who_works_elsewhere_too(
    page: PageClient, world: World, codes: list[str]
) -> None:
    Membership.objects.create(account=world.boeuf, establishment=world.mimosas, role="TEACHER")
    types_password(page, world.ndiaye)
    pk = Membership.objects.get(account=world.boeuf, establishment=world.tilleuls).pk
    assert page.post(f"/e/{world.tilleuls.uai}/equipe/{pk}/preuve/").status_code == 403
    assert factors.has_factor(world.boeuf)
    call_command("reset-second-factor", world.boeuf.email)
    assert not factors.has_factor(world.boeuf)


def test_nobody_resets_their_own(page: PageClient, world: World, codes: list[str]) -> None:
    types_password(page, world.boeuf).submit("Entrer", code=code_at())
    pk = Membership.objects.get(account=world.boeuf).pk
    assert page.post(f"/e/{world.tilleuls.uai}/equipe/{pk}/preuve/").status_code == 404
    assert factors.has_factor(world.boeuf)


def test_required_leaves_days_of_grace_then_leads_to_the_page_that_adds_one(
    page: PageClient, world: World, settings: Any
) -> None:
    settings.STAFF_MFA, home = "required", f"/e/{world.tilleuls.uai}/"
    types_password(page, world.boeuf)
    assert page.get(home).status_code == 200
    assert "Bientôt nécessaire" in page.open("/personnel/compte/preuves/")
    Account.objects.filter(pk=world.boeuf.pk).update(
        second_factor_asked_at=timezone.now() - timedelta(days=15)
    )
    late = PageClient()
    assert types_password(late, world.boeuf).title == "Deuxième preuve à la connexion"
    assert late.get(home)["Location"] == "/personnel/compte/preuves/"
    assert late.get("/aide/").status_code == 200
    teacher = PageClient()
    types_password(teacher, world.garcao)
    assert teacher.get(home).status_code == 200


def test_off_asks_nothing(page: PageClient, world: World, settings: Any) -> None:
    settings.STAFF_MFA = "off"
    types_password(page, world.boeuf)
    assert "second_factor_due" not in page.session


@pytest.fixture
def mediacentre(settings: Any) -> None:
    """A GAR whose answers signxml signs."""
    cache.clear()
    settings.SOCIALACCOUNT_PROVIDERS = {"saml": {"APPS": [gar.app()]}}


@pytest.fixture
def linked(world: World, codes: list[str], mediacentre: None) -> Account:
    """Mme Bœuf-Delaÿe entered with both proofs and linked her ENT from « Mon compte »."""
    page = PageClient()
    types_password(page, world.boeuf).submit("Entrer", code=code_at())
    leaving = page.open("/personnel/compte/").submit("Relier")
    answer = gar.Answer(gar.request_id_of(leaving.link("Continuer vers Médiacentre")))
    assert brings(page, answer.saying(**ADULT))["Location"] == "/personnel/compte/"
    return world.boeuf


def clicks_the_tile(page: PageClient, **said: list[str]) -> Page:
    """From the ENT to wherever Préau leads."""
    response = brings(page, asks(page).saying(**said))
    return page.open(response["Location"]) if response.status_code == 302 else page.read(response)


def test_the_tile_alone_does_not_let_a_colleague_in(
    page: PageClient, world: World, codes: list[str], linked: Account
) -> None:
    home, entered = f"/e/{world.tilleuls.uai}/", Entry.objects.filter(verb="connexion", actor_id=linked.pk)
    before = entered.count()
    asked = clicks_the_tile(page, **ADULT)
    assert asked.title == "Encore une preuve"
    assert not is_in(page)
    assert page.get(home).status_code == 302
    assert entered.count() == before
    assert "ne convient pas" in asked.submit("Entrer", code="000000")
    assert not is_in(page)
    inside = asked.submit("Entrer", code=codes[0])
    assert page.session["_auth_user_id"] == str(linked.pk)
    assert inside.url == home
    assert entered.latest("pk").facts["how"] == "mediacentre"
    assert "L’ENT est encore ouvert" in inside.submit("Se déconnecter")


def test_a_pupil_who_was_there_is_out_before_the_colleague_is_in(
    page: PageClient, world: World, codes: list[str], linked: Account
) -> None:
    pupil = Account(username="lea.martin", first_name="Léa", last_name="Martin")
    pupil.set_password(PASSWORD)
    pupil.save()
    page.post("/connexion/", {"identifier": "lea.martin", "password": PASSWORD})
    asked = clicks_the_tile(page, **ADULT)
    assert asked.title == "Encore une preuve"
    assert not is_in(page)
    asked.submit("Entrer", code=codes[0])
    assert page.session["_auth_user_id"] == str(linked.pk)


def test_a_tile_that_turns_into_a_pupil_s_opens_nothing_of_hers(page: PageClient, linked: Account) -> None:
    told = clicks_the_tile(page, PRO=["National_elv"])
    assert told.status == 403
    assert "ne vont pas ensemble" in told
    assert not is_in(page)


def test_whoever_lost_the_second_factor_adds_one_at_once_where_it_is_required(
    page: PageClient, world: World, linked: Account, settings: Any
) -> None:
    settings.STAFF_MFA = "required"
    Authenticator.objects.all().delete()
    long_ago = timezone.now() - timedelta(days=15)
    Account.objects.filter(pk=linked.pk).update(second_factor_asked_at=long_ago)
    assert clicks_the_tile(page, **ADULT).title == "Deuxième preuve à la connexion"
    assert page.get(f"/e/{world.tilleuls.uai}/")["Location"] == "/personnel/compte/preuves/"
