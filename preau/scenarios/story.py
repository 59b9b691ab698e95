"""What is told of one pupil: why this step, and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format

from preau.accounts.models import ConnectionMode
from preau.attachments.models import Attachment, Card
from preau.audit.models import Entry
from preau.establishments.journal import doer, said
from preau.rosters.models import ChangeKind, ImportChange, ImportState, Learner
from preau.scenarios.diagnosis import Facts
from preau.web.french import moment_words

MOST_EVENTS = 40
COMPARED = {
    "last_name": "nom",
    "usage_name": "nom d’usage",
    "first_name": "prénom",
    "other_first_names": "autres prénoms",
    "birth_date": "date de naissance",
    "ine": "INE",
    "division": "classe",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact behind the step: `kind` is ok, warn or wait."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the pupil, in one sentence."""

    at: datetime
    text: str


def reasons_for(
    facts: Facts, *, learner: Learner, entry: Attachment | None, card: Card | None, now: datetime
) -> list[Reason]:
    """Why this step: the facts it rests on, in the order one would check them. `now` is local."""
    name, account = learner.first_name, entry.account if entry else None
    reasons = []
    if facts.division:
        reasons.append(Reason("ok", f"{name} est dans la base élèves, en {facts.division}."))
    else:
        reasons.append(
            Reason("warn", f"{name} est dans la base élèves, mais le fichier ne donne pas de classe.")
        )
    if account is None:
        reasons.append(Reason("wait", "Aucun compte n’est encore rattaché."))
    elif account.password_chosen_at:
        reasons.append(Reason("ok", "Un compte est rattaché, et son mot de passe est choisi."))
    elif ConnectionMode.MEDIACENTRE in facts.modes:
        reasons.append(Reason("ok", "Un compte est rattaché, par le Médiacentre."))
    else:
        reasons.append(
            Reason("wait", "Un compte est rattaché, mais personne n’a encore choisi son mot de passe.")
        )
    if facts.card and card:
        until = date_format(card.expires_at.astimezone(now.tzinfo), "j F")
        reasons.append(
            Reason("ok", f"Sa carte, lot {card.batch_number}, attend d’être utilisée, jusqu’au {until}.")
        )
    elif not facts.owned:
        reasons.append(Reason("warn", "Aucune carte valable : sans elle, pas de première entrée."))
    if account and account.last_login:
        last = moment_words(account.last_login.astimezone(now.tzinfo), now=now)
        words = f"Dernière connexion : {last}." if facts.entered else "Pas de connexion depuis la rentrée."
        reasons.append(Reason("ok" if facts.entered else "wait", words))
    if not facts.has_ine:
        reasons.append(
            Reason("warn", "Le fichier ne donne pas son INE : le secrétariat peut l’ajouter dans SIECLE.")
        )
    return reasons


def events_of(learner: Learner, *, uai: str) -> list[Event]:
    """What happened to this pupil in this school, newest first: the journal and the imports; two queries."""
    lines = Entry.objects.filter(learner_id=learner.pk, uai=uai).order_by("-at", "-id")[:MOST_EVENTS]
    events = [Event(line.at, f"{doer(line)} {said(line)}.") for line in lines]
    changes = (
        ImportChange.objects.filter(
            learner_id=learner.pk,
            roster_import__establishment=learner.establishment_id,
            roster_import__state=ImportState.APPLIED,
        )
        .select_related("roster_import__applied_by")
        .order_by("-roster_import__applied_at")[:MOST_EVENTS]
    )
    for change in changes:
        brought = change.roster_import
        if brought.applied_at:
            by = f" ({brought.applied_by.get_full_name()})" if brought.applied_by else ""
            events.append(Event(brought.applied_at, f"{_change_words(change)}{by}."))
    return sorted(events, key=lambda event: event.at, reverse=True)[:MOST_EVENTS]


def _change_words(change: ImportChange) -> str:
    before, after = change.before or {}, change.after or {}
    division = after.get("division") or ""
    if change.kind == ChangeKind.ARRIVAL:
        return f"Arrivée par l’import de la base élèves{f', en {division}' if division else ''}"
    if change.kind == ChangeKind.DEPARTURE:
        return "Départ, d’après l’import de la base élèves"
    if change.kind == ChangeKind.RETURN:
        return f"Retour par l’import de la base élèves{f', en {division}' if division else ''}"
    if change.kind == ChangeKind.CLASS_CHANGE:
        return f"Changement de classe : {before.get('division') or 'aucune'} → {division or 'aucune'}"
    changed = [word for key, word in COMPARED.items() if before.get(key) != after.get(key)]
    return f"Correction par l’import de la base élèves{' : ' + ', '.join(changed) if changed else ''}"
