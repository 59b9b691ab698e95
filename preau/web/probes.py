"""What whoever watches the server asks: is it alive, can it answer, how is it doing.

Answered before anything else: a load balancer asks by a number, without a name nor HTTPS.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from preau.web.instance import LEAVING_STATUS, leaving
from preau.web.metrics import count_request, exposition, waiting_seconds
from preau.web.naming import current, new_name
from preau.web.workers import lasting, workers

ALIVE, READY, METRICS = "/sante", "/pret", "/metriques"
LATE = 60  # seconds that a task may wait before somebody looks at the workers
_migrated = False


class Probes:
    """Name each request, measure it, and answer the three addresses of operators."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = str(request.headers.get("X-Request-ID", "")) if settings.BEHIND_PROXY else ""
        request.preau_name = new_name(given)  # type: ignore[attr-defined]
        mark = current.set(request.preau_name)  # type: ignore[attr-defined]
        began = time.perf_counter()
        try:
            answer = PROBES.get(request.path, self._page)(request)
            answer.headers["X-Request-ID"] = current.get()
        finally:
            spent = time.perf_counter() - began
            current.reset(mark)
        match = request.resolver_match
        view = match.view_name if match and match.view_name else "aucune"
        count_request(view=view, method=str(request.method), status=answer.status_code, seconds=spent)
        return answer

    def _page(self, request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD"} and leaving():
            return _plain("Cette instance s’arrête : rechargez la page.\n", status=LEAVING_STATUS)
        return self.get_response(request)


def alive(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return _plain("ok\n")


def ready(request: HttpRequest) -> HttpResponse:
    """Whether pages can be served: the database answers and is up to date, and nobody is stopping this instance.

    A cache that is lost, late tasks and dead workers are said, and take no page server out: pages go on without.
    """
    found: dict[str, object] = {"base": _database(), "migrations": "inconnu", "cache": cache_answers()}
    found |= {"taches": "inconnu", "travailleurs": "inconnu"}
    if found["base"] == "ok":
        found |= {"migrations": migrations_missing(), **_tasks()}
    if leaving():
        found["arret"] = "demandé"
    fine = all(found[name] == "ok" for name in ("base", "migrations")) and "arret" not in found
    answer = JsonResponse(found, status=200 if fine else 503, json_dumps_params={"ensure_ascii": False})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever has the word; without a word, for nobody."""
    if not _may_measure(request):
        return _plain("", status=404)
    return HttpResponse(
        exposition(),
        content_type="text/plain; version=0.0.4; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )


PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {ALIVE: alive, READY: ready, METRICS: metrics}


def _may_measure(request: HttpRequest) -> bool:
    said = str(request.headers.get("Authorization", "")).encode()
    known = f"Bearer {settings.METRICS_TOKEN}".encode()
    return bool(settings.METRICS_TOKEN) and secrets.compare_digest(said, known)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "ne répond pas"
    return "ok"


def migrations_missing() -> str:
    """Once they are all there, this process need not ask again."""
    global _migrated  # noqa: PLW0603
    try:
        executor = MigrationExecutor(connection)
        if not _migrated and executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "à appliquer : preau migrate"
    except DatabaseError:
        return "inconnu"
    _migrated = True
    return "ok"


def cache_answers() -> str:
    """« ok », or what is wrong with the shared cache."""
    try:
        cache.set("preau-pret", "ok", 10)
        return "ok" if cache.get("preau-pret") == "ok" else "n’a pas gardé ce qu’on lui a donné"
    except Exception:  # noqa: BLE001 - each cache has errors of its own
        return "ne répond pas"


def _tasks() -> dict[str, object]:
    """What waits for the workers, whether one lives, and for how many seconds none has given a sign (null: never)."""
    try:
        late, alive = waiting_seconds(), workers()
    except DatabaseError:
        return {}
    if late < LATE:
        tasks = "ok"
    elif alive.fine:
        tasks = f"en retard de {lasting(late)} : les processus de tâches sont tous occupés"
    else:
        tasks = f"en retard de {lasting(late)} : aucun « preau worker » ne les prend"
    silent = None if alive.silent_for is None else round(alive.silent_for)
    return {"taches": tasks, "travailleurs": alive.words or "ok", "dernier_signe_secondes": silent}


def _plain(words: str, status: int = 200) -> HttpResponse:
    return HttpResponse(
        words, status=status, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
    )
