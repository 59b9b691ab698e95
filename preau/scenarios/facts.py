"""The facts of many pupils at once: one number a pupil, worked out by the database, that says all `diagnose` asks.

A school of 3,640 pupils has a few dozen different numbers: they are counted in one query, diagnosed one by one, and
looked for again by number. So the tab filters by what the diagnosis says, and nothing but `diagnose` decides it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db.models import (
    Case,
    Count,
    Exists,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.utils import timezone

from preau.accounts import throttle
from preau.accounts.age import latest_birth
from preau.accounts.models import Account
from preau.attachments.models import Attachment, Card, Conflict, RecognitionRefusal, Sighting
from preau.establishments.models import Establishment, school_year_start
from preau.rosters.models import Division, Learner, LearnerQuerySet, LearnerStatus
from preau.scenarios.diagnosis import (
    EMAIL,
    MEDIACENTRE,
    USERNAME,
    Age,
    Diagnosis,
    Facts,
    Known,
    Password,
    Roster,
    Seen,
    diagnose,
)

# Where each fact stands in the number: (weight, choices in the order of their values).
ROSTER, CLASS, INE, ACCOUNT = 1, 2, 4, 8
TILE, NAME, MAIL = 32, 64, 128
PASSWORD, SEEN, AGE = 256, 1024, 4096
ENTERED, BY_TILE = 16384, 32768
ACCOUNTS = (Known.NONE, Known.DOUBTED, Known.ATTACHED)
PASSWORDS = (Password.NONE, Password.ONE_TIME, Password.OWN, Password.THROTTLED)
SEENS = (Seen.NOBODY, Seen.SCHOOL, Seen.CLASS, Seen.PUPIL)
AGES = (Age.UNKNOWN, Age.UNDER_15, Age.FROM_15)


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of a school as a whole, and that the facts of each of its pupils need."""

    school: int
    target: str
    # Classes of which the Médiacentre has sent somebody; None for no class, or for one that it did not say.
    seen_classes: frozenset[int | None]
    throttled: frozenset[int]  # accounts that must wait before another password
    year_start: datetime
    today: date
    at: datetime


def around(school: Establishment, *, at: datetime, alone: Account | None = None) -> Around:
    """Look at the school once: three queries, four when somebody has just typed many wrong passwords.

    For the facts of the pupil of one account, `alone`, nobody else's arrivals are looked at when it holds an identity.
    """
    year_start = school_year_start(at)
    ask = alone is None or not SocialAccount.objects.filter(user=alone).exists()
    return Around(
        school=school.pk,
        target=school.target_mode,
        seen_classes=frozenset(_seen_classes(school, year_start) if ask else ()),
        throttled=frozenset(_throttled(school, at)),
        year_start=year_start,
        today=timezone.localdate(at),
        at=at,
    )


def _seen_classes(school: Establishment, year_start: datetime) -> Iterable[int | None]:
    """The classes of pupils who hold an identity, and those whose arrivals nobody knew were counted this year."""
    sent = Attachment.objects.opening().filter(establishment=school).filter(_identity("account"))
    yield from sent.values_list("learner__division_id", flat=True).distinct().order_by()
    counted = Sighting.objects.filter(
        establishment=school, held__gt=0, day__gte=timezone.localdate(year_start)
    )
    classes = Division.objects.filter(establishment=school, key=OuterRef("division_key")).values("pk")
    yield from counted.values_list(Subquery(classes[:1]), flat=True).distinct().order_by()


def _identity(account: str) -> Exists:
    return Exists(SocialAccount.objects.filter(user=OuterRef(account)))


def _throttled(school: Establishment, at: datetime) -> Iterable[int]:
    """The keys of wrong tries cannot be read back: those of the school's accounts are made, when there is reason to."""
    # In order: PostgreSQL would otherwise read a large table from its beginning, hoping to meet one soon.
    if not throttle.waiting(at=at).order_by("last_at").values("pk")[:1]:
        return
    accounts = Account.objects.filter(
        pk__in=Attachment.objects.opening().filter(establishment=school).values("account")
    )
    keys = {
        throttle.account_key(name): pk
        for pk, *names in accounts.values_list("pk", "username", "email")
        for name in names
        if name
    }
    # One school's keys are looked for: on a first morning the whole nation has thousands that wait.
    pace = throttle.PACES["a"]
    waiting = throttle.waiting(at=at).filter(key__in=list(keys))
    for key, count, last in waiting.values_list("key", "count", "last_at"):
        if last + pace.delay_after(count) > at:
            yield keys[key]


def entry_at(school: int) -> FilteredRelation:
    """The attachment that lets a pupil in. The school is said again: all of its attachments can be read at once."""
    here = Q(attachments__ended_at=None, attachments__establishment=school)
    return FilteredRelation("attachments", condition=here)


