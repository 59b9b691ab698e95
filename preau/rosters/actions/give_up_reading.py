"""End a reading that nobody will finish."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from preau.rosterfiles.pupil import Problem, Severity, Who
from preau.rosters.actions.read_import import problem_document
from preau.rosters.models import ImportState, PendingFile, RosterImport

DIED_TWICE = "Le serveur s’est arrêté deux fois en lisant ce fichier : il n’essaiera pas une troisième fois."


@transaction.atomic
def give_up_reading(*, roster_imports: Iterable[int], why: str = "") -> None:
    """Make READING imports FAILED, saying why when that is known, and forget their files."""
    numbers = list(roster_imports)
    said = Problem(severity=Severity.REFUSED, code="WORKER_GONE", who=Who.PREAU, message=why)
    problems = [problem_document(said)] if why else []
    awaited = RosterImport.objects.filter(pk__in=numbers, state=ImportState.READING)
    for number in list(awaited.select_for_update().values_list("pk", flat=True)):
        RosterImport.objects.filter(pk=number).update(state=ImportState.FAILED, problems=problems)
        PendingFile.objects.filter(roster_import=number).delete()
