"""The fields of the second factor's pages."""

from __future__ import annotations

from django import forms

from preau.accounts.forms import LONGEST_TYPED, TYPED_AS_IS


class CodeForm(forms.Form):
    """A code of the application, or a recovery code."""

    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "enterkeyhint": "go",
                **TYPED_AS_IS,
            }
        ),
        error_messages={"required": "Recopiez le code.", "max_length": "C’est trop long pour un code."},
    )


class KeyForm(forms.Form):
    """What the browser answers for a passkey, and the name its owner gives it."""

    name = forms.CharField(
        label="Nom de cette clé",
        max_length=60,
        required=False,
        error_messages={"max_length": "C’est trop long pour un nom."},
    )
    credential = forms.JSONField(widget=forms.HiddenInput)


class PasswordAgainForm(forms.Form):
    """The password, once more."""

    password = forms.CharField(
        label="Votre mot de passe",
        strip=False,
        max_length=LONGEST_TYPED,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", **TYPED_AS_IS}),
        error_messages={"required": "Écrivez votre mot de passe.", "max_length": "C’est trop long."},
    )
