"""The form with which a school composes a parcours."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from preau.parcours.bank import load_bank
from preau.parcours.editions import skills_of
from preau.parcours.framework import LEVELS, competences
from preau.parcours.models import SchoolItem
from preau.parcours.plans import LONGEST, MOST_OWN, Plan
from preau.web.french import says_something

NO_TITLE = "Donnez un titre : les élèves le verront."


class ComposeForm(forms.Form):
    """Competences, levels, length."""

    title = forms.CharField(
        label="Titre",
        max_length=80,
        error_messages={
            "required": NO_TITLE,
            "max_length": "Ce titre est trop long : gardez 80 signes au plus.",
        },
    )
    competences = forms.MultipleChoiceField(
        label="Compétences",
        widget=forms.CheckboxSelectMultiple(),
        error_messages={
            "required": "Choisissez au moins une compétence.",
            "invalid_choice": "Choisissez des compétences de la liste.",
        },
    )
    lowest = forms.TypedChoiceField(label="Du niveau", coerce=int, initial=LEVELS[0])
    highest = forms.TypedChoiceField(label="Au niveau", coerce=int, initial=LEVELS[-1])
    length = forms.IntegerField(
        label="Questions au plus",
        initial=16,
        min_value=1,
        max_value=LONGEST,
        error_messages={
            "required": "Dites combien de questions.",
            "invalid": "Écrivez un nombre, par exemple 16.",
            "min_value": "Une question au moins.",
            "max_value": f"{LONGEST} questions au plus.",
        },
    )

    own = forms.IntegerField(
        label="Et de vos questions, au plus",
        initial=0,
        min_value=0,
        max_value=MOST_OWN,
        required=False,
        error_messages={
            "invalid": "Écrivez un nombre, par exemple 4.",
            "min_value": "Écrivez 0, ou un nombre de questions.",
            "max_value": f"{MOST_OWN} de vos questions au plus.",
        },
    )

    def __init__(self, *args: Any, questions: QuerySet[SchoolItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        named = [(one.code, f"{one.code} {one.name}") for one in competences().values()]
        levels = [(level, f"niveau {level}") for level in LEVELS]
        self.fields["competences"].choices = named  # type: ignore[attr-defined]
        for name in ("lowest", "highest"):
            self.fields[name].choices = levels  # type: ignore[attr-defined]

    def clean_title(self) -> str:
        title = str(self.cleaned_data["title"])
        if not says_something(title):
            raise forms.ValidationError(NO_TITLE)
        return title

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if self.errors:
            return said
        if said["lowest"] > said["highest"]:
            self.add_error("highest", "Ce niveau est plus bas que le premier.")
            return said
        asked = {key: said[key] for key in ("competences", "lowest", "highest")}
        covered = {skill.competence for skill in skills_of(load_bank(), **asked)}
        if said.get("own"):
            theirs = set(self.questions.values_list("competence", flat=True)) & set(said["competences"])
            covered |= theirs
            if not theirs:
                self.add_error("own", "Vous n’avez pas encore de question dans ces compétences.")
        missing = [code for code in said["competences"] if code not in covered]
        if missing:
            self.add_error("competences", f"Aucune question à ces niveaux pour {', '.join(missing)}.")
        return said

    @property
    def plan(self) -> Plan:
        """What was composed, typed."""
        said = self.cleaned_data
        return Plan(
            title=said["title"].strip(),
            competences=tuple(said["competences"]),
            lowest=said["lowest"],
            highest=said["highest"],
            length=said["length"],
            own=said.get("own") or 0,
        )
