"""Classes given to teachers."""

from __future__ import annotations

from django.utils import timezone

from preau.establishments.actions import change_role
from preau.establishments.models import Membership, Role
from preau.rosters.models import Division
from tests.world import World


def classes(membership: Membership) -> list[str]:
    return sorted(membership.divisions.values_list("name", flat=True))


def test_the_head_gives_a_teacher_other_classes_however_they_are_spelled(world: World) -> None:
    garcao = Membership.objects.get(account=world.garcao)
    before = Division.objects.count()
    change_role(
        membership=garcao, role=Role.TEACHER, divisions=[" 6c", "6A "], by=world.ndiaye, at=timezone.now()
    )
    assert classes(garcao) == ["6A", "6C"]
    assert Division.objects.count() == before


def test_a_class_can_be_given_before_the_first_import(world: World) -> None:
    garcao = Membership.objects.get(account=world.garcao)
    change_role(membership=garcao, role=Role.TEACHER, divisions=["3E"], by=world.ndiaye, at=timezone.now())
    assert classes(garcao) == ["3E"]


def test_a_teacher_who_becomes_referent_keeps_no_class_of_their_own(world: World) -> None:
    garcao = Membership.objects.get(account=world.garcao)
    change_role(membership=garcao, role=Role.REFERENT, by=world.ndiaye, at=timezone.now())
    assert classes(garcao) == []
