"""Every problem a roster file can have: how grave, who can fix it, and the sentence that says what to do.

The codes are stable: other rooms, other tools and the documentation rely on them.
"""

from __future__ import annotations

from typing import Any, Final

from preau.rosterfiles.feed_problems import FEEDS
from preau.rosterfiles.pupil import Problem, PupilRef, Severity, Who
from preau.rosterfiles.rule import Rule
from preau.rosterfiles.table_problems import TABLES

REFUSED, WARNING, TODO = Severity.REFUSED, Severity.WARNING, Severity.TODO
SECRETARIAT, HEAD, ENT_ADMIN, PREAU = Who.SECRETARIAT, Who.HEAD, Who.ENT_ADMIN, Who.PREAU

_EXPORT = (
    "Dans Arena, ouvrez « Scolarité du 2nd degré », « Consultation et export », « Exportations », « En XML », "
    "« Élèves sans adresse », puis déposez ici le fichier obtenu, sans l’ouvrir."
)
_AGAIN = "Téléchargez à nouveau le fichier depuis SIECLE et déposez-le sans l’ouvrir ni le modifier."


# What makes a file impossible to read: it lists nobody.
UNREADABLE: Final[dict[str, Rule]] = {
    "EMPTY_FILE": Rule(REFUSED, SECRETARIAT, f"Ce fichier est vide. {_AGAIN}"),
    "HTML_PAGE": Rule(
        REFUSED,
        SECRETARIAT,
        "Ce fichier est une page web (sans doute la page de connexion), pas un export. "
        f"Reconnectez-vous à Arena. {_AGAIN}",
    ),
    "WORKBOOK": Rule(
        REFUSED, SECRETARIAT, f"Ce fichier est un classeur {{kind}}, pas un export XML de SIECLE. {_EXPORT}"
    ),
    "PDF_FILE": Rule(
        REFUSED, SECRETARIAT, f"Ce fichier est un document PDF, pas un export XML de SIECLE. {_EXPORT}"
    ),
    "TEXT_TABLE": Rule(
        REFUSED,
        SECRETARIAT,
        f"Ce fichier est un tableau en texte (CSV), pas un export XML de SIECLE. {_EXPORT}",
    ),
    "OTHER_ARCHIVE": Rule(
        REFUSED,
        SECRETARIAT,
        f"Ce fichier est une archive {{kind}}. Déposez le zip tel que SIECLE le donne, ou le fichier XML. {_EXPORT}",
    ),
    "NOT_XML": Rule(REFUSED, SECRETARIAT, f"Ce fichier n’est pas un export XML de SIECLE. {_EXPORT}"),
    "TOO_LARGE": Rule(
        REFUSED,
        SECRETARIAT,
        "Ce fichier dépasse {limit} Mo. Déposez le zip tel que SIECLE le donne, il est bien plus petit.",
    ),
    "INFLATED_TOO_LARGE": Rule(
        REFUSED,
        PREAU,
        "Une fois décompressé, ce fichier dépasse {limit} Mo, plus que le plus grand des établissements. "
        f"{_AGAIN}",
    ),
    "ZIP_SUSPECT": Rule(
        REFUSED,
        PREAU,
        "Ce zip est compressé d’une façon qui n’est pas celle de SIECLE, par prudence il n’a pas été ouvert. "
        f"{_AGAIN}",
    ),
    "ZIP_DAMAGED": Rule(REFUSED, SECRETARIAT, f"Ce zip est abîmé. {_AGAIN}"),
    "ZIP_ENCRYPTED": Rule(
        REFUSED,
        SECRETARIAT,
        f"Ce zip est protégé par un mot de passe. Déposez-le sans mot de passe. {_EXPORT}",
    ),
    "ZIP_NESTED": Rule(
        REFUSED,
        SECRETARIAT,
        "Ce zip contient un autre zip. Ouvrez-le et déposez seulement le zip « ExportXML_ElevesSansAdresses ».",
    ),
    "ZIP_NO_XML": Rule(REFUSED, SECRETARIAT, f"Ce zip ne contient aucun fichier XML. {_EXPORT}"),
    "ZIP_SEVERAL_XML": Rule(
        REFUSED,
        SECRETARIAT,
        "Ce zip contient plusieurs fichiers XML ({names}). Déposez seulement celui des élèves, "
        "« ElevesSansAdresses.xml ».",
    ),
    "ZIP_TOO_MANY_ENTRIES": Rule(
        REFUSED, SECRETARIAT, f"Ce zip contient trop de fichiers (plus de {{limit}}). {_EXPORT}"
    ),
    "ENCODING_UNKNOWN": Rule(
        REFUSED,
        SECRETARIAT,
        f"Ce fichier se dit écrit en « {{label}} », un codage que Préau ne lit pas. {_AGAIN}",
    ),
    "DOCTYPE": Rule(
        REFUSED,
        PREAU,
        "Ce fichier contient une déclaration DOCTYPE, que SIECLE n’écrit jamais, par prudence il n’a pas été lu. "
        f"{_AGAIN}",
    ),
    "MALFORMED": Rule(
        REFUSED,
        SECRETARIAT,
        f"Ce fichier est incomplet ou abîmé (ligne {{line}}), aucun élève n’a été repris. {_AGAIN}",
    ),
    "OVERSIZED_RECORD": Rule(
        REFUSED,
        SECRETARIAT,
        f"Une fiche de ce fichier (ligne {{line}}) est démesurée, aucun élève n’a été repris. {_AGAIN}",
    ),
    "NEIGHBOUR_FILE": Rule(
        REFUSED, SECRETARIAT, f"Ce fichier est celui {{what}}, pas celui des élèves. {_EXPORT}"
    ),
    "UNKNOWN_ROOT": Rule(
        REFUSED,
        SECRETARIAT,
        f"Ce fichier XML commence par « {{root}} » et n’est pas un export d’élèves de SIECLE. {_EXPORT}",
    ),
    "NO_PUPILS": Rule(
        REFUSED,
        SECRETARIAT,
        "Ce fichier ne contient aucun élève. Vérifiez dans SIECLE l’établissement et l’année choisis, "
        "puis refaites l’export.",
    ),
    "TOO_MANY_PUPILS": Rule(
        REFUSED,
        PREAU,
        "Ce fichier contient plus de {limit} élèves, plus que le plus grand des établissements. "
        "Vérifiez qu’il s’agit de l’export d’un seul établissement.",
    ),
    "TOO_MANY_STRUCTURES": Rule(
        REFUSED,
        SECRETARIAT,
        f"Un élève de ce fichier (ligne {{line}}) a plus de {{limit}} classes et groupes. {_AGAIN}",
    ),
}

