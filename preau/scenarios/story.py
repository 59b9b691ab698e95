"""What is told of one pupil: why this step, and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format

from preau.attachments.models import Attachment, Card
from preau.audit.models import Entry
from preau.establishments.journal import doer, said
from preau.rosters.models import ChangeKind, ImportChange, ImportState, Learner
from preau.scenarios.diagnosis import EMAIL, MEDIACENTRE, Age, Facts, Known, Password, Seen
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
    """One fact behind the step: `kind` is ok, warn, wait or unseen."""

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
    return [
        _enrolment(learner),
        *_account(facts, entry),
        *_card(facts, card, now),
        *_last_connection(facts, entry, now),
        *_mediacentre(facts, learner),
        *_missing(facts),
    ]


def _enrolment(learner: Learner) -> Reason:
    if learner.division:
        return Reason("ok", f"{learner.first_name} est dans la base élèves, en {learner.division.name}.")
    return Reason(
        "warn", f"{learner.first_name} est dans la base élèves, mais le fichier ne donne pas de classe."
    )


def _account(facts: Facts, entry: Attachment | None) -> list[Reason]:
    if facts.account is Known.DOUBTED:
        return [Reason("warn", "Un compte est peut-être le sien, mais l’import n’a pas osé le rattacher.")]
    if entry is None:
        return [Reason("wait", "Aucun compte n’est encore rattaché.")]
    if entry.account.password_chosen_at:
        found = [Reason("ok", "Un compte est rattaché, et son mot de passe est choisi.")]
    elif MEDIACENTRE in facts.held:
        found = [Reason("ok", "Un compte est rattaché, par le Médiacentre.")]
    else:
        found = [Reason("wait", "Un compte est rattaché, mais personne n’a encore choisi son mot de passe.")]
    if facts.password is Password.THROTTLED:
        found.append(
            Reason("warn", "Trop de mots de passe faux ont été tapés : l’élève doit attendre un peu.")
        )
    if EMAIL in facts.held and facts.age is Age.UNDER_15:
        found.append(Reason("warn", "L’élève n’a pas 15 ans : une adresse mail ne peut pas servir à entrer."))
    return found


def _card(facts: Facts, card: Card | None, now: datetime) -> list[Reason]:
    if facts.password is Password.ONE_TIME and card:
        until = date_format(card.expires_at.astimezone(now.tzinfo), "j F")
        return [Reason("ok", f"Sa carte, lot {card.batch_number}, attend d’être utilisée, jusqu’au {until}.")]
    if facts.password is Password.NONE and MEDIACENTRE not in facts.held and not facts.wants_tile:
        return [Reason("warn", "Aucune carte valable : sans elle, pas de première entrée.")]
    return []


def _last_connection(facts: Facts, entry: Attachment | None, now: datetime) -> list[Reason]:
    if entry is None or entry.account.last_login is None:
        return []
    if not facts.entered:
        return [Reason("wait", "Pas de connexion depuis la rentrée.")]
    last = moment_words(entry.account.last_login.astimezone(now.tzinfo), now=now)
    return [Reason("ok", f"Dernière connexion : {last}.")]


def _mediacentre(facts: Facts, learner: Learner) -> list[Reason]:
    """What the Médiacentre has shown, for a school that chose it or a pupil who came by it."""
    name, division = learner.first_name, learner.division.name if learner.division else ""
    if MEDIACENTRE in facts.held:
        if facts.by_tile or not facts.wants_tile:
            return [Reason("ok", f"Le Médiacentre a déjà envoyé {name}.")]
        return [Reason("unseen", f"Le Médiacentre n’a pas envoyé {name} depuis la rentrée.")]
    if not facts.wants_tile:
        return []
    others = {
        Seen.NOBODY: "Il n’a encore envoyé personne de l’établissement.",
        Seen.SCHOOL: f"Il n’a encore envoyé personne de {division or 'sa classe'}, mais il a envoyé d’autres classes.",
        Seen.CLASS: f"Il a déjà envoyé des élèves de {division or 'sa classe'}.",
        Seen.PUPIL: "",
    }
    return [Reason("unseen", f"Le Médiacentre n’a pas encore envoyé {name}. {others[facts.seen]}".strip())]


def _missing(facts: Facts) -> list[Reason]:
    missing = []
    if not facts.has_ine:
        missing.append(
            Reason("warn", "Le fichier ne donne pas son INE : le secrétariat peut l’ajouter dans SIECLE.")
        )
    if facts.age is Age.UNKNOWN:
        missing.append(Reason("warn", "Le fichier ne donne pas sa date de naissance."))
    return missing


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
