"""Write in the roster without a file: a late arrival, a name to correct, a departure, a return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from preau.accounts.models import Account
from preau.audit.actions import record
from preau.establishments.models import Establishment
from preau.rosterfiles.names import fold
from preau.rosters.models import Division, Learner, LearnerStatus
from preau.rosters.rows import LEFT, PRESENT, Row, keys_of
from preau.web.refusals import Refusal


class InePresent(Refusal):
    """One INE is one pupil of the school."""

    message = "{name} a déjà cet INE dans cet établissement{left}."


class NamesakeHere(Refusal):
    """The same names, born the same day: twins do not have the same names, but strangers may."""

    message = "{name}{division}, né·e le même jour, est déjà dans la base{left}. Est-ce une autre personne ?"


class AlreadyLeft(Refusal):
    """Twice the same click, or two people."""

    message = "{name} est déjà marqué·e comme parti·e : il n’y a rien de plus à faire."


class NotLeft(Refusal):
    """Twice the same click, an import in between, or two people."""

    message = "{name} est déjà dans l’établissement : il n’y a rien de plus à faire."


class DepartureToCome(Refusal):
    """Whoever has left cannot enter any more: not before the day."""

    message = "Ce jour n’est pas encore venu : marquez le départ le jour même, ou après."


class DivisionElsewhere(Refusal):
    """A class of another school."""

    message = "Choisissez une classe de la liste, ou aucune."


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a pupil is, as somebody of the school types it; `ine` normalised, "" for none said."""

    last_name: str
    first_name: str
    birth_date: date | None
    usage_name: str = ""
    ine: str = ""
    division: Division | None = None


@transaction.atomic
def add_learner(
    *,
    establishment: Establishment,
    identity: Identity,
    by: Account,
    at: datetime,
    somebody_else: bool = False,
) -> Learner:
    """Enrol a pupil whom no file has brought yet; the next import recognises them, or asks.

    `somebody_else` says that a namesake born the same day is another person. Raises InePresent, NamesakeHere,
    DivisionElsewhere.
    """
    _hold(establishment)
    _refuse_confusion(establishment, identity, somebody_else=somebody_else)
    learner = Learner(establishment=establishment, by_hand=True)
    _write(learner, identity)
    learner.save()
    _done("eleve-ajoute", learner, by=by, at=at)
    return learner


@transaction.atomic
def correct_learner(
    *, learner: Learner, identity: Identity, by: Account, at: datetime, somebody_else: bool = False
) -> Learner:
    """Write names, birth date and class as they should be; without an INE, the known one stays.

    The account, its cards and its history stay. Nothing to change writes nothing. Raises InePresent, NamesakeHere,
    DivisionElsewhere.
    """
    establishment = learner.establishment
    _hold(establishment)
    corrected = Learner.objects.select_related("division", "establishment").get(pk=learner.pk)
    before = _said(corrected)
    _refuse_confusion(establishment, identity, somebody_else=somebody_else, but=corrected)
    _write(corrected, identity)
    after = _said(corrected)
    what = [words for words in before if before[words] != after[words]]
    if what:
        corrected.save()
        _done("eleve-corrige", corrected, by=by, at=at, what=", ".join(what))
    return corrected


@transaction.atomic
def mark_left(*, learner: Learner, left_on: date, by: Account, at: datetime) -> Learner:
    """Say that a pupil has left: they cannot enter here any more, account and history stay.

    Raises AlreadyLeft, DepartureToCome.
    """
    if left_on > timezone.localdate(at):
        raise DepartureToCome
    _hold(learner.establishment)
    gone = Learner.objects.select_related("establishment").get(pk=learner.pk)
    if gone.status == LEFT:
        raise AlreadyLeft(name=gone.display_name)
    gone.status, gone.left_on = LearnerStatus.LEFT, left_on
    gone.save(update_fields=["status", "left_on"])
    _done("eleve-parti", gone, by=by, at=at)
    return gone


@transaction.atomic
def mark_back(*, learner: Learner, by: Account, at: datetime) -> Learner:
    """Say that a pupil is here after all; raises NotLeft."""
    _hold(learner.establishment)
    back = Learner.objects.select_related("establishment").get(pk=learner.pk)
    if back.status != LEFT:
        raise NotLeft(name=back.display_name)
    back.status, back.left_on = LearnerStatus.PRESENT, None
    back.save(update_fields=["status", "left_on"])
    _done("eleve-revenu", back, by=by, at=at)
    return back


def _hold(establishment: Establishment) -> None:
    """Take the school first, as the undo of imports does: whoever writes in its roster meanwhile waits."""
    Establishment.objects.select_for_update(no_key=True).get(pk=establishment.pk)


def _done(verb: str, learner: Learner, *, by: Account, at: datetime, **facts: object) -> None:
    """Take the roster to its next version, since previews made before are of another one, and tell the journal."""
    same = Establishment.objects.filter(pk=learner.establishment_id)
    same.update(roster_version=F("roster_version") + 1)
    uai = learner.establishment.uai
    record(verb=verb, at=at, by=by, uai=uai, about=learner.display_name, learner_id=learner.pk, **facts)


def _refuse_confusion(
    establishment: Establishment, identity: Identity, *, somebody_else: bool, but: Learner | None = None
) -> None:
    """Raise when this identity is that of somebody known here."""
    if identity.division is not None and identity.division.establishment_id != establishment.pk:
        raise DivisionElsewhere
    others = Learner.objects.filter(establishment=establishment).select_related("division")
    if but is not None:
        others = others.exclude(pk=but.pk)
    if identity.ine and (same := others.filter(ine=identity.ine).first()) is not None:
        raise InePresent(name=same.display_name, left=_left(same))
    if somebody_else or identity.birth_date is None:
        return
    for other in others.filter(birth_date=identity.birth_date).in_list_order():
        if _same_names(identity, other):
            division = f" ({other.division.name})" if other.division else ""
            raise NamesakeHere(name=other.display_name, division=division, left=_left(other))


def _left(learner: Learner) -> str:
    return ", parmi les élèves partis" if learner.status == LEFT else ""


def _same_names(identity: Identity, other: Learner) -> bool:
    mine = {fold(identity.last_name), fold(identity.usage_name)} - {""}
    theirs = {fold(other.last_name), fold(other.usage_name)} - {""}
    return bool(mine & theirs) and fold(identity.first_name) == fold(other.first_name)


def _write(learner: Learner, identity: Identity) -> None:
    learner.last_name, learner.usage_name = identity.last_name, identity.usage_name
    learner.first_name, learner.birth_date = identity.first_name, identity.birth_date
    learner.division = identity.division
    learner.ine = identity.ine or learner.ine
    learner.sort_key, learner.search_key = keys_of(_row(learner))


def _row(learner: Learner) -> Row:
    """The pupil as an import would lay them out, for its keys to be computed as imports do."""
    return Row(
        local_id=learner.local_id,
        ine=learner.ine,
        last_name=learner.last_name,
        usage_name=learner.usage_name,
        first_name=learner.first_name,
        other_first_names=learner.other_first_names,
        birth_date=learner.birth_date.isoformat() if learner.birth_date else None,
        division=None,
        division_key=None,
        groups=(),
        status=PRESENT,
        left_on=None,
    )


def _said(learner: Learner) -> dict[str, object]:
    """What can be corrected, under the words of the journal, which holds no value."""
    return {
        "nom": (learner.last_name, learner.usage_name),
        "prénom": learner.first_name,
        "date de naissance": learner.birth_date,
        "INE": learner.ine,
        "classe": learner.division_id,
    }
