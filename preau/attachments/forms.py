"""What pupils and staff type, forgiven where it can be."""

from __future__ import annotations

import re
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from preau.rosterfiles.names import compact
from preau.web.french import MONTHS

TOO_LONG = "C’est trop long : vérifie ce que tu as tapé."
NAME = {"autocapitalize": "words", "spellcheck": "false"}
# A sheet of paper reads « 31/12/2014 »; the figures of one field may hold all three.
WHOLE_DATE = re.compile(r"\s*(\d{1,2})\s*[/.\-\s]\s*(\d{1,2}|[^\W\d_]+\.?)\s*[/.\-\s]\s*(\d{2}|\d{4})\s*")


class CardForm(forms.Form):
    """One field; `open_card` judges it."""

    code = forms.CharField(
        label="Code de la carte",
        required=False,
        max_length=60,
        error_messages={"max_length": "C’est trop long : 3 groupes de 4."},
        help_text="Les tirets se mettent tout seuls. Il n’y a ni zéro, ni un, ni lettres O, I, L.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )


class FindForm(forms.Form):
    """Names and birth date, in the pupil's own way of writing them."""

    last_name = forms.CharField(
        label="Ton nom de famille",
        max_length=100,
        error_messages={"required": "Tape ton nom de famille.", "max_length": TOO_LONG},
        widget=forms.TextInput(attrs={**NAME, "autocomplete": "family-name"}),
    )
    first_name = forms.CharField(
        label="Ton prénom",
        max_length=100,
        error_messages={"required": "Tape ton prénom.", "max_length": TOO_LONG},
        widget=forms.TextInput(attrs={**NAME, "autocomplete": "given-name"}),
    )
    birth_date = forms.CharField(
        label="Ta date de naissance",
        max_length=40,
        help_text="Jour, mois, année : par exemple 12/03/2014, ou 12 mars 2014.",
        error_messages={"required": "Tape ta date de naissance.", "max_length": TOO_LONG},
        widget=forms.TextInput(attrs={"autocomplete": "bday", "spellcheck": "false", "enterkeyhint": "go"}),
    )

    def __init__(self, *args: object, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.today = today

    def clean_last_name(self) -> str:
        """Refuse what holds no letter."""
        return self._letters("last_name", "Écris ton nom avec des lettres.")

    def clean_first_name(self) -> str:
        """Refuse what holds no letter."""
        return self._letters("first_name", "Écris ton prénom avec des lettres.")

    def clean_birth_date(self) -> date:
        """Read a date written as people do; refuse one that cannot be a pupil's."""
        return read_birth_date(self.cleaned_data["birth_date"], today=self.today)

    def _letters(self, field: str, sentence: str) -> str:
        text: str = self.cleaned_data[field]
        if not compact(text):
            raise ValidationError(sentence)
        return text


class ProofForm(forms.Form):
    """One field for two proofs: the server tells a password from the code of a card."""

    proof = forms.CharField(
        label="Ton mot de passe, ou le code de ta carte",
        strip=False,
        max_length=300,
        help_text="Celui de l’an dernier marche encore.",
        error_messages={"required": "Tape ton mot de passe, ou le code de ta carte.", "max_length": TOO_LONG},
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "spellcheck": "false", "enterkeyhint": "go"}
        ),
    )


class CardOnlyForm(forms.Form):
    """The code of a card, where nothing else can prove."""

    proof = forms.CharField(
        label="Le code de ta carte",
        max_length=60,
        error_messages={"required": "Tape le code de ta carte.", "max_length": TOO_LONG},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )


class BirthForm(forms.Form):
    """One field for two proofs: the server tells a date from the code of a card."""

    proof = forms.CharField(
        label="Ta date de naissance, ou le code de ta carte",
        max_length=60,
        help_text="Jour, mois, année : par exemple 12/03/2014, ou 12 mars 2014.",
        error_messages={
            "required": "Tape ta date de naissance, ou le code de ta carte.",
            "max_length": TOO_LONG,
        },
        widget=forms.TextInput(attrs={"autocomplete": "bday", "spellcheck": "false", "enterkeyhint": "go"}),
    )


class FirstProofForm(forms.Form):
    """What proves, when nobody is likely: a card alone, or an identifier and its password."""

    identifier = forms.CharField(
        label="Ton identifiant, ou le code de ta carte",
        max_length=254,
        help_text="Il ressemble à prenom.nom. Le code de la carte a 3 groupes de 4.",
        error_messages={
            "required": "Tape ton identifiant, ou le code de ta carte.",
            "max_length": TOO_LONG,
        },
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label="Ton mot de passe",
        required=False,
        strip=False,
        max_length=300,
        help_text="Avec une carte, laisse cette ligne vide.",
        error_messages={"max_length": TOO_LONG},
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "spellcheck": "false", "enterkeyhint": "go"}
        ),
    )


class DetachForm(forms.Form):
    """Why an attachment ends; the sentence goes into the journal."""

    REASONS = (
        ("Un autre élève est entré avec ce nom", "Un autre élève est entré avec ce nom"),
        ("L’élève a deux comptes", "L’élève a deux comptes, et celui-ci n’est pas le bon"),
        ("Essai ou erreur de l’établissement", "C’était un essai, ou une erreur de l’établissement"),
        ("Autre raison", "Autre raison"),
    )
    why = forms.ChoiceField(
        label="Pourquoi ?",
        choices=REASONS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une raison : elle sera écrite dans le journal."},
    )


def read_birth_date(text: str, *, today: date) -> date:
    """Read 12/03/2014, 12 3 2014, 12.03.14, 12032014 or 12 mars 2014; raises ValidationError in « tu »."""
    figures = re.sub(r"\D", "", text)
    if len(figures) == 8 and figures == text.strip():
        text = f"{figures[:2]}/{figures[2:4]}/{figures[4:]}"
    found = WHOLE_DATE.fullmatch(text.replace("1er", "1"))
    if found is None:
        raise ValidationError("Écris le jour, le mois et l’année, comme 12/03/2014.")
    day, month, year = found.groups()
    number = int(month) if month.isdigit() else _month(month)
    if number is None:
        sentence = gettext("« {month} » n’est pas un mois : écris par exemple 12/03/2014.")
        raise ValidationError(sentence.format(month=month))
    try:
        born = date(int(year) + (2000 if len(year) == 2 else 0), number, int(day))
    except ValueError:
        raise ValidationError("Ce jour n’existe pas : relis ta date de naissance.") from None
    if not today.year - 100 < born.year < today.year:
        raise ValidationError("Vérifie l’année de ta naissance.")
    return born


def _month(word: str) -> int | None:
    """The number of a month from its name or the beginning of it, accents or not."""
    asked = compact(word)
    found = [number for number, name in enumerate(MONTHS, start=1) if compact(name).startswith(asked)]
    return found[0] if len(asked) >= 3 and len(found) == 1 else None
