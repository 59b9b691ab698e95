"""The ENT's other protocols, and a provider that does not answer: once, since both databases would say the same."""

from __future__ import annotations

import pytest

from preau.rehearsal.mediacentre import Mediacentre
from tests.journeys.ent import clicks_the_tile, known_to_the_ent, opens_the_ent
from tests.world import World


@pytest.mark.parametrize("by", ["OpenID", "CAS"])
def test_the_other_protocols_bring_lea_too(someone, world: World, ent: Mediacentre, by: str) -> None:
    known = known_to_the_ent(world.lea)
    ent.knows([known])
    lea = opens_the_ent(someone(), ent, known)
    if by == "CAS":
        lea.page.get_by_role("link", name="CAS").click()
        lea.page.get_by_label("Se connecter en tant que").select_option(known.id)
        lea.page.get_by_role("button", name="Entrer dans l’ENT").click()
        lea.page.wait_for_url(f"{lea.site}/arrivee/ent/")
        lea.looks().follows("C’est ma première fois")
        lea.types("nom de famille", "Martin").types("prénom", "Léa").types("date de naissance", "12/03/2015")
        lea.presses("Continuer")
    else:
        clicks_the_tile(lea, ent, by=by).types("date de naissance", "12/03/2015")
    lea.presses("Oui, c’est moi").reads("Bonjour Léa")
    if by == "CAS":  # leaving the ENT leaves Préau too
        lea.page.goto(f"{ent.cas}/logout")
        lea.opens("/moi/").does_not_read("Bonjour Léa")


def test_a_provider_that_is_down_leaves_the_other_ways_in(someone, world: World, ent: Mediacentre) -> None:
    known = known_to_the_ent(world.lea)
    ent.knows([known])
    lea = opens_the_ent(someone(phone=True), ent, known)
    ent.say(down="back")  # the browser still gets through, Préau does not
    lea.page.get_by_role("link", name="OpenID").click()
    lea.page.wait_for_url(f"{lea.site}/mediacentre/gar-openid/retour/**")
    assert [one.split()[0] for one in lea.complaints] == ["503"]
    lea.complaints.clear()
    lea.looks().sees_title("L’ENT ne répond pas").follows("J’ai une carte")