# What must be settled before importing: everybody is listed all the same.
TO_SETTLE: Final[dict[str, Rule]] = {
    "UAI_MISSING": Rule(
        REFUSED,
        HEAD,
        "Ce fichier ne dit pas de quel établissement il vient (UAJ absent). Dites lequel, ou refaites l’export.",
    ),
    "UAI_SHAPE": Rule(
        REFUSED,
        SECRETARIAT,
        "Le numéro d’établissement du fichier, « {uai} », n’est pas un UAI (sept chiffres et une lettre). "
        "Refaites l’export depuis l’établissement.",
    ),
    "UAI_KEY": Rule(
        REFUSED,
        SECRETARIAT,
        "Le numéro d’établissement du fichier, {uai}, n’existe pas, sa lettre devrait donner {expected}. "
        "Refaites l’export depuis l’établissement.",
    ),
    "UAI_OTHER_SCHOOL": Rule(
        REFUSED,
        SECRETARIAT,
        "Ce fichier vient de l’établissement {uai}, et non de {expected}. "
        "Déposez l’export du bon établissement (une cité scolaire a un fichier par UAI).",
    ),
    "YEAR_MISSING": Rule(
        REFUSED,
        HEAD,
        "Ce fichier ne dit pas son année scolaire. Vérifiez qu’il s’agit bien de l’année {current}, "
        "ou refaites l’export.",
    ),
    "YEAR_OLDER": Rule(
        REFUSED,
        SECRETARIAT,
        "Ce fichier est celui de l’année {year}, et nous sommes en {current}. C’est sans doute l’export "
        "de l’an dernier resté dans vos téléchargements. Refaites l’export dans SIECLE, année {current}.",
    ),
    "YEAR_NEWER": Rule(
        REFUSED,
        HEAD,
        "Ce fichier est celui de l’année {year} (base en préparation), et nous sommes encore en {current}. "
        "Confirmez que vous voulez préparer la rentrée {start}, ou refaites l’export de l’année en cours.",
    ),
}

