"""The Cartes page: prepare a batch, print it while its codes can still be read, follow it, void it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from preau.attachments.models import Card
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Membership
from preau.handouts import printing
from preau.handouts.actions import (
    CodesGone,
    PreparedBatch,
    new_token,
    prepare_batch,
    read_batch,
    void_batch,
)
from preau.handouts.errands import LARGE
from preau.handouts.history import batch_lines, batches_of, class_needs, unused_cards
from preau.handouts.models import Deed
from preau.handouts.spare import spare_cards, void_spare
from preau.handouts.views.errands import forget_token, send_errand
from preau.handouts.ways_in import may_have_forgotten, without_way_in
from preau.rosters.models import Division, Learner, LearnerQuerySet
from preau.web.paging import page_of
from preau.web.refusals import Refusal
from preau.web.selection import chosen_ids

EVERYBODY, NO_CLASS = "toutes", "sans"


@staff_page
@require_GET
def batches(request: HttpRequest, uai: str) -> HttpResponse:
    """Prepare cards class by class; what became of those already made."""
    membership = access.member(request.user, uai=uai)
    at = timezone.now()
    needs = class_needs(membership, at=at)
    page = page_of(request, batches_of(membership), size=20)
    context = {
        "needs": [(line, new_token(), new_token()) for line in needs],
        "needing": sum(line.needing for line in needs),
        "holding": sum(line.holding for line in needs),
        "forgetful": sum(line.forgetful for line in needs),
        "token": new_token(),
        "spare_token": new_token(),
        "unneeded": spare_cards(membership, at=at).count(),
        "page": page,
        "lines": batch_lines(page.object_list, at=at),
        "has_roster": bool(needs),
    }
    return render(request, "handouts/batches.html", context)


@staff_page
@require_http_methods(["GET", "POST"])
def prepare(request: HttpRequest, uai: str) -> HttpResponse:
    """Make the cards that were asked for and show them, once."""
    membership = access.member(request.user, uai=uai)
    if request.method == "GET":  # an address kept, a page reopened: its token is gone
        messages.warning(request, CodesGone.message)
        return redirect("handouts:batches", uai)
    token, at = request.POST.get("token", ""), timezone.now()
    try:
        if (again := _made_already(request, membership, token)) is not None:
            return again
        pupils, label = _asked(request, membership, at)
        if len(pupils) > LARGE:
            ids = [pupil.pk for pupil in pupils]
            return send_errand(request, membership, deed=Deed.CARDS, chosen=ids, at=at, label=label)
        prepared = prepare_batch(
            membership=membership, learners=pupils, token=token, by=membership.account, at=at, label=label
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("handouts:batches", uai)
    return prepared_page(request, prepared, token)


def prepared_page(request: HttpRequest, prepared: PreparedBatch, token: str) -> HttpResponse:
    """The page of a batch whose codes can be read: its token is in its forms and nowhere else."""
    cards = printing.printed_cards(prepared.cards)
    first, lesson = prepared.cards[0].learner, _number(request.POST.get("seance", ""))
    context = {
        "lesson": lesson or None,
        "batch": prepared.batch,
        "count": len(cards),
        "asked": prepared.batch.size,
        "sheets": -(-len(cards) // 8),
        "facts": printing.facts_of(prepared),
        "token": token,
        "only": first if len(cards) == 1 else None,
        "first_sheet": [(card, *printing.qr_drawing(card.url)) for card in cards[:8]],
    }
    return render(request, "handouts/prepared.html", context)


@staff_page
@require_POST
def pdf(request: HttpRequest, uai: str) -> HttpResponse:
    """The sheets of cards."""
    large = request.POST.get("large") == "1"
    draw = partial(printing.cards_file, large=large)
    return _file(request, uai, draw, "cartes-{}.pdf", "application/pdf")


@staff_page
@require_POST
def check_sheet(request: HttpRequest, uai: str) -> HttpResponse:
    """The class lists without codes."""
    return _file(request, uai, printing.check_sheet_file, "pointage-{}.pdf", "application/pdf")


@staff_page
@require_POST
def csv(request: HttpRequest, uai: str) -> HttpResponse:
    """The cards for a mail merge."""
    return _file(request, uai, printing.csv_file, "cartes-{}.csv", "text/csv; charset=utf-8")


@staff_page
@require_GET
def batch(request: HttpRequest, uai: str, number: str) -> HttpResponse:
    """What became of each card of a batch; its codes are gone."""
    membership = access.member(request.user, uai=uai)
    found = get_object_or_404(batches_of(membership), number=number)
    at = timezone.now()
    cards = (
        Card.objects.filter(
            batch_number=number, learner__in=Learner.objects.reached_by(membership).values("pk")
        )
        .select_related("learner__division")
        .order_by("rank")
    )
    (line,) = batch_lines([found], at=at)
    page = page_of(request, cards)
    return render(
        request,
        "handouts/batch.html",
        {"batch": found, "line": line, "page": page, "now": at, "token": new_token()},
    )


@staff_page
@require_http_methods(["GET", "POST"])
def void(request: HttpRequest, uai: str, number: str) -> HttpResponse:
    """Ask, then close every card of a batch that has not been used."""
    membership = access.member(request.user, uai=uai)
    found = get_object_or_404(batches_of(membership), number=number)
    at = timezone.now()
    if request.method == "GET":
        (line,) = batch_lines([found], at=at)
        return render(request, "handouts/void.html", {"batch": found, "line": line})
    try:
        closed = void_batch(batch=found, by=membership.account, at=at)
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(
            request,
            f"Lot {number} annulé : {closed} carte{'s' if closed > 1 else ''} en attente, maintenant sans effet.",
        )
    return redirect("handouts:batches", uai)


@staff_page
@require_POST
def void_unneeded(request: HttpRequest, uai: str) -> HttpResponse:
    """One tap after a lesson: the cards of those who came in without them open nothing any more."""
    membership = access.member(request.user, uai=uai)
    named, lesson = _number(request.POST.get("division", "")), _number(request.POST.get("seance", ""))
    division = (
        get_object_or_404(Division, pk=named, establishment_id=membership.establishment_id) if named else None
    )
    closed = void_spare(membership=membership, division=division, by=membership.account, at=timezone.now())
    if closed:
        many = "s" if closed > 1 else ""
        messages.success(request, f"{closed} carte{many} annulée{many}. Qui n’est pas entré garde la sienne.")
    else:
        messages.info(request, "Il n’y a plus de carte à annuler.")
    return redirect("classroom:board", uai, lesson) if lesson else redirect("handouts:batches", uai)


def _number(typed: str) -> int:
    """A number of a form; zero for anything else, which no row has."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0


