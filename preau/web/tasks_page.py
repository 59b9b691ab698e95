"""The tasks of the workers, for whoever administers the server: what waits, what failed, and once more."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from preau.web.lifeline import WorkerGone
from preau.web.metrics import waiting_seconds
from preau.web.paging import page_of
from preau.web.probes import LATE
from preau.web.workers import HOW, lasting, workers


@login_required(login_url="accounts:staff_sign_in")
@require_http_methods(["GET", "HEAD", "POST"])
def tasks(request: HttpRequest) -> HttpResponse:
    """Names of tasks and of errors only: what a task was given, and its traceback, may speak of a pupil."""
    if not (request.user.is_active and request.user.is_superuser):
        raise Http404
    if request.method == "POST":
        return _again(request)
    shown = DBTaskResult.objects.exclude(status=TaskResultStatus.SUCCESSFUL)
    page = page_of(request, shown.order_by("-enqueued_at", "pk"))
    alive, waited = workers(), waiting_seconds()
    context = {
        "page": page,
        "workers": alive,
        "how": HOW,
        "sign": lasting(alive.silent_for or 0),
        "late": waited >= LATE,
        "waited": f"Une tâche attend depuis {lasting(waited)}.",
        "gone": f"{WorkerGone.__module__}.{WorkerGone.__qualname__}",
    }
    return render(request, "web/pages/tasks.html", context)


def _again(request: HttpRequest) -> HttpResponse:
    """Put a failed task back in the queue; two clicks are one retry."""
    number = str(request.POST.get("task", ""))
    failed = DBTaskResult.objects.filter(status=TaskResultStatus.FAILED)
    found = next((one for one in failed.only("pk") if str(one.pk) == number), None)
    if found is not None and failed.filter(pk=found.pk).update(
        status=TaskResultStatus.READY, started_at=None, finished_at=None, worker_ids=[]
    ):
        messages.success(request, "La tâche attend de nouveau.")
    else:
        messages.warning(request, "Rien n’a changé : cette tâche n’est plus en échec.")
    return redirect("web:tasks")
