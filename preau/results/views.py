"""What came of a campaign: the class, its questions, one pupil; files to take out; and the pupil's own results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from preau.audit.actions import record
from preau.campaigns.models import Participation
from preau.campaigns.views.pupil import who
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.parcours.framework import competences
from preau.parcours.looking_back import looked_back
from preau.parcours.models import AttemptState
from preau.results.picture import NAMED, class_levels, item_figures, reached_of, to_work_on
from preau.results.scope import Scope, scope_of
from preau.results.statements import as_json, statements_of
from preau.rosters.models import Learner
from preau.web.paging import page_of
from preau.web.spreadsheet import csv_answer

ITEMS_A_PAGE = 50
STATES = {
    AttemptState.RUNNING.value: "en cours",
    AttemptState.FINISHED.value: "terminé, pas envoyé",
    AttemptState.SENT.value: "envoyé",
}


@require_GET
@staff_page
def of_class(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Where the class stands, what to work on first, each pupil in the order of names."""
    scope = scope_of(access.member(request.user, uai=uai), pk, request.GET)
    levels = class_levels(scope.shown().values_list("attempt__levels", flat=True).iterator(chunk_size=1000))
    tally = scope.tally()
    page = page_of(request, scope.pupils(), count=tally["all"])
    facts = {
        "scope": scope,
        "tally": tally,
        "levels": levels,
        "named": len(levels) <= NAMED,
        "first_ones": to_work_on(scope),
        "page": page,
        "rows": _rows(scope, list(page), [one.competence.code for one in levels]),
    }
    return render(request, "results/class.html", facts)


def _rows(scope: Scope, pupils: list[Learner], codes: Sequence[str]) -> list[dict[str, Any]]:
    """Each pupil of a page with the try that is shown, and the state of the last one when none was sent."""
    tries = scope.campaign.participations.filter(learner__in=[one.pk for one in pupils])
    known: dict[int, list[Participation]] = {}
    for one in tries.select_related("attempt").order_by("rank"):
        known.setdefault(one.learner_id, []).append(one)
    rows = []
    for pupil in pupils:
        mine = known.get(pupil.pk, [])
        sent = [one for one in mine if one.attempt and one.attempt.sent]
        shown = (sent[0] if scope.first else sent[-1]) if sent else None
        reached = reached_of(shown.attempt.levels) if shown and shown.attempt else {}
        last = mine[-1].attempt if mine else None
        state = AttemptState.SENT.value if sent else last.state if last else ""
        cells = [reached.get(code) for code in codes]
        rows.append(
            {"pupil": pupil, "state": state, "cells": cells, "tries": len(mine), "started": bool(mine)}
        )
    return rows


@require_GET
@staff_page
def items(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Each question's success and time, those that were hardest here first."""
    scope = scope_of(access.member(request.user, uai=uai), pk, request.GET)
    asked = request.GET.get("competence", "")
    competence = competences().get(asked)
    if asked and competence is None:
        raise Http404
    page = page_of(request, item_figures(scope, competence=asked), size=ITEMS_A_PAGE)
    facts = {"scope": scope, "page": page, "competence": competence, "all": list(competences().values())}
    return render(request, "results/items.html", facts)


@require_GET
@staff_page
def of_pupil(request: HttpRequest, uai: str, pk: int, learner: int) -> HttpResponse:
    """One pupil's tries, all kept; what is not sent stays the pupil's."""
    scope = scope_of(access.member(request.user, uai=uai), pk, request.GET)
    pupil = get_object_or_404(scope.pupils(), pk=learner)
    tries = list(scope.attempts().filter(learner=pupil).order_by("participation__rank"))
    sent = [one for one in tries if one.sent]
    asked = [one for one in sent if str(one.participation.rank) == request.GET.get("numero")]
    chosen = next(iter(asked or sent[-1:]), None)
    facts = {"scope": scope, "pupil": pupil, "tries": tries, "chosen": chosen}
    if chosen is not None:
        facts["reached"] = list(reached_of(chosen.levels).values())
        facts["answers"] = looked_back(chosen, chosen.answers.order_by("rank"))
    return render(request, "results/pupil.html", facts)


@require_GET
@staff_page
def export_csv(request: HttpRequest, uai: str, pk: int) -> StreamingHttpResponse:
    """Every try of every pupil, a line each, for a spreadsheet; taking it out is in the journal."""
    scope = scope_of(access.member(request.user, uai=uai), pk, request.GET)
    _note("resultats-exportes", scope)
    codes = list(competences())
    header = ["Nom", "Prénom", "Classe", "Essai", "Où il en est", "Commencé", "Terminé", "Envoyé", "Réponses"]
    for code in codes:
        header += [f"{code} à peu près", f"{code} au moins", f"{code} au plus"]
    return csv_answer(f"resultats-{scope.campaign.code}.csv", header, _lines(scope, codes))


def _lines(scope: Scope, codes: Sequence[str]) -> Iterator[list[object]]:
    """Two queries: the tries, then who has none."""
    tried: set[int] = set()
    tries = scope.attempts().select_related("participation", "learner__division")
    ordered = tries.order_by("learner__sort_key", "learner", "participation__rank")
    for one in ordered.iterator(chunk_size=500):
        tried.add(one.learner_id)
        reached = reached_of(one.levels) if one.sent else {}
        line = [*_name(one.learner), one.participation.rank, STATES[one.state]]
        line += [_moment(at) for at in (one.started_at, one.finished_at, one.sent_at)]
        line.append(one.answered)
        for code in codes:
            level = reached.get(code)
            line += [level.level, level.low, level.high] if level else ["", "", ""]
        yield line
    for pupil in scope.pupils().iterator(chunk_size=500):
        if pupil.pk not in tried:
            yield [*_name(pupil), "", "jamais venu"]


def _name(pupil: Learner) -> list[object]:
    return [pupil.shown_last_name, pupil.first_name, pupil.division.name if pupil.division else ""]


def _moment(at: Any) -> str:
    return timezone.localtime(at).strftime("%d/%m/%Y %H:%M") if at else ""


@require_GET
@staff_page
def export_xapi(request: HttpRequest, uai: str, pk: int) -> StreamingHttpResponse:
    """The tries shown, as xAPI statements."""
    scope = scope_of(access.member(request.user, uai=uai), pk, request.GET)
    _note("resultats-xapi", scope)
    answer = StreamingHttpResponse(as_json(statements_of(scope)), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="xapi-{scope.campaign.code}.json"'
    return answer


def _note(verb: str, scope: Scope) -> None:
    member, campaign = scope.membership, scope.campaign
    record(
        verb=verb,
        by=member.account,
        at=timezone.now(),
        uai=member.establishment.uai,
        about=campaign.title,
        code=campaign.code,
    )


@require_GET
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """The pupil's own results, the newest first: every try that is over, whatever the campaign has become."""
    over = Participation.objects.filter(
        learner__attachments__account=who(request),
        learner__attachments__ended_at=None,
        attempt__state__in=[AttemptState.FINISHED, AttemptState.SENT],
    )
    tries = (
        over.of_present()
        .select_related("campaign", "attempt")
        .order_by(F("attempt__finished_at").desc(), "-pk")
    )
    page = page_of(request, tries, size=10)
    for one in page:
        one.reached = list(reached_of(one.attempt.levels).values())
    return render(request, "results/mine.html", {"page": page})
