"""What a person brings, and what they type at the brake."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile

from preau.rosterfiles.encoding import detect
from preau.rosterfiles.limits import Limits
from preau.rosterfiles.packaging import unpacked
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.prolog import root_of
from preau.rosters.models import RosterImport


class UploadForm(forms.Form):
    """One file; what it is not is said at once, from its first bytes."""

    file = forms.FileField(
        label="Le fichier de SIECLE, tel qu’il a été téléchargé",
        help_text="ExportXML_ElevesSansAdresses.zip, ou le fichier .xml qu’il contient : 20 Mo au plus.",
        max_length=255,
        error_messages={
            "required": "Choisissez d’abord le fichier à déposer.",
            "empty": "Ce fichier est vide. Téléchargez-le à nouveau depuis SIECLE.",
            "missing": "Le fichier n’est pas arrivé. Choisissez-le à nouveau.",
            "invalid": "Le fichier n’est pas arrivé. Choisissez-le à nouveau.",
            "max_length": "Le nom de ce fichier est trop long. Renommez-le, puis déposez-le à nouveau.",
        },
        widget=forms.FileInput(attrs={"accept": ".zip,.xml"}),
    )

    def clean_file(self) -> UploadedFile:
        """Refuse what is too large or is no file of pupils, in the reader's own words."""
        file: UploadedFile = self.cleaned_data["file"]
        try:
            with unpacked(cast("BinaryIO", file.file), Limits()) as document:
                head = document.head()
                root_of(head, detect(head, document.chunks).codec)
        except UnreadableFile as refusal:
            raise forms.ValidationError(refusal.problem.message, code=refusal.problem.code) from None
        file.seek(0)
        return file


class ApplyForm(forms.Form):
    """What has to be typed or ticked before applying: often nothing. The deed itself refuses what is missing."""

    confirmation = forms.CharField(
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    settled = forms.BooleanField(required=False, label="Oui, c’est bien ce fichier que je veux importer")

    def __init__(self, *args: Any, roster_import: RosterImport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = roster_import.brake_words.replace(" ", "\N{NO-BREAK SPACE}")
        self.fields["confirmation"].label = f"Pour continuer, écrivez « {words} »"
        if not roster_import.braked:
            del self.fields["confirmation"]
        if not roster_import.to_settle:
            del self.fields["settled"]