# About the file as a whole.
FILE_NOTES: Final[dict[str, Rule]] = {
    "ENCODING_MISMATCH": Rule(
        WARNING,
        SECRETARIAT,
        "Ce fichier a été réenregistré dans un autre codage que celui qu’il annonce ({label}). Vérifiez les accents "
        "dans l’aperçu, ou refaites l’export et déposez-le sans l’ouvrir.",
    ),
    "ZIP_OTHER_XML": Rule(
        WARNING,
        SECRETARIAT,
        "Le zip contient d’autres fichiers XML, seul celui des élèves a été lu ({name}).",
    ),
    "UNUSUAL_FILE": Rule(
        WARNING,
        SECRETARIAT,
        "Ce fichier n’a pas la forme habituelle d’un export de SIECLE. Vérifiez l’aperçu avec soin.",
    ),
    "NO_STRUCTURES": Rule(
        WARNING,
        SECRETARIAT,
        "Aucun élève n’a de classe, l’export a sans doute été fait avant la répartition. Vous pouvez importer dès "
        "maintenant, puis importer un nouvel export quand les classes seront faites.",
    ),
    "STRUCTURES_ORPHAN": Rule(
        WARNING,
        SECRETARIAT,
        "Des affectations concernent des élèves absents du fichier et ont été ignorées (nombre : {count}). "
        "Refaites l’export si des élèves manquent dans l’aperçu.",
    ),
    "STRUCTURE_TYPE_UNKNOWN": Rule(
        WARNING,
        SECRETARIAT,
        "Des affectations ne sont ni à une classe (D) ni à un groupe (G) et ont été ignorées (nombre : {count}). "
        "Vérifiez les structures dans SIECLE si une classe manque.",
    ),
    "EXPORT_DATE_UNREADABLE": Rule(
        WARNING,
        SECRETARIAT,
        "La date d’export du fichier est illisible, les sorties sont comparées à la date d’aujourd’hui. "
        "Refaites l’export si l’aperçu vous surprend.",
    ),
}

