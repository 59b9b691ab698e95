"""Which way in a pupil takes, and who was on the screen before."""

from __future__ import annotations

from random import Random

from bench.rentree.browser import Steps, Visit
from bench.rentree.people import EMAIL, MEDIACENTRE, USERNAME
from bench.rentree.ways import board_code, by_card, by_names, by_password, by_tile, new_card
from preau.accounts.models import Account
from preau.attachments.finding import account_of


def come_in(visit: Visit) -> Steps:
    """From the chair to the pupil's own page; raises GivesUp when the lesson can do no more."""
    world, person = visit.world, visit.person
    yield visit.takes("ouvrir_la_page")
    visit.user = _left_open(visit)
    if not world.rules.short:
        yield from board_code(visit)
    by_ent = visit.office.school.target == MEDIACENTRE
    if visit.has_tile and (by_ent or not world.rules.short):
        if not world.rules.short and person.before in {USERNAME, EMAIL}:
            yield from _first_code(visit)
        return (yield from by_tile(visit))
    return (yield from _without_tile(visit))


def _without_tile(visit: Visit) -> Steps:
    """A card, what they remember, or their names."""
    person, known = visit.person, account_of(visit.learner) is not None
    # Whoever remembers the password of an account that is known here does not look for a card, but for its name.
    recalls = known and (visit.knows_password or (visit.remembers and visit.card))
    if visit.card and not recalls:
        return (yield from by_card(visit))
    if person.before in {USERNAME, EMAIL}:
        return (yield from by_password(visit))
    # Lost what was given for the new way in: the old one is still there.
    if known and person.before == MEDIACENTRE and visit.has_tile and visit.always("memoire", "pense_a_l_ent"):
        return (yield from by_tile(visit))
    return (yield from (new_card(visit) if known else by_names(visit)))


def _left_open(visit: Visit) -> Account | None:
    """The account that somebody left open on this screen: a brother's or sister's, or anybody's."""
    if not visit.befalls("appareil", "session_d_un_autre"):
        return None
    world, others = visit.world, visit.office.school.pupils
    person = others[Random(f"{visit.person.id}/screen").randrange(len(others))].id
    if visit.person.sibling and visit.befalls("appareil", "d_un_frere_ou_jumeau"):
        person = visit.person.sibling
    number = world.entered.get(person) or world.accounts.get(person)
    return Account.objects.filter(pk=number).exclude(pk=world.accounts.get(visit.person.id)).first()


def _first_code(visit: Visit) -> Steps:
    """The leaflet's way: sign in with the identifier, type the first code; then the tile, the second one, a form."""
    yield from by_password(visit)
    visit.entered = False
    yield from board_code(visit)
    return (yield visit.takes("formulaire_du_deuxieme_code"))
