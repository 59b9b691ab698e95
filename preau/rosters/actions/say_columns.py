"""Say what the columns of a table are, and have it read again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from preau.accounts.models import Account
from preau.audit.actions import record
from preau.rosterfiles.tables.columns import Mapping
from preau.rosters.models import (
    FILE_KEPT,
    ColumnMapping,
    ImportChange,
    ImportQuestion,
    ImportState,
    PendingFile,
    RosterImport,
)
from preau.web.refusals import Refusal


class FileForgotten(Refusal):
    """Nobody said it in time, or the import has moved on since."""

    message = "Ce tableau n’est plus gardé : déposez-le à nouveau pour dire ses colonnes."


@transaction.atomic
def say_columns(
    *,
    roster_import: RosterImport,
    mapping: Mapping,
    by: Account | None,
    at: datetime,
    ask_worker: bool = True,
) -> RosterImport:
    """Remember what the columns of such tables are in this school, and read the waiting one accordingly.

    Raises FileForgotten. Without `ask_worker`, the caller reads the import itself.
    """
    waiting = RosterImport.objects.filter(
        pk=roster_import.pk,
        state__in=(ImportState.MAPPING, ImportState.READY),
        uploaded_at__gt=at - FILE_KEPT,
        pending_file__sample__isnull=False,
    )
    if not waiting.update(state=ImportState.READING, progress={}, progress_at=at, counts={}, problems=[]):
        raise FileForgotten
    ImportChange.objects.filter(roster_import=roster_import.pk).delete()
    ImportQuestion.objects.filter(roster_import=roster_import.pk).delete()
    ColumnMapping.objects.update_or_create(
        establishment=roster_import.establishment,
        signature=mapping.signature,
        defaults={"mapping": mapping.to_json(), "said_at": at},
    )
    uai, name = roster_import.establishment.uai, roster_import.file_name
    record(verb="colonnes-dites", at=at, by=by, uai=uai, about=name, number=roster_import.pk)
    if ask_worker:
        from preau.rosters.tasks import read_roster_file  # the task's module knows the actions

        read_roster_file.enqueue(roster_import.pk)
    return roster_import


@transaction.atomic
def forget_files(*, at: datetime, roster_import_id: int | None = None) -> int:
    """Erase the tables kept long enough, of one import or of all; how many."""
    late = PendingFile.objects.filter(sample__isnull=False, roster_import__uploaded_at__lte=at - FILE_KEPT)
    if roster_import_id is not None:
        late = late.filter(roster_import=roster_import_id)
    numbers = list(
        late.exclude(roster_import__state=ImportState.READING).values_list("roster_import", flat=True)
    )
    unsaid = RosterImport.objects.filter(pk__in=numbers, state=ImportState.MAPPING)
    unsaid.update(state=ImportState.DROPPED, problems=[])
    return PendingFile.objects.filter(roster_import__in=numbers).delete()[0]
