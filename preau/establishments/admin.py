"""Schools, for whoever administers the server: superusers only."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from preau.accounts.models import Account
from preau.audit.actions import record
from preau.establishments.actions import invite
from preau.establishments.models import Establishment, Membership, Role
from preau.establishments.views.team import link_of


class SchoolAdminForm(forms.ModelForm):
    """A school, and whom to invite as its head."""

    head_email = forms.EmailField(
        label="Inviter ce chef d’établissement",
        required=False,
        max_length=254,
        help_text="Le lien d’invitation s’affiche une fois, après l’enregistrement. Il vaut sept jours.",
    )

    class Meta:
        model = Establishment
        fields = ["uai", "name", "town", "target_mode"]

    def clean_uai(self) -> str:
        """Capitals and no spaces, as the key is computed."""
        uai: str = self.cleaned_data["uai"]
        return uai.strip().upper()


class MembershipInline(admin.TabularInline[Membership, Establishment]):
    """Who works there; joining, changing role and leaving go through the school's pages and its journal."""

    model = Membership
    extra = 0
    fields = ["account", "role", "created_at"]
    readonly_fields = ["account", "role", "created_at"]
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only an invitation makes somebody join."""
        return False


@admin.register(Establishment)
class EstablishmentAdmin(admin.ModelAdmin[Establishment]):
    """Open a school and invite its first head."""

    form = SchoolAdminForm
    inlines = [MembershipInline]
    list_display = ["uai", "name", "town"]
    search_fields = ["uai", "name", "town"]
    ordering = ["name", "pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: Establishment | None = None) -> list[str]:
        """The UAI is written once: everything of the school hangs on it."""
        return ["uai"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Establishment | None = None) -> bool:
        """Closing a school is a deed of its own."""
        return False

    def save_model(self, request: HttpRequest, obj: Establishment, form: Any, change: bool) -> None:
        """Save, write it in the journal, and show the invitation's link once."""
        super().save_model(request, obj, form, change)
        by, now = cast("Account", request.user), timezone.now()
        if not change:
            record(verb="etablissement-cree", at=now, by=by, uai=obj.uai, about=obj.name)
        elif changed := [name for name in form.changed_data if name != "head_email"]:
            record(verb="reglages-changes", at=now, by=by, uai=obj.uai, changed=changed)
        email = form.cleaned_data.get("head_email")
        if email:
            made = invite(establishment=obj, email=email, role=Role.HEAD, by=by, at=now)
            words = "Donnez ce lien à {}, il ne sera plus affiché : {}"
            messages.success(request, format_html(words, made.invitation.email, link_of(made)))
