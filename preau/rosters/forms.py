"""What a person brings, what they say of its columns, and what they type at the brake."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, BinaryIO, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile

from preau.rosterfiles.limits import Limits
from preau.rosterfiles.packaging import unpacked
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.recognise import recognise
from preau.rosterfiles.tables.columns import Mapping
from preau.rosterfiles.tables.headers import Field
from preau.rosters.models import RosterImport


class UploadForm(forms.Form):
    """One file; what it is not is said at once, from its first bytes."""

    file = forms.FileField(
        label="Le fichier, tel qu’il a été téléchargé",
        help_text=(
            "De SIECLE de préférence : ExportXML_ElevesSansAdresses.zip. Une extraction Excel, un fichier ONDE ou "
            "toute liste d’élèves (Excel, LibreOffice, CSV) convient aussi. 20 Mo au plus."
        ),
        max_length=255,
        error_messages={
            "required": "Choisissez d’abord le fichier à déposer.",
            "empty": "Ce fichier est vide. Téléchargez-le à nouveau depuis SIECLE.",
            "missing": "Le fichier n’est pas arrivé. Choisissez-le à nouveau.",
            "invalid": "Le fichier n’est pas arrivé. Choisissez-le à nouveau.",
            "max_length": "Le nom de ce fichier est trop long. Renommez-le, puis déposez-le à nouveau.",
        },
        widget=forms.FileInput(attrs={"accept": ".zip,.xml,.csv,.txt,.tsv,.xlsx,.xls,.ods"}),
    )

    def clean_file(self) -> UploadedFile:
        """Refuse what is too large or is no file of pupils, in the reader's own words."""
        file: UploadedFile = self.cleaned_data["file"]
        try:
            with unpacked(cast("BinaryIO", file.file), Limits(), tables=True) as document:
                recognise(document)
        except UnreadableFile as refusal:
            raise forms.ValidationError(refusal.problem.message, code=refusal.problem.code) from None
        file.seek(0)
        return file


FIELD_WORDS = {
    Field.LAST_NAME: "Nom de famille",
    Field.FIRST_NAME: "Prénom",
    Field.FULL_NAME: "Nom et prénom ensemble",
    Field.BIRTH_DATE: "Date de naissance",
    Field.DIVISION: "Classe",
    Field.INE: "INE",
    Field.USAGE_NAME: "Nom d’usage",
    Field.SECOND_NAME: "Deuxième prénom",
    Field.THIRD_NAME: "Troisième prénom",
    Field.GROUPS: "Groupes",
    Field.ENTERED: "Date d’entrée",
    Field.LEFT: "Date de sortie",
    Field.NUMBER: "Numéro de l’élève",
    Field.DIVISION_ID: "Identifiant de la classe",
    Field.STRUCTURE_TYPE: "Type de structure (D ou G)",
    Field.PROFILE: "Profil (élève, enseignant…)",
}
TELLING = (Field.DIVISION, Field.BIRTH_DATE, Field.INE, Field.GROUPS)


class ColumnsForm(forms.Form):
    """What each column of a table holds; guesses are filled in, private columns cannot be read."""

    def __init__(self, *args: Any, sample: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sample = sample
        guessed = {column: field for field, column in sample["columns"].items()}
        choices = [("", "Ne pas lire"), *((field.value, words) for field, words in FIELD_WORDS.items())]
        for column, title in enumerate(sample["titles"]):
            if column not in sample["private"]:
                self.fields[f"c{column}"] = forms.ChoiceField(
                    label=title,
                    choices=choices,
                    required=False,
                    initial=guessed.get(column, ""),
                    widget=forms.Select(attrs={"class": "form-select"}),
                )
        if sample["titled"]:
            self.fields["first_is_pupil"] = forms.BooleanField(
                required=False, label="La première ligne n’est pas un titre : c’est déjà un élève"
            )
        if sample["sheet"]:
            self.fields["division_from_sheet"] = forms.BooleanField(
                required=False,
                label=f"La classe est le nom de chaque feuille (ici « {sample['sheet'][:40]} »)",
            )

    def clean(self) -> dict[str, Any]:
        """Refuse what names nobody, and two columns for one thing."""
        said: dict[Field, int] = {}
        for name, value in list(self.cleaned_data.items()):
            if not name.startswith("c") or not value:
                continue
            if Field(value) in said:
                words = FIELD_WORDS[Field(value)]
                self.add_error(name, f"« {words} » est déjà dit d’une autre colonne : gardez-en une seule.")
            said.setdefault(Field(value), int(name[1:]))
        if missing := missing_names(said):
            raise forms.ValidationError(f"Il manque {' et '.join(missing)} : dites quelle colonne le donne.")
        if Field.FULL_NAME in said and said.keys() & {Field.LAST_NAME, Field.FIRST_NAME}:
            raise forms.ValidationError(
                "Choisissez « Nom et prénom ensemble », ou une colonne pour chacun, mais pas les deux."
            )
        self.columns = said
        return self.cleaned_data

    def mapping(self) -> Mapping:
        """What was said, as it is remembered."""
        return Mapping(
            self.sample["signature"],
            tuple(sorted(self.columns.items())),
            titled=self.sample["titled"] and not self.cleaned_data.get("first_is_pupil"),
            division_from_sheet=bool(self.cleaned_data.get("division_from_sheet")),
        )


def missing_names(said: Collection[Field]) -> list[str]:
    """What a pupil cannot be named without, in words."""
    if Field.FULL_NAME in said:
        return []
    words = {Field.LAST_NAME: "le nom de famille", Field.FIRST_NAME: "le prénom"}
    return [word for field, word in words.items() if field not in said]


class ApplyForm(forms.Form):
    """What has to be typed or ticked before applying: often nothing. The deed itself refuses what is missing."""

    confirmation = forms.CharField(
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    settled = forms.BooleanField(required=False, label="Oui, c’est bien ce fichier que je veux importer")
    older = forms.BooleanField(required=False, label="Oui, je veux revenir à ce fichier plus ancien")

    def __init__(self, *args: Any, roster_import: RosterImport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = roster_import.brake_words.replace(" ", "\N{NO-BREAK SPACE}")
        self.fields["confirmation"].label = f"Pour continuer, écrivez « {words} »"
        if not roster_import.braked:
            del self.fields["confirmation"]
        if not roster_import.to_settle:
            del self.fields["settled"]
        elif sentence := roster_import.settled_words:
            self.fields["settled"].label = sentence
        self.newer = roster_import.newer_applied()  # said beside the tick
        if self.newer is None:
            del self.fields["older"]
