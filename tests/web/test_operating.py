"""What operators see: probes, figures, references, structured lines, tasks; and nobody in any of them."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.models.functions import Now
from django.test import Client
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from preau.accounts.logs import DiscreetJson
from preau.accounts.models import Account
from preau.classroom.tasks import close_when_over
from preau.web import checks, probes
from preau.web.checks import nothing_was_cut, operating, what_pages_need, why_no_database, workers_live
from preau.web.lifeline import Lifeline
from preau.web.models import Worker
from preau.web.naming import Named, current
from preau.web.workers import EVERY, say_alive, workers
from tests.world import World

SAID = ("base", "migrations", "cache", "taches", "travailleurs")


@pytest.fixture(autouse=True)
def _not_said_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "_migrated", False)


def test_alive_asks_nothing_of_the_database(client: Client) -> None:
    answer = client.get("/sante", headers={"host": "10.0.0.7"})  # as a load balancer asks
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_ready_says_what_answers(db: None, client: Client) -> None:
    say_alive("un")
    answer = client.get("/pret")
    assert answer.status_code == 200
    assert answer.json().pop("dernier_signe_secondes") in {0, 1}
    assert set(answer.json()) - {"dernier_signe_secondes"} == set(SAID)
    assert {answer.json()[name] for name in SAID} == {"ok"}


def test_not_ready_without_database_and_a_lost_cache_is_said(
    db: None, client: Client, monkeypatch: Any
) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise DatabaseError

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", down)
        patched.setattr(cache, "get", lambda key: None)
        answer = client.get("/pret")
    assert answer.status_code == 503
    assert answer.json()["base"] == "ne répond pas"
    assert "gardé" in answer.json()["cache"]


def test_late_tasks_are_said_and_take_no_page_server_out(db: None, client: Client, now: Any) -> None:
    close_when_over.enqueue(1)
    DBTaskResult.objects.update(enqueued_at=now - timedelta(minutes=5))
    answer = client.get("/pret")
    assert answer.status_code == 200
    assert answer.json()["taches"] == "en retard de 5 minutes : aucun « preau worker » ne les prend"
    say_alive("un")
    assert "tous occupés" in client.get("/pret").json()["taches"]


@pytest.mark.parametrize(
    ("stopped", "said"),
    [(False, "ne donne plus signe de vie (tué, bloqué, ou sans base), il y a 12 minutes"),
     (True, "a été arrêté, il y a 12 minutes"),
     (None, "processus de tâches n’a encore vécu ici")],
)  # fmt: skip
def test_a_worker_that_lives_no_more_is_said_everywhere_and_takes_no_page_server_out(
    world: World, as_: Any, settings: Any, stopped: bool | None, said: str
) -> None:
    settings.METRICS_TOKEN = "un mot"
    if stopped is not None:
        say_alive("un", stopped=stopped)
        Worker.objects.update(seen_at=Now() - timedelta(minutes=12))
    answer = Client().get("/pret")
    assert answer.status_code == 200
    assert answer.json()["travailleurs"].endswith(said)
    assert (answer.json()["dernier_signe_secondes"] or 720) in {720, 721}
    (advice,) = workers_live()
    assert advice.id == "preau.W023"
    assert said in advice.msg
    assert "preau-taches@" in str(advice.hint)
    admin = as_(Account.objects.create_superuser("racine", "un mot de passe assez long"))
    assert said in admin.open("/admin/taches/").text
    assert "preau_workers 0.0" in figures()
    say_alive("deux")
    assert Client().get("/pret").json()["travailleurs"] == "ok"
    assert workers_live() == []
    assert "1 processus de tâches vit, dernier signe il y a une seconde" in admin.open("/admin/taches/").text
    assert "preau_workers 1.0" in figures()


def figures() -> str:
    return Client().get("/metriques", headers={"authorization": "Bearer un mot"}).content.decode()


def test_a_worker_says_that_it_lives_then_that_it_stops_and_says_nothing_when_it_is_stuck(db: None) -> None:
    lifeline = Lifeline(name="un", longest=timedelta(0))
    lifeline._tell()
    assert workers().living == 1
    lifeline._tell(stopped=True)
    assert (workers().living, workers().stopped) == (0, True)
    Worker.objects.update(stopped=False, seen_at=Now() - timedelta(minutes=2))
    lifeline._told = -EVERY
    lifeline._running = object()  # type: ignore[assignment] - a task that lasts for longer than any may
    lifeline._tell()
    assert workers().living == 0


def test_signs_of_yesterday_are_forgotten_by_the_next_worker(db: None) -> None:
    say_alive("un")
    Worker.objects.update(seen_at=Now() - timedelta(days=2))
    assert workers().words.endswith("il y a 2 jours")
    say_alive("deux")
    assert list(Worker.objects.values_list("name", flat=True)) == ["deux"]


def test_an_instance_that_is_about_to_stop_sends_readers_to_another_and_takes_forms(
    db: None, client: Client, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setenv("PREAU_INSTANCE", "8001")
    assert client.get("/pret").status_code == client.get("/aide/").status_code == 200
    (tmp_path / "arret-8001").touch()
    assert client.get("/pret").status_code == 503
    assert client.get("/pret").json()["arret"] == "demandé"
    assert client.get("/aide/").status_code == 502  # nginx asks the other one
    assert client.post("/connexion/", {"identifier": "x", "password": "y"}).status_code == 200
    assert client.get("/sante").status_code == 200
    monkeypatch.setenv("PREAU_INSTANCE", "8002")
    assert client.get("/aide/").status_code == 200


def test_figures_are_for_whoever_has_the_word(db: None, client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "un mot"
    assert client.get("/metriques").status_code == 404
    assert client.get("/metriques", headers={"authorization": "Bearer autre"}).status_code == 404
    client.get("/aide/")
    said = client.get("/metriques", headers={"authorization": "Bearer un mot"}).content.decode()
    assert 'preau_requests_total{method="GET",status="2xx",view="web:help"}' in said
    assert "preau_request_seconds_bucket" in said


def test_without_a_word_there_are_no_figures(db: None, client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for said in ("", "Bearer ", "Bearer"):
        assert client.get("/metriques", headers={"authorization": said}).status_code == 404


def test_figures_name_nobody(world: World, as_: Any, settings: Any) -> None:
    settings.METRICS_TOKEN = "un mot"
    as_(world.boeuf).get(f"/e/0931434D/eleves/{world.lea.pk}/")
    as_(world.boeuf).get("/e/0931434D/eleves/?q=martin")
    said = Client().get("/metriques", headers={"authorization": "Bearer un mot"}).content.decode().casefold()
    assert [word for word in ("0931434d", "martin", "boeuf", "eleves") if word in said] == []


def test_a_failure_gives_a_reference_to_the_person_and_to_the_log(
    client: Client, monkeypatch: Any, caplog: Any
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("preau.web.views.render", broken)
    client.raise_request_exception = False
    caplog.handler.addFilter(Named())
    answer = client.get("/aide/")
    reference = answer.headers["X-Request-ID"]
    assert answer.status_code == 500
    assert reference in answer.content.decode()
    assert {record.request_id for record in caplog.records if record.levelno == logging.ERROR} == {reference}


@pytest.mark.parametrize(
    ("behind", "given", "kept"),
    [(True, "abcdef-12345", True), (False, "abcdef-12345", False), (True, "<x>" * 9, False)],
)
def test_only_our_proxy_names_a_request(
    client: Client, settings: Any, behind: bool, given: str, kept: bool
) -> None:
    settings.BEHIND_PROXY = behind
    assert (client.get("/sante", headers={"x-request-id": given}).headers["X-Request-ID"] == given) is kept


def test_a_structured_line_has_its_reference() -> None:
    record = logging.LogRecord("preau", logging.INFO, "x", 1, "bonjour %s", ("ici",), None)
    mark = current.set("abc")
    Named().filter(record)
    current.reset(mark)
    formatter = DiscreetJson("{asctime}{levelname}{name}{request_id}{message}", style="{")
    said = json.loads(formatter.format(record))
    assert (said["message"], said["request_id"], said["levelname"]) == ("bonjour ici", "abc", "INFO")


def test_whoever_administers_retries_a_failed_task_once(world: World, as_: Any) -> None:
    close_when_over.enqueue(world.lea.pk)
    DBTaskResult.objects.update(
        status=TaskResultStatus.FAILED, exception_class_path="builtins.OSError", traceback="Léa MARTIN"
    )
    admin = Account.objects.create_superuser("racine", "un mot de passe assez long")
    page = as_(admin).open("/admin/taches/")
    assert "builtins.OSError" in page
    assert "MARTIN" not in page
    assert "attend de nouveau" in page.submit("Relancer")
    assert DBTaskResult.objects.get().status == TaskResultStatus.READY
    assert "Rien n’a changé" in page.submit("Relancer")
    assert as_(world.ndiaye).open("/admin/taches/").status == 404


def test_deploying_without_eyes_is_said(settings: Any) -> None:
    settings.OPERATOR = settings.METRICS_TOKEN = ""
    assert {one.id for one in operating()} >= {"preau.W020", "preau.W021"}
    assert all(one.hint for one in operating())
    settings.OPERATOR = settings.METRICS_TOKEN = "x" * 40
    assert not {one.id for one in operating()} & {"preau.W020", "preau.W021"}


def test_what_pages_need_and_do_not_find_is_said(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert what_pages_need() == []
    monkeypatch.setattr(checks, "migrations_missing", lambda: "à appliquer : preau migrate")
    monkeypatch.setattr(checks, "cache_answers", lambda: "ne répond pas")
    said = {one.id: str(one.msg) for one in what_pages_need()}
    assert said == {
        "preau.W025": "Base de données, migrations : à appliquer : preau migrate.",
        "preau.W026": "Le cache ne répond pas : les pages continuent, plus lentes.",
    }


@pytest.mark.postgresql
def test_a_database_that_does_not_answer_is_said_once_and_at_once(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    why_no_database.cache_clear()
    monkeypatch.setitem(connection.settings_dict, "PORT", "9")
    (advice,) = what_pages_need()
    assert advice.id == "preau.W024"
    assert "port 9" in advice.msg
    assert workers_live() == nothing_was_cut() == []  # which would have waited for the pool, 20 seconds each
    why_no_database.cache_clear()


@pytest.mark.postgresql
def test_a_pgbouncer_that_gives_no_time_limit_is_said(db: None, settings: Any) -> None:
    settings.PGBOUNCER = True
    with connection.cursor() as cursor:
        for limit, said in (("0", ["preau.W027"]), ("15s", [])):
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [limit])
            assert [one.id for one in what_pages_need()] == said
