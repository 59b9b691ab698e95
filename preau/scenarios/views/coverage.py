"""What the ENT has and has not shown, and an export to confirm it."""

from __future__ import annotations

from typing import BinaryIO, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Membership
from preau.rosterfiles import Severity, read_roster
from preau.scenarios.coverage import Export, confirm_with, coverage_of, message_for, not_given

ABSENT_SHOWN = 12


class ExportForm(forms.Form):
    """A list of who has the resource, from the console of the GAR or of the ENT."""

    file = forms.FileField(
        label="L’export du GAR ou de l’ENT",
        help_text="Un fichier CSV, Excel ou LibreOffice, avec le nom, le prénom et la classe. Rien n’en est gardé.",
        max_length=255,
        error_messages={
            "required": "Choisissez d’abord le fichier.",
            "empty": "Ce fichier est vide.",
            "missing": "Le fichier n’est pas arrivé. Choisissez-le à nouveau.",
            "invalid": "Le fichier n’est pas arrivé. Choisissez-le à nouveau.",
            "max_length": "Le nom de ce fichier est trop long.",
        },
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xls,.ods,.zip"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def coverage(request: HttpRequest, uai: str) -> HttpResponse:
    """Per class: pupils, seen, arrivals without a proof, last time, and what it says."""
    membership = access.member(request.user, uai=uai)
    sent = request.method == "POST"
    if sent:
        access.runner(request.user, uai=uai)
    form = ExportForm(request.POST, request.FILES) if sent else ExportForm()
    found = coverage_of(membership, at=timezone.now())
    confirmed = _read(form, membership) if sent and form.is_valid() else None
    names = [line.name for line in found.missing]
    if confirmed:
        names = [one.name for one in confirmed.classes if one.name and not one.inside]
    facts = {
        "found": found,
        "form": form,
        "confirmed": confirmed,
        "file_name": form.cleaned_data["file"].name if confirmed else "",
        "absent_shown": ABSENT_SHOWN,
        "missing": names,
        "not_given": not_given(names),
        "message": message_for(membership.establishment, names) if names and membership.runs else "",
    }
    return render(request, "scenarios/coverage.html", facts, status=422 if form.errors else 200)


def _read(form: ExportForm, membership: Membership) -> Export | None:
    """What the export says, or None with the sentence in the form."""
    file = form.cleaned_data["file"]
    today = timezone.localdate()
    read = read_roster(cast("BinaryIO", file.file), name=file.name, today=today)
    if read.needs_mapping or read.unreadable:
        refused = [one.message for one in read.problems if one.severity is Severity.REFUSED]
        form.add_error("file", refused[0] if refused else "Ce fichier n’est pas une liste d’élèves.")
        return None
    return confirm_with(membership, [*read.pupils, *read.blocked])
