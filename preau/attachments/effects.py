"""What this room knows of the people whom an import touches, for the lines of its preview and of its report.

Nothing of another school: not its name, not what it knows, not even that there is one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from preau.attachments.failed_tries import failed_tries, tries_of
from preau.attachments.matching import Candidate
from preau.attachments.models import Attachment, RecognitionRefusal
from preau.attachments.recognition import claims_of, recognise
from preau.rosters.models import ChangeKind, ImportChange, ImportState, RosterImport
from preau.rosters.signals import Effect, Teller

KNOWN = Effect("Garde son compte et ses résultats", "ok", "Compte reconnu (INE et date de naissance)")
DOUBTFUL = Effect("Rien n’est rattaché sans vous", "", "Compte à vérifier")
_IDENTITY = ("last_name", "usage_name", "first_name", "other_first_names", "birth_date")
_CORRECTED = (ChangeKind.CORRECTION, ChangeKind.CLASS_CHANGE, ChangeKind.RETURN)
_ENTERING = frozenset({ChangeKind.ARRIVAL, ChangeKind.RETURN})


def teller_of(roster_import: RosterImport) -> Teller:
    """A few queries now; then each line is told without any."""
    known, doubtful = _accounts_of(roster_import)
    failed = _failures_of(roster_import)

    def tell(change: ImportChange) -> Effect | None:
        if change.learner_id in known:
            return KNOWN
        if change.learner_id in doubtful and change.kind in _ENTERING:
            return DOUBTFUL
        return failed(change)

    return tell


def _accounts_of(roster_import: RosterImport) -> tuple[set[int], set[int]]:
    """Who is recognised, who is doubtful: what applying would do, or what it has done."""
    if roster_import.state == ImportState.READY:
        found = recognise(claims_of(roster_import))
        return {claim.learner_id for claim in found.known}, {claim.learner_id for claim, _ in found.doubts}
    if roster_import.state != ImportState.APPLIED:
        return set(), set()
    made = Attachment.objects.active().filter(roster_import=roster_import)
    doubts = RecognitionRefusal.objects.waiting().filter(roster_import=roster_import)
    return set(made.values_list("learner_id", flat=True)), set(doubts.values_list("learner_id", flat=True))


def _failures_of(roster_import: RosterImport) -> Callable[[ImportChange], Effect | None]:
    school, counts = roster_import.establishment_id, roster_import.counts
    corrects = any(counts.get(kind) for kind in _CORRECTED)
    tries = failed_tries(establishment_id=school) if corrects else {}
    inside = _who_came_in(school) if tries else set()
    verb = "Pourra" if roster_import.state == ImportState.READY else "Peut maintenant"

    def failed(change: ImportChange) -> Effect | None:
        before, after = change.before, change.after
        if not tries or before is None or after is None or change.learner_id in inside:
            return None
        if change.kind not in _CORRECTED or all(before[name] == after[name] for name in _IDENTITY):
            return None
        right, old = (tries_of(_candidate(row), tries, establishment_id=school) for row in (after, before))
        by_date = before["birth_date"] != after["birth_date"]
        if right:
            words = f"{verb} entrer avec {'sa date corrigée' if by_date else 'son nom corrigé'}"
            return Effect(
                words, "ok", f"A tapé {'cette date' if by_date else 'ce nom'} et échoué {_times(right)}"
            )
        if old:
            words = f"Doit taper {'sa date corrigée' if by_date else 'son nom corrigé'}"
            shift = f"A tapé {'l’ancienne date' if by_date else 'l’ancien nom'} et échoué {_times(old)}"
            return Effect(words, "", shift)
        return None

    return failed


def _who_came_in(establishment_id: int) -> set[int]:
    inside = Attachment.objects.active().filter(establishment=establishment_id)
    return set(inside.values_list("learner_id", flat=True))


def _times(count: int) -> str:
    return f"{count} fois" if count > 1 else "une fois"


def _candidate(row: dict[str, Any]) -> Candidate:
    day = row["birth_date"]
    names = {name: row[name] or "" for name in _IDENTITY if name != "birth_date"}
    return Candidate(pk=0, birth_date=date.fromisoformat(day) if day else None, **names)
