"""What is there before the first lesson: last year's accounts, this year's list, cards; all through the real deeds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from bench.rentree.people import (
    EMAIL,
    MEDIACENTRE,
    NOTHING,
    USERNAME,
    YEAR,
    Person,
    School,
    local_id,
    rates,
    siecle_file,
)
from preau.accounts.actions import NewAccount, make_accounts
from preau.accounts.models import Account, ConnectionMode
from preau.attachments.actions import give_usernames
from preau.attachments.models import Attachment, How
from preau.attachments.receivers import give_accounts_back
from preau.establishments.models import Establishment, Membership, Role
from preau.handouts.actions import prepare_batch
from preau.handouts.ways_in import may_have_forgotten, still_closed
from preau.rosters.actions import apply_import, read_import, start_import
from preau.rosters.models import Learner, LearnerQuerySet, RosterImport
from preau.rosters.signals import import_applied

PARIS = ZoneInfo("Europe/Paris")
PROVIDER = "mediacentre"


@dataclass(frozen=True)
class Rules:
    """The school's way, or the short one with every feature on; each can be switched off."""

    short: bool = True
    linked: bool = True  # last year's accounts are attached to last year's list
    recognition: bool = True  # an account known elsewhere is given back at import
    cards: bool = True
    spare_cards: bool = True  # for whoever may have forgotten a password over the summer
    near: bool = True  # the staff see near matches explained
    one_proof: bool = True  # an unknown identity and a known account join on one screen
    one_tap: bool = True  # a new card from the board of the lesson
    forgiving: bool = True  # one edit per four letters
    asks_old: bool = True  # « Tu avais déjà un compte ? »
    makes_way: bool = True  # the session of somebody else is closed once the pupil has said who they are
    desk: bool = True  # doubts of the import and pairs of accounts are looked at
    in_hand: bool = False  # cards are given in the lesson: hardly any is lost


@dataclass
class World:
    """One simulated rentrée and what it has cost so far."""

    rules: Rules
    schools: list[School]
    people: dict[str, Person]
    owners: dict[int, str] = field(default_factory=dict)  # account → who it is for
    users: dict[int, set[str]] = field(default_factory=dict)  # account → who entered with it
    learners: dict[str, int] = field(default_factory=dict)  # person → their row this year
    persons: dict[int, str] = field(default_factory=dict)  # and back
    accounts: dict[str, int] = field(default_factory=dict)  # person → last year's account
    cards: dict[str, str] = field(default_factory=dict)  # person → the code in their hands
    adult_seconds: dict[str, float] = field(default_factory=dict)
    at_import: set[str] = field(default_factory=set)
    attached_at: dict[str, int] = field(default_factory=dict)  # person → the lesson, 0 at import
    entered: dict[str, int] = field(default_factory=dict)  # person → the account
    first: set[str] = field(default_factory=set)  # in at the first lesson
    helped: set[str] = field(default_factory=set)
    helped_first: set[str] = field(default_factory=set)  # before being attached
    kept_cards: set[str] = field(default_factory=set)  # given one by one, in the hand
    renewed: set[str] = field(
        default_factory=set
    )  # an adult found their old account and gave it a new password
    chosen: set[int] = field(default_factory=set)  # accounts whose password was chosen this month: remembered
    met: dict[str, set[str]] = field(default_factory=dict)  # error → whom it befell
    calls: dict[str, int] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)  # an account → the one it became
    referents: dict[int, Account] = field(default_factory=dict)  # school → who answers there
    waits: dict[str, float] = field(default_factory=dict)  # person → seconds of lessons until they were in
    refused: dict[str, int] = field(default_factory=dict)

    def meets(self, error: str, person: str) -> None:
        """Remember that this befell them, once or more."""
        self.met.setdefault(error, set()).add(person)

    def help(self, person: str) -> None:
        """An adult sees to this pupil: before they were attached, or after."""
        self.helped.add(person)
        if person not in self.attached_at:
            self.helped_first.add(person)

    def count(self, what: str) -> None:
        """One more call of an adult."""
        self.calls[what] = self.calls.get(what, 0) + 1

    def owner_of(self, account: int) -> str:
        """Whose it is in truth: whom it was made for, or who came in with it first."""
        return self.owners.get(account) or min(self.users.get(account, {""}))

    def refuse(self, refusal: Exception) -> None:
        """One more « no », by its name."""
        name = type(refusal).__name__
        self.refused[name] = self.refused.get(name, 0) + 1

    def spend(self, what: str, times: float = 1.0) -> float:
        """Count an adult's time, and say how long it took."""
        took = float(rates()["secondes_d_adulte"][what]) * times
        self.adult_seconds[what] = self.adult_seconds.get(what, 0.0) + took
        return took


