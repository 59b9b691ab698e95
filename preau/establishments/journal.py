"""The journal of a school, in sentences anyone on the team can read."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone

from preau.audit.models import Entry
from preau.establishments.models import Role
from preau.web.french import typeset

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from preau.establishments.models import Establishment

MACHINE = "Préau"
# Whoever did these was not signed in yet: not the machine, all the same.
NOT_YET_KNOWN = {"aide-demandee": "Un élève", "carte-utilisee": "Quelqu’un"}
# Every verb of the journal and what it says after the name of whoever acted. {about} is the person or the thing;
# other names are facts of the entry, left out when it has none.
SENTENCES: dict[str, str] = {
    "aide-accordee": "a reconnu {about} (aide {code})",
    "adresse-ajoutee": "a ajouté une adresse électronique pour entrer",
    "aide-demandee": "a demandé de l’aide (code {code})",
    "aide-refusee": "a refusé l’aide {code}",
    "avancement-exporte": "a exporté l’avancement de la rentrée",
    "calendrier-change": "a réglé le calendrier de rentrée : {mode}",
    "campagne-archivee": "a archivé la campagne « {about} » ({code})",
    "campagne-creee": "a créé la campagne « {about} » ({code})",
    "resultats-exportes": "a exporté les résultats de la campagne « {about} » ({code})",
    "resultats-xapi": "a exporté en xAPI les résultats de la campagne « {about} » ({code})",
    "campagne-exportee": "a exporté les élèves de la campagne « {about} » ({code})",
    "campagne-fermee": "a fermé la campagne « {about} » ({code})",
    "campagne-modifiee": "a modifié la campagne « {about} » ({code})",
    "campagne-rouverte": "a rouvert la campagne « {about} » ({code})",
    "carte-annulee": "a annulé la carte de {about}",
    "carte-preparee": "a préparé une carte pour {about} (lot {batch})",
    "carte-utilisee": "a utilisé la carte de {about}",
    "colonnes-dites": "a dit ce que sont les colonnes de « {about} »",
    "compte-cherche": "a demandé le compte de {about}, sans savoir s’il en a un : {school}",
    "compte-verifie": "a vérifié le compte de {about}",
    "classe-deconnectee": "a déconnecté la {about} ({count} session(s))",
    "compte-d-un-autre": "a vu {about} arriver avec le compte d’un autre élève : refusé",
    "conflit-regle": "a réglé le conflit de comptes de {about}",
    "conflit-vu": "a vu deux comptes ou deux identités pour {about}",
    "connexion": "a ouvert une connexion ({how})",
    "connexion-personnel": "a ouvert une connexion avec son mot de passe",
    "connexion-personnel-ent": "a ouvert une connexion par l’ENT",
    "connexion-refusee": "a refusé une connexion",
    "detache": "a détaché {about} : {why}",
    "donnees-exportees": "a exporté les données de {about}",
    "donnees-reglees": "a réglé la durée de conservation : {days} jours",
    "donnee-montree": "a affiché les données cachées de {about} ({what})",
    "eleve-ajoute": "a ajouté {about} à la main",
    "eleve-corrige": "a corrigé {about} à la main ({what})",
    "eleve-debloque": "a débloqué {about}",
    "eleve-deconnecte": "a fermé le compte de {about} partout où il était ouvert",
    "eleve-efface": "a effacé un élève parti",
    "eleves-effaces": "a effacé {count} élève(s) partis depuis plus de {days} jours",
    "eleve-parti": "a marqué le départ de {about}",
    "eleve-revenu": "a marqué le retour de {about}",
    "eleves-exportes": "a exporté la liste de {pupils} élève(s)",
    "equipe-rejointe": "a rejoint l’équipe ({role})",
    "equipe-retrait": "a retiré {about} de l’équipe",
    "etablissement-cree": "a ouvert l’établissement {about}",
    "feuilles-imprimees": "a imprimé {pupils} feuille(s) d’élève ({language})",
    "facon-ajoutee": "a ajouté une façon d’entrer ({way})",
    "facon-retiree": "a retiré une façon d’entrer ({way})",
    "identite-donnee": "a donné une entrée par l’ENT à {about}",
    "identite-otee": "a retiré une entrée par l’ENT à {about}",
    "identite-remise": "a remis l’ancienne entrée par l’ENT de {about}",
    "identite-remplacee": "a remplacé l’entrée par l’ENT de {about}",
    "identite-reunie": "a réuni ses façons d’entrer : {about}",
    "identite-reliee": "a relié {about} à son compte",
    "identite-retiree": "a retiré {about} d’un compte",
    "identifiant-donne": "a donné un identifiant à {about}",
    "cartes-annulees": "a annulé {cards} carte(s) qui n’avaient pas servi, pour {about}",
    "import-abandonne": "a abandonné l’import de « {about} »",
    "import-annule": "a annulé l’import de « {about} »",
    "import-applique": "a appliqué l’import de « {about} »",
    "import-depose": "a déposé le fichier « {about} »",
    "import-exporte": "a exporté ce que dit l’import de « {about} »",
    "import-refuse": "a refusé le fichier « {about} »",
    "invitation-annulee": "a annulé l’invitation de {about}",
    "invitation-envoyee": "a invité {about} ({role})",
    "journal-exporte": "a exporté le journal",
    "lot-annule": "a annulé le {about} ({cards} carte(s))",
    "lot-prepare": "a préparé le {about} ({cards} carte(s))",
    "mail-converti": "a remplacé l’adresse mail de {about} par un identifiant",
    "mode-change": "a changé la façon d’entrer : {before} → {after}",
    "mot-de-passe-choisi": "a choisi un mot de passe",
    "parcours-commence": "a commencé « {title} »",
    "parcours-compose": "a composé le parcours « {about} »",
    "parcours-range": "a rangé le parcours « {about} »",
    "parcours-termine": "a terminé « {title} »",
    "premiere-fois": "a dit que c’est la première fois de {about} : aucun compte à chercher",
    "premiere-fois-annulee": "a de nouveau demandé où était {about} l’an dernier",
    "question-changee": "a changé la question « {about} »",
    "question-rangee": "a rangé la question « {about} »",
    "questions-ajoutees": "a ajouté {questions} question(s) de l’établissement",
    "questions-repondues": "a répondu aux questions de l’import de « {about} »",
    "campagne-copiee": "a copié la campagne « {about} » pour l’année suivante",
    "demonstration-essayee": "a essayé le chemin d’un élève, avec un élève de démonstration",
    "doublon-ecarte": "a dit que les comptes proches de {about} sont ceux de deux élèves",
    "doublon-remis": "a remis un doublon de {about} sur la liste",
    "reunion-annulee": "a annulé la réunion des deux comptes de {about}",
    "reunion-demandee": "a demandé de réunir les deux comptes de {about}",
    "reunion-faite": "a confirmé la réunion des deux comptes de {about}",
    "reunion-refusee": "a refusé de réunir les deux comptes de {about}",
    "reunion-retiree": "a retiré sa demande de réunir les deux comptes de {about}",
    "transfert-accorde": "a accordé le compte de {about} à un autre établissement : {school}",
    "transfert-demande": "a demandé à l’autre établissement le compte de {about}",
    "transfert-ignore": "a laissé sans réponse la demande du compte de {about} : {school}",
    "transfert-non-obtenu": "a reçu un refus pour le compte de {about}",
    "transfert-obtenu": "a reçu l’accord de l’autre établissement pour le compte de {about}",
    "transfert-recu": "a reçu d’un autre établissement une demande du compte de {about} : {school}",
    "transfert-refuse": "a refusé le compte de {about} à un autre établissement : {school}",
    "transfert-retire": "a retiré sa demande du compte de {about}",
    "rattache": "a rattaché {about}",
    "rattache-de-nouveau": "a rattaché {about} de nouveau",
    "reglages-changes": "a changé les réglages de l’établissement",
    "codes-de-secours": "a fait de nouveaux codes de secours",
    "second-facteur-ajoute": "a ajouté une deuxième preuve ({what})",
    "second-facteur-efface": "a effacé la deuxième preuve de {about}",
    "second-facteur-refuse": "a donné une deuxième preuve fausse",
    "second-facteur-retire": "a retiré une deuxième preuve",
    "sessions-fermees": "a fermé {count} session(s) de son compte",
    "incident": "a tout fermé pour {about} : {sessions} session(s), {cards} carte(s), {passwords} mot(s) de passe",
    "mot-de-passe-annule": "a annulé le mot de passe de {about}, après un incident",
    "seance-fermee": "a fermé la séance de la {about} ({entered} entré(s) sur {pupils})",
    "seance-ouverte": "a ouvert une séance pour la {about}",
    "seance-prolongee": "a prolongé la séance de la {about}",
    "role-change": "a donné à {about} le rôle : {role}",
}
HEADINGS = ("Date", "Heure", "Qui", "Quoi", "Au sujet de")


class _Facts(dict[str, Any]):
    """Facts of an entry; one that is missing says nothing rather than failing."""

    def __missing__(self, key: str) -> str:
        return ""


def doer(entry: Entry) -> str:
    """Who did it, in words."""
    return entry.actor or NOT_YET_KNOWN.get(entry.verb, MACHINE)


def said(entry: Entry) -> str:
    """What was done, without who did it; a verb nobody has translated is shown with its dashes opened."""
    pattern = SENTENCES.get(entry.verb)
    if pattern is None:
        words = entry.verb.replace("-", " ")
        return typeset(f"{words} : {entry.about}" if entry.about else words)
    facts = _Facts(entry.facts, about=entry.about)
    if "role" in entry.facts and entry.facts["role"] in Role.values:
        facts["role"] = Role(entry.facts["role"]).label
    text = string.Formatter().vformat(pattern, (), facts)
    text = re.sub(r"\b([01]) (\w+)\(s\)", r"\1 \2", _without_holes(text))
    return typeset(text.replace("(s)", "s"))


def _without_holes(text: str) -> str:
    """Drop what a missing fact leaves behind: « () », « (lot ) », a colon with nothing after it."""
    for hole in (" ()", " (lot )", " (aide )", " (code )", " ( carte(s))"):
        text = text.replace(hole, "")
    return text.rstrip(" :")


def verb_choices() -> list[tuple[str, str]]:
    """Verbs and how the filter names them, in order of words."""
    names = [(verb, _blank(pattern)) for verb, pattern in SENTENCES.items()]
    return sorted(names, key=lambda choice: choice[1])


def _blank(pattern: str) -> str:
    """A sentence as a filter names it: what would fill it is « … », and what only adds to it goes."""
    text = re.sub(r"\{\w+\}", "…", pattern)
    text = re.sub(r" \([^)]*…[^)]*\)| : ….*$", "", text)
    return typeset(text.replace("« … »", "…").replace("(s)", "s"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader looks for; nothing given, everything shown."""

    who: str = ""
    verb: str = ""
    since: date | None = None
    until: date | None = None


