"""The screen where a person says what the columns of a table are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from preau.establishments.access import staff_page
from preau.rosterfiles.tables.headers import Field
from preau.rosters.access import account_of, import_of
from preau.rosters.actions import FileForgotten, say_columns
from preau.rosters.forms import TELLING, ColumnsForm, missing_names
from preau.rosters.models import FILE_KEPT, ImportState, PendingFile, RosterImport
from preau.rosters.preview import STAGE_OF, STAGES

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the screen shows it; a private one has no field."""

    title: str
    field: BoundField | None
    examples: list[str]


@staff_page
def columns(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Say what the columns are, or say it again; the table is then read anew."""
    roster_import = import_of(request, uai, pk)
    if request.method != "POST":
        return columns_page(request, roster_import)
    sample = sample_of(roster_import)
    if sample is None:
        return _forgotten(request, roster_import)
    form = ColumnsForm(request.POST, sample=sample)
    if not form.is_valid():
        return columns_page(request, roster_import, form)
    try:
        say_columns(
            roster_import=roster_import, mapping=form.mapping(), by=account_of(request), at=timezone.now()
        )
    except FileForgotten:
        return _forgotten(request, roster_import)
    return redirect("rosters:detail", uai, pk)


def columns_page(
    request: HttpRequest, roster_import: RosterImport, form: ColumnsForm | None = None
) -> HttpResponse:
    """The columns of a table that waits, guesses filled in."""
    sample = sample_of(roster_import)
    if sample is None:
        return _forgotten(request, roster_import)
    form = form or ColumnsForm(sample=sample)
    context = {
        "import": roster_import,
        "stages": STAGES,
        "stage": STAGE_OF[ImportState(roster_import.state)],
        "form": form,
        "columns": _columns(form, sample),
        "options": [form[name] for name in ("first_is_pupil", "division_from_sheet") if name in form.fields],
        "missing": missing_names({Field(name) for name in sample["columns"]}),
        "nobody": any(problem["code"] == "TABLE_NO_PUPILS" for problem in roster_import.problems),
        "untelling": not any(field.value in sample["columns"] for field in TELLING),
        "sample": sample,
        "again": roster_import.state == ImportState.READY,
    }
    return render(request, "rosters/stages/mapping.html", context)


def sample_of(roster_import: RosterImport) -> dict[str, Any] | None:
    """The first rows of a table that is still kept, None for any other file."""
    if roster_import.state not in {ImportState.MAPPING, ImportState.READY}:
        return None
    if timezone.now() - roster_import.uploaded_at >= FILE_KEPT:
        return None
    kept = PendingFile.objects.filter(roster_import=roster_import, sample__isnull=False)
    return kept.values_list("sample", flat=True).first()


def _columns(form: ColumnsForm, sample: dict[str, Any]) -> list[Column]:
    made = []
    for column, title in enumerate(sample["titles"]):
        seen = dict.fromkeys(row[column] for row in sample["rows"] if row[column])
        field = form[f"c{column}"] if f"c{column}" in form.fields else None
        made.append(Column(title, field, list(seen)[:_EXAMPLES]))
    return made


def _forgotten(request: HttpRequest, roster_import: RosterImport) -> HttpResponse:
    """Back to a page that does not need the file."""
    uai = roster_import.establishment.uai
    messages.error(request, FileForgotten.message)
    if roster_import.state == ImportState.MAPPING:
        return redirect("rosters:imports", uai)
    return redirect("rosters:detail", uai, roster_import.pk)
