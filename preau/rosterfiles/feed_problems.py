"""The problems that only directories' files have: OneRoster and the academies' directory (AAF)."""

from __future__ import annotations

from typing import Final

from preau.rosterfiles.pupil import Severity, Who
from preau.rosterfiles.rule import Rule

REFUSED, WARNING = Severity.REFUSED, Severity.WARNING
SECRETARIAT, ENT_ADMIN = Who.SECRETARIAT, Who.ENT_ADMIN

_WHOLE_ONEROSTER = "Refaites l’export OneRoster complet et déposez le zip sans l’ouvrir."
_WHOLE_AAF = (
    "Demandez l’export complet, celui dont le nom contient « _Complet_ » et « _Eleve_ », ou le zip entier."
)

FEEDS: Final[dict[str, Rule]] = {
    "ONEROSTER_DELTA": Rule(
        REFUSED,
        ENT_ADMIN,
        f"Ce zip OneRoster ne donne que des changements (delta), pas la liste des élèves. {_WHOLE_ONEROSTER}",
    ),
    "ONEROSTER_SEVERAL": Rule(
        REFUSED,
        ENT_ADMIN,
        "Ce zip contient plusieurs exports OneRoster. Déposez seulement celui de votre établissement.",
    ),
    "ONEROSTER_FILE_MISSING": Rule(
        REFUSED, ENT_ADMIN, f"Il manque « {{name}} » à ce zip OneRoster. {_WHOLE_ONEROSTER}"
    ),
    "ONEROSTER_COLUMNS_MISSING": Rule(
        REFUSED,
        ENT_ADMIN,
        f"Le fichier « {{name}} » de ce zip OneRoster n’a pas toutes ses colonnes ({{columns}}). {_WHOLE_ONEROSTER}",
    ),
    "ONEROSTER_DAMAGED": Rule(
        REFUSED,
        ENT_ADMIN,
        "Le fichier « {name} » de ce zip OneRoster est abîmé (ligne {line}), aucun élève n’a été repris. "
        f"{_WHOLE_ONEROSTER}",
    ),
    "ONEROSTER_NO_PUPILS": Rule(
        REFUSED,
        ENT_ADMIN,
        "Ce zip OneRoster ne contient aucun élève (rôle « student »). Vérifiez l’établissement et l’année choisis, "
        "puis refaites l’export.",
    ),
    "ONEROSTER_FILES_ABSENT": Rule(
        WARNING,
        ENT_ADMIN,
        "Ce zip OneRoster n’a pas tous ses fichiers ({names} ne s’y trouvent pas). Ce qu’ils disent est laissé "
        "comme avant, refaites l’export complet si vous en avez besoin.",
    ),
    "AAF_DELTA": Rule(
        REFUSED,
        ENT_ADMIN,
        f"Ce fichier de l’annuaire fédérateur ne donne que des changements (Delta). {_WHOLE_AAF}",
    ),
    "AAF_NO_PUPILS": Rule(
        REFUSED,
        ENT_ADMIN,
        f"Ce fichier de l’annuaire fédérateur ne contient aucun élève. {_WHOLE_AAF}",
    ),
    "SEVERAL_SCHOOLS": Rule(
        REFUSED,
        ENT_ADMIN,
        "Ce fichier mêle plusieurs établissements ({schools}) et rien ne dit lequel est le vôtre. "
        "Demandez l’export de votre établissement seul.",
    ),
    "NOT_OUR_SCHOOL": Rule(
        REFUSED,
        ENT_ADMIN,
        "Ce fichier contient plusieurs établissements ({schools}), mais pas {expected}. Demandez l’export du bon "
        "établissement.",
    ),
    "OTHER_SCHOOLS": Rule(
        WARNING,
        ENT_ADMIN,
        "Ce fichier contient aussi des élèves d’autres établissements (nombre : {count}), ils n’ont pas été repris. "
        "Vérifiez qu’aucun élève ne manque dans l’aperçu.",
    ),
}
