"""What the office does at its desk: doubts of the import before the lessons, pairs of accounts after them.

Before and after them, where a pupil without INE was last year.
"""

from __future__ import annotations

from datetime import datetime

from bench.rentree.people import rates
from bench.rentree.world import Office, World
from preau.accounts.models import Account
from preau.attachments.actions import (
    ask_former_school,
    ask_merge,
    ask_transfer,
    confirm_merge,
    ignore_transfer,
    release,
    say_first_time,
    set_aside,
)
from preau.attachments.desk import doubtful_pupils, newcomers
from preau.attachments.duplicates import Pair, Why, pairs_of
from preau.attachments.merges import Transfer
from preau.establishments.models import Establishment
from preau.rosters.models import Learner
from preau.web.refusals import Refusal


def look_at_doubts(world: World, office: Office, *, at: datetime) -> None:
    """An account is known and the import did not dare: the other school is asked, and says yes."""
    if not (world.rules.short and world.rules.desk):
        return
    for doubtful in doubtful_pupils(office.establishment):
        learner = Learner.objects.select_related("establishment").get(pk=doubtful.learner.pk)
        person = world.persons[learner.pk]
        world.spend("regarder_un_doute", 2)  # here, and there
        world.count("regarder_un_doute")
        if _transferred(world, office, learner, at=at):
            world.help(person)
            world.attached_at.setdefault(person, 0)


def _transferred(world: World, office: Office, learner: Learner, *, at: datetime) -> bool:
    try:
        asked = ask_transfer(learner=learner, by=office.referent.account, at=at)
        release(transfer=asked, by=world.referents[asked.holder_id], at=at)
    except Refusal as refusal:
        world.refuse(refusal)
        return False
    return True


def ask_where_from(world: World, office: Office, *, at: datetime, again: bool = False) -> None:
    """Pupils without INE: the office says where they were, from their papers; `again`, from what they say themselves.

    Whom nobody could tell stays on the page.
    """
    if not (world.rules.short and world.rules.desk):
        return
    act, unsaid = (
        ("demander_a_l_eleve", "l_eleve_ne_le_dit_pas")
        if again
        else ("demander_d_ou_il_vient", "ne_sait_pas_d_ou_il_vient")
    )
    for one in newcomers(office.establishment, at=at) or []:
        if one.sent is not None:  # asked already, and nobody answered
            continue
        learner = Learner.objects.select_related("establishment").get(pk=one.learner.pk)
        person = world.people[world.persons[learner.pk]]
        world.help(person.id)
        world.count(act)
        world.spend(act)
        if person.draws(unsaid, rates()["bureau"][unsaid]):
            world.meets(unsaid, person.id)
        elif person.moved:
            there = Establishment.objects.get(uai=world.schools[person.came_from or 0].uai)
            by = office.referent.account
            asked = ask_former_school(learner=learner, school=there, by=by, at=at)
            _answered(world, asked, at=at)
        else:
            say_first_time(learner=learner, by=office.referent.account, at=at)


def _answered(world: World, asked: Transfer, *, at: datetime) -> None:
    """The school that was named reads the request when it has such a pupil, and knows whether it is the same child."""
    if asked.account_id is None or asked.holder_id is None:
        return
    world.count("regarder_un_doute")
    world.spend("regarder_un_doute")
    person, by = world.persons[asked.learner_id], world.referents[asked.holder_id]
    if world.owner_of(asked.account_id) != person:
        ignore_transfer(transfer=asked, by=by, at=at)
        return
    try:
        release(transfer=asked, by=by, at=at)
    except Refusal as refusal:
        world.refuse(refusal)
    else:
        world.attached_at.setdefault(person, 0)


def merge_pairs(world: World, office: Office, *, at: datetime) -> None:
    """Each pair that is shown: two children are told apart, two accounts of one child become one."""
    if not (world.rules.short and world.rules.desk):
        return
    for pair in pairs_of(office.establishment, at=at):
        learner = Learner.objects.select_related("establishment").get(pk=pair.learner_id)
        if world.owner_of(pair.first) != world.owner_of(pair.second):
            # The adults of a school know that two children stand there, whatever the lists say.
            world.count("regarder_un_doute")
            world.spend("regarder_un_doute")
            set_aside(learner=learner, accounts=pair.key, later=False, by=office.referent.account, at=at)
        else:
            _merged(world, office, learner, pair, at=at)


def _merged(world: World, office: Office, learner: Learner, pair: Pair, *, at: datetime) -> None:
    """Ask the other school where the account lives there, then two people merge."""
    world.help(world.persons[learner.pk])
    world.count("reunir_deux_comptes")
    world.spend("reunir_deux_comptes")
    if pair.why is Why.ELSEWHERE and not _transferred(world, office, learner, at=at):
        return
    kept, joined = Account.objects.get(pk=pair.first), Account.objects.get(pk=pair.second)
    try:
        asked = ask_merge(learner=learner, kept=kept, joined=joined, by=office.referent.account, at=at)
        confirm_merge(merge=asked, by=office.head, at=at)
    except Refusal as refusal:
        world.refuse(refusal)
    else:
        world.merged[joined.pk] = kept.pk
