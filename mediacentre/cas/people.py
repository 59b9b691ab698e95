"""Who the invented ENT knows: those of the settings file, read anew each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cas_server.auth import AuthUser
from cas_server.forms import UserCredential
from django import forms
from django.conf import settings


def everybody() -> list[dict[str, Any]]:
    """The invented people, as the file says now."""
    return list(json.loads(Path(settings.PEOPLE).read_text(encoding="utf-8"))["people"])


class Person(AuthUser):
    """Somebody who says who they are; a real ENT would ask for a password."""

    def test_password(self, password: str) -> bool:
        return any(one["id"] == self.username for one in everybody())

    def attributs(self) -> dict[str, Any]:
        for one in everybody():
            if one["id"] == self.username:
                return {"IDO": one["ido"], "UAI": one["uai"], "PRO": one["pro"]}
        return {}


class Choose(UserCredential):
    """The sign-in form, with a list instead of an identifier and a password."""

    username = forms.ChoiceField(label="Se connecter en tant que")
    password = forms.CharField(initial="-", widget=forms.HiddenInput)
    warn = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: dict[str, list[tuple[str, str]]] = {}
        for one in everybody():
            groups.setdefault(one["group"], []).append((one["id"], one["name"]))
        self.fields["username"].choices = list(groups.items())
