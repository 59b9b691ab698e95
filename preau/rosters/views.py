"""The Import pages: bring a file, follow its reading, read what it changes, apply."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from preau.audit.actions import record
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Establishment
from preau.rosters import actions, preview
from preau.rosters.access import account_of, import_of
from preau.rosters.calendar_page import decision_facts, desk_facts
from preau.rosters.columns import columns_page, sample_of
from preau.rosters.forms import ApplyForm, UploadForm
from preau.rosters.models import ChangeKind, ImportChange, ImportState, RosterImport
from preau.rosters.waiting import interrupted, taken_up
from preau.web.paging import page_of
from preau.web.refusals import Refusal

PAGE_SIZE = 50
QUESTIONS_SHOWN = 20


@staff_page
@require_GET
def imports(request: HttpRequest, uai: str) -> HttpResponse:
    """Where to drop the file, and every file brought before."""
    establishment = access.runner(request.user, uai=uai).establishment
    return _desk(request, establishment, UploadForm())


@staff_page
def upload(request: HttpRequest, uai: str) -> HttpResponse:
    """Take a file in; its own page then follows it."""
    membership = access.runner(request.user, uai=uai)
    if request.method != "POST":
        return redirect("rosters:imports", uai)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _desk(request, membership.establishment, form)
    file = form.cleaned_data["file"]
    made = actions.start_import(
        establishment=membership.establishment,
        file_name=file.name,
        content=file.read(),
        by=membership.account,
        at=timezone.now(),
    )
    return redirect("rosters:detail", uai, made.pk)


def _desk(request: HttpRequest, establishment: Establishment, form: UploadForm) -> HttpResponse:
    page = page_of(request, _history(establishment), size=20)
    at = timezone.now()
    facts = {"form": form, "page": page, "now": at, **desk_facts(establishment, at=at)}
    return render(request, "rosters/imports.html", facts)


def _history(establishment: Establishment) -> QuerySet[RosterImport]:
    return establishment.imports.select_related("uploaded_by", "applied_by").defer("problems", "progress")


@staff_page
@require_GET
def detail(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """One import, at whatever stage it is."""
    roster_import = import_of(request, uai, pk)
    return _show(request, roster_import, ApplyForm(roster_import=roster_import))


@staff_page
@require_GET
def progress(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """How far the reading is; the page reloads itself when it is over."""
    roster_import = import_of(request, uai, pk)
    if roster_import.state != ImportState.READING or interrupted(roster_import, at=timezone.now()):
        return HttpResponseClientRefresh()
    if not getattr(request, "htmx", False):
        return redirect("rosters:detail", uai, pk)
    context = {"import": roster_import, "taken_up": taken_up(roster_import)}
    return render(request, "rosters/stages/progress.html", context)


@staff_page
def apply(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Apply; a refusal is said beside what would lift it."""
    roster_import = import_of(request, uai, pk)
    if request.method != "POST":  # the page of a refusal, reloaded
        return redirect("rosters:detail", uai, pk)
    form = ApplyForm(request.POST, roster_import=roster_import)
    form.is_valid()
    try:
        actions.apply_import(
            roster_import=roster_import,
            by=account_of(request),
            at=timezone.now(),
            confirmation=form.cleaned_data.get("confirmation"),
            settled=form.cleaned_data.get("settled", False),
            older=form.cleaned_data.get("older", False),
        )
    except actions.BrakeNeeded as refusal:
        form.add_error("confirmation", refusal.message)
    except actions.NotSettled as refusal:
        form.add_error("settled", refusal.message)
    except actions.OlderFile as refusal:
        form.add_error("older", refusal.message)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    if form.errors:
        return _show(request, roster_import, form)
    return redirect("rosters:detail", uai, pk)


