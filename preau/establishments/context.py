"""What every staff template knows: the school, the membership, and the sections of the role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.http import HttpRequest
from django.urls import reverse

from preau.establishments import access
from preau.establishments.models import Membership


@dataclass(frozen=True, slots=True)
class Section:
    """One word of the main navigation; `only_runners` hides it from teachers."""

    key: str
    label: str
    url_name: str
    only_runners: bool = False


SECTIONS = (
    Section("home", "Accueil", "scenarios:home"),
    Section("pupils", "Élèves", "scenarios:pupils"),
    Section("imports", "Import", "rosters:imports", only_runners=True),
    Section("cards", "Cartes", "handouts:batches"),
    Section("lessons", "Séances", "classroom:sessions"),
    Section("campaigns", "Campagnes", "campaigns:list"),
    Section("help", "Aides", "attachments:help_requests"),
    Section("journal", "Journal", "establishments:journal", only_runners=True),
    Section("team", "Équipe", "establishments:team"),
    Section("settings", "Réglages", "establishments:settings", only_runners=True),
)
# The section of a page follows from its address; a whole room is one section but for the two below.
SECTION_OF_ROOM = {
    "rosters": "imports",
    "handouts": "cards",
    "campaigns": "campaigns",
    "parcours": "campaigns",
    "results": "campaigns",
    "attachments": "help",
    "classroom": "lessons",
    "privacy": "settings",
}
SECTION_OF_PAGE = {
    "scenarios:home": "home",
    "scenarios:coverage": "home",
    "establishments:journal": "journal",
    "establishments:journal_csv": "journal",
    "establishments:settings": "settings",
    "attachments:detach": "pupils",
    "attachments:identity_changes": "pupils",
    "privacy:person": "pupils",
    "privacy:erase": "pupils",
    "scenarios:switch": "settings",
    "scenarios:incident": "settings",
    "scenarios:pictures": "home",
    "scenarios:one_page": "home",
}
# What waits behind a section, counted by the room that knows; asked only by the pages that show the navigation.
COUNTS: dict[str, Callable[[Membership], int]] = {}
OTHERS = {"scenarios": "pupils", "establishments": "team"}


def staff(request: HttpRequest) -> dict[str, object]:
    """Give `school`, `membership`, `sections` and `section` to the pages of a school.

    One query, shared with access.
    """
    match = getattr(request, "resolver_match", None)
    uai = match.kwargs.get("uai") if match else None
    user = getattr(request, "user", None)
    if match is None or not uai or user is None:
        return {}
    membership = access.known(user, uai=uai)
    if membership is None:
        return {}
    return {
        "school": membership.establishment,
        "membership": membership,
        "sections": sections_of(membership),
        "section": section_of(match.view_name),
    }


def sections_of(membership: Membership) -> list[dict[str, object]]:
    """The navigation of this role in this school, as `web/staff.html` reads it."""
    uai = membership.establishment.uai
    return [
        {
            "key": section.key,
            "label": section.label,
            "url": reverse(section.url_name, args=[uai]),
            "count": partial(COUNTS[section.key], membership) if section.key in COUNTS else None,
        }
        for section in SECTIONS
        if membership.runs or not section.only_runners
    ]


def section_of(view_name: str) -> str:
    """The key of the section this page belongs to."""
    room = view_name.partition(":")[0]
    return SECTION_OF_PAGE.get(view_name) or SECTION_OF_ROOM.get(room) or OTHERS.get(room, "")
