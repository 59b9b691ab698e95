"""Pupils and staff enter and leave."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
from allauth.core.context import request_context
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError
from django.utils import timezone

from preau.accounts import throttle
from preau.accounts.actions import (
    AccountClosed,
    TooManyTries,
    WrongSignIn,
    check_sign_in,
    enter,
)
from preau.accounts.models import Account, SignInFailures
from preau.audit.models import Entry
from tests.page import PageClient
from tests.world import PASSWORD, World

WRONG = "Cet identifiant et ce mot de passe ne vont pas ensemble."


@pytest.fixture
def lea(db: None) -> Account:
    """Léa, who chose a password."""
    account = Account(username="lea.martin", first_name="Léa", last_name="Martin")
    account.set_password(PASSWORD)
    account.save()
    return account


@pytest.fixture
def tom(db: None) -> Account:
    account = Account(username="tom.leroy", first_name="Tom", last_name="Leroy")
    account.set_password(PASSWORD)
    account.save()
    return account


def enters(client: PageClient, identifier: str, password: str = PASSWORD, url: str = "/connexion/"):
    return client.post(url, {"identifier": identifier, "password": password})


def test_lea_enters_with_her_identifier_whatever_the_case(page: PageClient, lea: Account) -> None:
    answer = enters(page, "  Lea.MARTIN ")
    assert answer.status_code == 302
    assert answer["Location"] == "/arrivee/"
    assert page.session["_auth_user_id"] == str(lea.pk)
    assert Entry.objects.filter(verb="connexion", actor_id=lea.pk).exists()


def test_a_pupil_of_fifteen_enters_with_a_mail(page: PageClient, lea: Account) -> None:
    lea.email = "lea@exemple.fr"
    lea.save()
    assert enters(page, "Lea@Exemple.fr").status_code == 302


def test_the_session_key_changes_at_sign_in_and_the_arrival_stays(page: PageClient, lea: Account) -> None:
    session = page.session
    session["arrival"] = [7, "/parcours/BDFGHK274/"]
    session.save()
    page.cookies["preau"] = session.session_key
    enters(page, "lea.martin")
    assert page.session.session_key != session.session_key
    assert page.session["arrival"] == [7, "/parcours/BDFGHK274/"]


@pytest.mark.parametrize("case", ["unknown", "wrong", "closed", "no password"])
def test_a_wrong_sign_in_says_the_same_whether_or_not_the_account_exists(
    page: PageClient, lea: Account, case: str
) -> None:
    if case == "closed":
        lea.is_active = False
        lea.save()
    if case == "no password":
        lea.set_unusable_password()
        lea.save()
    identifier = "personne.ici" if case == "unknown" else "lea.martin"
    answer = page.read(enters(page, identifier, "pas le bon mot" if case == "wrong" else PASSWORD))
    assert answer.status == 200
    assert WRONG in answer
    assert answer.css("title")[0].text.startswith("À corriger")
    assert "_auth_user_id" not in page.session
    refused = Entry.objects.get(verb="connexion-refusee")
    assert (refused.actor, refused.actor_id, refused.about) == ("", None, "")  # counted, and names nobody


def test_an_unknown_identifier_takes_the_time_of_a_known_one(rf, lea: Account) -> None:
    """Whoever measures answers learns nothing: one Argon2id runs in every case."""
    blank = Account.objects.create(username="sans.mot", password="!")

    def seconds(identifier: str) -> float:
        taken = []
        for _ in range(7):
            SignInFailures.objects.all().delete()
            start = time.process_time()  # the processor's: a busy machine is not a slow answer
            with pytest.raises(WrongSignIn):
                check_sign_in(rf.post("/"), identifier=identifier, password="non", at=timezone.now())
            taken.append(time.process_time() - start)
        return median(taken)

    known, unknown, empty = seconds("lea.martin"), seconds("nul.autre"), seconds(blank.username or "")
    assert 0.5 < unknown / known < 2
    assert 0.5 < empty / known < 2


@pytest.mark.parametrize("identifier", ["lea.martin", "personne.ici", "nul\x00"])
def test_too_many_tries_ask_to_wait_for_known_and_unknown_alike(
    page: PageClient, lea: Account, identifier: str
) -> None:
    for _ in range(5):
        assert enters(page, identifier, "pas le bon mot").status_code == 200
    answer = page.read(enters(page, identifier, "pas le bon mot"))
    assert answer.status == (429 if "\x00" not in identifier else 200)
    if answer.status == 429:
        assert "ou demande un nouveau code" in answer
        assert int(answer.response["Retry-After"]) <= 15
        # Even the right password waits, or the delay would say which try was right.
        assert enters(page, identifier).status_code == 429


def test_a_right_password_after_the_delay_opens(lea: Account, rf) -> None:
    now = timezone.now()
    for _ in range(5):
        throttle.failed(throttle.account_key("lea.martin"), at=now)
    with pytest.raises(TooManyTries):
        check_sign_in(rf.post("/"), identifier="lea.martin", password=PASSWORD, at=now)
    later = now + timedelta(seconds=16)
    assert check_sign_in(rf.post("/"), identifier="lea.martin", password=PASSWORD, at=later) == lea


def test_a_class_of_35_behind_one_address_is_never_slowed_down(db: None) -> None:
    same = make_password(PASSWORD)
    pupils = Account.objects.bulk_create(
        Account(username=f"eleve{rank}", password=same) for rank in range(35)
    )
    for account in pupils:
        client = PageClient(REMOTE_ADDR="203.0.113.7")
        assert enters(client, account.username or "", "tilleul").status_code == 200  # everybody mistypes
        assert enters(client, account.username or "").status_code == 302


def test_tom_on_the_computer_of_lea_is_told_who_is_there(
    page: PageClient, lea: Account, tom: Account
) -> None:
    enters(page, "lea.martin")
    seen = page.read(page.get("/connexion/"))
    assert seen.title == "Tu es connecté comme Léa MARTIN"
    refused = page.read(enters(page, "tom.leroy"))
    assert refused.status == 409
    assert page.session["_auth_user_id"] == str(lea.pk)
    free = refused.submit("Ce n’est pas moi")
    assert free.title == "Entre avec ton identifiant"
    assert enters(page, "tom.leroy").status_code == 302
    assert page.session["_auth_user_id"] == str(tom.pk)


def test_lea_signing_in_twice_is_no_trouble(page: PageClient, lea: Account) -> None:
    enters(page, "lea.martin")
    assert enters(page, "lea.martin").status_code == 302


def test_nothing_of_lea_is_left_when_tom_enters_in_the_same_browser(rf, lea: Account, tom: Account) -> None:
    client = PageClient()
    enters(client, "lea.martin")
    session = client.session
    session["secret_of_lea"] = "carte"
    session["arrival"] = [7, None]
    request = rf.post("/")
    request.session, request.user = session, lea
    with request_context(request):  # allauth's middleware does it for pages
        enter(request, account=tom, at=timezone.now())
    assert "secret_of_lea" not in request.session
    assert request.session["arrival"] == [7, None]
    assert request.session["_auth_user_id"] == str(tom.pk)


def test_a_closed_account_opens_nothing(rf, client, lea: Account) -> None:
    lea.is_active = False
    request = rf.post("/")
    request.session = client.session
    with pytest.raises(AccountClosed):
        enter(request, account=lea, at=timezone.now())


@pytest.mark.parametrize("path", ["/connexion/", "/personnel/"])
def test_the_fields_say_what_is_missing(page: PageClient, path: str, db: None) -> None:
    answer = page.read(page.post(path, {"identifier": "", "password": ""}))
    assert answer.status == 200
    assert "Deux choses à corriger" in answer


def test_an_address_that_stops_half_way_is_explained(page: PageClient, db: None) -> None:
    answer = page.read(enters(page, "cecile@", "x", url="/personnel/"))
    assert "Il manque la fin, après le @." in answer


def test_the_referente_enters_and_lands_in_her_school(page: PageClient, world: World) -> None:
    answer = enters(page, "boeuf@tilleuls.example", url="/personnel/")
    assert answer["Location"] == "/e/"
    entry = Entry.objects.get(verb="connexion-personnel")
    assert (entry.uai, entry.actor_id) == (world.tilleuls.uai, world.boeuf.pk)


@pytest.mark.parametrize(
    ("asked", "lands"),
    [
        ("/e/0931434D/journal/", "/e/0931434D/journal/"),
        ("https://ailleurs.example/", "/e/"),
        ("//ailleurs.example/", "/e/"),
        ("/\\ailleurs.example", "/e/"),
        ("javascript:alert(1)", "/e/"),
    ],
)
def test_after_signing_in_one_only_goes_to_our_own_pages(
    page: PageClient, world: World, asked: str, lands: str
) -> None:
    answer = page.post(
        "/personnel/", {"identifier": "boeuf@tilleuls.example", "password": PASSWORD, "next": asked}
    )
    assert answer["Location"] == lands


def test_staff_are_spoken_to_with_vous(page: PageClient, world: World) -> None:
    for _ in range(5):
        wrong = page.read(enters(page, "boeuf@tilleuls.example", "non", url="/personnel/"))
    assert "Cette adresse et ce mot de passe ne vont pas ensemble. Vérifiez-les" in wrong
    assert "attendez" in page.read(enters(page, "boeuf@tilleuls.example", "non", url="/personnel/"))


def test_leaving_closes_the_session_and_says_so(page: PageClient, lea: Account) -> None:
    enters(page, "lea.martin")
    assert page.read(page.get("/deconnexion/")).title == "Se déconnecter"
    left = page.open("/deconnexion/").submit("Se déconnecter", next="")
    assert left.title == "La connexion est fermée"
    assert "_auth_user_id" not in page.session


def test_leaving_needs_a_post(page: PageClient, lea: Account) -> None:
    enters(page, "lea.martin")
    page.get("/deconnexion/")
    assert "_auth_user_id" in page.session


def test_without_mail_a_forgotten_password_says_who_can_help(page: PageClient, settings, db: None) -> None:
    settings.MAIL_CONFIGURED = False
    assert "Ce serveur n’envoie pas de courrier." in page.open("/personnel/mot-de-passe-oublie/")


def test_a_forgotten_password_is_replaced_by_mail_once(
    page: PageClient, world: World, settings, tasks_now
) -> None:
    settings.MAIL_CONFIGURED = True
    sent = page.open("/personnel/mot-de-passe-oublie/").submit(
        "Envoyer le lien", email="Boeuf@tilleuls.example"
    )
    assert sent.title == "Regardez votre courrier"
    tasks_now()
    (message,) = mail.outbox
    link = next(line for line in message.body.splitlines() if line.startswith("http"))
    path = link.removeprefix(settings.SITE_URL)
    chosen = page.open(path)
    weak = chosen.submit("Garder", password="azerty")
    assert "12 caractères au moins" in weak
    weak.submit("Garder", password="un banc vert sous la pluie")
    assert page.session["_auth_user_id"] == str(world.boeuf.pk)
    again = PageClient().open(path)
    assert (again.status, again.title) == (410, "Ce lien ne marche plus")


@pytest.mark.parametrize("address", ["personne@nulle-part.example", "lea@exemple.fr"])
def test_nobody_learns_which_addresses_are_known(
    page: PageClient,
    lea: Account,
    settings,
    tasks_now,
    address: str,
) -> None:
    lea.email = "lea@exemple.fr"
    lea.save()
    settings.MAIL_CONFIGURED = True
    sent = page.open("/personnel/mot-de-passe-oublie/").submit("Envoyer le lien", email=address)
    assert sent.title == "Regardez votre courrier"
    tasks_now()
    assert mail.outbox == []


@pytest.mark.parametrize("path", ["/personnel/mot-de-passe/x/y/", "/personnel/mot-de-passe/OTk5/abc-def/"])
def test_an_invented_link_is_gone(page: PageClient, path: str, db: None) -> None:
    assert page.open(path).status == 410


def test_the_administrator_enters_by_the_same_door(page: PageClient, db: None) -> None:
    """The framework's own sign-in page would not slow wrong tries down."""
    Account.objects.create_superuser("racine", PASSWORD)
    assert page.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/personnel/?next=")
    assert page.get("/admin/login/")["Location"].startswith("/personnel/")
    enters(page, "racine", url="/personnel/")
    assert page.get("/admin/").status_code == 200
    assert b"<script>" not in page.get("/admin/").content


