"""What this room hears from others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.http import HttpRequest

from preau.accounts.identities import Hints, PendingIdentity, Profile
from preau.accounts.models import Account
from preau.accounts.signals import identity_held, tidying
from preau.attachments.actions.identities import forget_old_identities
from preau.attachments.actions.merge import expire_merges
from preau.attachments.actions.transfer import expire_transfers, unreach
from preau.attachments.arriving import class_labels, likely_learner, mark_likely, schools_of
from preau.attachments.effects import teller_of
from preau.attachments.failed_tries import forget_failed_tries
from preau.attachments.finding import GUESSES_KEPT
from preau.attachments.merges import Merge, MergeState, SetAside, Transfer
from preau.attachments.models import (
    Attachment,
    Card,
    Conflict,
    HelpRequest,
    HelpState,
    How,
    IdentityChange,
    RecognitionRefusal,
)
from preau.attachments.recognition import attach_known
from preau.attachments.sightings import count_held, forget_old_sightings
from preau.audit.actions import record_many
from preau.rosters.models import ChangeKind, ImportChange, Learner, RosterImport
from preau.rosters.signals import Hold, Teller, import_applied, import_effects, import_undoing, import_undone

WHY_UNDONE = "import annulé"


@receiver(tidying)
def forget_what_was_typed(at: datetime, **_: Any) -> None:
    """Forget the names and dates of calls for help that nobody waits for any more; the journal keeps the calls."""
    HelpRequest.objects.filter(made_at__lt=at - GUESSES_KEPT).update(
        typed_last_name="", typed_first_name="", typed_birth_date=None
    )
    forget_failed_tries(at=at)


@receiver(tidying)
def close_what_nobody_answered(at: datetime, **_: Any) -> None:
    """Close requests to merge or to transfer that waited too long, and forget what can no longer be put back."""
    expire_merges(at=at)
    expire_transfers(at=at)


@receiver(tidying)
def forget_old_figures(at: datetime, **_: Any) -> None:
    """Forget the replaced identities that can no longer come back, and the arrivals counted last year."""
    forget_old_identities(at=at)
    forget_old_sightings(at=at)


@receiver(identity_held)
def look_for_the_pupil(request: HttpRequest, pending: PendingIdentity, hints: Hints, **_: Any) -> None:
    """While names and class pass by: keep the number of the one likely pupil, and count the arrival."""
    if pending.profile is not Profile.PUPIL:
        mark_likely(request, pending, None)
        return
    schools = schools_of(pending.uais)
    mark_likely(request, pending, likely_learner(schools, hints) if schools else None)
    for school in schools:
        count_held(school, class_labels(hints.divisions), at=pending.at)


@receiver(import_applied)
def give_accounts_back(roster_import: RosterImport, by: Account | None, at: datetime, **_: Any) -> None:
    """Attach the pupils whose account is known."""
    if roster_import.change_count:
        attach_known(roster_import, by=by, at=at)


@receiver(import_effects)
def say_what_becomes_of_accounts(roster_import: RosterImport, **_: Any) -> Teller:
    """Say, line by line, whose account is known and whom a correction helps."""
    return teller_of(roster_import)


@receiver(import_undoing)
def hold_pupils(roster_import: RosterImport, at: datetime, **_: Any) -> list[Hold]:
    """Hold who came in, and whom the school gave an identifier or a card that may still be in their bag."""
    arrivals = ImportChange.objects.filter(roster_import=roster_import, kind=ChangeKind.ARRIVAL)
    touched = {"learner__in": arrivals.values("learner")}
    # What people made, and what they ended: an attachment of the import that was ended had been looked at.
    made = Attachment.objects.filter(~Q(roster_import=roster_import) | Q(ended_at__isnull=False), **touched)
    joined = IdentityChange.objects.filter(**touched)
    said_yes = HelpRequest.objects.filter(state=HelpState.ACCEPTED, **touched)
    cards = Card.objects.valid(at).filter(**touched)
    merged = Merge.objects.filter(state=MergeState.DONE, **touched)
    return [
        Hold(merged.values("learner"), "a réuni deux comptes", "ont réuni deux comptes"),
        Hold(made.exclude(made_how=How.BULK).values("learner"), "est déjà entré", "sont déjà entrés"),
        Hold(joined.values("learner"), "est déjà entré par l’ENT", "sont déjà entrés par l’ENT"),
        Hold(said_yes.values("learner"), "est en train d’entrer", "sont en train d’entrer"),
        Hold(made.filter(made_how=How.BULK).values("learner"), "a un identifiant", "ont un identifiant"),
        Hold(cards.values("learner"), "a une carte", "ont une carte"),
    ]


@receiver(import_undone)
def take_accounts_back(roster_import: RosterImport, by: Account | None, at: datetime, **_: Any) -> None:
    """Forget whom the import had recognised, and what is left of those whose row goes away.

    Somebody who did something since, with the account that was given back, keeps it.
    """
    changes = ImportChange.objects.filter(roster_import=roster_import)
    kept = changes.filter(kept=True).values("learner")
    going = changes.filter(kind=ChangeKind.ARRIVAL, kept=False).values("learner")
    recognised = Attachment.objects.active().filter(roster_import=roster_import).exclude(learner__in=kept)
    stay = Learner.objects.filter(pk__in=recognised.values("learner")).exclude(pk__in=going)
    people = [(learner.pk, learner.display_name) for learner in stay.order_by("pk")]
    uai = roster_import.establishment.uai
    record_many(verb="detache", at=at, by=by, uai=uai, people=people, why=WHY_UNDONE)
    recognised.delete()
    RecognitionRefusal.objects.filter(roster_import=roster_import).delete()
    Card.objects.filter(learner__in=going).delete()
    Merge.objects.filter(learner__in=going).delete()
    SetAside.objects.filter(learner__in=going).delete()
    unreach(learners=going)
    for pupil in ("learner", "holder_learner"):  # one after the other: « or » would read every school's
        Transfer.objects.filter(**{f"{pupil}__in": going}).delete()
    for pupil in ("learner", "other_learner"):
        Conflict.objects.filter(**{f"{pupil}__in": going}).delete()
    HelpRequest.objects.filter(learner__in=going).update(learner=None)
