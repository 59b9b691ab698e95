"""Accounts, for whoever administers the server: superusers only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from preau.accounts.models import Account


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
