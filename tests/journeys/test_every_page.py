"""Every page that people reach by following links, read by axe: on a desk by day, on a phone in the evening."""

from __future__ import annotations

from collections import deque
from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.urls import Resolver404, resolve, reverse

from preau.accounts.models import Account
from preau.attachments.models import Attachment
from preau.campaigns.models import Campaign, CampaignKind
from preau.parcours.models import AttemptState
from preau.rehearsal.schools import PASSWORD, QUATRE_TILLEULS
from tests.journeys.conftest import Person

# These pages change a lot with what they show: look at several.
SEVERAL = {
    "rosters:detail": 5,
    "scenarios:pupil": 6,
    "handouts:batch": 3,
    "campaigns:detail": 3,
    "campaigns:begin": 3,
    "attachments:desk?vue": 2,
}
ELSEWHERE = {"accounts:mediacentre"}  # no page of ours: it leaves for the ENT
FILES = (".pdf", ".csv", ".xlsx", ".zip", ".json")


def walk(person: Person, *doors: str, limit: int = 60) -> set[str]:
    """Open pages from these doors on, following links; check each; return the names of the pages seen."""
    waiting, known, seen = deque(doors), set(doors), {}
    while waiting and sum(seen.values()) < limit:
        path = waiting.popleft()
        name = page_name(path)
        if name is None or name in ELSEWHERE or seen.get(name, 0) >= SEVERAL.get(name, 1):
            continue
        seen[name] = seen.get(name, 0) + 1
        person.opens(path)
        for link in person.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)"):
            parts = urlsplit(link)
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            if link.startswith(person.site) and not parts.path.endswith(FILES) and target not in known:
                known.add(target)
                waiting.append(target)
    return set(seen)


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
    assert strangers <= walk(anyone, "/", reverse("accounts:staff_sign_in"), "/perdu/?question=4")

    head = someone(**how).signs_in_as_staff(QUATRE_TILLEULS.address("ndiaye"), PASSWORD)
    seen = walk(head, home, f"{home}mediacentre/")
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
    composing = walk(head, f"{home}parcours/", f"{home}parcours/nouveau/", limit=2)
    assert composing == {"parcours:list", "parcours:new"}
    asking = {"parcours:questions", "parcours:write_question", "parcours:import_questions"}
    own = f"{home}questions/"
    assert walk(head, own, f"{own}nouvelle/", f"{own}importer/", limit=3) == asking

    mine = Campaign.objects.get(establishment__uai=QUATRE_TILLEULS.uai, kind=CampaignKind.RENTREE)
    results = f"{home}campagnes/{mine.pk}/resultats/"
    sent = mine.participations.filter(attempt__state=AttemptState.SENT).first()
    doors = results, f"{results}questions/", f"{results}eleves/{sent.learner_id}/"
    assert walk(head, *doors, limit=3) == {"results:class", "results:items", "results:pupil"}

    teacher = someone(**how).signs_in_as_staff(QUATRE_TILLEULS.address("garcao"), PASSWORD)
    assert {"scenarios:pupils", "handouts:batches", "campaigns:list"} <= walk(teacher, home)

    chosen = Attachment.objects.opening().filter(account__password_chosen_at__isnull=False).first()
    Account.objects.filter(pk=chosen.account_id).update(username="eleve.choisie")
    pupil = someone(**how).opens("/connexion/").types("identifiant", "eleve.choisie")
    pupil.page.locator("input[type=password]").fill(PASSWORD)
    pupil.presses("Entrer")
    seen = walk(pupil, "/moi/")
    assert {
        "campaigns:mine",
        "results:mine",
        "campaigns:begin",
        "campaigns:stand_in",
        "parcours:play",
    } <= seen
    assert "attachments:ways" in seen
