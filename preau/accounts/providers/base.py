"""What our three protocols share: their settings, and the addresses they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import Provider, ProviderAccount
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse

from preau.accounts.providers.facts import ENT_UID, Arrived, Names
from preau.accounts.providers.refusals import SettingRefused, TooLate

if TYPE_CHECKING:
    from django.http import HttpRequest


class EntProvider(Provider):
    """An ENT or the GAR; `settings` are those of hebergement.md, in lower case."""

    supports_redirect = True
    account_class = ProviderAccount
    usual_uid = ""
    usual_pattern = ENT_UID

    def __init__(self, request: HttpRequest | None, app: Any = None) -> None:
        super().__init__(request, app=app)
        self.name = self.app.name or "Médiacentre"

    def setting(self, name: str, default: str = "") -> str:
        """One setting, as text."""
        return str(self.app.settings.get(name) or default)

    def needed(self, name: str) -> str:
        """One setting that cannot be left out. Raises SettingRefused."""
        value = self.setting(name)
        if not value:
            raise SettingRefused(f"le réglage {name.upper()} manque")
        return value

    def address(self, page: str) -> str:
        """One of our public addresses for this provider: from the settings, never from what a visitor asked."""
        return settings.SITE_URL + reverse(f"accounts:{page}", args=[self.sub_id])

    @property
    def names(self) -> Names:
        """Where this provider puts the identifier, the schools and the profile."""
        return Names(
            uid=self.setting("uid_attribute", self.usual_uid),
            uai=self.setting("uai_attribute"),
            profile=self.setting("profile_attribute"),
            uid_pattern=self.setting("uid_pattern", self.usual_pattern),
        )

    @property
    def home(self) -> str:
        """Where to go back to when leaving: the ENT stays open. "" when unknown or not on the Web."""
        home = self.setting("home")
        return home if home.startswith(("https://", "http://")) else ""

    def start(self, request: HttpRequest, *, link: bool) -> HttpResponse:
        """Send this browser to the provider. Raises SettingRefused or ProviderDown."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Read every setting as a sign-in would, and ask the provider nothing that costs. Raises as `start`."""
        raise NotImplementedError

    def stash(self, request: HttpRequest, *, link: bool, state_id: str | None = None, **more: str) -> str:
        """Remember, in this session, the request that an answer must match."""
        return str(
            self.stash_redirect_state(request, "login", data={"link": link, **more}, state_id=state_id)
        )

    def unstash(self, request: HttpRequest, state_id: str) -> dict[str, Any]:
        """The request this answer belongs to, once. Raises TooLate."""
        try:
            state = self.unstash_redirect_state(request, state_id)
        except PermissionDenied:
            raise TooLate from None
        return dict(state["data"])

    def social_login(self, arrived: Arrived) -> SocialLogin:
        """What allauth calls an arrival, without a word more than we keep."""
        account = SocialAccount(provider=self.sub_id, uid=arrived.uid, extra_data=kept(arrived))
        return SocialLogin(account=account, provider=self)


def kept(arrived: Arrived) -> dict[str, Any]:
    """All that a row keeps of an arrival besides its identifier: the schools and the profile."""
    return {"uais": list(arrived.uais), "profile": arrived.profile.value}
