"""How allauth, the sign-in layer, behaves in Préau."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password

from preau.accounts.models import Account

if TYPE_CHECKING:
    from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: accounts come from a card, a code, an invitation or the school."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Account | None:
        """The account that `username` or `email` and `password` open; a closed account too, `enter` refuses it.

        One question and one Argon2id in every case: allauth's own way asks three times, once in a table of
        addresses that we do not fill. Who is unknown or has no password costs a hash too.
        """
        password = credentials.pop("password")
        account = next(iter(Account.objects.filter(**credentials)), None)  # unique: no order to ask for
        if account is None:
            check_password(password, UNUSABLE_PASSWORD_PREFIX)
            return None
        return account if account.check_password(password) else None

    def get_login_stages(self) -> list[str]:
        """One stage of our own, instead of allauth's: they would ask questions of pupils too."""
        return ["preau.accounts.second_factor.stage.SecondFactorStage"]

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing of our own accord: the next page names the person, which says enough."""


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """An identity sent by an ENT never becomes an account by itself (sso.md §3)."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False
