"""Between the password, or the ENT, and being in: the second factor of whoever has one."""

from __future__ import annotations

from allauth.account.stages import LoginStage
from django.http import HttpResponse
from django.shortcuts import redirect

from preau.accounts.models import Account
from preau.accounts.second_factor.factors import has_factor


class SecondFactorStage(LoginStage):
    """Stops whoever has a second factor; nobody else notices. Pupils never have one."""

    key = "second_factor"
    urlname = "accounts:second_factor"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        account = self.login.user
        if isinstance(account, Account) and account.is_adult and has_factor(account):
            return redirect(self.urlname), True
        return None, True