def entries_of(school: Establishment, asked: Asked) -> QuerySet[Entry]:
    """The lines of this school's journal, newest first; both days are included, in the school's time zone."""
    entries = Entry.objects.filter(uai=school.uai)
    if asked.verb:
        entries = entries.filter(verb=asked.verb)
    if asked.since:
        entries = entries.filter(at__gte=_midnight(asked.since))
    if asked.until and asked.until < date.max:
        entries = entries.filter(at__lt=_midnight(asked.until + timedelta(days=1)))
    for word in asked.who.split()[:6]:
        entries = entries.filter(_names(word))
    return entries


def _names(word: str) -> Q:
    """Whether the actor or the subject has this word, in any case: SQLite alone would miss « BŒUF » for « bœuf »."""
    found = Q()
    for written in {word, word.upper(), word.lower(), word.capitalize()}:
        found |= Q(actor__icontains=written) | Q(about__icontains=written)
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it is read."""

    at: datetime
    who: str
    what: str


def by_day(entries: Iterable[Entry]) -> list[tuple[date, list[Line]]]:
    """Entries, already in order, gathered by day."""
    lines = (Line(timezone.localtime(entry.at), doer(entry), said(entry)) for entry in entries)
    return [(day, list(of_day)) for day, of_day in groupby(lines, key=lambda line: line.at.date())]


def rows(entries: Iterable[Entry]) -> Iterator[tuple[str, str, str, str, str]]:
    """The journal for a spreadsheet, under HEADINGS."""
    for entry in entries:
        at = timezone.localtime(entry.at)
        yield f"{at:%d/%m/%Y}", f"{at:%H:%M}", doer(entry), said(entry), entry.about
