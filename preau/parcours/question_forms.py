"""The forms with which a school writes a question of its own, or brings in a file of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from preau.parcours.exchange import Reading, UnreadableQuestions, read_questions
from preau.parcours.exchange.shape import LONGEST_TEXT, NOWHERE, Source
from preau.parcours.framework import competences
from preau.parcours.items import Kind, read_item, words
from preau.parcours.items.faults import faults

KINDS = (
    (Kind.SINGLE.value, "Choisir une réponse"),
    (Kind.MULTIPLE.value, "Cocher plusieurs réponses"),
    (Kind.TEXT.value, "Écrire quelques mots"),
    (Kind.NUMBER.value, "Écrire un nombre"),
    (Kind.ORDER.value, "Ranger dans l’ordre"),
    (Kind.MATCH.value, "Associer deux à deux"),
)
UNLISTED = {"invalid_choice": "Choisissez dans la liste.", "required": "Choisissez dans la liste."}


def _competences() -> list[tuple[str, str]]:
    return [(one.code, f"{one.code} {one.name}") for one in competences().values()]


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class QuestionForm(forms.Form):
    """One question, whatever its kind: its answers are lines of text."""

    competence = forms.ChoiceField(label="Compétence", choices=_competences, error_messages=UNLISTED)
    kind = forms.ChoiceField(label="Ce que fait l’élève", choices=KINDS, error_messages=UNLISTED)
    text = forms.CharField(label="Situation", required=False, max_length=LONGEST_TEXT, widget=_area(3))
    prompt = forms.CharField(
        label="Question", max_length=300, error_messages={"required": "Écrivez la question."}
    )
    good = forms.CharField(
        label="Bonnes réponses, une par ligne",
        max_length=LONGEST_TEXT,
        widget=_area(3),
        error_messages={"required": "Écrivez au moins une bonne réponse."},
    )
    bad = forms.CharField(
        label="Mauvaises réponses, une par ligne", required=False, max_length=LONGEST_TEXT, widget=_area(3)
    )
    unit = forms.CharField(label="Unité", required=False, max_length=20)
    tolerance = forms.DecimalField(
        label="Écart accepté", required=False, min_value=0, error_messages={"invalid": "Écrivez un nombre."}
    )
    explanation = forms.CharField(
        label="Pour progresser",
        max_length=400,
        widget=_area(3),
        error_messages={"required": "Expliquez la réponse : l’élève le lira, qu’il ait réussi ou non."},
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if self.errors:
            return said
        source = self.source
        if said["kind"] == Kind.MATCH and any(len(pair) != 2 for pair in source["pairs"]):
            self.add_error("good", "Écrivez chaque paire sur sa ligne, avec un signe égal : Paris = France.")
            return said
        for wrong in faults(read_item({"id": "x", **source}, NOWHERE), explained=False)[:1]:
            self.add_error("bad" if "mauvaise" in wrong else "good", wrong)
        return said

    @property
    def source(self) -> Source:
        """The question as its table, once the form is valid."""
        said = self.cleaned_data
        good, bad = _lines(said["good"]), _lines(said["bad"])
        shared = {key: said[key].strip() for key in ("prompt", "text", "explanation") if said[key].strip()}
        source: Source = {"kind": said["kind"], **shared}
        match said["kind"]:
            case Kind.SINGLE:
                # Two right answers where one is chosen: the second would be a trap.
                return source | {"right": good[0], "wrong": [*good[1:], *bad]}
            case Kind.MULTIPLE:
                return source | {"right": good, "wrong": bad}
            case Kind.TEXT:
                return source | {"answers": good}
            case Kind.ORDER:
                return source | {"steps": good}
            case Kind.MATCH:
                pairs = [[part.strip() for part in line.split("=", 1)] for line in good]
                return source | {"pairs": pairs} | ({"extras": bad} if bad else {})
        return source | self._number(good[0])

    def _number(self, typed: str) -> Source:
        said = self.cleaned_data
        read = words.number(typed)
        source: Source = {"answer": float(read[0]) if read else typed}
        if said["unit"].strip():
            source["unit"] = said["unit"].strip()
        if said["tolerance"]:
            source["tolerance"] = float(said["tolerance"])
        return source


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def initial_of(competence: str, source: Source) -> dict[str, Any]:
    """What the form shows of a question already written."""
    good: list[str] = []
    match source["kind"]:
        case Kind.SINGLE:
            good = [source["right"]]
        case Kind.MULTIPLE:
            good = source["right"]
        case Kind.TEXT:
            good = source["answers"]
        case Kind.ORDER:
            good = source["steps"]
        case Kind.MATCH:
            good = [f"{left} = {right}" for left, right in source["pairs"]]
        case Kind.NUMBER:
            good = [f"{source['answer']:g}"]
    bad: list[str] = source.get("wrong") or source.get("extras") or []
    kept = {
        key: source.get(key, "") for key in ("kind", "prompt", "text", "explanation", "unit", "tolerance")
    }
    return {**kept, "competence": competence, "good": "\n".join(good), "bad": "\n".join(bad)}


class ImportForm(forms.Form):
    """A file of questions, all of one competence."""

    competence = forms.ChoiceField(
        label="Compétence de ces questions", choices=_competences, error_messages=UNLISTED
    )
    file = forms.FileField(
        label="Fichier",
        help_text="GIFT, Moodle XML ou JSON de Préau. 2 Mo au plus.",
        max_length=255,
        error_messages={
            "required": "Choisissez d’abord le fichier.",
            "empty": "Ce fichier est vide.",
            "invalid": "Le fichier n’est pas arrivé. Choisissez-le à nouveau.",
            "missing": "Le fichier n’est pas arrivé. Choisissez-le à nouveau.",
            "max_length": "Le nom de ce fichier est trop long.",
        },
        widget=forms.FileInput(attrs={"accept": ".txt,.gift,.xml,.json"}),
    )
    reading: Reading

    def clean_file(self) -> UploadedFile:
        """Read it at once: what it is not is said in one sentence."""
        file: UploadedFile = self.cleaned_data["file"]
        try:
            self.reading = read_questions(file.read())
        except UnreadableQuestions as refused:
            raise forms.ValidationError(refused.message) from refused
        return file
