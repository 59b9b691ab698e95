"""Every page that people reach by following links, read by axe: on a desk by day, on a phone in the evening.

A page is opened once: its window then becomes a phone's and its light the evening's, as when somebody turns a screen.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection
from datetime import timedelta
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

from django.core.management import call_command
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from playwright.sync_api import Error

from preau.accounts.models import Account
from preau.attachments.models import Attachment, HelpState
from preau.campaigns.models import Campaign, CampaignKind
from preau.establishments.models import Establishment, Membership, Role
from preau.handouts.models import Deed, ErrandState
from preau.parcours.models import Attempt, AttemptState
from preau.rehearsal.schools import ADMINISTRATOR, PASSWORD, QUATRE_TILLEULS
from preau.rosters.models import ImportState
from tests.journeys.conftest import Person

ROOT = Path(__file__).resolve().parents[2]
# These pages change a lot with what they show: look at several.
SEVERAL = {
    "rosters:detail": 4,
    "scenarios:pupil": 4,
    "handouts:batch": 2,
    "campaigns:detail": 2,
    "campaigns:begin": 3,
    "attachments:desk?vue": 2,
    "classroom:help?code": 2,
}
FILTERS = 3  # of one page: each by a name of its own, « ?classe », « ?qui »…
ELSEWHERE = {"accounts:mediacentre"}  # no page of ours: it leaves for the ENT
# What answers with no page: a file, a way through to another page, a deed's address opened by hand.
NO_PAGE = {
    *("campaigns:export", "campaigns:poster", "establishments:journal_csv", "parcours:export_bank"),
    *("parcours:export_questions", "parcours:resource", "results:csv", "results:xapi", "rosters:model"),
    *("scenarios:classes_csv", "scenarios:days_csv", "scenarios:ids", "accounts:saml_metadata"),
    *("accounts:mediacentre", "accounts:mediacentre_back", "accounts:saml_finish", "accounts:tile"),
    *("web:language", "accounts:new_codes", "attachments:arrive", "handouts:prepare", "rosters:upload"),
    *("parcours:answer", "parcours:go_on", "parcours:send", "rosters:apply", "rosters:progress"),
    *("rosters:reveal", "accounts:sign_out", "parcours:preview_file"),
}
# Pages that need somebody in the middle of something: their own journeys read them, or the readings below.
IN_THE_MIDDLE = {
    *("accounts:second_factor", "accounts:remove_factor", "accounts:reset", "establishments:accept"),
    *("establishments:reset_second_factor", "rosters:columns", "attachments:already", "attachments:waiting"),
    *("attachments:choose_password", "attachments:confirm", "attachments:find", "attachments:identity"),
    *("attachments:way_add", "attachments:way_remove", "handouts:errand", "scenarios:leaflets"),
}
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
            person.page.goto(person.site + path)
            person.looks_both_ways()
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


def pages() -> set[str]:
    """Every address of the site that shows a page, as the table of who meets what says it."""
    lines = (ROOT / "tests" / "access" / "matrix.txt").read_text("utf-8").splitlines()
    asked = [line.split()[:2] for line in lines if line and not line.startswith("#")]
    return {name for name, method in asked if "GET" in method} - NO_PAGE - IN_THE_MIDDLE


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


def test_every_page_of_the_rehearsal_can_be_read_by_everyone(someone) -> None:
    call_command("demo", pupils=100, stdout=StringIO())
    home = f"/e/{QUATRE_TILLEULS.uai}/"
    school = Establishment.objects.get(uai=QUATRE_TILLEULS.uai)
    mine = Campaign.objects.get(establishment=school, kind=CampaignKind.RENTREE)

    doors = ("/", reverse("accounts:staff_sign_in"), "/perdu/?question=4", "/carte/", f"/code/{mine.code}/")
    public = walk(someone(), *doors, "/personnel/mot-de-passe-oublie/envoye/")

    head = someone().signs_in_as_staff(QUATRE_TILLEULS.address("ndiaye"), PASSWORD)
    read_first_morning(head)
    read_errors(head)
    read_work(head, home, school)
    offices = walk(
        head,
        *(f"{home}{door}" for door in doors_of(school, mine)),
        "/e/",
        "/personnel/encore-vous/",
        known=public,
    )
    read_deeds(head, home, school.learners.gone().first().pk)
    read_leaflets(head, home)

    teacher = someone().signs_in_as_staff(QUATRE_TILLEULS.address("garcao"), PASSWORD)
    theirs = {"scenarios:home", "scenarios:pupils", "handouts:batches", "campaigns:list"}
    assert theirs <= walk(teacher, home, known=public | (offices - theirs))

    servers = walk(somebody_of_the_server(someone()), "/admin/taches/", "/admin/mediacentre/", known=public)

    chosen = Attachment.objects.opening().filter(account__password_chosen_at__isnull=False).first()
    Account.objects.filter(pk=chosen.account_id).update(username="eleve.choisie")
    pupil = someone().opens("/connexion/").types("identifiant", "eleve.choisie")
    pupil.page.locator("input[type=password]").fill(PASSWORD)
    pupil.presses("Entrer").opens("/moi/").presses(mine.title)
    own = walk(pupil, "/moi/", "/moi/sessions/", "/moi/mot-de-passe/", known=public)
    begun = Attempt.objects.filter(learner=chosen.learner_id).first()
    own |= walk(pupil, f"/mon-parcours/{begun.pk}/reponses/")
    read_address(pupil)

    read = public | offices | theirs | servers | own
    assert pages() - {name.partition("?")[0] for name in read} == set()
    assert {"attachments:desk?vue", "scenarios:pupils?qui"} <= read


def doors_of(school: Establishment, mine: Campaign) -> list[str]:
    """Where a head may go that no link of a walk leads to."""
    results = f"campagnes/{mine.pk}/resultats/"
    sent = mine.participations.filter(attempt__state=AttemptState.SENT).first().learner_id
    gone = school.learners.gone().first().pk
    applied = school.imports.filter(state=ImportState.APPLIED).first().pk
    now = timezone.now()
    lesson, _ = school.lessons.get_or_create(
        division=school.divisions.first(),
        closed_at=None,
        defaults={"opened_at": now, "closes_at": now + timedelta(hours=1)},
    )
    call = school.help_requests.filter(state=HelpState.WAITING).first()
    asked = f"seances/{lesson.pk}/aide/"
    return [
        *(asked, f"{asked}?code=ZZZZ", f"{asked}?code={call.code}"),
        *("", "mediacentre/", "parcours/nouveau/", "questions/nouvelle/", "questions/importer/"),
        *(results, f"{results}questions/", f"{results}eleves/{sent}/", f"import/{applied}/comptes/"),
        *("donnees-personnelles/", "incident/", f"eleves/{gone}/effacer/", f"eleves/{sent}/donnees/"),
        *(f"seances/{lesson.pk}/projeter/", f"seances/{lesson.pk}/deconnecter/"),
    ]


def somebody_of_the_server(person: Person) -> Person:
    """Whoever administers the server, with tasks in every state to look at."""
    for state in (TaskResultStatus.READY, TaskResultStatus.RUNNING, TaskResultStatus.FAILED):
        DBTaskResult.objects.create(
            task_path="preau.rosters.tasks.read_roster",
            status=state,
            queue_name="default",
            backend_name="default",
            args_kwargs={"args": [], "kwargs": {}},
            run_after=timezone.now() + timedelta(days=1),
            started_at=timezone.now() if state == TaskResultStatus.RUNNING else None,
            exception_class_path="builtins.MemoryError" if state == TaskResultStatus.FAILED else "",
        )
    return person.signs_in_as_staff(ADMINISTRATOR, PASSWORD)


def read_first_morning(head: Person) -> None:
    """A school where nothing was done yet: every page says what is missing, and what to do."""
    account = Account.objects.get(email=QUATRE_TILLEULS.address("ndiaye"))
    empty = Establishment.objects.create(uai="9990009F", name="Lycée du Premier Matin")
    Membership.objects.create(account=account, establishment=empty, role=Role.HEAD)
    rooms = (
        *("", "eleves/", "import/", "cartes/", "seances/", "campagnes/", "parcours/", "questions/", "aides/"),
        *("doublons/", "journal/", "equipe/", "avancement/", "un-chiffre/", "mediacentre/", "changer/"),
    )
    for page in (*rooms, "donnees-personnelles/"):
        head.page.goto(f"{head.site}/e/{empty.uai}/{page}")
        head.looks_both_ways()


def read_errors(head: Person) -> None:
    """What is shown when something fails: these pages answer in the place of any other."""
    shown: list[str] = []
    head.page.route("**/panne/", lambda route: route.fulfill(body=shown[-1], content_type="text/html"))
    for name in ("400", "403", "403_csrf", "404", "413", "429", "500", "503", "web/no_database"):
        shown.append(render_to_string(f"{name}.html", {"reference": "abc123"}))
        head.page.goto(f"{head.site}/panne/")
        head.looks_both_ways()
    head.page.unroute("**/panne/")


def read_work(head: Person, home: str, school: Establishment) -> None:
    """An import, a long errand, while somebody waits for it and at each of its ends."""
    now, account = timezone.now(), Account.objects.get(email=QUATRE_TILLEULS.address("ndiaye"))
    problem = {"severity": "REFUSED", "code": "EMPTY_FILE", "who": "SECRETARIAT", "pupil": None, "line": None}
    for state in (ImportState.READING, ImportState.FAILED, ImportState.DROPPED, ImportState.REFUSED):
        brought = school.imports.create(
            state=state, file_name="ElevesSansAdresses.zip", sha256="0" * 64, size=1, uploaded_at=now, progress_at=now,
            progress={"stage": "read", "done": 218, "total": 337},
            problems=[{**problem, "message": "Ce fichier ne contient aucun élève."}],
        )  # fmt: skip
        head.page.goto(f"{head.site}{home}import/{brought.pk}/")
        head.looks_both_ways()
        brought.delete()
    for errand in ErrandState:
        asked = school.errands.create(
            deed=Deed.values[0], size=3640, token_digest=errand, state=errand, asked_at=now, asked_by=account,
            outcome="" if errand == ErrandState.WAITING else "3 640 élèves étaient choisis.",
        )  # fmt: skip
        head.page.goto(f"{head.site}{reverse('handouts:errand', args=[school.uai, asked.pk])}")
        head.looks_both_ways()


def read_leaflets(head: Person, home: str) -> None:
    """The leaflets of two pupils, in French, then in Arabic, which is read from the right."""
    head.page.goto(f"{head.site}{home}eleves/")
    for box in head.page.locator("tbody input[type=checkbox]").all()[:2]:
        box.check()
    head.page.get_by_text("Autres actions").click()
    head.presses("Feuille de l’élève", settle=False).reads("2 feuilles à donner").looks_both_ways()
    head.presses("العربية", settle=False).looks_both_ways()


def read_address(pupil: Person) -> None:
    """One more way in, for who is old enough: nothing typed, then the birthday that is to come."""
    pupil.page.goto(f"{pupil.site}/moi/adresse/")
    pupil.presses("Ajouter cette adresse", settle=False).looks_both_ways()
    pupil.types("Ton adresse e-mail", "eleve@exemple.example")
    pupil.page.locator("input[type=password]").fill(PASSWORD)
    pupil.presses("Ajouter cette adresse", settle=False).reads("Avant 15 ans").looks_both_ways()


def read_deeds(head: Person, home: str, gone: int) -> None:
    """What is only shown once something was asked or went wrong."""
    for path, button in (
        (f"{home}donnees-personnelles/", "Enregistrer"),
        (f"{home}incident/", "Tout fermer"),
        (f"{home}eleves/{gone}/donnees/", "Voir la page"),
        (f"{home}eleves/{gone}/effacer/", "Continuer"),
        (f"{home}campagnes/nouvelle/", "Créer"),
        ("/personnel/compte/preuves/application/", "Vérifier"),
    ):
        head.page.goto(head.site + path)
        head.presses(button, settle=False).looks_both_ways()
