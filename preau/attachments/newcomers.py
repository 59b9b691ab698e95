"""Pupils without INE: nothing says whether they have an account already, so the school is asked where they were.

A name is never looked for in the whole nation: only in the school that somebody names, once, and without a word to
whoever asks (decision 26).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, Subquery

from preau.attachments.merges import Transfer, TransferState
from preau.attachments.models import Attachment
from preau.establishments.models import Establishment, Membership, school_year_start
from preau.rosterfiles.identifiers import check_uai
from preau.rosterfiles.names import fold
from preau.rosters.models import Learner, LearnerQuerySet

# A list that leaves out more than these has no INE at all (a table made at home): nobody is asked pupil by pupil.
MOST_WITHOUT_INE = 60
MOST_SCHOOLS = 12


@dataclass(frozen=True, slots=True)
class Reached:
    """The one pupil of another school who may be ours, and their account: never said to whoever asks."""

    learner: Learner
    account_id: int


def newcomers_without_ine(school: Establishment, *, at: datetime) -> LearnerQuerySet:
    """The pupils whom nothing relates to an account, and about whom nobody has said where they were.

    Whoever had an account here before the summer, or came in with one that they had elsewhere, is known.
    """
    mine = Attachment.objects.active().filter(learner=OuterRef("pk"))
    theirs = Attachment.objects.active().filter(account=OuterRef("account"))
    known = mine.filter(
        Q(made_at__lt=school_year_start(at)) | Exists(theirs.exclude(establishment=school.pk))
    )
    answered = Transfer.objects.filter(
        learner=OuterRef("pk"), state__in=[TransferState.FIRST, TransferState.RELEASED]
    )
    return (
        Learner.objects.present()
        .filter(establishment=school, ine=None)
        .exclude(Exists(known))
        .exclude(Exists(answered))
    )


def count_newcomers(school: Establishment, *, at: datetime) -> int:
    """How many of them are asked about: none when the list has no INE at all."""
    found = newcomers_without_ine(school, at=at).count()
    return found if found <= MOST_WITHOUT_INE else 0


def reached_at(school: Establishment, learner: Learner) -> Reached | None:
    """The one record there of the same folded names and birth date, with an account that may follow; one query.

    One of the two has no INE: two INEs are two people, and one INE has a way of its own.
    """
    people = Learner.objects.filter(
        establishment=school, sort_key=learner.sort_key, birth_date=learner.birth_date
    )
    if learner.ine:
        people = people.filter(ine=None)
    mine = Attachment.objects.active().filter(learner=learner, account=OuterRef("account"))
    held = (
        Attachment.objects.active()
        .filter(learner=OuterRef("pk"), account__is_active=True, account__is_staff=False)
        .exclude(Exists(Membership.objects.filter(account=OuterRef("account"))))
        .exclude(Exists(mine))
    )
    rows = list(people.annotate(held=Subquery(held.values("account")[:1])).order_by("pk")[:2])
    if len(rows) != 1 or rows[0].held is None:
        return None
    return Reached(rows[0], rows[0].held)


def schools_named(said: str, *, other_than: Establishment) -> list[Establishment]:
    """The schools of this server that a UAI, or words of the name and the town, may mean; a few at most."""
    schools = Establishment.objects.real().exclude(pk=other_than.pk).order_by("name", "uai")
    uai = check_uai(said)
    if uai.valid:
        return list(schools.filter(uai=uai.uai))
    words = fold(said).split()
    if len("".join(words)) < 3:
        return []
    # Folded here: neither database compares without accents, and a nation has ten thousand schools.
    rows = schools.values_list("pk", "name", "town")
    found = [pk for pk, name, town in rows.iterator() if _says(words, fold(f"{name} {town}").split())]
    return list(schools.filter(pk__in=found[: MOST_SCHOOLS + 1]))


def _says(words: list[str], known: list[str]) -> bool:
    return all(any(one.startswith(word) for one in known) for word in words)
