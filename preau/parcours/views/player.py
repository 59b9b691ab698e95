"""The pupil's player: one question a page, a look back every five, a calm end. It works without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from preau.accounts.models import Account
from preau.parcours import actions
from preau.parcours.access import attempt_of
from preau.parcours.editions import bank_of_edition
from preau.parcours.framework import competence
from preau.parcours.items import AnswerRefused, Resource, UnknownResource, present, resource
from preau.parcours.looking_back import looked_back, results_of
from preau.parcours.models import CHECKPOINT, Attempt
from preau.web.refusals import Refusal

OURS = ("csrfmiddlewaretoken", "rank", "item", "key", "pass")


def who(request: HttpRequest) -> Account:
    """Whoever is signed in; the page was closed to anybody else."""
    if not isinstance(request.user, Account):
        raise PermissionDenied
    return request.user


@require_GET
@login_required
def play(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the pupil is: a question, a look back, the end, or a door that is closed for now."""
    attempt, now = attempt_of(who(request), pk), timezone.now()
    if not attempt.running:
        return render(request, "parcours/end.html", {"attempt": attempt, **results_of(attempt)})
    try:
        actions.check_open(attempt, at=now)
    except actions.Paused as refusal:
        return render(request, "parcours/closed.html", {"attempt": attempt, "refusal": refusal})
    if attempt.at_checkpoint:
        answers = attempt.answers.filter(rank__gt=attempt.answered - CHECKPOINT).order_by("rank")
        facts = {"attempt": attempt, "answers": looked_back(attempt, answers)}
        return render(request, "parcours/checkpoint.html", facts)
    actions.come_back(attempt=attempt, at=now)
    return _ask(request, attempt)


def _ask(request: HttpRequest, attempt: Attempt, *, error: str = "", status: int = 200) -> HttpResponse:
    item = bank_of_edition(attempt.edition_id).item(attempt.item_id)
    facts = {
        "attempt": attempt,
        "question": present(item, attempt.seed),
        "key": attempt.key_of(attempt.rank),
        "resources": reverse("parcours:resource", kwargs={"pk": attempt.pk, "item": item.id, "name": "x"})[
            :-1
        ],
        "competence": competence(item.skill.competence),
        "length": attempt.plan.length,
        "error": error,
    }
    return render(request, "parcours/question.html", facts, status=status)


def from_forms(
    view: Callable[[HttpRequest, int], HttpResponse],
) -> Callable[[HttpRequest, int], HttpResponse]:
    """Only a form sends here; whoever opens the address (a page left open too long) is shown where they are."""

    @wraps(view)
    @login_required
    @require_http_methods(["GET", "HEAD", "POST"])
    def deed(request: HttpRequest, pk: int) -> HttpResponse:
        if request.method == "POST":
            return view(request, pk)
        return redirect("parcours:play", pk=attempt_of(who(request), pk).pk)

    return deed


@from_forms
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep an answer, then show what comes next; a script that waits for the network is told where to go."""
    account, there = who(request), reverse("parcours:play", kwargs={"pk": pk})
    try:
        actions.answer(
            attempt=Attempt(pk=pk), among=Attempt.objects.reachable_by(account), by=account, at=timezone.now(),
            **_sent(request.POST),
        )  # fmt: skip
    except Attempt.DoesNotExist:
        raise Http404 from None
    except AnswerRefused as refusal:
        if _script(request):
            return JsonResponse({"refusal": gettext(refusal.message), "kept": False}, status=422)
        return _ask(request, attempt_of(account, pk), error=refusal.message, status=422)
    except Refusal as refusal:
        attempt_of(account, pk)  # somebody else's, or none: as if it were not there
        messages.warning(request, refusal.message)
    return JsonResponse({"next": there, "kept": True}) if _script(request) else redirect(there)


def _script(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _sent(sent: QueryDict) -> dict[str, Any]:
    """What the form says, typed; raise OtherQuestion when it is not a form of ours."""
    try:
        rank, key = int(sent.get("rank", "")[:4]), UUID(sent.get("key", ""))
    except ValueError:
        raise actions.OtherQuestion from None
    return {
        "rank": rank,
        "key": key,
        "item_id": sent.get("item", ""),
        "passed": "pass" in sent,
        "given": given_in(sent),
    }


def given_in(sent: QueryDict) -> dict[str, list[str]]:
    """The fields of the answer among those of the form."""
    return {name: list(values) for name, values in sent.lists() if name not in OURS}


@from_forms
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """The checkpoint is read."""
    actions.go_on(attempt=attempt_of(who(request), pk), at=timezone.now())
    return redirect("parcours:play", pk=pk)


@from_forms
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """« J’envoie mes résultats »: saying it twice changes nothing."""
    try:
        actions.send(attempt=attempt_of(who(request), pk), by=who(request), at=timezone.now())
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    return redirect("parcours:play", pk=pk)


@require_GET
@login_required
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Every answer given so far, what was right and why."""
    attempt = attempt_of(who(request), pk)
    answers = looked_back(attempt, attempt.answers.order_by("rank"))
    return render(request, "parcours/review.html", {"attempt": attempt, "answers": answers})


@require_GET
@login_required
def download(request: HttpRequest, pk: int, item: str, name: str) -> HttpResponse:
    """A file of the question shown, or of one already answered, in this pupil's variant."""
    attempt = attempt_of(who(request), pk)
    if item != attempt.item_id and not attempt.answers.filter(item_id=item).exists():
        raise Http404
    try:
        file = resource(bank_of_edition(attempt.edition_id).item(item), attempt.seed, name)
    except UnknownResource:
        raise Http404 from None
    return sent_file(file)


def sent_file(file: Resource) -> HttpResponse:
    """A file of a question: a picture in the page, anything else to keep."""
    picture = file.content_type.startswith("image/") and "svg" not in file.content_type
    where = "inline" if picture else f'attachment; filename="{file.filename}"'
    headers = {"Content-Disposition": where, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(file.content, content_type=file.content_type, headers=headers)
