"""Everything kept of one person, in words: the same sections on a page and in a JSON file.

The school's copy leaves out what staff may not see (results that the pupil has not sent) and, like the pupil's, who
among the staff did what: that is other people's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from allauth.socialaccount.models import SocialAccount
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from preau.accounts.models import Account, ConnectionMode, OpenSession
from preau.attachments.merges import Merge, SetAside, Transfer
from preau.attachments.models import (
    Attachment,
    Card,
    Conflict,
    HelpRequest,
    IdentityChange,
    RecognitionRefusal,
)
from preau.audit.models import Entry
from preau.campaigns.models import Participation
from preau.classroom.models import Difficulty
from preau.establishments.journal import said
from preau.parcours.framework import competences
from preau.parcours.models import Answer, Attempt, AttemptState
from preau.privacy.models import Departure
from preau.rosters.models import ImportChange, Learner

if TYPE_CHECKING:
    from preau.establishments.models import Establishment

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of data; `rows` are label → value, JSON-able."""

    model: type[Model]
    title: str
    rows: list[Row]

    @property
    def in_french(self) -> bool:
        """The journal is a school's: its sentences are in French only."""
        return self.model is Entry

    @property
    def shown(self) -> list[list[tuple[str, str]]]:
        """The same rows in words, without what is empty."""
        return [
            [(label, words) for label, value in row.items() if (words := in_words(value))]
            for row in self.rows
        ]


# The words of a row of the roster, as imports keep it; what is not here is only for sorting and searching.
COLUMNS = {
    "last_name": "nom",
    "usage_name": "nom d’usage",
    "first_name": "prénom",
    "other_first_names": "autres prénoms",
    "birth_date": "naissance",
    "ine": "INE",
    "local_id": "numéro",
    "division": "classe",
    "groups": "groupes",
    "left_on": "sortie",
    "competence": "compétence",
    "answer": "réponse",
}
MEASURED = "{competence} : niveau {level}, entre {low} et {high}"


def in_words(value: Any) -> str:
    """A value of the file as a person reads it, in the language of the page."""
    if isinstance(value, bool):
        return gettext("oui") if value else gettext("non")
    if isinstance(value, dict) and "competence" in value and value.get("level") is not None:
        return _measured(value)
    if isinstance(value, dict):
        named = {COLUMNS[key]: _day(key, one) for key, one in value.items() if key in COLUMNS} or value
        return " ; ".join(
            f"{gettext(key)} : {words}" for key, one in named.items() if (words := in_words(one))
        )
    if isinstance(value, list | tuple):
        many = any(isinstance(one, dict) for one in value)
        return ("\n" if many else ", ").join(filter(None, map(in_words, value)))
    return gettext(str(value)) if isinstance(value, str) and value else "" if value is None else str(value)


def _day(key: str, value: Any) -> Any:
    """A day of the roster as people write it; anything else as it is."""
    if key not in {"birth_date", "left_on"} or not isinstance(value, str):
        return value
    try:
        return _value(date.fromisoformat(value))
    except ValueError:
        return value


def _measured(level: dict[str, Any]) -> str:
    """One competence and its level, as a family reads it."""
    known = competences().get(level["competence"])
    about = f"{level['competence']} {gettext(known.name)}" if known else str(level["competence"])
    return gettext(MEASURED).format(
        competence=about, level=level["level"], low=level.get("low", 0), high=level.get("high", 8)
    )


def of_learner(learner: Learner, *, own: bool = False) -> list[Section]:
    """What one school keeps of a pupil; `own` when the pupil asks for themselves."""
    accounts = Account.objects.filter(
        attachments__learner=learner, attachments__ended_at=None
    ).with_mode_facts()
    account = accounts.first()
    return [
        Section(Learner, "Dans la base élèves", [_learner(learner)]),
        Section(Account, "Compte", [_account(account)] if account else []),
        *_of_account(account, own=own),
        *_ways_in(learner, account),
        *_decided(learner),
        *_work(learner, own=own),
        *_story(learner),
    ]


