"""The pages where somebody of the school writes in the roster without a file."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from preau.establishments import access
from preau.establishments.access import staff_page
from preau.rosters import actions
from preau.rosters.access import account_of, learner_of
from preau.rosters.hand_forms import DepartureForm, LearnerForm
from preau.web.refusals import Refusal


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, uai: str) -> HttpResponse:
    """Enrol a late arrival."""
    membership = access.runner(request.user, uai=uai)
    form = LearnerForm(request.POST or None, establishment=membership.establishment)
    if form.is_valid():
        try:
            made = actions.add_learner(
                establishment=membership.establishment,
                identity=form.identity,
                by=membership.account,
                at=timezone.now(),
                somebody_else=form.cleaned_data["somebody_else"],
            )
        except Refusal as refusal:
            _say(form, refusal)
        else:
            messages.success(
                request, f"{made.display_name} est dans la base. Une carte lui permettra d’entrer."
            )
            return redirect("scenarios:pupil", uai, made.pk)
    return render(request, "rosters/by_hand/identity.html", {"form": form, "learner": None})


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Correct names, birth date, INE or class."""
    found = learner_of(request, uai, learner)
    form = LearnerForm(request.POST or None, establishment=found.establishment, learner=found)
    if form.is_valid():
        try:
            corrected = actions.correct_learner(
                learner=found,
                identity=form.identity,
                by=account_of(request),
                at=timezone.now(),
                somebody_else=form.cleaned_data["somebody_else"],
            )
        except Refusal as refusal:
            _say(form, refusal)
        else:
            messages.success(request, f"{corrected.display_name} : c’est enregistré.")
            return redirect("scenarios:pupil", uai, found.pk)
    return render(request, "rosters/by_hand/identity.html", {"form": form, "learner": found})


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def left(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Say that a pupil has left, after reading what it does."""
    found = learner_of(request, uai, learner)
    form = DepartureForm(request.POST or None, initial={"left_on": timezone.localdate()})
    if form.is_valid():
        try:
            actions.mark_left(
                learner=found,
                left_on=form.cleaned_data["left_on"],
                by=account_of(request),
                at=timezone.now(),
            )
        except actions.DepartureToCome as refusal:
            form.add_error("left_on", refusal.message)
        except Refusal as refusal:
            messages.warning(request, refusal.message)
            return redirect("scenarios:pupil", uai, found.pk)
        else:
            messages.success(request, f"Départ noté : {found.display_name} ne peut plus entrer.")
            return redirect("scenarios:pupil", uai, found.pk)
    return render(request, "rosters/by_hand/left.html", {"form": form, "learner": found})


@staff_page
@require_POST
def back(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Say that a pupil is here after all."""
    found = learner_of(request, uai, learner)
    try:
        actions.mark_back(learner=found, by=account_of(request), at=timezone.now())
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, f"{found.display_name} est de retour, avec son compte et son histoire.")
    return redirect("scenarios:pupil", uai, found.pk)


def _say(form: LearnerForm, refusal: Refusal) -> None:
    """Say a refusal beside what it is about."""
    beside = {
        actions.InePresent: "ine",
        actions.NamesakeHere: "somebody_else",
        actions.DivisionElsewhere: "division",
    }
    form.add_error(beside.get(type(refusal)), refusal.message)
