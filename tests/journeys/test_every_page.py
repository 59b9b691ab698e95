"""Every page that people reach by following links, read by axe: on a desk by day, on a phone in the evening."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection
from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.urls import Resolver404, resolve, reverse
from playwright.sync_api import Error

from preau.accounts.models import Account
from preau.attachments.models import Attachment
from preau.campaigns.models import Campaign, CampaignKind
from preau.parcours.models import AttemptState
from preau.rehearsal.schools import PASSWORD, QUATRE_TILLEULS
from tests.journeys.conftest import Person

# These pages change a lot with what they show: look at several.
SEVERAL = {
    "rosters:detail": 4,
    "scenarios:pupil": 4,
    "handouts:batch": 2,
    "campaigns:detail": 2,
    "campaigns:begin": 3,
    "attachments:desk?vue": 2,
}
FILTERS = 3  # of one page: each by a name of its own, « ?classe », « ?qui »…
ELSEWHERE = {"accounts:mediacentre"}  # no page of ours: it leaves for the ENT
FILES = (".pdf", ".csv", ".xlsx", ".zip", ".json")
LINKS = "links => [...new Set(links.map(link => link.href))]"


def walk(person: Person, *doors: str, known: Collection[str] = ()) -> set[str]:
    """Open pages from these doors on, following links until each kind was seen; check each; return their names.

    What is `known` was read already, with another person: it is not opened again.
    """
    waiting, met, seen = deque(doors), set(doors), Counter[str]()
    while waiting:
        path = waiting.popleft()
        name = page_name(path)
        if name is None or name in known or not _is_worth_seeing(name, seen):
            continue
        seen[name] += 1
        try:
            person.opens(path)
        except Error as error:
            if "Download is starting" not in error.message:
                raise
            continue  # a file, not a page
        for link in person.page.eval_on_selector_all("a[href]", LINKS):
            parts = urlsplit(link)
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            if link.startswith(person.site) and not parts.path.endswith(FILES) and target not in met:
                met.add(target)
                waiting.append(target)
    return set(seen)


def _is_worth_seeing(name: str, seen: Counter[str]) -> bool:
    view, _, asked = name.partition("?")
    if asked and name not in seen and sum(one.startswith(f"{view}?") for one in seen) >= FILTERS:
        return False
    return view not in ELSEWHERE and seen[name] < SEVERAL.get(name, 1)


def page_name(path: str) -> str | None:
    """The name of the page behind a path; a search or a filter makes it another page."""
    try:
        match = resolve(urlsplit(path).path)
    except Resolver404:
        return None
    asked = sorted(part.split("=")[0] for part in urlsplit(path).query.split("&") if part)
    return f"{match.view_name}?{'&'.join(asked)}" if asked else match.view_name


@pytest.mark.parametrize("how", [{}, {"phone": True, "dark": True}], ids=["bureau", "téléphone le soir"])
def test_every_page_of_the_rehearsal_can_be_read_by_everyone(someone, how) -> None:
    call_command("demo", pupils=100, stdout=StringIO())
    home = f"/e/{QUATRE_TILLEULS.uai}/"

    anyone = someone(**how)
    strangers = {"campaigns:home", "attachments:card", "attachments:lost", "accounts:sign_in", "web:help"}
    public = walk(anyone, "/", reverse("accounts:staff_sign_in"), "/perdu/?question=4")
    assert strangers <= public

    head = someone(**how).signs_in_as_staff(QUATRE_TILLEULS.address("ndiaye"), PASSWORD)
    mine = Campaign.objects.get(establishment__uai=QUATRE_TILLEULS.uai, kind=CampaignKind.RENTREE)
    results = f"campagnes/{mine.pk}/resultats/"
    sent = mine.participations.filter(attempt__state=AttemptState.SENT).first()
    doors = (
        *("", "mediacentre/", "parcours/nouveau/", "questions/nouvelle/", "questions/importer/"),
        *(results, f"{results}questions/", f"{results}eleves/{sent.learner_id}/"),
    )
    seen = walk(head, *(f"{home}{door}" for door in doors), known=public)
    assert {"classroom:sessions", "classroom:board", "classroom:paper", "classroom:trial"} <= seen
    rooms = {"scenarios:pupils", "rosters:imports", "rosters:detail", "handouts:batches", "campaigns:list"}
    offices = {
        "establishments:team",
        "establishments:invite",
        "establishments:journal",
        "attachments:help_requests",
        "attachments:desk",
        "attachments:desk?vue",
        "scenarios:coverage",
    }
    assert rooms | offices | {"establishments:settings", "scenarios:pupil", "campaigns:new"} <= seen
    assert {"scenarios:pictures", "scenarios:one_page", "scenarios:switch", "scenarios:pupils?qui"} <= seen
    assert {"parcours:list", "parcours:new", "results:class", "results:items", "results:pupil"} <= seen
    assert {"parcours:questions", "parcours:write_question", "parcours:import_questions"} <= seen

    teacher = someone(**how).signs_in_as_staff(QUATRE_TILLEULS.address("garcao"), PASSWORD)
    theirs = {"scenarios:home", "scenarios:pupils", "handouts:batches", "campaigns:list"}
    assert theirs <= walk(teacher, home, known=public | (seen - theirs))

    chosen = Attachment.objects.opening().filter(account__password_chosen_at__isnull=False).first()
    Account.objects.filter(pk=chosen.account_id).update(username="eleve.choisie")
    pupil = someone(**how).opens("/connexion/").types("identifiant", "eleve.choisie")
    pupil.page.locator("input[type=password]").fill(PASSWORD)
    pupil.presses("Entrer")
    seen = walk(pupil, "/moi/", known=public)
    assert {
        "campaigns:mine",
        "results:mine",
        "campaigns:begin",
        "campaigns:stand_in",
        "parcours:play",
    } <= seen
    assert "attachments:ways" in seen