def as_json(sections: Iterable[Section], *, person: str, school: Establishment, at: datetime) -> Row:
    """The file: sections by title, so that anybody can read it with any text editor."""
    return {
        "personne": person,
        "etablissement": {"nom": school.name, "uai": school.uai},
        "extrait_le": timezone.localtime(at).isoformat(timespec="seconds"),
        "donnees": {section.title: section.rows for section in sections},
    }


def _learner(learner: Learner) -> Row:
    return {
        "Nom": learner.last_name,
        "Nom d’usage": learner.usage_name,
        "Prénom": learner.first_name,
        "Autres prénoms": learner.other_first_names,
        "Date de naissance": _value(learner.birth_date),
        "INE": learner.ine or "",
        "Numéro dans le logiciel de l’établissement": learner.local_id or "",
        "Classe": learner.division.name if learner.division else "",
        "Groupes": list(learner.groups),
        "Statut": learner.get_status_display(),
        "Parti le": _value(learner.left_on),
    }


def _account(account: Account) -> Row:
    return {
        "Identifiant": account.username or "",
        "Adresse électronique": account.email or "",
        "Prénom": account.first_name,
        "Nom": account.last_name,
        "Date de naissance": _value(account.birth_date),
        "Façons d’entrer": [ConnectionMode(mode).label for mode in account.modes],
        "Créé le": _value(account.made_at),
        "Première entrée de l’année": _value(account.entered_at),
        "Dernière entrée": _value(account.last_login),
        "Mot de passe choisi le": _value(account.password_chosen_at),
    }


def _of_account(account: Account | None, *, own: bool) -> Iterator[Section]:
    """Identities and sessions; where and when somebody is signed in is theirs to see, not the school's."""
    identities = SocialAccount.objects.filter(user=account).order_by("pk") if account else []
    yield Section(
        SocialAccount,
        "Entrées par l’ENT",
        [
            {
                "ENT": one.provider,
                "Identifiant chez l’ENT": one.uid,
                "Gardé de l’ENT": one.extra_data,
                "Reliée le": _value(one.date_joined),
                "Dernière fois": _value(one.last_login),
            }
            for one in identities
        ],
    )
    sessions = OpenSession.objects.filter(account=account).order_by("opened_at") if account and own else []
    yield Section(
        OpenSession,
        "Sessions ouvertes",
        [{"Ouverte le": _value(one.opened_at), "Finit le": _value(one.expire_date)} for one in sessions],
    )


def _ways_in(learner: Learner, account: Account | None) -> Iterator[Section]:
    yield _section(
        Attachment.objects.filter(learner=learner),
        "Rattachements",
        lambda one: {
            "Fait le": _value(one.made_at),
            "Comment": one.get_made_how_display(),
            "Fini le": _value(one.ended_at),
            "Pourquoi": one.ended_why,
        },
    )
    yield _section(
        Card.objects.filter(learner=learner),
        "Cartes",
        lambda one: {
            "Lot": one.batch_number,
            "Faite le": _value(one.made_at),
            "Expire le": _value(one.expires_at),
            "Utilisée le": _value(one.used_at),
            "Annulée le": _value(one.voided_at),
        },
    )
    asked = Q(learner=learner)
    if account is not None:
        asked |= Q(account=account, establishment=learner.establishment_id)
    yield _section(
        HelpRequest.objects.filter(asked),
        "Appels à l’aide",
        lambda one: {
            "Le": _value(one.made_at),
            "Nom tapé": one.typed_last_name,
            "Prénom tapé": one.typed_first_name,
            "Date tapée": _value(one.typed_birth_date),
            "Suite": one.get_state_display(),
        },
    )
    yield _section(
        IdentityChange.objects.filter(learner=learner),
        "Entrées par l’ENT remplacées",
        lambda one: {"Le": _value(one.made_at), "ENT": one.provider, "Avant": one.old_uid},
    )
    yield _section(
        Conflict.objects.filter(Q(learner=learner) | Q(other_learner=learner)),
        "Comptes en conflit",
        lambda one: {"Le": _value(one.made_at), "Quoi": one.get_kind_display()},
    )
    yield _section(
        RecognitionRefusal.objects.filter(learner=learner),
        "Comptes non reconnus",
        lambda one: {"Le": _value(one.made_at), "Pourquoi": one.get_reason_display()},
    )


