"""The journal only grows."""

from __future__ import annotations

import pytest
from django.utils import timezone

from preau.audit.actions import record, record_many
from preau.audit.models import Entry
from tests.world import World


def test_a_line_cannot_be_corrected_nor_erased(world: World) -> None:
    entry = record(verb="rattache", at=timezone.now(), by=world.boeuf, uai=world.tilleuls.uai, about="Léa")
    entry.about = "Tom"
    for forbidden in (entry.save, entry.delete):
        with pytest.raises(RuntimeError):
            forbidden()
    assert Entry.objects.get().about == "Léa"


def test_the_journal_still_names_whoever_is_erased(world: World) -> None:
    record(verb="rattache", at=timezone.now(), by=world.garcao, uai=world.tilleuls.uai, about="Léa")
    world.garcao.delete()
    assert Entry.objects.get().actor == "Rui GARÇÃO"


def test_a_whole_class_is_written_in_one_insert(world: World, django_assert_max_num_queries) -> None:
    people = [(rank, f"Élève {rank}") for rank in range(300)]
    with django_assert_max_num_queries(3):  # a savepoint around one insert
        record_many(
            verb="carte-preparee", at=timezone.now(), by=world.boeuf, uai=world.tilleuls.uai, people=people
        )
    assert Entry.objects.count() == 300