def test_a_head_is_no_administrator(as_, world: World) -> None:
    assert as_(world.ndiaye).get("/admin/").status_code == 302


def test_a_sign_in_costs_few_queries(page: PageClient, lea: Account, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(20):
        enters(page, "lea.martin")


def test_a_deployment_in_the_open_is_refused(db: None, settings, capsys) -> None:
    from django.core.management.base import SystemCheckError

    settings.SITE_URL, settings.LOCAL, settings.ALLOWED_HOSTS = "http://ecole.example", False, ["*"]
    settings.SECRET_KEY, settings.DEBUG = "court", True
    with pytest.raises(SystemCheckError) as refused:
        call_command("check", deploy=True)
    for code in ("preau.E002", "preau.E003", "preau.E004", "preau.E008"):
        assert code in str(refused.value)


@pytest.mark.parametrize("path", ["/e/invitation/s3cret-token/", "/personnel/mot-de-passe/MQ/s3cret-token/"])
def test_the_secret_of_a_link_never_reaches_the_log(path: str) -> None:
    from preau.accounts.logs import HideLinks

    line = logging.LogRecord("django.request", logging.WARNING, "", 1, "%s: %s", ("Gone", path), None)
    assert HideLinks().filter(line)
    assert "s3cret" not in line.getMessage()
    assert line.getMessage().startswith("Gone: /")


def test_the_hour_starts_again_with_each_page_but_is_not_written_each_time(
    page: PageClient, lea: Account
) -> None:
    enters(page, "lea.martin")
    first = page.session["seen"]
    page.get("/deconnexion/")
    assert page.session["seen"] == first
    session = page.session
    session["seen"] = first - 400
    session.save()
    page.get("/deconnexion/")
    assert page.session["seen"] >= first


def test_a_failure_logged_says_where_and_quotes_nobody() -> None:
    from preau.accounts.logs import Discreet

    said = 'duplicate key value violates unique constraint "learner_ine_once"'
    try:
        raise IntegrityError(
            f"{said}\nDETAIL:  Key (ine)=(123456789AB) already exists.\nCONTEXT:  COPY 3: Léa"
        )
    except IntegrityError:
        line = logging.LogRecord("django", logging.ERROR, __file__, 1, "500", (), sys.exc_info())
    told = Discreet().format(line)
    assert said in told
    assert "test_sign_in.py" in told
    assert "123456789AB" not in told
    assert "Léa" not in told.partition("learner_ine_once")[2]


def test_the_first_run_keeps_its_folder_for_its_owner(tmp_path: Path) -> None:
    place = tmp_path / "var"
    environment = {**os.environ, "PREAU_VAR": str(place), "PREAU_SECRET_KEY": ""}
    code = "import preau.settings"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE((place / "secret_key").stat().st_mode) == 0o600


def test_a_machine_that_floods_the_school_does_not_keep_out_whoever_types_right_the_first_time(
    rf, lea: Account, tom: Account
) -> None:
    now, request = timezone.now(), rf.post("/connexion/")
    school = throttle.school_key(7)
    SignInFailures.objects.create(key=school, count=5000, first_at=now, last_at=now)
    said = {"password": PASSWORD, "establishment_id": 7, "at": now}
    assert check_sign_in(request, identifier="lea.martin", **said) == lea
    # One mistake, on an account that exists or not, and the school's delay holds.
    for identifier in ("tom.leroy", "personne.ici"):
        with pytest.raises(WrongSignIn):
            check_sign_in(request, identifier=identifier, **{**said, "password": "pas le bon mot"})
        with pytest.raises(TooManyTries):
            check_sign_in(request, identifier=identifier, **said)