def on(month: int, day: int, hour: int, *, year: int = YEAR) -> datetime:
    """A moment of the simulated calendar."""
    return datetime(year, month, day, hour, tzinfo=PARIS)


@dataclass
class Office:
    """Who works in one school, and the school itself."""

    school: School
    establishment: Establishment
    referent: Membership
    head: Account  # who confirms


def open_schools(schools: Iterable[School]) -> list[Office]:
    """The schools and one référent each, who also teaches: rights are not what is measured."""
    offices = []
    for one in schools:
        mode = ConnectionMode.MEDIACENTRE if one.target == MEDIACENTRE else ConnectionMode.USERNAME
        school = Establishment.objects.create(
            uai=one.uai, name=f"Établissement {one.number}", target_mode=mode
        )
        account = Account.objects.create(email=f"referent{one.number}@ecole.example", first_name="Référent")
        member = Membership.objects.create(account=account, establishment=school, role=Role.REFERENT)
        head = Account.objects.create(email=f"direction{one.number}@ecole.example", first_name="Direction")
        Membership.objects.create(account=head, establishment=school, role=Role.HEAD)
        offices.append(Office(one, school, member, head))
    return offices


def bring(office: Office, content: bytes, *, at: datetime) -> RosterImport:
    """Upload, read and apply a file; many departures are confirmed."""
    by = office.referent.account
    started = start_import(
        establishment=office.establishment,
        file_name="ElevesSansAdresses.xml",
        content=content,
        by=by,
        at=at,
        ask_worker=False,
    )
    brought = read_import(roster_import_id=started.pk, clock=lambda: at) or started
    if brought.state != "READY":
        raise SystemExit(f"{brought.state}: {brought.problems[:3]}")
    words = brought.brake_words
    return apply_import(roster_import=brought, by=by, at=at, confirmation=words, settled=True)


@transaction.atomic
def last_year(world: World, office: Office) -> None:
    """Those who were here: list, accounts, ways in; accounts that are not linked have no list beside them."""
    here = [one for one in world.people.values() if one.came_from == office.school.number]
    learners: dict[str, Learner] = {}
    if world.rules.linked and here:
        content = siecle_file(office.school, here, year=YEAR - 1, on=date(YEAR - 1, 9, 9), before=True)
        bring(office, content, at=on(9, 10, 9, year=YEAR - 1))
        learners = _rows(office, here)
    known = [one for one in here if one.before != NOTHING]
    _accounts(world, office, [one for one in known if one.before != USERNAME], learners)
    _named(world, [one for one in known if one.before == USERNAME], learners, office)


def _rows(office: Office, people: list[Person]) -> dict[str, Learner]:
    numbers = {local_id(one, office.school): one.id for one in people}
    rows = Learner.objects.filter(establishment=office.establishment, local_id__in=numbers)
    return {numbers[str(row.local_id)]: row for row in rows.select_related("establishment", "division")}


def _named(world: World, people: list[Person], learners: dict[str, Learner], office: Office) -> None:
    """An identifier and a password, each their own."""
    at = on(9, 12, 10, year=YEAR - 1)
    if learners:
        chosen = {learners[one.id].pk: one for one in people}
        made = give_usernames(learners=[learners[one.id] for one in people], by=None, at=at).given
        pairs = [(chosen[learner.pk], account) for learner, account in made]
    else:
        wishes = [NewAccount(one.first_names[0], one.said_last_name, one.born) for one in people]
        pairs = list(zip(people, make_accounts(wishes, at=at), strict=True))
    for person, account in pairs:
        account.password, account.password_chosen_at = make_password(person.password), at
        _own(world, person, account)
    Account.objects.bulk_update([account for _, account in pairs], ["password", "password_chosen_at"])


