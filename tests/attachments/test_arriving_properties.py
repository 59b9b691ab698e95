"""Whatever pupils do, in whatever order: never two accounts for one of them, nor two of them on one account here."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.db.models import Count
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preau.accounts.models import Account
from preau.attachments.models import Attachment
from preau.rosters.models import Learner
from tests.attachments.ent import PASSWORD, card_of, clicks_the_tile, with_account
from tests.page import Page, PageClient
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=False)
WHO = ("lea", "nils", "zoe")
DEEDS = (
    "tile-names",  # the tile, the ENT says the names
    "tile",  # the tile, the ENT only says the school
    "new-identity",  # the tile, with an identity that changed
    "birth",
    "wrong-birth",
    "card",
    "other-card",
    "password",
    "identifier",
    "names",
    "yes",
    "no",
    "sign-in",
    "sign-out",
    "back",
)
# What people mean to do, whole; and any of these deeds alone, at the wrong moment.
MEANT = (
    ("tile-names", "birth"),
    ("tile-names", "password"),
    ("tile-names", "card"),
    ("tile", "identifier"),
    ("tile", "card", "yes"),
    ("tile", "names", "yes"),
    ("sign-in", "tile", "yes"),
    ("tile", "sign-in", "yes"),
    ("new-identity", "card", "password"),
)
PLANS = tuple((deed,) for deed in DEEDS)


@dataclass
class Somebody:
    """One pupil before one browser, or the browser that they share."""

    learner: Learner
    page: PageClient
    seen: list[Page] = field(default_factory=list)
    identities: int = 0

    def looks(self, page: Page) -> None:
        self.seen.append(page)

    @property
    def here(self) -> Page:
        return self.seen[-1] if self.seen else self.page.open("/")

    def tries(self, button: str, **values: str) -> None:
        """Press a button if the page has it."""
        try:
            self.looks(self.here.submit(button, **values))
        except AssertionError as absent:
            if not str(absent).startswith("No form"):
                raise


def username_of(learner: Learner) -> str:
    one = Attachment.objects.active().filter(learner=learner).select_related("account").first()
    return (one.account.username if one else None) or "personne"


def does(one: Somebody, deed: str, other: Learner) -> None:  # noqa: C901, PLR0912 - a list of what people do
    me = one.learner
    names = (me.first_name, me.last_name)
    born = f"{me.birth_date:%d/%m/%Y}"
    uid = f"{me.pk}-{one.identities}".rjust(64, "0")
    if deed == "tile-names":
        one.looks(clicks_the_tile(one.page, names=names, uid=uid)) if not known(uid) else None
    elif deed == "tile":
        one.looks(clicks_the_tile(one.page, uid=uid)) if not known(uid) else None
    elif deed == "new-identity":
        one.identities += 1
        does(one, "tile-names", other)
    elif deed in {"birth", "wrong-birth"}:
        one.tries("Oui, c’est moi", proof=born if deed == "birth" else "01/01/2013")
    elif deed in {"card", "other-card"}:
        code = card_of(me if deed == "card" else other)
        one.tries("Réunir", proof=code)
        one.tries("Oui, c’est moi", proof=code)
        one.tries("Continuer", identifier=code)
    elif deed == "password":
        one.tries("Réunir", proof=PASSWORD)
        one.tries("Entrer", password=PASSWORD)
    elif deed == "identifier":
        one.tries("Continuer", identifier=username_of(me), password=PASSWORD)
    elif deed == "names":
        one.looks(one.page.open(f"/premiere-fois/?ent={one.page.session.get('identity', {}).get('key', '')}"))
        one.tries("Continuer", last_name=me.last_name, first_name=me.first_name, birth_date=born)
    elif deed == "yes":
        one.tries("Oui")
    elif deed == "no":
        one.tries("Non")
    elif deed == "sign-in":
        one.looks(one.page.open("/connexion/"))
        one.tries("Entrer", identifier=username_of(me), password=PASSWORD)
    elif deed == "sign-out":
        one.page.post("/pas-moi/")
    elif deed == "back" and len(one.seen) > 1:
        one.looks(one.seen[-2])


def known(uid: str) -> bool:
    """A known identity goes straight in: the provider's own door does that, not these pages."""
    from allauth.socialaccount.models import SocialAccount

    return SocialAccount.objects.filter(uid=uid).exists()


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    start=st.lists(st.sampled_from(WHO), unique=True, max_size=2),
    shared=st.booleans(),
    story=st.lists(
        st.tuples(st.sampled_from(WHO), st.sampled_from(MEANT) | st.sampled_from(PLANS)),
        min_size=3,
        max_size=7,
    ),
)
def test_no_story_ever_gives_two_accounts_to_one_pupil_or_one_to_two(
    db: None, start: list[str], shared: bool, story: list[tuple[str, tuple[str, ...]]]
) -> None:
    from django.db import transaction

    with transaction.atomic():
        world = build_world()
        plays(world, start, shared, story)
        transaction.set_rollback(True)


def plays(world: World, start: list[str], shared: bool, story: list[tuple[str, tuple[str, ...]]]) -> None:
    browser = PageClient()
    people = {name: Somebody(world.learners[name], browser if shared else PageClient()) for name in WHO}
    for name in start:
        with_account(world.learners[name])
    for name, plan in story:
        for deed in plan:
            does(people[name], deed, world.learners[WHO[WHO.index(name) - 1]])
            check(world)


def check(world: World) -> None:
    pupils = Attachment.objects.filter(establishment=world.tilleuls)
    per_learner = pupils.values("learner").annotate(n=Count("account", distinct=True)).filter(n__gt=1)
    per_account = pupils.values("account").annotate(n=Count("learner", distinct=True)).filter(n__gt=1)
    assert not list(per_learner)
    assert not list(per_account)
    # No account without a pupil either: none is made from an identity alone.
    made = Account.objects.exclude(birth_date=None, username=None)
    assert made.exclude(attachments__isnull=False).count() == 0