@staff_page
@require_POST
def drop(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Give a file up."""
    roster_import = import_of(request, uai, pk)
    try:
        actions.drop_import(roster_import=roster_import, by=account_of(request), at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("rosters:detail", uai, pk)
    messages.success(request, "Fichier abandonné : rien n’a changé.")
    return redirect("rosters:imports", uai)


@staff_page
def reveal(request: HttpRequest, uai: str, pk: int, change: int) -> HttpResponse:
    """Show the birth date that a correction changes; each time is written in the journal."""
    roster_import = import_of(request, uai, pk)
    if request.method != "POST":
        return redirect("rosters:detail", uai, pk)
    touched = get_object_or_404(ImportChange, pk=change, roster_import=roster_import)
    line = preview.line_of(touched)
    record(
        verb="donnee-montree",
        at=timezone.now(),
        by=account_of(request),
        uai=uai,
        about=line.who.display_name,
        learner_id=touched.learner_id,
        what="date de naissance",
    )
    dates = [_birth_date(side) for side in (touched.before, touched.after)]
    context = {"import": roster_import, "line": line, "before": dates[0], "after": dates[1]}
    return render(request, "rosters/reveal.html", context)


def _birth_date(side: dict[str, str | None] | None) -> date | None:
    text = (side or {}).get("birth_date")
    return date.fromisoformat(text) if text else None


def _show(request: HttpRequest, roster_import: RosterImport, form: ApplyForm) -> HttpResponse:
    state = roster_import.state
    if interrupted(roster_import, at=timezone.now()):
        state = ImportState.FAILED
    if state == ImportState.MAPPING:
        return columns_page(request, roster_import)
    context: dict[str, object] = {
        "import": roster_import,
        "stages": preview.STAGES,
        "stage": preview.STAGE_OF.get(ImportState(state), 0),
        "problem_groups": preview.problem_groups(roster_import.problems, roster_import.software),
        "form": form,
        "now": timezone.now(),
    }
    if state == ImportState.READING:
        context["taken_up"] = taken_up(roster_import)
    if state in {ImportState.READY, ImportState.APPLIED, ImportState.UNDONE}:
        context |= _changes(request, roster_import)
    if state == ImportState.READY:
        context |= {
            **_questions(request, roster_import),
            **decision_facts(roster_import, at=timezone.now()),
            "correctable": sample_of(roster_import) is not None,
            "stale": roster_import.base_version != roster_import.establishment.roster_version,
            "newer": form.newer,
        }
    return render(request, f"rosters/stages/{state.lower()}.html", context)


def _questions(request: HttpRequest, roster_import: RosterImport) -> dict[str, object]:
    """The questions, page by page; how many are open."""
    tally = preview.plain_questions(roster_import)
    if not tally["total"]:
        return {"tally": tally, "questions": None, "asked": []}
    page = page_of(request, preview.questions(roster_import), size=QUESTIONS_SHOWN, parameter="questions")
    return {"tally": tally, "questions": page, "asked": [preview.asked(each) for each in page]}


def _changes(request: HttpRequest, roster_import: RosterImport) -> dict[str, object]:
    """The people touched: the first of each kind, or page by page for one kind; by name when one is sought."""
    words, kind = request.GET.get("q", "").strip()[:100], request.GET.get("kind", "")
    changes = preview.found(roster_import, words)
    counts = preview.counts_of(changes) if words else roster_import.counts
    context: dict[str, object] = {"words": words, "kind": kind, "tabs": preview.tabs(counts)}
    context["total"] = sum(counts.get(each, 0) for each in ChangeKind.values)
    tell = preview.effects_of(roster_import)
    if kind in ChangeKind.values:
        page = page_of(request, changes.filter(kind=kind), size=PAGE_SIZE)
        lines = [preview.line_of(change, tell(change)) for change in page]
        title = preview.TITLES[ChangeKind(kind)][0]
        shown = [preview.Group(kind, title, page.paginator.count, lines, "")] if lines else []
        return {**context, "page": page, "groups": shown}
    return {**context, "kind": "", "page": None, "groups": preview.groups(changes, counts, tell)}
