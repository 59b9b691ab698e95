"""What the staff types about the school and the team, checked at the door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from preau.accounts.forms import LONGEST_TYPED
from preau.accounts.passwords import HELP
from preau.establishments.models import Establishment, Role
from preau.web.french import says_something

EMAIL_ERRORS = {
    "required": "Écrivez une adresse électronique.",
    "invalid": "Cette adresse n’est pas complète : il faut un @ et la fin, comme college.fr.",
    "max_length": "C’est trop long pour une adresse.",
}
ROLE_CHOICES = [
    (Role.TEACHER, "Enseignant : voit ses classes"),
    (Role.REFERENT, "Référent numérique : importe, prépare, aide toutes les classes"),
    (Role.HEAD, "Chef d’établissement : tout, et gère l’équipe"),
]
LONGEST_CLASS = 40


def _division_names(text: str) -> list[str]:
    """Names of classes, separated by commas, semicolons or lines; each once, in order."""
    names = text.replace(";", ",").replace("\n", ",").split(",")
    return list(dict.fromkeys(name for typed in names if (name := " ".join(typed.split()))))


class RoleForm(forms.Form):
    """A role and, for a teacher, classes."""

    role = forms.ChoiceField(
        label="Rôle",
        choices=ROLE_CHOICES,
        widget=forms.RadioSelect,
        initial=Role.TEACHER,
        error_messages={
            "required": "Choisissez un rôle.",
            "invalid_choice": "Choisissez un rôle de la liste.",
        },
    )
    divisions = forms.CharField(
        label="Classes d’un enseignant",
        required=False,
        max_length=1000,
        help_text="Comme dans la base élèves, séparées par des virgules : 6A, 5B.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, classes: Sequence[str] = (), **kwargs: Any) -> None:
        """`classes` are those of the roster; none before the first import, and then any name is taken on trust."""
        super().__init__(*args, **kwargs)
        self.classes = {name.casefold(): name for name in classes}

    def clean_divisions(self) -> list[str]:
        """The names as a list; one that the roster does not know is a slip, and is said."""
        names = _division_names(self.cleaned_data["divisions"])
        too_long = [name for name in names if len(name) > LONGEST_CLASS]
        if too_long:
            raise forms.ValidationError("Un nom de classe est trop long : séparez-les par des virgules.")
        unknown = [name for name in names if self.classes and name.casefold() not in self.classes]
        if unknown:
            known = ", ".join(self.classes.values())
            raise forms.ValidationError(
                f"Pas de classe « {unknown[0]} » dans la base élèves. Les classes : {known}."
            )
        return names


class InviteForm(RoleForm):
    """A colleague to invite."""

    email = forms.EmailField(
        label="Adresse électronique professionnelle",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages=EMAIL_ERRORS,
    )
    field_order = ["email", "role", "divisions"]


class NewcomerForm(forms.Form):
    """Who joins, and their password."""

    first_name = forms.CharField(
        label="Prénom",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": "Écrivez votre prénom."},
    )
    last_name = forms.CharField(
        label="Nom",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": "Écrivez votre nom."},
    )
    password = forms.CharField(
        label="Mot de passe à choisir",
        strip=False,
        max_length=LONGEST_TYPED,
        help_text=HELP.vous,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={
            "required": "Choisissez un mot de passe.",
            "max_length": "Ce mot de passe est trop long.",
        },
    )


class KnownPasswordForm(forms.Form):
    """The password of somebody who has an account."""

    password = forms.CharField(
        label="Votre mot de passe",
        strip=False,
        max_length=LONGEST_TYPED,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={
            "required": "Écrivez ou collez votre mot de passe.",
            "max_length": "Ce mot de passe est trop long.",
        },
    )


NO_NAME = "Écrivez le nom de l’établissement."


class SchoolForm(forms.ModelForm):
    """What a school may say of itself; its UAI never changes."""

    class Meta:
        model = Establishment
        fields = ["name", "town", "target_mode"]
        labels = {
            "name": "Nom de l’établissement",
            "town": "Commune",
            "target_mode": "Façon d’entrer choisie",
        }
        widgets = {"target_mode": forms.RadioSelect}
        help_texts = {
            "name": "Il est imprimé sur les cartes et affiché aux élèves.",
            "target_mode": "Celle que l’établissement conseille. Les autres restent possibles.",
        }
        error_messages = {"name": {"required": NO_NAME}}

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if not says_something(name):
            raise forms.ValidationError(NO_NAME)
        return name
