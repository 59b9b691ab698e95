"""Which way in a pupil takes, and who was on the screen before."""

from __future__ import annotations

from datetime import datetime
from random import Random

from bench.rentree.browser import Steps, Visit
from bench.rentree.people import EMAIL, MEDIACENTRE, USERNAME
from bench.rentree.ways import board_code, by_card, by_names, by_password, by_tile, new_card
from preau.accounts.models import Account
from preau.attachments.finding import account_of


def come_in(visit: Visit) -> Steps:
    """From the chair to the pupil's own page; raises GivesUp when the lesson can do no more."""
    world, person = visit.world, visit.person
    at = yield visit.takes("ouvrir_la_page")
    visit.user = _left_open(visit)
    if not world.rules.short:
        at = yield from board_code(visit)
    tile = visit.has_tile and (visit.office.school.target == MEDIACENTRE or not world.rules.short)
    if visit.card and not tile:
        return (yield from by_card(visit))
    if tile and not world.rules.short and person.before in {USERNAME, EMAIL}:
        at = yield from _first_code(visit, at)
        return (yield from by_tile(visit)) if visit.office.school.target == MEDIACENTRE else at
    if tile:
        return (yield from by_tile(visit))
    if person.before in {USERNAME, EMAIL}:
        return (yield from by_password(visit))
    if account_of(visit.learner) is not None and world.rules.short:
        return (yield from new_card(visit))
    return (yield from by_names(visit))


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


def _first_code(visit: Visit, at: datetime) -> Steps:
    """The leaflet's way: sign in with the identifier, type the first code; then the tile and the second one."""
    at = yield from by_password(visit)
    if visit.office.school.target == MEDIACENTRE:
        visit.entered = False
        at = yield from board_code(visit)
        at = yield visit.takes("formulaire_du_deuxieme_code")
    return at
