"""What people do in the invented ENT, what they already have, and how often they had to act."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from allauth.socialaccount.models import SocialAccount
from django.utils import timezone
from playwright.sync_api import Request, expect

from preau.accounts.actions import choose_password
from preau.accounts.models import Account
from preau.attachments.actions import attach, give_usernames
from preau.attachments.models import Attachment, How
from preau.establishments.models import Establishment
from preau.rehearsal.mediacentre import GAR, Mediacentre
from preau.rehearsal.mediacentre import Person as Known
from preau.rosters.models import Learner
from tests.journeys.conftest import Person
from tests.journeys.world import PHRASE
from tests.mediacentre import pupil


def known_to_the_ent(learner: Learner, *, ido: str = "") -> Known:
    """This pupil as their ENT knows them."""
    division = learner.division.name if learner.division else ""
    uai = learner.establishment.uai
    return pupil(f"e{learner.pk}", learner.first_name, learner.last_name, division, uai=uai, ido=ido)


def opens_the_ent(person: Person, ent: Mediacentre, who: Known) -> Person:
    """Sign in to the ENT; whoever was signed in there is out."""
    person.page.context.clear_cookies(name="ent")
    person.page.goto(f"{ent.address}/")
    person.page.get_by_label("Se connecter en tant que").select_option(who.id)
    person.page.get_by_role("button", name="Entrer dans l’ENT").click()
    expect(person.page.locator("h1")).to_have_text("Médiacentre")
    return person


def clicks_the_tile(person: Person, ent: Mediacentre, *, by: str = "SAML") -> Person:
    """From the ENT's page, through the identity provider, to wherever Préau leads."""
    if not person.page.url.startswith(ent.address):
        person.page.goto(f"{ent.address}/")
    person.page.get_by_role("link", name=re.compile(by)).click()
    # Once the sealed answer is spent: not the provider's own pages, nor those where it posts.
    person.page.wait_for_url(re.compile(rf"{re.escape(person.site)}/(?!mediacentre/)"))
    return person.looks()


def has_identifier(learner: Learner) -> Account:
    """An identifier and the password PHRASE; attached in the pupil's school."""
    at = timezone.now()
    ((_, account),) = give_usernames(learners=[learner], by=None, at=at).given
    choose_password(account=account, password=PHRASE, at=at)
    return account


def has_identity(learner: Learner, who: Known, *, uai: str = "", account: Account | None = None) -> Account:
    """An account that an ENT opens, that of another school when `uai` says so; attached in the pupil's school."""
    if account is None:
        names = {"first_name": learner.first_name, "last_name": learner.last_name}
        account = Account(birth_date=learner.birth_date, **names)
        account.set_unusable_password()
        account.save()
        attach(learner=learner, account=account, how=How.SSO, by=account, at=timezone.now())
    kept = {"uais": [uai or learner.establishment.uai], "profile": "PUPIL"}
    SocialAccount.objects.create(user=account, provider=GAR, uid=who.ido, extra_data=kept)
    return account


def tab_shows(office: Person, school: Establishment, learner: Learner, *modes: str) -> None:
    """The Élèves tab says exactly these modes of connection for this pupil."""
    office.opens(f"/e/{school.uai}/eleves/?q={learner.first_name} {learner.last_name}")
    row = office.page.locator("tbody tr").filter(has_text=learner.first_name).first
    shown = [one.strip() for one in row.locator(".mode").all_inner_texts()]
    assert shown == list(modes) or (not modes and shown == ["aucun"]), shown


def one_account(learner: Learner) -> Account:
    """The only account of this pupil's names, attached to them."""
    (account,) = Account.objects.filter(
        first_name__iexact=learner.first_name, last_name__iexact=learner.last_name
    )
    assert Attachment.objects.active().get(learner=learner).account == account
    return account


class Tally:
    """What a pupil had to do in Préau: how often they were sent by the ENT, acted on a page, typed a code."""

    def __init__(self, person: Person, *codes: str) -> None:
        self.site, self.codes = person.site, [_bare(code) for code in codes]
        self.tiles, self.acts, self.typed = 0, 0, 0
        person.page.on("request", self._hear)

    def _hear(self, request: Request) -> None:
        if not request.is_navigation_request() or not request.url.startswith(self.site):
            return
        path = urlsplit(request.url).path
        if re.fullmatch(r"/mediacentre/[\w-]+/", path):
            self.tiles += 1
        elif request.method == "POST" and not path.startswith("/mediacentre/"):
            self.acts += 1
            said = [_bare(value) for values in _values(request) for value in values]
            self.typed += sum(code in said for code in self.codes)


def _values(request: Request) -> list[list[str]]:
    body: Any = request.post_data
    return list(parse_qs(body or "").values())


def _bare(code: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", code.upper())
