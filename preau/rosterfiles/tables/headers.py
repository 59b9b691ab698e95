"""What the titles of columns mean, in every software that schools export lists from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from preau.rosterfiles.names import compact, fold
from preau.rosterfiles.tables.table import Cell

FIRST_LINES = 15  # where the titles are looked for: a school, a date, « Liste des élèves » may stand above


class Field(StrEnum):
    """What Préau reads in a table."""

    LAST_NAME = "LAST_NAME"
    USAGE_NAME = "USAGE_NAME"
    FIRST_NAME = "FIRST_NAME"
    SECOND_NAME = "SECOND_NAME"
    THIRD_NAME = "THIRD_NAME"
    FULL_NAME = "FULL_NAME"  # « NOM Prénom » in one cell
    BIRTH_DATE = "BIRTH_DATE"
    INE = "INE"
    DIVISION = "DIVISION"
    DIVISION_ID = "DIVISION_ID"  # in place of a class without a name
    GROUPS = "GROUPS"
    STRUCTURE_TYPE = "STRUCTURE_TYPE"  # D or G, of the structure in DIVISION
    NUMBER = "NUMBER"  # of the pupil's file: gathers their rows, identifies nobody
    ENTERED = "ENTERED"
    LEFT = "LEFT"
    PROFILE = "PROFILE"  # pupil or somebody else


class Other(StrEnum):
    """What Préau knows and does not read."""

    PRIVATE = "PRIVATE"  # secrets, addresses, phones, parents
    NEEDLESS = "NEEDLESS"


Meaning = Field | Other | None

# Folded titles, the preferred one first where a file may have several.
ALIASES: Final[dict[Field, tuple[str, ...]]] = {
    Field.LAST_NAME: (
        *("nomdefamille", "nomdenaissance", "nomlegal", "nomeleve", "nomdeleleve", "nomdelapersonne", "nom"),
        *("nompatronymique", "lastname", "familyname", "surname"),
    ),
    Field.USAGE_NAME: ("nomdusage", "nomusage", "nomdusageeleve", "nomusageeleve", "nomdusagedeleleve"),
    Field.FIRST_NAME: (
        *("prenom", "prenomeleve", "prenomdeleleve", "prenoms", "prenom1", "premierprenom", "1erprenom"),
        *("prenomusuel", "prenomseleve", "firstname", "givenname"),
    ),
    Field.SECOND_NAME: (
        *("prenom2", "deuxiemeprenom", "secondprenom", "2emeprenom", "2eprenom", "prenom2eleve"),
        *("deuxiemeprenomeleve", "2emeprenomeleve", "middlename"),
    ),
    Field.THIRD_NAME: (
        *("prenom3", "troisiemeprenom", "3emeprenom", "3eprenom", "prenom3eleve"),
        *("troisiemeprenomeleve", "3emeprenomeleve"),
    ),
    Field.FULL_NAME: (
        *("eleve", "eleves", "nometprenom", "nomprenom", "nomsprenoms", "nometprenoms", "nomprenoms"),
        *("nometprenomdeleleve", "nomprenomeleve", "nomcomplet", "prenometnom", "prenomnom", "apprenant"),
        *("apprenants", "fullname"),
    ),
    Field.BIRTH_DATE: (
        *("datedenaissance", "datenaissance", "datenaiss", "datedenaiss", "datedenaissanceeleve"),
        *("datenaissanceeleve", "datedenaissancejjmmaaaa", "neele", "neeele", "nele", "neeeele", "naissance"),
        *("ddn", "daten", "birthdate", "dateofbirth"),
    ),
    Field.INE: (
        *("ine", "idnational", "identifiantnational", "numeronational", "numine", "nine", "noine"),
        *(
            "numeroine",
            "codeine",
            "inernie",
            "inebea",
            "identifiantunique",
            "ina",
            "identifiantnationaleleve",
        ),
    ),
    Field.DIVISION: (
        *("codestructure", "libelleclasse", "classe", "classes", "division", "divisions", "codeclasse"),
        *("codedivision", "libelledivision", "libclasse", "nomclasse", "nomdelaclasse", "classeeleve"),
        *("structures", "structure", "class"),
    ),
    Field.DIVISION_ID: ("identifiantclasse", "idclasse"),
    Field.GROUPS: (
        *("groupes", "groupe", "regroupements", "regroupement", "groupesdeleleve", "libellegroupe"),
        *("libelledesgroupes", "toutesclassesetgroupes", "groups"),
    ),
    Field.STRUCTURE_TYPE: ("typestructure",),
    Field.NUMBER: (
        "eleveno",
        "elevenoetab",
        "numeleveetab",
        "noeleve",
        "elenoet",
        "identifiantgep",
        "numeleve",
    ),
    Field.ENTERED: ("dateentree", "datedentree", "entreele", "datedebutscolarite"),
    Field.LEFT: ("datesortie", "datedesortie", "sortile", "datefinscolarite"),
    Field.PROFILE: ("profil", "type", "categorie", "role", "fonction", "fonctions", "profilutilisateur"),
}
# Read by nobody here, known all the same: they tell a row of titles from a row of pupils.
_NEEDLESS: Final = frozenset(
    {
        *(
            "sexe",
            "codesexe",
            "civilite",
            "genre",
            "niveau",
            "niveaux",
            "mef",
            "codemef",
            "libmef",
            "libellemef",
        ),
        *(
            "cycle",
            "regime",
            "coderegime",
            "statut",
            "codestatut",
            "paysnat",
            "nationalite",
            "lv1",
            "lv2",
            "etat",
        ),
        *("villenaissetrangere", "communenaiss", "paysnaiss", "codepaysnaissance", "codecommunenaissance"),
        *("libellecommunenaissance", "codedepartementnaissance", "lieudenaissance", "motifsortie", "options"),
        *(
            "option",
            "doublement",
            "libstructure",
            "attestationfournie",
            "autorisationassociations",
            "dispositifs",
        ),
        *(
            "autorisationphoto",
            "decisiondepassage",
            "dispositif",
            "numero",
            "no",
            "n",
            "id",
            "professeurprincipal",
        ),
    }
)
_PRIVATE = re.compile(
    r"adresse|address|\brue\b|\bcp ?\d?$|code postal|^commune ?\d?$|^pays ?\d?$|\bcommune resid|^ville$"
    r"|\btel|phone|portable|mobile|\bfax\b|\bmel\b|mail|courriel"
    r"|mot de passe|motdepasse|password|\bmdp\b|\bpass\b|\bpin\b|activation|secret|\blogin\b|code d acces|codeacces"
    r"|repr|\bleg\b|\blegal|respons|\bresp\b|parent|\bpere\b|\bmere\b|tuteur|famille ?\d|contact|urgence"
    r"|\biban\b|\bbic\b|boursier|\bsante\b|allerg|medec|securite sociale|\bnir\b|\bnss\b"
)

_FIELDS: Final = {
    alias: (field, rank) for field, known in ALIASES.items() for rank, alias in enumerate(known)
}


def meaning(title: Cell) -> Meaning:
    """What a title says; None when it is not known."""
    if not isinstance(title, str) or not title or len(title) > 80:
        return None
    key = compact(title)
    if key in _FIELDS:
        return _FIELDS[key][0]
    if _PRIVATE.search(fold(title)):
        return Other.PRIVATE
    return Other.NEEDLESS if key in _NEEDLESS else None


def rank(title: Cell) -> int:
    """Which of the titles of one field is preferred: the smallest."""
    return _FIELDS.get(compact(str(title)), (None, 99))[1]


def score(cells: Iterable[Cell]) -> float:
    """How much a row looks like one of titles: a point for each field, half for what is known besides."""
    meanings = [meaning(cell) for cell in cells]
    fields = {each for each in meanings if isinstance(each, Field)}
    return len(fields) + 0.5 * sum(isinstance(each, Other) for each in meanings)


def best_score(rows: Sequence[Sequence[Cell]]) -> float:
    """The score of the row most like titles, among the first ones."""
    return max((score(row) for row in rows[:FIRST_LINES]), default=0)
