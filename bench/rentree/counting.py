"""What became of everybody: counted in the database, against who the pupils are in truth."""

from __future__ import annotations

from collections import Counter, defaultdict

from allauth.socialaccount.models import SocialAccount

from bench.rentree.figures import Figures
from bench.rentree.people import MEDIACENTRE
from bench.rentree.world import World
from preau.attachments.models import Attachment
from preau.rosterfiles.names import fold


def figures_of(world: World, *, twice: set[str]) -> Figures:
    """Everything that is reported; `twice` had two accounts before the desk."""
    attached = _attached(world)
    mistaken = set(wrong(world))
    _say_who_they_are(world)
    return Figures(
        pupils=len(world.people),
        attached=len(attached),
        at_import=len(world.at_import),
        # Whoever got a second account was not attached for good, whether or not an adult mended it since.
        alone=len(attached - world.helped_first - twice - mistaken),
        entered=len(world.entered),
        entered_first=len(world.first),
        never_helped=len(set(world.entered) - world.helped - twice - mistaken),
        wrong=len(mistaken),
        duplicates=len(duplicates(world)),
        twice=len(twice),
        waits=sorted(round(wait) for wait in world.waits.values()),
        seconds=dict(sorted(world.adult_seconds.items())),
        calls=dict(sorted(world.calls.items())),
        refused=dict(sorted(world.refused.items())),
        met={error: len(people) for error, people in sorted(world.met.items())},
    )


def _say_who_they_are(world: World) -> None:
    """The errors that were there before the first lesson."""
    for one in world.people.values():
        known = {fold(name) for name in (one.last_name, one.usage_name)}
        facts = {
            "change_d_etablissement": one.moved,
            "sans_ine": not one.ine,
            "date_fausse": one.listed_born != one.born,
            "date_corrigee_en_arrivant": one.listed_before not in {None, one.listed_born},
            "nom_d_usage_absent": fold(one.said_last_name) not in known,
            "homonyme_ne_le_meme_jour": one.homonym,
            "nouvelle_identite": one.before == MEDIACENTRE and one.uid(now=True) != one.uid(now=False),
        }
        for error, holds in facts.items():
            if holds:
                world.meets(error, one.id)


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
