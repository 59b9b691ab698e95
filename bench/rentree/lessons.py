"""Three lessons a class, on a simulated calendar: pupils go on side by side, one adult answers hands one by one."""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta
from itertools import count

from django.db import transaction

from bench.rentree.browser import Ask, GivesUp, Visit
from bench.rentree.first_steps import come_in
from bench.rentree.people import Person, rates
from bench.rentree.ways import give_card
from bench.rentree.world import Office, World, on
from preau.accounts.models import Account
from preau.attachments.finding import account_of
from preau.attachments.refusals import PupilRefusal
from preau.campaigns.actions import CampaignWish, begin, create_campaign
from preau.campaigns.models import Campaign
from preau.classroom.actions import USUAL, close_session, open_session
from preau.rosters.models import Learner

DAYS = (on(9, 3, 9), on(9, 10, 9), on(9, 17, 9))
CAMPAIGNS = 0.1  # one pupil in ten opens the parcours for good: nothing that is reported depends on it
LASTS = timedelta(minutes=USUAL)


def school_days(world: World, office: Office) -> None:
    """The lessons of one school, day after day, and what its office does in between."""
    campaign = _campaign(office)
    rows = {one.pk: one for one in _rows(office)}
    waiting = {one.id: one for one in office.school.pupils}
    for lesson, day in enumerate(DAYS, start=1):
        stuck: list[Visit] = []
        for division in sorted({one.division for one in waiting.values()}):
            came = [
                one for one in waiting.values() if one.division == division and _comes(world, one, lesson)
            ]
            visits = [Visit(world, office, one, rows[world.learners[one.id]], lesson) for one in came]
            with transaction.atomic():
                stuck += _lesson(world, office, visits, campaign, at=day)
        _office(world, stuck, at=day + timedelta(hours=8))
        for one in list(waiting):
            if one in world.entered:
                del waiting[one]


def _rows(office: Office) -> list[Learner]:
    rows = Learner.objects.filter(establishment=office.establishment)
    return list(rows.select_related("establishment", "division").order_by("pk"))


def _campaign(office: Office) -> Campaign:
    wish = CampaignWish(
        title="Parcours de rentrée",
        parcours_url="https://parcours.example/",
        opens_at=on(9, 1, 0),
        closes_at=on(10, 31, 0),
        divisions=[],
    )
    by = office.referent.account
    return create_campaign(establishment=office.establishment, wish=wish, by=by, at=on(9, 1, 8))


def _comes(world: World, person: Person, lesson: int) -> bool:
    """Nobody misses three lessons."""
    said = rates()["presence"]
    if not person.draws("absent", said["absent_le_premier_jour"]):
        return True
    world.meets("absent_le_premier_jour", person.id)
    if lesson == 1 or not person.draws("absent again", said["absent_encore"]):
        return lesson > 1
    world.meets("absent_encore", person.id)
    return lesson > 2


def _lesson(
    world: World, office: Office, visits: list[Visit], campaign: Campaign, *, at: datetime
) -> list[Visit]:
    """Everybody sits down and begins; returns those who are not in when it ends."""
    if not visits:
        return []
    by, division = office.referent.account, visits[0].learner.division
    assert division is not None
    session = open_session(division=division, minutes=USUAL, by=by, at=at)
    free, order = at, count()
    begun = at + timedelta(seconds=rates()["secondes_d_eleve"]["s_installer"])
    queue = [(begun, next(order), visit, come_in(visit)) for visit in visits]
    for _, _, _, steps in queue:
        next(steps)
    heapq.heapify(queue)
    while queue:
        now, _, visit, steps = heapq.heappop(queue)
        if now > at + LASTS:
            continue
        try:
            step = steps.send(now)
        except StopIteration:
            _inside(world, visit, campaign, waited=now - at, at=now)
            continue
        except GivesUp:
            continue
        except PupilRefusal as refusal:  # a page that stops here: the office will look
            world.refuse(refusal)
            continue
        if isinstance(step, Ask):
            free = max(free, now) + timedelta(seconds=world.spend(step.what))
            due = free
        else:
            due = now + timedelta(seconds=step)
        heapq.heappush(queue, (due, next(order), visit, steps))
    close_session(session=session, by=by, at=at + LASTS)
    stuck = [visit for visit in visits if not visit.entered]
    for visit in stuck:
        world.waits[visit.person.id] = world.waits.get(visit.person.id, 0.0) + LASTS.total_seconds()
    return stuck


def _inside(world: World, visit: Visit, campaign: Campaign, *, waited: timedelta, at: datetime) -> None:
    """On the pupil's page: the parcours begins; what is lost is the time since the bell."""
    if not visit.entered:  # in by an identifier only to be asked for the tile: the leaflet's way
        return
    before = world.waits.get(visit.person.id, 0.0)
    world.waits[visit.person.id] = before + waited.total_seconds()
    if not visit.person.draws("parcours", CAMPAIGNS):
        return
    account = Account.objects.get(pk=world.entered[visit.person.id])
    begin(campaign=campaign, learner=visit.learner, account=account, at=at)


def _office(world: World, stuck: list[Visit], *, at: datetime) -> None:
    """Whoever is still outside gets a card, or a password for their old account, brought at the next lesson."""
    for visit in stuck:
        person = visit.person.id
        if person in world.entered:
            continue
        world.help(person)
        world.count("au_bureau")
        world.spend("au_bureau")
        if world.rules.short or person not in world.accounts or account_of(visit.learner) is not None:
            give_card(visit, at)
        else:  # the old account, that nothing links to the list: its owner is found, and gets a new password
            world.renewed.add(person)