def with_facts(learners: LearnerQuerySet, known: Around) -> LearnerQuerySet:
    """Annotate `facts_key`, which `read_facts` reads."""
    joined: Any = learners.annotate(entry=entry_at(known.school))
    identity = Q(_identity("entry__account"))
    owned = Q(entry__account__password_chosen_at__isnull=False)
    key = (
        _bit(ROSTER, Q(status=LearnerStatus.PRESENT))
        + _bit(CLASS, Q(division__isnull=False))
        + _bit(INE, Q(ine__isnull=False))
        + _choice(ACCOUNT, (2, Q(entry__pk__isnull=False)), (1, _doubted()))
        + _tile(known, identity)
        + _bit(NAME, Q(entry__account__username__isnull=False))
        + _bit(MAIL, Q(entry__account__email__isnull=False))
        + _choice(
            PASSWORD,
            (1, _card_needed(known, owned | identity)),
            (3, owned & Q(entry__account__in=known.throttled)),
            (2, owned),
        )
        + _choice(AGE, (0, Q(birth_date=None)), (1, Q(birth_date__gt=latest_birth(known.today))), otherwise=2)
        + _bit(ENTERED, Q(entry__account__last_login__gte=known.year_start))
    )
    return joined.annotate(facts_key=key)


def _doubted() -> Q:
    """An import did not dare to give an account back, or two accounts claim the pupil."""
    refused = RecognitionRefusal.objects.waiting().filter(learner=OuterRef("pk"))
    claimed = Conflict.objects.filter(learner=OuterRef("pk"), seen_at=None)
    return Q(Exists(refused)) | Q(Exists(claimed))


def _card_needed(known: Around, owned: Q) -> Q:
    """A valid card, but for one that its account already entered after: its pupil does not need it any more."""
    card = Card.objects.valid(known.at).filter(learner=OuterRef("pk"))
    newer = card.filter(made_at__gt=OuterRef("entry__account__last_login"))
    return Q(Exists(card)) & (~owned | Q(entry__account__last_login=None) | Q(Exists(newer)))


def _tile(known: Around, identity: Q) -> Case:
    """TILE, BY_TILE and SEEN together: whoever holds an identity is asked about it once or twice, not four times."""
    classes = known.seen_classes
    used = SocialAccount.objects.filter(user=OuterRef("entry__account"), last_login__gte=known.year_start)
    held = TILE + SEEN * SEENS.index(Seen.PUPIL)
    return _choice(
        1,
        (held + BY_TILE, Q(Exists(used))),
        (held, identity),
        (SEEN * SEENS.index(Seen.CLASS), Q(division__in=[pk for pk in classes if pk is not None])),
        otherwise=SEEN * SEENS.index(Seen.SCHOOL) if classes else 0,
    )


def _bit(weight: int, holds: Q) -> Case:
    return _choice(weight, (1, holds))


def _choice(weight: int, *cases: tuple[int, Q], otherwise: int = 0) -> Case:
    whens = [When(holds, then=Value(value * weight)) for value, holds in cases]
    return Case(*whens, default=Value(otherwise * weight), output_field=IntegerField())


def read_facts(key: int, *, target: str) -> Facts:
    """The facts that a number says."""

    def among(weight: int, choices: tuple[Any, ...]) -> Any:
        return choices[key // weight % 4]

    modes = ((TILE, MEDIACENTRE), (NAME, USERNAME), (MAIL, EMAIL))
    return Facts(
        roster=Roster.PRESENT if key & ROSTER else Roster.LEFT,
        has_class=bool(key & CLASS),
        has_ine=bool(key & INE),
        age=among(AGE, AGES),
        account=among(ACCOUNT, ACCOUNTS),
        modes=frozenset(mode for weight, mode in modes if key & weight),
        target=target,
        password=among(PASSWORD, PASSWORDS),
        seen=among(SEEN, SEENS),
        entered=bool(key & ENTERED),
        by_tile=bool(key & BY_TILE),
    )


def facts_of(learner: Learner, known: Around) -> Facts:
    """The facts of one pupil of this school; one query."""
    found: Any = with_facts(Learner.objects.filter(pk=learner.pk), known).get()
    return read_facts(found.facts_key, target=known.target)


@dataclass(frozen=True, slots=True)
class Group:
    """The pupils of one class who share the same facts, and so the same next step."""

    division_id: int | None
    key: int
    count: int
    facts: Facts
    diagnosis: Diagnosis

    def aiming_at(self, target: str) -> Group:
        """The same pupils, had the school chosen another mode."""
        facts = replace(self.facts, target=target)
        return replace(self, facts=facts, diagnosis=diagnose(facts))


def groups_of(learners: LearnerQuerySet, known: Around) -> list[Group]:
    """Count the pupils by class and facts; one query, a few dozen rows."""
    return groups_in(with_facts(learners, known), known)


def groups_in(annotated: Any, known: Around) -> list[Group]:
    """The same for pupils who already have their facts."""
    counted = (
        annotated.order_by()
        .values("division_id", "facts_key")
        .annotate(count=Count("pk"))
        .order_by("division_id", "facts_key")
    )
    diagnosed: dict[int, tuple[Facts, Diagnosis]] = {}
    groups = []
    for row in counted:
        key = row["facts_key"]
        if key not in diagnosed:
            facts = read_facts(key, target=known.target)
            diagnosed[key] = facts, diagnose(facts)
        groups.append(Group(row["division_id"], key, row["count"], *diagnosed[key]))
    return groups


def keys_where(groups: Iterable[Group], holds: Callable[[Group], bool]) -> list[int]:
    """The numbers of the groups for which something holds: what a filter looks for."""
    return sorted({group.key for group in groups if holds(group)})


def tally(groups: Iterable[Group], of: Callable[[Group], Any]) -> dict[Any, int]:
    """How many pupils there are for each value of `of`."""
    counts: dict[Any, int] = {}
    for group in groups:
        counts[of(group)] = counts.get(of(group), 0) + group.count
    return counts
