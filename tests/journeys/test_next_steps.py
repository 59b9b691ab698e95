"""Cécile looks for whom she must act, class by class, without leaving the page; then what a switch would ask."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.scenarios.people import give_account
from tests.world import World


@pytest.mark.parametrize("how", [{}, {"phone": True, "dark": True}], ids=["bureau", "téléphone le soir"])
def test_the_desk_of_la_rentree_from_the_number_to_the_pupil(someone, world: World, how) -> None:
    give_account(world.lea, timezone.now(), username="lea.martin")
    boeuf = someone(**how).signs_in_as_staff("boeuf@tilleuls.example")
    boeuf.opens("/e/0931434D/").follows("La rentrée en un chiffre").reads("20 % des élèves sont entrés")
    boeuf.follows("Vous").sees_title("Élèves").reads("4 élèves")
    boeuf.page.get_by_label("Élève ou code d’aide").fill("martin")
    boeuf.page.locator("#compte", has_text="1 élève").wait_for()
    assert boeuf.page.locator("#qui-agit a[aria-current]").inner_text().split() == ["Vous", "1"]
    boeuf.follows("MARTIN-LEROY").reads("Aucun compte n’est encore rattaché", "Il faut : une carte")
    boeuf.opens("/e/0931434D/changer/").reads("aurait une étape de plus", "Distribuer la tuile aux élèves")
    boeuf.presses("Choisir « Médiacentre »").reads("on entre maintenant par « Médiacentre »")
