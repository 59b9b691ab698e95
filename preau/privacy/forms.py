"""What is typed on the pages of personal data."""

from __future__ import annotations

from typing import Any

from django import forms

from preau.privacy.models import LONGEST_DAYS, SHORTEST_DAYS
from preau.rosterfiles.names import fold
from preau.rosters.models import Learner

BOUNDS = f"Entre {SHORTEST_DAYS} et {LONGEST_DAYS} jours."


class ChoicesForm(forms.Form):
    """How long, and who answers."""

    days = forms.IntegerField(
        label="Jours gardés après un départ",
        min_value=SHORTEST_DAYS,
        max_value=LONGEST_DAYS,
        help_text=f"{LONGEST_DAYS} au plus ; {SHORTEST_DAYS} au moins, le temps qu’un import puisse s’annuler.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": BOUNDS,
            "invalid": BOUNDS,
            "min_value": BOUNDS,
            "max_value": BOUNDS,
        },
    )
    contact = forms.CharField(
        label="Qui répond aux familles",
        required=False,
        max_length=200,
        help_text="Un nom ou une fonction, et comment joindre. Affiché dans les notices.",
    )
    officer = forms.CharField(
        label="Délégué à la protection des données",
        required=False,
        max_length=200,
        help_text="Celui de l’académie, le plus souvent. Affiché dans les notices et le registre.",
    )


class EraseForm(forms.Form):
    """The name of the pupil, typed."""

    name = forms.CharField(
        label="Tapez le prénom et le nom de l’élève",
        max_length=250,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Tapez le prénom et le nom de l’élève."},
    )

    def __init__(self, *args: Any, learner: Learner, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.learner = learner

    def clean_name(self) -> str:
        """Case, accents and hyphens do not matter; the person does."""
        typed = str(self.cleaned_data["name"])
        if fold(typed) != fold(self.learner.display_name):
            raise forms.ValidationError(
                f"Ce n’est pas « {self.learner.display_name} » : rien n’a été effacé."
            )
        return typed
