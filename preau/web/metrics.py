"""Figures for Prometheus: requests, time, tasks, sign-ins. No person, no school, no address with a number in it.

Several processes serve the pages: each writes its counts in PROMETHEUS_MULTIPROC_DIR (`preau serve` gives one), and any
of them answers for all.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator

from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db import DatabaseError
from django.db.models import Case, Count, F, Min, When
from django.dispatch import receiver
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from preau.web.workers import workers

REQUESTS = Counter("preau_requests", "Requêtes servies", ["view", "method", "status"])
SECONDS = Histogram(
    "preau_request_seconds",
    "Temps de réponse",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
SIGN_INS = Counter("preau_sign_ins", "Entrées", ["result"])
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


def count_request(*, view: str, method: str, status: int, seconds: float) -> None:
    """One more request; `view` is the name of an address, never the address."""
    REQUESTS.labels(view, method if method in METHODS else "autre", f"{status // 100}xx").inc()
    SECONDS.labels(view).observe(seconds)


@receiver(user_logged_in)
def count_entry(**_: object) -> None:
    """Somebody came in."""
    SIGN_INS.labels("ok").inc()


@receiver(user_login_failed)
def count_refusal(**_: object) -> None:
    """A wrong password."""
    SIGN_INS.labels("refus").inc()


class Tasks:
    """What waits for the workers, and whether they live: read when asked."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Tasks by state, and for how long the oldest has been waiting."""
        states = GaugeMetricFamily("preau_tasks", "Tâches par état", labels=["state"])
        oldest = GaugeMetricFamily("preau_tasks_oldest_seconds", "Attente de la plus vieille tâche prête")
        living = GaugeMetricFamily("preau_workers", "Processus de tâches vivants")
        silent = GaugeMetricFamily("preau_workers_silent_seconds", "Temps depuis leur dernier signe de vie")
        try:
            counts = DBTaskResult.objects.order_by().values_list("status").annotate(n=Count("pk"))
            for state, count in counts:
                states.add_metric([str(state)], count)
            oldest.add_metric([], waiting_seconds())
            alive = workers()
            living.add_metric([], alive.living)
            silent.add_metric([], math.inf if alive.silent_for is None else alive.silent_for)
        except DatabaseError:
            return
        yield from (states, oldest, living, silent)


def waiting_seconds() -> float:
    """For how long the oldest task that could run has been waiting; a worker that lives takes it at once."""
    now = timezone.now()
    # What is to run as soon as possible has a `run_after` far in the future.
    since = Case(When(run_after__lte=now, then=F("run_after")), default=F("enqueued_at"))
    oldest = DBTaskResult.objects.ready().order_by().aggregate(oldest=Min(since))["oldest"]
    return (now - oldest).total_seconds() if oldest is not None else 0.0


def exposition() -> bytes:
    """What Prometheus reads."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        tasks = CollectorRegistry()
        tasks.register(Tasks())
        return generate_latest(REGISTRY) + generate_latest(tasks)
    together = CollectorRegistry()
    MultiProcessCollector(together)
    together.register(Tasks())
    return generate_latest(together)