def _decided(learner: Learner) -> Iterator[Section]:
    """What was decided about their accounts; never which other school knows them."""
    yield _section(
        Merge.objects.filter(learner=learner),
        "Réunions de deux comptes",
        lambda one: {"Demandée le": _value(one.asked_at), "Suite": one.get_state_display()},
    )
    yield _section(
        SetAside.objects.filter(learner=learner),
        "Doublons écartés",
        lambda one: {"Le": _value(one.made_at), "Jusqu’au": _value(one.until)},
    )
    yield _section(
        Transfer.objects.filter(Q(learner=learner) | Q(holder_learner=learner)).select_related("named"),
        "Demandes de transfert d’un compte",
        lambda one: {
            "Le": _value(one.asked_at),
            "Suite": "demandé" if one.waits else one.get_state_display(),
            # Only what the pupil's own school said of them: the other one reads nothing of it.
            "Ancien établissement": one.named.name if one.named and one.learner_id == learner.pk else "",
        },
    )


def _work(learner: Learner, *, own: bool) -> Iterator[Section]:
    yield _section(
        Participation.objects.filter(learner=learner).select_related("campaign"),
        "Participations",
        lambda one: {
            "Campagne": one.campaign.title,
            "Commencée le": _value(one.started_at),
            "Terminée le": _value(one.done_at),
        },
    )
    attempts = Attempt.objects.filter(learner=learner)
    yield _section(
        attempts,
        "Essais",
        lambda one: {
            "Parcours": one.plan.title,
            "Commencé le": _value(one.started_at),
            "Terminé le": _value(one.finished_at),
            "Envoyé le": _value(one.sent_at),
            "Questions répondues": one.answered,
            "Résultats": one.levels if own or one.state == AttemptState.SENT else "pas encore envoyés",
        },
    )
    shown = attempts if own else attempts.filter(state=AttemptState.SENT)
    yield _section(
        Answer.objects.filter(attempt__in=shown).order_by("attempt", "rank"),
        "Réponses",
        lambda one: {
            "Essai": one.attempt_id,
            "Question": one.item_id,
            "Réponse": one.given,
            "Juste": one.right,
            "Passée": one.passed,
            "Le": _value(one.answered_at),
        },
    )
    yield _section(
        Difficulty.objects.filter(learner=learner),
        "Difficultés pendant une séance",
        lambda one: {"Le": _value(one.at), "Quoi": one.get_what_display(), "Fois": one.count},
    )


def _story(learner: Learner) -> Iterator[Section]:
    yield _section(
        ImportChange.objects.filter(learner=learner, roster_import__applied_at__isnull=False)
        .select_related("roster_import")
        .order_by("pk"),
        "Ce que les imports ont changé",
        lambda one: {
            "Le": _value(one.roster_import.applied_at),
            "Quoi": one.get_kind_display(),
            "Avant": one.before,
            "Après": one.after,
        },
    )
    yield _section(
        Departure.objects.filter(learner=learner),
        "Départ",
        lambda one: {"Vu le": _value(one.noticed_on)},
    )
    yield _section(
        Entry.objects.filter(learner_id=learner.pk, uai=learner.establishment.uai).order_by("at", "pk"),
        "Journal",
        lambda one: {"Le": _value(one.at), "Quoi": said(one)},
    )


def _section(rows: QuerySet[Any], title: str, told: Any) -> Section:
    ordered = rows if rows.ordered else rows.order_by("pk")
    return Section(rows.model, title, [told(one) for one in ordered])


def _value(moment: date | datetime | None) -> str:
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        return timezone.localtime(moment).strftime("%d/%m/%Y %H:%M")
    return moment.strftime("%d/%m/%Y")
