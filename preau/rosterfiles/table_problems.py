"""The problems that only tables have: workbooks, text files with separators, columns to understand."""

from __future__ import annotations

from typing import Final

from preau.rosterfiles.pupil import Severity, Who
from preau.rosterfiles.rule import Rule

REFUSED, WARNING, TODO = Severity.REFUSED, Severity.WARNING, Severity.TODO
SECRETARIAT = Who.SECRETARIAT

_COPY = "Copiez la liste des élèves dans un classeur neuf et déposez celui-ci."

# What makes a table impossible to read, or impossible to read alone.
UNREADABLE_TABLES: Final[dict[str, Rule]] = {
    "COLUMNS_UNKNOWN": Rule(
        REFUSED,
        SECRETARIAT,
        "Les colonnes de ce tableau n’ont pas été comprises. Dites lesquelles donnent le nom, le prénom, "
        "la date de naissance et la classe.",
    ),
    "WORKBOOK_DAMAGED": Rule(
        REFUSED,
        SECRETARIAT,
        "Ce classeur est abîmé, aucun élève n’a été repris. Ouvrez-le dans votre tableur, enregistrez-le à nouveau, "
        "puis déposez-le.",
    ),
    "WORKBOOK_LOCKED": Rule(
        REFUSED,
        SECRETARIAT,
        "Ce classeur est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis déposez-le.",
    ),
    "WORKBOOK_TOO_LARGE": Rule(
        REFUSED,
        SECRETARIAT,
        f"Ce classeur est démesuré pour une liste d’élèves, par prudence il n’a pas été lu. {_COPY}",
    ),
    "TABLE_TOO_LARGE": Rule(
        REFUSED,
        SECRETARIAT,
        f"Ce tableau a plus de {{limit}} {{what}}, trop pour une liste d’élèves. {_COPY}",
    ),
    "TABLE_DAMAGED": Rule(
        REFUSED,
        SECRETARIAT,
        "Ce tableau en texte est abîmé (ligne {line}), aucun élève n’a été repris. Refaites l’export et déposez-le "
        "sans l’ouvrir.",
    ),
    "TABLE_NO_PUPILS": Rule(
        REFUSED,
        SECRETARIAT,
        "Ce tableau ne contient aucun élève. Vérifiez la liste choisie, puis refaites l’export.",
    ),
}

# About the table as a whole.
TABLE_NOTES: Final[dict[str, Rule]] = {
    "PRIVATE_COLUMNS": Rule(
        WARNING,
        SECRETARIAT,
        "Préau n’a pas besoin de certaines colonnes privées ou secrètes, elles ont été ignorées ({columns}). "
        "La prochaine fois, préférez un export sans elles.",
    ),
    "COLUMN_TWICE": Rule(
        WARNING,
        SECRETARIAT,
        "Plusieurs colonnes disent la même chose ({columns}), seule la première nommée a été lue. Vérifiez l’aperçu.",
    ),
    "SHEETS_HIDDEN": Rule(
        WARNING,
        SECRETARIAT,
        "Des feuilles masquées ont été ignorées ({names}). Affichez-les dans votre tableur si des élèves manquent.",
    ),
    "SHEETS_IGNORED": Rule(
        WARNING,
        SECRETARIAT,
        "Des feuilles qui ne sont pas des listes d’élèves ont été ignorées ({names}). Vérifiez qu’aucun élève "
        "ne manque dans l’aperçu.",
    ),
    "DIVISION_FROM_SHEET": Rule(
        WARNING,
        SECRETARIAT,
        "Le tableau n’a pas de colonne pour la classe, elle vient du nom de chaque feuille ({names}). "
        "Vérifiez les classes dans l’aperçu.",
    ),
    "DIVISION_MANGLED": Rule(
        WARNING,
        SECRETARIAT,
        "Le tableur a changé des codes de classe en nombres ou en dates ({codes}). Refaites l’export et déposez-le "
        "sans l’ouvrir dans un tableur.",
    ),
    "INE_COLUMN_MISSING": Rule(
        WARNING,
        SECRETARIAT,
        "Ce tableau ne donne pas d’INE, les élèves sont reconnus par leurs noms et leur date de naissance. Ajoutez "
        "l’INE à l’export si vous le pouvez.",
    ),
    "BIRTH_COLUMN_MISSING": Rule(
        TODO,
        SECRETARIAT,
        "Ce tableau ne donne pas de date de naissance, les élèves ne pourront pas se reconnaître par leur nom. "
        "Ajoutez-la à l’export, puis importez-le à nouveau.",
    ),
    "ROWS_IGNORED": Rule(
        WARNING,
        SECRETARIAT,
        "Des lignes qui ne nomment pas d’élève ont été ignorées (nombre : {count}, lignes {lines}). Vérifiez "
        "qu’aucun élève ne manque dans l’aperçu.",
    ),
    "NOT_PUPILS": Rule(
        WARNING,
        SECRETARIAT,
        "Des lignes concernent d’autres personnes que des élèves et ont été ignorées (nombre : {count}). "
        "Vérifiez qu’aucun élève ne manque dans l’aperçu.",
    ),
    "QUOTES_ODD": Rule(
        WARNING,
        SECRETARIAT,
        "Des guillemets de ce tableau ne vont pas par deux, ils ont été lus comme des lettres. Vérifiez l’aperçu, "
        "ou refaites l’export.",
    ),
}

# About one pupil.
TABLE_PUPIL_NOTES: Final[dict[str, Rule]] = {
    "PUPIL_DOUBLED": Rule(
        WARNING,
        SECRETARIAT,
        "L’élève figure plusieurs fois (lignes {lines}). Une seule fiche est gardée, avec toutes ses classes et "
        "tous ses groupes, vérifiez-la.",
    ),
    "HOMONYMS": Rule(
        TODO,
        SECRETARIAT,
        "Plusieurs lignes ({lines}) portent ces noms, sans INE ni date de naissance pour dire s’il s’agit de la même "
        "personne. Aucune n’est importée, ajoutez la date de naissance ou l’INE.",
    ),
    "NAME_SPLIT_DOUBTFUL": Rule(
        WARNING,
        SECRETARIAT,
        "Le nom et le prénom sont dans une seule colonne et leur limite est incertaine. L’élève est importé, "
        "vérifiez-les dans l’aperçu ou déposez un export où ils sont séparés.",
    ),
    "PUPIL_UNNAMED": Rule(
        TODO,
        SECRETARIAT,
        "Ni INE, ni nom et prénom complets, l’élève n’est pas importé. Complétez la ligne, puis importez à nouveau.",
    ),
}

TABLES: Final[dict[str, Rule]] = UNREADABLE_TABLES | TABLE_NOTES | TABLE_PUPIL_NOTES