# About one pupil.
PUPIL_NOTES: Final[dict[str, Rule]] = {
    "INE_MISSING": Rule(
        TODO,
        SECRETARIAT,
        "Pas d’INE. L’élève est importé, demandez l’INE dans SIECLE (base nationale des identifiants) "
        "puis importez un nouvel export.",
    ),
    "INE_SHAPE": Rule(
        WARNING,
        SECRETARIAT,
        "L’INE {ine} n’a pas la forme d’un INE. L’élève est importé, vérifiez l’INE dans SIECLE.",
    ),
    "INE_KEY": Rule(
        WARNING,
        SECRETARIAT,
        "La clé de l’INE {ine} est fausse. L’élève est importé, vérifiez l’INE dans SIECLE.",
    ),
    "INE_TYPING": Rule(
        WARNING,
        SECRETARIAT,
        "L’INE {ine} contient une lettre I, L ou O, sans doute un 1 ou un 0. L’élève est importé, corrigez l’INE "
        "dans SIECLE.",
    ),
    "INE_DOUBLED": Rule(
        WARNING,
        SECRETARIAT,
        "L’élève figure deux fois avec le même INE (lignes {lines}). Une seule fiche est gardée, supprimez l’autre "
        "dans SIECLE.",
    ),
    "INE_SHARED": Rule(
        TODO,
        SECRETARIAT,
        "Le même INE est porté par des élèves différents, {names} (lignes {lines}). Aucun n’est importé, "
        "corrigez leurs INE dans SIECLE puis importez un nouvel export.",
    ),
    "LOCAL_ID_DOUBLED": Rule(
        WARNING,
        SECRETARIAT,
        "L’élève figure deux fois avec le même numéro interne (lignes {lines}). Une seule fiche est "
        "gardée, vérifiez-la dans SIECLE.",
    ),
    "LOCAL_ID_SHARED": Rule(
        TODO,
        SECRETARIAT,
        "Le même numéro interne est porté par des élèves différents, {names} (lignes {lines}). Aucun n’est "
        "importé, refaites l’export sans modifier le fichier.",
    ),
    "LOCAL_ID_MISSING": Rule(
        WARNING,
        SECRETARIAT,
        "Pas de numéro interne (ELEVE_ID), l’élève ne peut pas être relié à sa classe. Refaites l’export sans "
        "modifier le fichier.",
    ),
    "NO_IDENTITY": Rule(
        TODO,
        SECRETARIAT,
        "Ni INE ni numéro interne, l’élève n’est pas importé. Refaites l’export sans modifier le fichier.",
    ),
    "STRUCTURES_DOUBLED": Rule(
        WARNING,
        SECRETARIAT,
        "Les classes et groupes de l’élève sont donnés en plusieurs fois, ils ont été réunis. Vérifiez sa classe "
        "dans SIECLE.",
    ),
    "DIVISION_SEVERAL": Rule(
        WARNING,
        SECRETARIAT,
        "Plusieurs classes ({divisions}), c’est la dernière qui est retenue. Vérifiez la classe dans SIECLE.",
    ),
    "DIVISION_INACTIVE": Rule(
        WARNING,
        SECRETARIAT,
        "L’élève est dans la division « {division} », il est compté comme sorti. S’il est bien scolarisé, "
        "affectez-le à sa classe dans SIECLE.",
    ),
    "DIVISION_MISSING": Rule(
        TODO,
        SECRETARIAT,
        "Sans classe. L’élève est importé, affectez-le à une division dans SIECLE puis importez un nouvel export.",
    ),
    "NAME_MISSING": Rule(
        TODO, SECRETARIAT, "Nom ou prénom absent. L’élève est importé, complétez sa fiche dans SIECLE."
    ),
    "NAME_DOUBTFUL": Rule(
        WARNING,
        SECRETARIAT,
        "Le nom contient « ? » ou un caractère perdu. L’élève est importé, corrigez l’orthographe dans SIECLE.",
    ),
    "TEXT_TOO_LONG": Rule(
        WARNING,
        SECRETARIAT,
        "Un nom, un numéro ou un code de classe est trop long et a été coupé. Vérifiez la fiche dans SIECLE.",
    ),
    "BIRTH_DATE_MISSING": Rule(
        TODO,
        SECRETARIAT,
        "Pas de date de naissance. L’élève est importé mais ne pourra pas se reconnaître par son nom, complétez "
        "sa fiche dans SIECLE.",
    ),
    "BIRTH_DATE_UNREADABLE": Rule(
        TODO,
        SECRETARIAT,
        "La date de naissance n’est pas de la forme JJ/MM/AAAA. L’élève est importé sans elle, "
        "corrigez-la dans SIECLE.",
    ),
    "AGE_UNLIKELY": Rule(
        WARNING,
        SECRETARIAT,
        "D’après sa date de naissance, l’élève aurait {age} ans. Vérifiez la date dans SIECLE.",
    ),
    "ENTRY_DATE_UNREADABLE": Rule(
        WARNING,
        SECRETARIAT,
        "La date d’entrée n’est pas de la forme JJ/MM/AAAA, elle est ignorée. Corrigez-la dans SIECLE.",
    ),
    "EXIT_DATE_UNREADABLE": Rule(
        TODO,
        SECRETARIAT,
        "La date de sortie n’est pas de la forme JJ/MM/AAAA, l’élève est compté comme présent. Corrigez-la dans "
        "SIECLE, puis importez un nouvel export.",
    ),
    "BIRTH_PLACE_MISSING": Rule(
        WARNING,
        SECRETARIAT,
        "Né en France sans commune de naissance. L’élève est importé, complétez sa fiche dans SIECLE si vous le "
        "pouvez.",
    ),
}

CATALOGUE: Final[dict[str, Rule]] = UNREADABLE | TO_SETTLE | FILE_NOTES | PUPIL_NOTES | TABLES | FEEDS


class UnreadableFile(Exception):
    """The file lists nobody; `problem` says why."""

    def __init__(self, code: str, *, line: int | None = None, **facts: Any) -> None:
        super().__init__(code)
        self.problem = make_problem(code, line=line, **facts)


def make_problem(
    code: str, *, pupil: PupilRef | None = None, line: int | None = None, **facts: Any
) -> Problem:
    """A problem of the catalogue; `facts` fill its sentence, `line` included."""
    rule = CATALOGUE[code]
    message = rule.sentence.format(line="?" if line is None else line, **facts)
    return Problem(rule.severity, code, rule.who, message, pupil, line)
