"""What goes with a preview: answers to its questions, its list for a spreadsheet, the correction sheet, model files."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from preau.audit.actions import record
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.rosterfiles.tables.template import blank_template
from preau.rosters import actions, corrections, preview
from preau.rosters.access import account_of, import_of
from preau.rosters.models import ChangeKind, ImportQuestion, ImportState, RosterImport
from preau.web.refusals import Refusal
from preau.web.spreadsheet import csv_answer

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
NOBODY, ALL_PLAIN = "personne", "evidentes"


@staff_page
@require_POST
def answer(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Keep the answers of one page of questions, or say yes to all those where only a birth date is not said."""
    roster_import = import_of(request, uai, pk)
    everywhere = request.POST.get("toutes") == ALL_PLAIN
    answers = _plain_answers(roster_import) if everywhere else _answers(request)
    try:
        actions.answer_questions(
            roster_import=roster_import, answers=answers, by=account_of(request), at=timezone.now()
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Réponses gardées : l’aperçu en tient compte.")
    return redirect("rosters:detail", uai, pk)


def _plain_answers(roster_import: RosterImport) -> dict[int, int | str | None]:
    plain = ImportQuestion.objects.filter(roster_import=roster_import, plain=True, answered=False)
    return {rank: people[0]["learner_id"] for rank, people in plain.values_list("rank", "candidates")}


def _answers(request: HttpRequest) -> dict[int, int | str | None]:
    answers: dict[int, int | str | None] = {}
    for name in request.POST:
        said = str(request.POST[name])
        rank = name.removeprefix("q")
        if name.startswith("q") and rank.isascii() and rank.isdigit() and len(rank) < 7:
            number = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else ""
            answers[int(rank)] = None if said == NOBODY else number
    return answers


@staff_page
@require_POST
def changes_csv(request: HttpRequest, uai: str, pk: int) -> HttpResponseBase:
    """The people touched, as the page shows them; no birth date."""
    roster_import = import_of(request, uai, pk)
    changes = preview.found(roster_import, request.POST.get("q", "").strip()[:100])
    if (kind := request.POST.get("kind")) in ChangeKind.values:
        changes = changes.filter(kind=kind)
    _note_export(request, roster_import)
    name = f"changements-import-{roster_import.pk}.csv"
    ordered = changes.order_by("kind", "sort_key", "pk")
    rows = preview.table(ordered, preview.effects_of(roster_import))
    return csv_answer(name, preview.COLUMNS, rows)


@staff_page
def corrections_sheet(request: HttpRequest, uai: str, pk: int) -> HttpResponseBase:
    """What the secretariat and others can correct, on one page to print; posted, the same for a spreadsheet."""
    roster_import = import_of(request, uai, pk)
    if roster_import.state not in {ImportState.READY, ImportState.APPLIED}:
        return redirect("rosters:detail", uai, pk)
    shares = corrections.shares(roster_import)
    if request.method == "POST":
        _note_export(request, roster_import)
        return csv_answer(f"corrections-{uai}.csv", corrections.HEADINGS, corrections.table(shares))
    context = {"import": roster_import, "shares": shares, "count": corrections.count(shares)}
    return render(request, "rosters/corrections.html", context)


def _note_export(request: HttpRequest, roster_import: RosterImport) -> None:
    record(
        verb="import-exporte",
        at=timezone.now(),
        by=account_of(request),
        uai=roster_import.establishment.uai,
        about=roster_import.file_name,
        number=roster_import.pk,
    )


@staff_page
@require_GET
def model_file(request: HttpRequest, uai: str, kind: str) -> HttpResponse:
    """An empty list to fill."""
    access.runner(request.user, uai=uai)
    if kind not in _TYPES:
        raise Http404
    content_type, content = _TYPES[kind], blank_template("csv" if kind == "csv" else "xlsx")
    name = f'attachment; filename="modele-eleves.{kind}"'
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": name})
