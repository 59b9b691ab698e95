"""Make the roster say what a file says."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from preau.accounts.models import Account
from preau.audit.actions import record
from preau.establishments.models import Establishment
from preau.rosterfiles.names import compact
from preau.rosters.calendar import CalendarMode, ImportCalendar, calendar_of
from preau.rosters.models import ImportState, PendingFile, RosterImport
from preau.rosters.signals import import_applied
from preau.rosters.statements import tell_sizes, write_rows
from preau.web.refusals import Refusal


class AlreadyApplied(Refusal):
    """Twice the same click, or two people."""

    message = "Cet import est déjà appliqué : il n’y a rien de plus à faire."


class NotReady(Refusal):
    """Refused, dropped, interrupted, undone, or not read yet."""

    message = "Cet import ne peut pas être appliqué : déposez le fichier à nouveau."


class StaleImport(Refusal):
    """Another import was applied since the preview was made."""

    message = "La base a changé depuis cet aperçu : rien n’est appliqué. Déposez le fichier à nouveau."


class BrakeNeeded(Refusal):
    """Many departures, and the sentence was not typed."""

    message = "Rien n’est appliqué. Si ces départs sont voulus, écrivez « {words} » pour continuer."


class NotSettled(Refusal):
    """A year in preparation, or a file that does not name its school: somebody has to say that they know."""

    message = "Rien n’est appliqué. Cochez la case pour dire que ce fichier est bien celui que vous voulez."


class OlderFile(Refusal):
    """A file exported before the last one applied: often an old download."""

    message = (
        "Rien n’est appliqué. Un fichier plus récent l’est déjà : cochez la case pour revenir à celui-ci."
    )


class Frozen(Refusal):
    """The school has decided that nothing is applied these days."""

    message = "Rien n’est appliqué : les imports sont gelés{who}{until}{why}."


class DeparturesHeld(Refusal):
    """The preview was made before the school decided that nobody leaves these days."""

    message = (
        "Rien n’est appliqué : le calendrier de rentrée ne prend que les arrivées, et cet aperçu compte des départs. "
        "Déposez le fichier à nouveau : les départs seront mis de côté."
    )


@transaction.atomic
def apply_import(
    *,
    roster_import: RosterImport,
    by: Account | None,
    at: datetime,
    confirmation: str | None = None,
    settled: bool = False,
    older: bool = False,
) -> RosterImport:
    """Make the roster say what the file says; whoever is missing has left.

    `confirmation` is what the person typed at the brake (rentree.md §2: more than 10 % and more than 10
    departures), `settled` whether they ticked that the year or the school is right, `older` that they want a
    file exported before one that is applied. Two clicks or two people at once: the first wins, the others get a
    refusal. `by` is None for the machine.
    """
    ready = RosterImport.objects.filter(pk=roster_import.pk, state=ImportState.READY)
    if not ready.update(state=ImportState.APPLIED, applied_by=by, applied_at=at):
        state = RosterImport.objects.values_list("state", flat=True).get(pk=roster_import.pk)
        raise AlreadyApplied if state == ImportState.APPLIED else NotReady
    applied = RosterImport.objects.select_related("establishment").get(pk=roster_import.pk)
    _move_version(applied)
    _keep_to_the_calendar(applied, at)
    if applied.to_settle and not settled:
        raise NotSettled
    if applied.newer_applied() is not None and not older:
        raise OlderFile
    if applied.braked and compact(confirmation or "") != compact(applied.brake_words):
        raise BrakeNeeded(words=applied.brake_words)
    if applied.change_count:
        made = write_rows(import_id=applied.pk, establishment_id=applied.establishment_id, side="after")
        applied.made_divisions = made
        applied.save(update_fields=["made_divisions"])
        transaction.on_commit(tell_sizes, robust=True)
    PendingFile.objects.filter(roster_import=applied).delete()
    import_applied.send(sender=RosterImport, roster_import=applied, by=by, at=at)
    record(
        verb="import-applique",
        at=at,
        by=by,
        uai=applied.establishment.uai,
        about=applied.file_name,
        number=applied.pk,
        counts=applied.counts,
    )
    return applied


def frozen_facts(chosen: ImportCalendar) -> dict[str, str]:
    """Who froze the imports, until when and why, as pieces of a sentence; a piece may be empty."""
    return {
        "who": f" par {chosen.set_by.get_full_name()}" if chosen.set_by else "",
        "until": f" jusqu’au {chosen.until:%d/%m/%Y} inclus" if chosen.until else "",
        "why": f" ({chosen.reason})" if chosen.reason else "",
    }


def _keep_to_the_calendar(applied: RosterImport, at: datetime) -> None:
    chosen = calendar_of(applied.establishment)
    mode = chosen.mode_on(timezone.localdate(at)) if chosen is not None else CalendarMode.NORMAL
    if chosen is not None and mode == CalendarMode.FROZEN:
        raise Frozen(**frozen_facts(chosen))
    if mode == CalendarMode.ADDITIONS and applied.departures:
        raise DeparturesHeld


def _move_version(applied: RosterImport) -> None:
    """Take the roster from the version of the preview to the next one, or refuse: somebody else did."""
    base_version = applied.base_version or 0  # every READY import has one
    same = Establishment.objects.filter(pk=applied.establishment_id, roster_version=base_version)
    # A file that changes nothing leaves the version: the previews of others stay good.
    step = 1 if applied.change_count else 0
    if not same.update(roster_version=F("roster_version") + step):
        raise StaleImport
    applied.applied_version = base_version + step
    applied.save(update_fields=["applied_version"])
