"""What somebody of the school types about one pupil, or about the days of imports."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from preau.establishments.models import Establishment
from preau.rosterfiles.identifiers import ine_problem, normalise_ine
from preau.rosterfiles.names import fold
from preau.rosters.actions import Identity
from preau.rosters.calendar import CalendarMode
from preau.rosters.class_order import class_rank
from preau.rosters.models import Division, Learner

OLDEST = 1900
INE_WORDS = {
    "SHAPE": "Cet INE n’est pas complet : il a 10 ou 11 caractères, chiffres et lettres.",
    "TYPING": "Relisez cet INE : une lettre y a peut-être été prise pour un chiffre.",
    "KEY": "Relisez cet INE : ses dernières lettres ne vont pas avec ses chiffres.",
}


class DayInput(forms.DateInput):
    """A day, by the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DivisionField(forms.ModelChoiceField):
    """A class of the school, or none; a number that no database can hold is no class, rather than an error of ours."""

    def clean(self, value: Any) -> Any:
        if len(str(value or "")) > 18:
            raise forms.ValidationError(
                "Choisissez une classe de la liste, ou aucune.", code="invalid_choice"
            )
        return super().clean(value)


class LearnerForm(forms.Form):
    """Who a pupil is; for one already known, what is hidden is typed only to be replaced."""

    last_name = forms.CharField(
        label="Nom de famille", max_length=100, error_messages={"required": "Écrivez le nom de famille."}
    )
    usage_name = forms.CharField(label="Nom d’usage", max_length=100, required=False)
    first_name = forms.CharField(
        label="Prénom", max_length=100, error_messages={"required": "Écrivez le prénom."}
    )
    birth_date = forms.DateField(
        label="Date de naissance",
        widget=DayInput(),
        error_messages={
            "required": "Donnez la date de naissance : l’élève en a besoin pour se faire reconnaître.",
            "invalid": "Écrivez la date comme 12/03/2015.",
        },
    )
    ine = forms.CharField(
        label="INE",
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
    )
    division = DivisionField(
        label="Classe",
        queryset=Division.objects.none(),
        required=False,
        empty_label="Sans classe",
        error_messages={"invalid_choice": "Choisissez une classe de la liste, ou aucune."},
    )
    somebody_else = forms.BooleanField(required=False, label="Oui, c’est une autre personne")

    def __init__(
        self, *args: Any, establishment: Establishment, learner: Learner | None = None, **kwargs: Any
    ) -> None:
        known = {}
        if learner is not None:
            names = ("last_name", "usage_name", "first_name")
            known = {name: getattr(learner, name) for name in names} | {"division": learner.division_id}
        super().__init__(*args, **kwargs)
        self.initial = known
        self.learner = learner
        self.fields["birth_date"].required = learner is None
        division = self.fields["division"]
        division.queryset = Division.objects.filter(establishment=establishment)  # type: ignore[attr-defined]
        ordered = sorted(division.queryset, key=lambda each: class_rank(each.name))  # type: ignore[attr-defined]
        division.choices = [("", "Sans classe"), *((each.pk, each.name) for each in ordered)]  # type: ignore[attr-defined]
        for name in ("last_name", "usage_name", "first_name", "birth_date", "ine"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean_last_name(self) -> str:
        return self._name("last_name")

    def clean_usage_name(self) -> str:
        return self._name("usage_name")

    def clean_first_name(self) -> str:
        return self._name("first_name")

    def _name(self, field: str) -> str:
        said = " ".join(str(self.cleaned_data[field]).split())
        if said and not fold(said):
            raise forms.ValidationError("Ce nom n’a aucune lettre : relisez-le.")
        return said

    def clean_birth_date(self) -> date | None:
        born: date | None = self.cleaned_data["birth_date"]
        if born is not None and not date(OLDEST, 1, 1) <= born < timezone.localdate():
            raise forms.ValidationError("Relisez l’année de naissance.")
        return born

    def clean_ine(self) -> str:
        ine = normalise_ine(self.cleaned_data["ine"])
        if ine and (problem := ine_problem(ine)) is not None:
            raise forms.ValidationError(INE_WORDS[problem])
        return ine

    @property
    def identity(self) -> Identity:
        """What was typed, completed by what is known and was left empty."""
        said = self.cleaned_data
        born = said["birth_date"] or (self.learner.birth_date if self.learner else None)
        return Identity(
            last_name=said["last_name"],
            first_name=said["first_name"],
            birth_date=born,
            usage_name=said["usage_name"],
            ine=said["ine"],
            division=said["division"],
        )


class DepartureForm(forms.Form):
    """The last day."""

    left_on = forms.DateField(
        label="Parti·e le",
        widget=DayInput(),
        error_messages={
            "required": "Choisissez le jour du départ.",
            "invalid": "Écrivez la date comme 12/03/2026.",
        },
    )

    def clean_left_on(self) -> date:
        day: date = self.cleaned_data["left_on"]
        if day.year < timezone.localdate().year - 10:
            raise forms.ValidationError("Relisez l’année.")
        return day


class CalendarForm(forms.Form):
    """What may be applied, from when to when, and why."""

    mode = forms.ChoiceField(
        label="Ce que les imports peuvent changer",
        choices=CalendarMode.choices,
        widget=forms.RadioSelect(),
        error_messages={"required": "Choisissez ce que les imports peuvent changer."},
    )
    since = forms.DateField(label="Premier jour", widget=DayInput(), required=False)
    until = forms.DateField(label="Dernier jour", widget=DayInput(), required=False)
    reason = forms.CharField(label="Pourquoi", max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse years typed by half."""
        for name in ("since", "until"):
            day = self.cleaned_data.get(name)
            if day is not None and not 2000 <= day.year <= 2100:
                self.add_error(name, "Relisez l’année.")
        return self.cleaned_data
