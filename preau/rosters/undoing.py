"""The page that undoes an import: what it gives back, who stays, until when."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from preau.establishments import access
from preau.establishments.access import staff_page
from preau.rosters import actions
from preau.rosters.models import ChangeKind, RosterImport
from preau.web.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def undo(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Say what undoing does, person counts first; then do it."""
    membership = access.runner(request.user, uai=uai)
    rows = membership.establishment.imports.select_related("applied_by")
    roster_import = get_object_or_404(rows, pk=pk)
    at = timezone.now()
    if request.method != "POST":
        return render(request, "rosters/undo.html", _page(roster_import, at=at))
    try:
        actions.undo_import(roster_import=roster_import, by=membership.account, at=at)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Import annulé : la base est revenue à ce qu’elle était.")
    return redirect("rosters:detail", uai, pk)


def _page(roster_import: RosterImport, *, at: datetime) -> dict[str, object]:
    context: dict[str, object] = {"import": roster_import}
    try:
        actions.refuse_undo(roster_import, at=at)
    except Refusal as refusal:
        return context | {"refusal": refusal}
    kept, reasons = actions.people_kept(roster_import, at=at)
    removed = roster_import.counts.get(ChangeKind.ARRIVAL, 0) - kept
    return context | {"kept": kept, "reasons": reasons, "removed": removed}
