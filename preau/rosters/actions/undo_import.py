"""Put the roster back as it was before an import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from preau.accounts.models import Account
from preau.audit.actions import record
from preau.establishments.models import Establishment
from preau.rosters.models import (
    UNDO_WITHIN,
    ChangeKind,
    Division,
    ImportChange,
    ImportState,
    Learner,
    RosterImport,
)
from preau.rosters.signals import Hold, import_undoing, import_undone
from preau.rosters.statements import remove_arrivals, write_rows
from preau.web.french import moment_words
from preau.web.refusals import Refusal


class AlreadyUndone(Refusal):
    """Twice the same click, or two people."""

    message = "Cet import est déjà annulé : il n’y a rien de plus à faire."


class NotApplied(Refusal):
    """Being read, ready, refused, dropped or interrupted: it never changed the roster."""

    message = "Cet import n’est pas appliqué : il n’y a rien à annuler."


class TooLateToUndo(Refusal):
    """More than thirty days after (rentree.md §2)."""

    message = (
        "Cet import a plus de 30 jours : il ne s’annule plus. Importez plutôt un fichier récent de SIECLE."
    )


class LaterImport(Refusal):
    """Another import was applied on top of this one; `later` is the latest, the first to undo."""

    message = "« {name} », appliqué {when}, repose sur cet import : annulez-le d’abord."

    def __init__(self, later: RosterImport, *, at: datetime) -> None:
        when = moment_words(timezone.localtime(later.applied_at or at), now=timezone.localtime(at))
        super().__init__(name=later.file_name, when=when)
        self.later = later


class ChangedByHand(Refusal):
    """Somebody changed the roster by hand since: going back would lose what they did."""

    message = (
        "Des élèves ont été modifiés à la main depuis cet import : l’annuler effacerait ces modifications."
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """Why some people that the import brought stay: « 3 élèves sont déjà entrés »."""

    count: int
    words: str


@transaction.atomic
def undo_import(*, roster_import: RosterImport, by: Account | None, at: datetime) -> RosterImport:
    """Make the roster, and what the import attached, as if it had never been applied, within 30 days.

    Whom it brought goes away, but for those who did something since (`signals.import_undoing`): they have left. Rows
    that existed before keep their numbers. Two clicks, two people, or an apply at the same moment: one wins, the
    others get a refusal. Raises AlreadyUndone, NotApplied, TooLateToUndo, LaterImport, ChangedByHand.
    """
    # The school first, as every change of its roster ends there: nobody waits for somebody who waits for them.
    # Not its key: who attaches a pupil meanwhile need not wait.
    school = Establishment.objects.select_for_update(no_key=True).get(pk=roster_import.establishment_id)
    undone = RosterImport.objects.select_related("establishment").get(pk=roster_import.pk)
    refuse_undo(undone, at=at)
    undone.state, undone.undone_by, undone.undone_at = ImportState.UNDONE, by, at
    undone.save(update_fields=["state", "undone_by", "undone_at"])
    kept = 0
    if undone.change_count:
        kept = _keep_people(undone, at=at)
        import_undone.send(sender=RosterImport, roster_import=undone, by=by, at=at)
        remove_arrivals(import_id=undone.pk, establishment_id=school.pk)
        write_rows(import_id=undone.pk, establishment_id=school.pk, side="before")
        _remove_divisions(undone.made_divisions)
        _go_back(undone, school)
    facts = {"counts": undone.counts, "kept": kept}
    record(
        verb="import-annule", at=at, by=by, uai=school.uai, about=undone.file_name, number=undone.pk, **facts
    )
    return undone


def refuse_undo(roster_import: RosterImport, *, at: datetime) -> None:
    """Raise why this import cannot be undone now, if it cannot."""
    if roster_import.state != ImportState.APPLIED:
        raise AlreadyUndone if roster_import.state == ImportState.UNDONE else NotApplied
    if roster_import.applied_at is None or at - roster_import.applied_at > UNDO_WITHIN:
        raise TooLateToUndo
    later = _standing_on(roster_import).order_by("-applied_version", "-applied_at", "-pk").first()
    if later is not None:
        raise LaterImport(later, at=at)
    if (
        roster_import.change_count
        and roster_import.establishment.roster_version != roster_import.applied_version
    ):
        raise ChangedByHand


def people_kept(roster_import: RosterImport, *, at: datetime) -> tuple[int, list[Kept]]:
    """How many of those whom this import brought an undo would keep as having left, and the reasons in words.

    One person may have several reasons.
    """
    arrivals = _arrivals(roster_import)
    holds, reasons = _holds(roster_import, at=at), []
    for hold in holds:
        if count := arrivals.filter(learner__in=hold.learners).count():
            verb = hold.many if count > 1 else hold.one
            reasons.append(Kept(count, f"{count} élève{'s' if count > 1 else ''} {verb}"))
    any_reason = Q(pk__in=[])
    for hold in holds:
        any_reason |= Q(learner__in=hold.learners)
    return arrivals.filter(any_reason).count() if reasons else 0, reasons


def _standing_on(roster_import: RosterImport) -> QuerySet[RosterImport]:
    """The imports applied after this one: they were made from what it says.

    Files that changed nothing leave the version: on top of the import that made it, and on nothing else.
    """
    version = roster_import.applied_version or 0
    after = Q(applied_version__gt=version)
    if roster_import.change_count:
        after |= Q(applied_version=version) & ~Q(pk=roster_import.pk)
    return RosterImport.objects.filter(
        after, establishment=roster_import.establishment_id, state=ImportState.APPLIED
    ).defer("problems")


def _arrivals(roster_import: RosterImport) -> QuerySet[ImportChange]:
    return ImportChange.objects.filter(roster_import=roster_import, kind=ChangeKind.ARRIVAL)


def _holds(roster_import: RosterImport, *, at: datetime) -> list[Hold]:
    answers: Any = import_undoing.send(sender=RosterImport, roster_import=roster_import, at=at)
    return [hold for _, holds in answers for hold in holds]


def _keep_people(undone: RosterImport, *, at: datetime) -> int:
    """Mark whom the other rooms hold; how many of them had been brought by this import."""
    arrivals = _arrivals(undone).values("learner_id")
    # Whoever is entering at this very moment ends first, and is then held; whoever comes later finds nobody.
    list(Learner.objects.filter(pk__in=arrivals).order_by("pk").select_for_update().values_list("pk"))
    for hold in _holds(undone, at=at):
        ImportChange.objects.filter(roster_import=undone, learner__in=hold.learners).update(kept=True)
    return _arrivals(undone).filter(kept=True).count()


def _remove_divisions(numbers: list[int]) -> None:
    """Remove the classes that the import made and that nothing points at any more, in any room."""
    empty = Division.objects.filter(pk__in=numbers)
    pointing = [relation.name for relation in Division._meta.related_objects]
    for name in (*pointing, *(field.name for field in Division._meta.many_to_many)):
        empty = empty.filter(**{f"{name}__isnull": True})
    empty.delete()


def _go_back(undone: RosterImport, school: Establishment) -> None:
    """Give the roster a new version; the import that is now on top is the one that this version says.

    The former number is never used again: a preview made from it would look good for another roster.
    """
    version = school.roster_version + 1
    Establishment.objects.filter(pk=school.pk).update(roster_version=F("roster_version") + 1)
    RosterImport.objects.filter(
        establishment=school, state=ImportState.APPLIED, applied_version=undone.base_version
    ).update(applied_version=version)