def _accounts(world: World, office: Office, people: list[Person], learners: dict[str, Learner]) -> None:
    """Accounts that came by the ENT or by mail."""
    at = on(9, 12, 10, year=YEAR - 1)
    made = []
    for one in people:
        mail = one.before == EMAIL
        made.append(
            Account(
                first_name=one.first_names[0],
                last_name=one.usage_name or one.last_name,
                birth_date=one.listed_before or one.listed_born,
                email=f"{Random(one.id).randrange(10**12)}@mail.example" if mail else None,
                password=make_password(one.password if mail else None),
                password_chosen_at=at if mail else None,
            )
        )
    made = Account.objects.bulk_create(made)
    for person, account in zip(people, made, strict=True):
        _own(world, person, account)
    identities = SocialAccount.objects.bulk_create(
        SocialAccount(
            user=account,
            provider=PROVIDER,
            uid=person.uid(now=False),
            extra_data={"uais": [office.school.uai], "profile": "PUPIL"},
        )
        for person, account in zip(people, made, strict=True)
        if person.before == MEDIACENTRE
    )
    # Saving says « now »; they came in last year.
    SocialAccount.objects.filter(pk__in=[one.pk for one in identities]).update(last_login=at)
    Attachment.objects.bulk_create(
        Attachment(
            learner=learners[person.id],
            establishment=office.establishment,
            account=account,
            made_at=at,
            made_how=How.SSO,
        )
        for person, account in zip(people, made, strict=True)
        if learners
    )


def _own(world: World, person: Person, account: Account) -> None:
    world.owners[account.pk] = person.id
    world.accounts[person.id] = account.pk


@transaction.atomic
def this_year(world: World, office: Office) -> None:
    """The list of the rentrée; in the short way, known accounts are given back as it is applied."""
    off = not (world.rules.short and world.rules.recognition)  # the leaflet has nothing of the kind
    if off:
        import_applied.disconnect(give_accounts_back)
    try:
        content = siecle_file(office.school, office.school.pupils, year=YEAR, on=date(YEAR, 8, 31))
        bring(office, content, at=on(8, 31, 9))
    finally:
        if off:
            import_applied.connect(give_accounts_back)
    world.spend("import")
    for person, row in _rows(office, office.school.pupils).items():
        world.learners[person], world.persons[row.pk] = row.pk, person
    here = Attachment.objects.opening().filter(establishment=office.establishment)
    world.at_import.update(world.persons[pk] for pk in here.values_list("learner_id", flat=True))
    world.attached_at.update(dict.fromkeys(world.at_import, 0))


def hand_out(world: World, office: Office) -> None:
    """Identifiers in bulk where the school wants them, then a card for whoever has no way in, or may have forgotten."""
    rules, at = world.rules, on(9, 1, 9)
    if not (rules.short and rules.cards):
        return
    present = Learner.objects.present().filter(establishment=office.establishment)
    chosen = Q(pk__in=[])
    if office.school.target == USERNAME:
        entries = Attachment.objects.opening().filter(establishment=office.establishment)
        unnamed = present.filter(pk__in=entries.filter(account__username=None).values("learner"))
        give_usernames(learners=_listed(unnamed), by=office.referent.account, at=at)
        world.spend("identifiants_en_masse", len({one.division for one in office.school.pupils}))
        chosen = Q(pk__in=still_closed(present).values("pk"))
    if rules.spare_cards:
        chosen |= may_have_forgotten(at)
    _cards(world, office, _listed(present.filter(chosen)), at=at)


def in_bulk(world: World, office: Office) -> None:
    """The leaflet's last step where pupils came by the ENT and the school wants identifiers: a batch a class."""
    if world.rules.short or office.school.target == MEDIACENTRE:
        return
    at = on(9, 24, 9)
    moved = {world.learners[one.id] for one in office.school.pupils if one.before == MEDIACENTRE}
    learners = _listed(Learner.objects.present().filter(pk__in=moved))
    given = give_usernames(learners=learners, by=office.referent.account, at=at).given
    world.spend("identifiants_en_masse", len({learner.division_id for learner, _ in given}))
    _cards(world, office, [learner for learner, _ in given], at=at)


def _listed(learners: LearnerQuerySet) -> list[Learner]:
    return list(learners.select_related("establishment", "division").order_by("pk"))


def _cards(world: World, office: Office, learners: list[Learner], *, at: datetime) -> None:
    if not learners:
        return
    by = office.referent.account
    token = f"{Random(office.school.uai).getrandbits(256):064x}"[:43]
    prepared = prepare_batch(membership=office.referent, learners=learners, token=token, by=by, at=at)
    for card in prepared.cards:
        world.cards[world.persons[card.learner.pk]] = card.code
    classes = {one.division_id for one in learners}
    world.spend("cartes_par_classe", len(classes))
    world.spend("distribuer_une_carte", len(learners))
