"""The schools open, and their teams come in by invitation, as real ones do."""

from __future__ import annotations

from datetime import datetime

from preau.accounts.models import Account
from preau.establishments.actions import accept_as_newcomer, create_school, invite, set_school
from preau.establishments.models import Establishment, Membership, Role
from preau.rehearsal.schools import PASSWORD, School
from preau.rosters.class_order import class_rank


def open_school(school: School, *, by: Account, at: datetime) -> tuple[Establishment, Membership, Membership]:
    """Make the school; return it with the memberships of its head and of its référent."""
    head, referent = school.team[:2]
    establishment, invited = create_school(
        uai=school.uai,
        name=school.name,
        town=school.town,
        head_email=school.address(head.name),
        by=by,
        at=at,
    )
    heading = accept_as_newcomer(
        invitation=invited.invitation,
        first_name=head.first_name,
        last_name=head.last_name,
        password=PASSWORD,
        at=at,
    )
    set_school(
        establishment=establishment,
        name=school.name,
        town=school.town,
        target_mode=school.target_mode,
        by=heading.account,
        at=at,
    )
    asked = invite(
        establishment=establishment,
        email=school.address(referent.name),
        role=Role.REFERENT,
        by=heading.account,
        at=at,
    )
    running = accept_as_newcomer(
        invitation=asked.invitation,
        first_name=referent.first_name,
        last_name=referent.last_name,
        password=PASSWORD,
        at=at,
    )
    return establishment, heading, running


def welcome_teachers(school: School, establishment: Establishment, *, by: Account, at: datetime) -> None:
    """Invite the teachers with their classes, once the roster has classes."""
    classes = sorted(establishment.divisions.all(), key=lambda one: class_rank(one.name))
    for teacher in school.team[2:]:
        theirs = [classes[place] for place in teacher.classes if place < len(classes)]
        asked = invite(
            establishment=establishment,
            email=school.address(teacher.name),
            role=Role.TEACHER,
            divisions=[division.name for division in theirs],
            by=by,
            at=at,
        )
        membership = accept_as_newcomer(
            invitation=asked.invitation,
            first_name=teacher.first_name,
            last_name=teacher.last_name,
            password=PASSWORD,
            at=at,
        )
        membership.divisions.set(theirs)
