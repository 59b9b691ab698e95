"""What is kept of one person: read it, take it out, erase it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from preau.accounts.models import Account
from preau.accounts.second_factor.sure import sure_page
from preau.audit.actions import record
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.privacy import export
from preau.privacy.access import own_learners, person_of
from preau.privacy.actions import erase as erase_person
from preau.privacy.forms import EraseForm
from preau.privacy.registry import REGISTRY, Fate
from preau.privacy.retention import choices_of, kept_days
from preau.rosters.models import Learner, LearnerStatus
from preau.web.refusals import Refusal


@staff_page
@sure_page
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Everything that this school keeps of a pupil; looking is written in the journal, so it takes a button."""
    membership = access.runner(request.user, uai=uai)
    found = person_of(membership, learner)
    kept = None  # not « sections »: that is the navigation's name
    if request.method == "POST":
        _note(request, membership.account, found)
        kept = export.of_learner(found)
        if request.POST.get("format") == "json":
            return _file([(found, kept)], name=f"donnees-{uai}-{found.pk}.json")
    context = {"learner": found, "kept": kept, "now": timezone.now()}
    return render(request, "privacy/person.html", context)


@staff_page
@sure_page
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Erase a pupil who left: look first, look again, type their name."""
    membership = access.runner(request.user, uai=uai)
    found = person_of(membership, learner)
    form = EraseForm(request.POST if request.POST.get("step") == "erase" else None, learner=found)
    if form.is_valid():
        try:
            erase_person(learner=found, by=membership.account, at=timezone.now())
        except Refusal as refusal:
            messages.warning(request, refusal.message)
            return redirect("scenarios:pupil", uai, found.pk)
        messages.success(request, "C’est effacé. Le journal le dit, sans le nom.")
        return redirect("privacy:school", uai)
    context = {
        "form": form,
        "learner": found,
        "gone": found.status == LearnerStatus.LEFT,
        "second_look": request.method == "POST",
        "counts": [
            (REGISTRY[part.model._meta.label].why, len(part.rows))
            for part in export.of_learner(found, own=True)
            if part.rows and REGISTRY[part.model._meta.label].fate is Fate.ERASED
        ],
    }
    return render(request, "privacy/erase.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
def own(request: HttpRequest) -> HttpResponse:
    """What Préau knows of whoever is signed in, in every school of theirs."""
    account = _account(request)
    people = [
        {
            "learner": learner,
            "sections": export.of_learner(learner, own=True),
            "days": kept_days(learner.establishment),
            "choices": choices_of(learner.establishment),
        }
        for learner in own_learners(account)
    ]
    return render(request, "privacy/own.html", {"people": people})


@require_POST
@login_required
def own_file(request: HttpRequest) -> HttpResponse:
    """The same, in a file."""
    learners = own_learners(_account(request))
    if not learners:
        raise Http404
    for learner in learners:
        _note(request, _account(request), learner)
    return _file(
        [(learner, export.of_learner(learner, own=True)) for learner in learners], name="mes-donnees.json"
    )


def _account(request: HttpRequest) -> Account:
    if not isinstance(request.user, Account):
        raise PermissionDenied
    return request.user


def _note(request: HttpRequest, by: Account, learner: Learner) -> None:
    record(
        verb="donnees-exportees",
        at=timezone.now(),
        by=by,
        uai=learner.establishment.uai,
        about=learner.display_name,
        learner_id=learner.pk,
    )


def _file(people: Iterable[tuple[Learner, list[export.Section]]], *, name: str) -> HttpResponse:
    at = timezone.now()
    told = [
        export.as_json(sections, person=learner.display_name, school=learner.establishment, at=at)
        for learner, sections in people
    ]
    body = json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False, indent=2, default=str)
    return HttpResponse(
        body,
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
