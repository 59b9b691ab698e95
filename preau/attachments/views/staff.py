"""The staff's answers: who is this, and this was not them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from preau.attachments import actions
from preau.attachments.codes import kept
from preau.attachments.conflicts import cases_reached_by
from preau.attachments.finding import UNKNOWN, by_name, check_code_was_read, near_matches, waiting_requests
from preau.attachments.forms import DetachForm
from preau.attachments.matching import Near
from preau.attachments.models import Attachment, HelpRequest
from preau.attachments.views.accounts import doubts_reached_by
from preau.establishments import access
from preau.establishments.models import Membership
from preau.rosters.models import Learner
from preau.web.refusals import refusals_said

WHY = {
    "several": "Plusieurs élèves correspondent à ce qui a été tapé.",
    "none": "Personne ne correspond tout à fait.",
    "guessed": "Ce nom vient d’être essayé plusieurs fois, avec d’autres dates de naissance.",
    "not-me": "Le nom proposé n’était pas le sien.",
    "detached": "Un compte de cet élève a été détaché il y a moins de 30 jours : son nom ne suffit plus.",
    "conflict": "Deux comptes, ou deux entrées par l’ENT : les deux côtés sont plus bas.",
    "lost": "N’a ni carte, ni code, ni identifiant, et n’a pas tapé son nom.",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call for help as the page shows it; `found` are pupils searched by hand."""

    request: HelpRequest
    why: str
    near: tuple[Near, ...]
    found: list[Learner]

    @property
    def unknown(self) -> bool:
        """Whether only the help code, read by the pupil, tells who asks."""
        return self.request.reason in UNKNOWN or not self.request.typed_last_name


@require_safe
@access.staff_page
def help_requests(request: HttpRequest, uai: str) -> HttpResponse:
    """Calls for help, near matches explained; a teacher sees those of their classes, and any whose code they type."""
    membership = access.member(request.user, uai=uai)
    code = kept(request.GET.get("code", ""))[:4]
    name = request.GET.get("nom", "").strip()[:100]
    waiting = waiting_requests(establishment=membership.establishment, code=code, at=timezone.now())
    rows = near_matches(membership=membership, requests=waiting)
    found = by_name(membership=membership, words=name) if code and name else []
    calls = [
        Call(one, WHY.get(one.reason, WHY["none"]), near, found)
        for one, near in rows
        if near or code or (membership.runs and one.reason != "conflict")  # cases have their own list below
    ]
    facts = {"calls": calls, "code": code, "name": name, "searched": bool(code and name)}
    facts["cases"] = cases_reached_by(membership, code=code)
    if not code:
        facts["doubts"] = doubts_reached_by(membership)
    return render(request, "attachments/help_requests.html", facts)


@require_POST
@access.staff_page
def help_decide(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """« C’est cet élève » or « Ce n’est personne d’ici », among the pupils this member of staff reaches."""
    membership = access.member(request.user, uai=uai)
    asked = get_object_or_404(
        HelpRequest.objects.select_related("establishment"), pk=pk, establishment=membership.establishment
    )
    chosen = request.POST.get("learner", "")
    with refusals_said(request):
        if chosen:
            learner = _reached(membership, int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0)
            check_code_was_read(asked=asked, learner=learner, typed=request.POST.get("code", ""))
            actions.accept_help(help_request=asked, learner=learner, by=membership.account, at=timezone.now())
            messages.success(
                request,
                f"C’est noté : {learner.display_name} peut continuer sur sa page, qui avance toute seule.",
            )
        else:
            _refuse(membership, asked)
            messages.success(
                request, f"C’est noté pour le code {asked.code} : la page de l’élève le lui dira."
            )
    return redirect("attachments:help_requests", uai=uai)


def _refuse(membership: Membership, asked: HelpRequest) -> None:
    """Only who sees the whole school can say that somebody is nobody there."""
    if not membership.runs:
        raise Http404
    actions.refuse_help(help_request=asked, by=membership.account, at=timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
@access.staff_page
def detach(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Name the person, ask why, end the attachment; it can be undone for 30 days."""
    membership = access.member(request.user, uai=uai)
    pupil = _reached(membership, learner)
    attachment = Attachment.objects.active().filter(learner=pupil).select_related("account").first()
    if attachment is None:
        messages.warning(request, f"Aucun compte n’est rattaché à {pupil.display_name}.")
        return redirect(_pupil_page(uai, pupil))
    form = DetachForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        # The page says which account it was opened for: a page left open never detaches the next one.
        if request.POST.get("attachment") != str(attachment.pk):
            messages.warning(
                request, "Le compte rattaché a changé depuis l’ouverture de la page : rien n’a été fait."
            )
            return redirect("attachments:detach", uai=uai, learner=pupil.pk)
        with refusals_said(request):
            actions.detach(
                attachment=attachment,
                why=form.cleaned_data["why"],
                by=membership.account,
                at=timezone.now(),
            )
            messages.success(
                request, f"{pupil.display_name} est détaché de ce compte. Annulable pendant 30 jours."
            )
        return redirect(_pupil_page(uai, pupil))
    facts = {"form": form, "pupil": pupil, "attachment": attachment, "back": _pupil_page(uai, pupil)}
    return render(request, "attachments/detach.html", facts, status=422 if form.errors else 200)


@require_POST
@access.staff_page
def undo_detach(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Attach again the account that was detached last."""
    membership = access.member(request.user, uai=uai)
    pupil = _reached(membership, learner)
    attachment = (
        Attachment.objects.filter(learner=pupil, ended_at__isnull=False).order_by("-ended_at", "-pk").first()
    )
    if attachment is None:
        raise Http404
    with refusals_said(request):
        actions.undo_detach(attachment=attachment, by=membership.account, at=timezone.now())
        messages.success(request, f"Le compte est de nouveau rattaché à {pupil.display_name}.")
    return redirect(_pupil_page(uai, pupil))


def _reached(membership: Membership, pk: int) -> Learner:
    """A pupil this member of staff reaches, or 404."""
    pupils = Learner.objects.reached_by(membership).select_related("division", "establishment")
    return get_object_or_404(pupils, pk=pk)


def _pupil_page(uai: str, pupil: Learner) -> str:
    return reverse("scenarios:pupil", kwargs={"uai": uai, "learner": pupil.pk})
