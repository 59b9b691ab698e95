"""Accounts, for whoever administers the server: superusers only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.admin import SocialAppAdmin, SocialAppForm
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from preau.accounts.models import Account
from preau.accounts.providers.refusals import ProviderDown, SettingRefused


def enter_as_staff(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Send to the staff's sign-in page: the framework's own would not slow wrong tries down."""
    here = request.GET.get("next") or reverse("admin:index")
    return HttpResponseRedirect(f"{reverse('accounts:staff_sign_in')}?{urlencode({'next': here})}")


admin.site.login = enter_as_staff  # type: ignore[method-assign]
admin.site.site_header = "Préau, administration du serveur"
admin.site.site_title = "Préau"
admin.site.index_title = "Administration"
admin.site.index_template = "accounts/admin_index.html"
admin.site.has_permission = lambda request: request.user.is_active and request.user.is_superuser  # type: ignore[method-assign]
admin.site.unregister(Group)  # roles live in the schools


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin[Account]):
    """Look up an account, close it; names and passwords are not written here."""

    list_display = ["__str__", "username", "email", "is_active", "last_login"]
    search_fields = ["username", "email", "last_name", "first_name"]
    list_filter = ["is_active", "is_superuser"]
    list_per_page = 50
    show_full_result_count = False
    ordering = ["-pk"]
    fields = [
        "username",
        "email",
        "first_name",
        "last_name",
        "is_active",
        "made_at",
        "last_login",
        "password_chosen_at",
    ]
    readonly_fields = ["username", "made_at", "last_login", "password_chosen_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> list[str]:
        """A pupil's address is never written here: it is refused before fifteen (`actions.set_email`)."""
        adult = obj is not None and (obj.is_staff or (obj.username is None and obj.birth_date is None))
        return [*self.readonly_fields, *([] if adult else ["email"])]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Accounts come from schools and invitations."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        """Forgetting a person is a deed of its own, with its journal."""
        return False


for closed in (
    EmailAddress,
    SocialApp,
    SocialAccount,
    SocialToken,
    Authenticator,
):  # identities are given by a proof, never written here
    admin.site.unregister(closed)


class EntForm(SocialAppForm):
    """An ENT set here rather than by the environment; a private key stays in a file."""

    class Meta(SocialAppForm.Meta):
        exclude = None
        fields = ["provider", "provider_id", "name", "client_id", "secret", "key", "settings"]

    def clean(self) -> dict[str, Any]:
        """Refuse what a sign-in would refuse, in its words; a provider that is only down is accepted."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        known = given.get("settings")
        if not given.get("provider_id"):
            self.add_error("provider_id", "Donnez-lui un mot, comme ent-oise : il sera dans les adresses.")
        if not isinstance(known, dict):
            raise forms.ValidationError("Les réglages sont un objet JSON.")
        if "PRIVATE KEY" in str(known):
            raise forms.ValidationError("La clé privée reste dans un fichier : donnez son chemin.")
        if given.get("secret") and not given["secret"].startswith("/"):
            self.add_error("secret", "Le secret reste dans un fichier : donnez son chemin.")
        if self.errors:
            return given
        app = SocialApp(
            **{name: given[name] for name in ("provider", "provider_id", "name", "client_id", "secret")}
        )
        app.settings = known
        try:
            app.get_provider(None).prepare()
        except SettingRefused as problem:
            raise forms.ValidationError(f"Ces réglages ne marchent pas : {problem}.") from None
        except ProviderDown:
            return given
        return given


@admin.register(SocialApp)
class EntAdmin(SocialAppAdmin):
    """The ENTs and GARs that the environment does not name."""

    form = EntForm
