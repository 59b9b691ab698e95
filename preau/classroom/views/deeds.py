"""The one-tap answers of the board."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from preau.attachments.actions import accept_help
from preau.attachments.codes import kept
from preau.attachments.finding import check_code_was_read, near_among, waiting_requests
from preau.classroom import access as lessons
from preau.classroom import actions
from preau.classroom.board import Light
from preau.classroom.models import Session
from preau.classroom.reading import board_of
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Membership
from preau.handouts import printing
from preau.handouts.actions import prepare_batch
from preau.rosters.models import Learner
from preau.web.refusals import Refusal, refusals_said


@staff_page
@require_POST
def new_code(request: HttpRequest, uai: str, pk: int, learner: int) -> HttpResponse:
    """A new card code for one pupil, shown once, large; the page sent again shows the same one."""
    membership, lesson, pupil = _of(request, uai, pk, learner)
    token = request.POST.get("token", "")
    try:
        prepared = prepare_batch(
            membership=membership, learners=[pupil], token=token, by=membership.account, at=timezone.now()
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("classroom:board", uai, lesson.pk)
    (card,) = printing.printed_cards(prepared.cards)
    modules, path = printing.qr_drawing(card.url)
    facts = {
        "lesson": lesson,
        "pupil": pupil,
        "card": card,
        "modules": modules,
        "path": path,
        "facts": printing.facts_of(prepared),
    }
    return render(request, "classroom/new_code.html", facts)


@staff_page
@require_POST
def unblock(request: HttpRequest, uai: str, pk: int, learner: int) -> HttpResponse:
    """Let a pupil try again at once."""
    membership, lesson, pupil = _of(request, uai, pk, learner)
    actions.unblock_pupil(session=lesson, learner=pupil, by=membership.account, at=timezone.now())
    messages.success(request, f"{pupil.display_name} peut réessayer tout de suite.")
    return redirect("classroom:board", uai, lesson.pk)


@staff_page
@require_POST
def wrong_account(request: HttpRequest, uai: str, pk: int, learner: int) -> HttpResponse:
    """« Mauvais compte »."""
    membership, lesson, pupil = _of(request, uai, pk, learner)
    with refusals_said(request):
        actions.detach_wrong_account(learner=pupil, by=membership.account, at=timezone.now())
        messages.success(
            request,
            f"Le compte de {pupil.display_name} est détaché et déconnecté. Annulable pendant 30 jours.",
        )
    return redirect("classroom:pupil", uai, lesson.pk, pupil.pk)


@staff_page
@require_POST
def undo(request: HttpRequest, uai: str, pk: int, learner: int) -> HttpResponse:
    """It was the right account after all."""
    membership, lesson, pupil = _of(request, uai, pk, learner)
    with refusals_said(request):
        actions.undo_wrong_account(learner=pupil, by=membership.account, at=timezone.now())
        messages.success(request, f"Le compte est de nouveau rattaché à {pupil.display_name}.")
    return redirect("classroom:pupil", uai, lesson.pk, pupil.pk)


@staff_page
@require_GET
def help_code(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """The four characters that a pupil reads aloud: who is it, among those of the class who are not in?"""
    membership = access.member(request.user, uai=uai)
    lesson, at = lessons.session_of(membership, pk), timezone.now()
    code = kept(request.GET.get("code", ""))[:4]
    waiting = waiting_requests(establishment=lesson.establishment, code=code, at=at) if code else []
    asked = waiting[0] if waiting else None
    pupils = Learner.objects.present().filter(division=lesson.division_id)
    near = near_among(pupils, [asked])[0][1] if asked else ()
    board = board_of(lesson, at=at)
    facts = {
        "lesson": lesson,
        "code": code,
        "asked": asked,
        "near": near,
        "others": [place for place in board.places if place.tile.light is not Light.IN],
    }
    return render(request, "classroom/help.html", facts)


@staff_page
@require_POST
def accept(request: HttpRequest, uai: str, pk: int, asked: int) -> HttpResponse:
    """« C’est cet élève » : their own page goes on by itself, up to « C’est moi »."""
    membership = access.member(request.user, uai=uai)
    lesson = lessons.session_of(membership, pk)
    request_for_help = lessons.help_of(lesson, asked)
    typed = request.POST.get("learner", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
    if not number:
        messages.warning(request, "Choisissez d’abord l’élève qui lit ce code.")
        return redirect("classroom:board", uai, lesson.pk)
    pupil = lessons.learner_of(lesson, number)
    with refusals_said(request):
        check_code_was_read(asked=request_for_help, learner=pupil, typed=request.POST.get("code", ""))
        accept_help(help_request=request_for_help, learner=pupil, by=membership.account, at=timezone.now())
        messages.success(request, f"C’est noté : la page de {pupil.display_name} avance toute seule.")
    return redirect("classroom:board", uai, lesson.pk)


def _of(request: HttpRequest, uai: str, pk: int, learner: int) -> tuple[Membership, Session, Learner]:
    membership = access.member(request.user, uai=uai)
    lesson = lessons.session_of(membership, pk)
    return membership, lesson, lessons.learner_of(lesson, learner)
