"""Who goes to the invented ENT: the pupils and the teams of the rehearsal, with identifiers that stay the same."""

from __future__ import annotations

from collections.abc import Iterator

from preau.establishments.models import Membership, Role
from preau.rehearsal.identifiers import ido, ido_of
from preau.rehearsal.mediacentre import Person
from preau.rehearsal.pupils import STORIES, Story
from preau.rehearsal.schools import SCHOOLS, School, rehearsal_schools
from preau.rosters.class_order import class_rank
from preau.rosters.models import Division, Learner

PROFILES = {Role.HEAD: "National_dir", Role.REFERENT: "National_ens", Role.TEACHER: "National_ens"}


def people_of_the_ent() -> list[Person]:
    """Everybody present in the two schools, class by class, then their teams.

    The resource was forgotten for one class of the collège, as happens: its pupils have no tile.
    """
    known = {school.uai: school for school in SCHOOLS}
    return [
        person
        for establishment in rehearsal_schools().order_by("pk")
        for person in _of_school(known[establishment.uai])
    ]


def _of_school(school: School) -> Iterator[Person]:
    classes = sorted(
        Division.objects.filter(establishment__uai=school.uai), key=lambda one: class_rank(one.name)
    )
    without_tile = forgotten(classes) if school is SCHOOLS[0] else None
    for division in classes:
        for learner in division.learners.present().select_related("establishment").in_list_order():
            yield pupil(learner, school, division, tile=division != without_tile)
    for member in Membership.objects.filter(establishment__uai=school.uai).select_related("account"):
        yield Person(
            id=f"equipe-{member.pk}",
            name=f"{member.account.get_full_name()}, {member.get_role_display()}",
            group=f"{school.name} · équipe",
            ido=ido(school.uai, f"equipe:{member.account.email}"),
            uai=(school.uai,),
            pro=PROFILES[Role(member.role)],
            first_name=member.account.first_name,
            last_name=member.account.last_name,
        )


def pupil(learner: Learner, school: School, division: Division, *, tile: bool = True) -> Person:
    """A pupil as their ENT knows them."""
    return Person(
        id=f"eleve-{learner.pk}",
        name=learner.display_name,
        group=f"{school.name} · {division.name}",
        ido=ido_of(learner),
        uai=(school.uai,),
        first_name=learner.first_name,
        last_name=learner.last_name,
        division=f"{division.name}##{division.name}",
        tile=tile,
    )


def forgotten(classes: list[Division]) -> Division | None:
    """The first class where nothing was handed out."""
    for place, division in enumerate(classes):
        if STORIES[place % len(STORIES)] is Story.NOTHING:
            return division
    return None
