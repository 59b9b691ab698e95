"""What became of everybody: counted in the database, against who the pupils are in truth."""

from __future__ import annotations

from collections import Counter, defaultdict

from allauth.socialaccount.models import SocialAccount

from bench.rentree.figures import Figures
from bench.rentree.world import World
from preau.attachments.models import Attachment


def figures_of(world: World, *, twice: int) -> Figures:
    """Everything that is reported; `twice` had two accounts before the desk."""
    attached = _attached(world)
    people = len(world.people)
    return Figures(
        pupils=people,
        attached=len(attached),
        at_import=len(world.at_import),
        alone=len(attached - world.helped_first),
        entered=len(world.entered),
        entered_alone=len(set(world.entered) - world.helped),
        wrong=len(wrong(world)),
        duplicates=len(duplicates(world)),
        twice=twice,
        adult_minutes=round(sum(world.adult_seconds.values()) / 60, 1),
        waits=sorted(round(wait) for wait in world.waits.values()),
        calls=dict(sorted(world.calls.items())),
        refused=dict(sorted(world.refused.items())),
    )


def _attached(world: World) -> set[str]:
    rows = Attachment.objects.opening().values_list("learner_id", flat=True)
    return {world.persons[pk] for pk in rows if pk in world.persons}


def wrong(world: World) -> list[str]:
    """Pupils whose row opens for somebody else, or whose ENT identity opens somebody else's account."""
    people = _people_of_accounts(world)
    found = []
    for learner, account in Attachment.objects.active().values_list("learner_id", "account_id"):
        person = world.persons.get(learner)
        if person is not None and people[account] - {person}:
            found.append(person)
    known = {one.uid(now=now): one.id for one in world.people.values() for now in (True, False)}
    for uid, account in SocialAccount.objects.values_list("uid", "user_id"):
        if people[account] - {known[uid]}:
            found.append(known[uid])
    return found


def duplicates(world: World) -> list[str]:
    """Pupils with two accounts."""
    counted = Counter(person for people in _people_of_accounts(world).values() for person in people)
    return [person for person, accounts in counted.items() if accounts > 1]


def _people_of_accounts(world: World) -> dict[int, set[str]]:
    people: dict[int, set[str]] = defaultdict(set)
    for account, person in world.owners.items():
        people[world.merged.get(account, account)].add(person)
    for account, users in world.users.items():
        people[world.merged.get(account, account)] |= users
    return people
