"""The tile of the Médiacentre at the collège: given to nearly every class, understood by some, forgotten for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from preau.accounts.models import Account
from preau.attachments.models import IdentityChange, Sighting
from preau.rehearsal import calendar
from preau.rehearsal.ent import forgotten
from preau.rehearsal.identifiers import ido, ido_of
from preau.rehearsal.mediacentre import GAR
from preau.rehearsal.pupils import Rentree, Story
from preau.rosterfiles.identifiers import make_uai
from preau.rosters.models import Learner

Pair = tuple[Learner, Account]
WHOLE = 3  # classes that came together, in a lesson
STOPPED = 9  # arrivals of a class that end before the proof, a day: all stop there, or a few try
TRIED = 2


def come_by_the_tile(rentree: Rentree, lately: Sequence[Pair]) -> None:
    """Joined to the identifier: some whole classes, then some of those who came lately.

    The last three never had another way in, and one of the others came with the identity of a former school. In the
    other classes they clicked and stopped there, except in the one that the resource was not given to.
    """
    whole = {one.pk for pupils in islice(rentree.everybody(Story.ENTERED), WHOLE) for one in pupils}
    together = [one for one in rentree.entered if one[0].pk in whole]
    people = list({learner.pk: (learner, account) for learner, account in [*together, *lately]}.values())
    _join(people)
    alone = [account for _, account in people[-3:]]
    for account in alone:
        account.username, account.password_chosen_at = None, None
        account.set_unusable_password()
    Account.objects.bulk_update(alone, ["username", "password", "password_chosen_at"])
    _change_of_school(rentree, *people[0])
    _count(rentree, people)


def _join(people: Sequence[Pair]) -> None:
    SocialAccount.objects.bulk_create(
        SocialAccount(
            user=account,
            provider=GAR,
            uid=ido_of(learner),
            extra_data={"uais": [learner.establishment.uai], "profile": "PUPIL"},
        )
        for learner, account in people
    )
    for _, account in people:  # the row says now when it is made
        SocialAccount.objects.filter(user=account).update(last_login=account.last_login)


def _change_of_school(rentree: Rentree, learner: Learner, account: Account) -> None:
    """The identity of last year's school gave way to this year's, and can come back."""
    IdentityChange.objects.create(
        learner=learner,
        account=account,
        provider=GAR,
        old_uid=ido("ailleurs", f"eleve:{learner.pk}"),
        old_data={"uais": [make_uai("9990003")], "profile": "PUPIL"},
        identity=SocialAccount.objects.get(user=account),
        made_at=account.last_login or rentree.calendar.now,
    )


def _count(rentree: Rentree, people: Sequence[Pair]) -> None:
    """What the ENT showed, class by class and day by day."""
    ended = Counter((_key(learner), timezone.localdate(account.last_login)) for learner, account in people)
    yesterday = timezone.localdate(rentree.calendar.lesson(1))
    before = timezone.localdate(rentree.calendar.lesson(calendar.LAST_LOGINS))
    stopped = Counter(
        {(key, day): count for key, count in _stopped(rentree, people) for day in (before, yesterday)}
    )
    Sighting.objects.bulk_create(
        Sighting(
            establishment=rentree.establishment,
            division_key=key,
            day=day,
            held=ended[key, day] + stopped[key, day],
            joined=ended[key, day],
        )
        for key, day in sorted({*ended, *stopped})
    )


def _stopped(rentree: Rentree, people: Sequence[Pair]) -> Iterator[tuple[str, int]]:
    """They clicked, were asked for a proof, and had none: in each other class a few, in the first of them many."""
    in_order = rentree.in_order()
    seen = {learner.division_id for learner, _ in people}
    waiting = [one for one in in_order if one.pk not in seen and one != forgotten(in_order)]
    for place, division in enumerate(waiting):
        yield division.key, min(division.learners.present().count(), TRIED if place else STOPPED)


def _key(learner: Learner) -> str:
    return learner.division.key if learner.division else ""