def _made_already(request: HttpRequest, membership: Membership, token: str) -> HttpResponse | None:
    """The same batch, reloaded or clicked twice, though its pupils now have a card; or that of an errand."""
    if not {"division", "batch", "errand"} & request.POST.keys():
        return None
    with suppress(CodesGone):
        answer = prepared_page(request, read_batch(membership=membership, token=token), token)
        errand = _number(request.POST.get("errand", ""))
        if errand:
            forget_token(answer, uai=membership.establishment.uai, errand_id=errand)
        return answer
    return None


def _asked(request: HttpRequest, membership: Membership, at: datetime) -> tuple[list[Learner], str]:
    """For whom cards are asked, and the label of their batch: a class, a batch again, or pupils chosen by hand."""
    reached = Learner.objects.reached_by(membership).present().order_by("pk")
    if "division" in request.POST:
        spare = request.POST.get("secours") == "1"
        needing = reached.filter(may_have_forgotten(at) if spare else without_way_in(at))
        return _of_class(needing, membership, request.POST["division"])
    if "batch" in request.POST:
        found = get_object_or_404(batches_of(membership), number=request.POST["batch"][:12])
        return list(reached.filter(pk__in=unused_cards(found).values("learner"))), found.label
    if "errand" in request.POST:
        raise CodesGone
    return list(reached.filter(pk__in=chosen_ids(request.POST))), ""


def _of_class(pupils: LearnerQuerySet, membership: Membership, division: str) -> tuple[list[Learner], str]:
    label = ""
    if division == NO_CLASS:
        pupils, label = pupils.filter(division=None), "les élèves sans classe"
    elif division != EVERYBODY:
        named = get_object_or_404(
            Division, pk=_number(division), establishment_id=membership.establishment_id
        )
        pupils, label = pupils.filter(division=named), f"la {named.name}"
    return list(pupils), label


def _file(
    request: HttpRequest, uai: str, draw: Callable[[PreparedBatch], bytes], name: str, kind: str
) -> HttpResponse:
    membership = access.member(request.user, uai=uai)
    try:
        prepared = read_batch(membership=membership, token=request.POST.get("token", ""))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("handouts:batches", uai)
    response = HttpResponse(draw(prepared), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name.format(prepared.batch.number)}"'
    response["Cache-Control"] = "no-store"
    return response
