"""What people type to enter, checked at the door."""

from __future__ import annotations

from typing import Any

from django import forms

from preau.accounts.passwords import HELP, MAX_LENGTH, Reader

# Nothing longer is anyone's; a longer text never reaches the hashing function.
LONGEST_TYPED = 4 * MAX_LENGTH
TYPED_AS_IS = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}


class PupilSignInForm(forms.Form):
    """An identifier or an e-mail address, and a password."""

    identifier = forms.CharField(
        label="Identifiant ou adresse e-mail",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", **TYPED_AS_IS}),
        error_messages={
            "required": "Écris ton identifiant, ou ton adresse e-mail.",
            "max_length": "C’est trop long pour un identifiant.",
        },
    )
    password = forms.CharField(
        label="Mot de passe",
        strip=False,
        max_length=LONGEST_TYPED,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "enterkeyhint": "go", **TYPED_AS_IS}
        ),
        error_messages={"required": "Écris ton mot de passe.", "max_length": "C’est trop long."},
    )


class EmailForm(forms.Form):
    """An address to enter with, and the password that proves who asks."""

    email = forms.EmailField(
        label="Ton adresse e-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", **TYPED_AS_IS}),
        error_messages={
            "required": "Écris ton adresse.",
            "invalid": "Cette adresse n’est pas complète : il faut un @ et la fin, comme exemple.fr.",
            "max_length": "C’est trop long pour une adresse.",
        },
    )
    password = forms.CharField(
        label="Ton mot de passe",
        strip=False,
        max_length=LONGEST_TYPED,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", **TYPED_AS_IS}),
        error_messages={"required": "Écris ton mot de passe.", "max_length": "C’est trop long."},
    )


class StaffSignInForm(forms.Form):
    """A professional address and a password; whoever administers the server may have an identifier instead."""

    identifier = forms.CharField(
        label="Adresse électronique professionnelle",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "inputmode": "email", **TYPED_AS_IS}),
        error_messages={
            "required": "Écrivez votre adresse électronique.",
            "max_length": "C’est trop long pour une adresse.",
        },
    )
    password = forms.CharField(
        label="Mot de passe",
        strip=False,
        max_length=LONGEST_TYPED,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", **TYPED_AS_IS}),
        error_messages={
            "required": "Écrivez ou collez votre mot de passe.",
            "max_length": "Ce mot de passe est trop long.",
        },
    )

    def clean_identifier(self) -> str:
        """Say what is missing in an address that stops half-way."""
        typed: str = self.cleaned_data["identifier"]
        end = typed.rpartition("@")[2]
        if "@" in typed and "." not in end.strip("."):
            raise forms.ValidationError("Il manque la fin, après le @.", code="incomplete")
        return typed


class ForgottenForm(forms.Form):
    """Where to send the link."""

    email = forms.EmailField(
        label="Adresse électronique professionnelle",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Écrivez votre adresse électronique.",
            "invalid": "Cette adresse n’est pas complète : il faut un @ et la fin, comme college.fr.",
        },
    )


class ChoosePasswordForm(forms.Form):
    """A new password; shown while typing if wanted, so asked once."""

    password = forms.CharField(
        label="Mot de passe choisi",
        strip=False,
        max_length=LONGEST_TYPED,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", **TYPED_AS_IS}),
    )

    def __init__(self, *args: Any, reader: Reader = Reader.STAFF, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["password"]
        field.help_text = HELP.to(reader)
        pupil = reader is Reader.PUPIL
        field.error_messages["required"] = "Écris un mot de passe." if pupil else "Écrivez un mot de passe."
        field.error_messages["max_length"] = "C’est trop long."


class ChangePasswordForm(ChoosePasswordForm):
    """The password of today proves who asks; then the new one."""

    current = forms.CharField(
        label="Mot de passe actuel",
        strip=False,
        max_length=LONGEST_TYPED,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", **TYPED_AS_IS}),
    )
    field_order = ["current", "password"]

    def __init__(self, *args: Any, reader: Reader = Reader.STAFF, **kwargs: Any) -> None:
        super().__init__(*args, reader=reader, **kwargs)
        self.fields["password"].label = "Nouveau mot de passe"
        pupil = reader is Reader.PUPIL
        self.fields["current"].error_messages = {
            "required": "Écris ton mot de passe." if pupil else "Écrivez votre mot de passe actuel.",
            "max_length": "C’est trop long.",
        }
