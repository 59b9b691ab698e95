"""Give up a file."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from preau.accounts.models import Account
from preau.audit.actions import record
from preau.rosters.actions.apply_import import AlreadyApplied
from preau.rosters.models import ImportChange, ImportQuestion, ImportState, PendingFile, RosterImport


@transaction.atomic
def drop_import(*, roster_import: RosterImport, by: Account | None, at: datetime) -> None:
    """Forget a file that was not applied, and everything it said of people; nothing if that is done already.

    Raises AlreadyApplied.
    """
    same = RosterImport.objects.filter(pk=roster_import.pk)
    open_states = (ImportState.READING, ImportState.MAPPING, ImportState.READY)
    if not same.filter(state__in=open_states).update(state=ImportState.DROPPED, problems=[]):
        if same.filter(state=ImportState.APPLIED).exists():
            raise AlreadyApplied("Cet import est déjà appliqué : il ne peut plus être abandonné.")
        return
    PendingFile.objects.filter(roster_import=roster_import.pk).delete()
    ImportChange.objects.filter(roster_import=roster_import.pk).delete()
    ImportQuestion.objects.filter(roster_import=roster_import.pk).delete()
    uai, name = roster_import.establishment.uai, roster_import.file_name
    record(verb="import-abandonne", at=at, by=by, uai=uai, about=name, number=roster_import.pk)
