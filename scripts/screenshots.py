"""`make screenshots`: the pictures of the README and of docs/, taken from the rehearsal school itself."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import arguments, chromium  # noqa: E402
from tests.postgres import _free_port  # noqa: E402

IMAGES = ROOT / "docs" / "images"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
COLOURS = 128  # a page has few: a palette keeps its picture four times lighter


@dataclass(frozen=True)
class Rehearsal:
    """The site on its temporary database, and what opens it."""

    site: str
    uai: str
    ready_import: int
    referent: str
    pupil: str
    password: str
    card: str
    campaign: str
    results: int  # a campaign whose results were sent
    newcomer_to_it: str  # who may still begin it
    lesson: int  # a class, and usernames of its pupils
    lesson_pupils: tuple[str, ...]
    helped: int  # a pupil whose next step is the staff's
    ent: str  # "" where the invented Médiacentre cannot run
    newcomer: str  # who they are in the ENT: nobody's account yet, and both ways in
    known: str


@contextmanager
def rehearsal() -> Iterator[Rehearsal]:
    """Fill and serve the rehearsal school on a database of its own."""
    port = _free_port()
    with TemporaryDirectory(prefix="preau-images-") as var:
        os.environ.update(
            PREAU_VAR=var, PREAU_LOCAL_URL=f"http://127.0.0.1:{port}", DJANGO_SETTINGS_MODULE="preau.settings"
        )
        for name in ("PREAU_URL", "DATABASE_URL"):
            os.environ.pop(name, None)
        command = [sys.executable, "-m", "preau", "demo", "--serve", "--port", str(port)]
        with Path(var, "log").open("wb") as log:
            server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(f"http://127.0.0.1:{port}/accessibilite/", server)
            yield read(f"http://127.0.0.1:{port}", Path(var, "log").read_text(encoding="utf-8"))
        finally:
            server.terminate()
            server.wait(20)


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Return once the first page answers; stop everything when it never does."""
    for _ in range(1500):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("✗ la répétition n’a pas démarré : essayez « preau demo »")


def read(site: str, said: str) -> Rehearsal:
    """What `preau demo` would print, and did, and who shows each page well."""
    import django

    django.setup()
    from django.db.models import Count
    from django.utils import timezone

    from preau.attachments.models import Attachment
    from preau.campaigns.models import Campaign, CampaignKind
    from preau.establishments.models import Role
    from preau.rehearsal.ent import people_of_the_ent
    from preau.rehearsal.schools import PASSWORD
    from preau.rehearsal.summary import sign_ins
    from preau.rosters.models import Learner

    tilleuls = sign_ins(now=timezone.now())[0]
    school = tilleuls.establishment
    mine = Campaign.objects.get(establishment=school, kind=CampaignKind.RENTREE)
    inside = Attachment.objects.opening().filter(
        learner__establishment=school,
        account__password_chosen_at__isnull=False,
        account__username__isnull=False,
    )
    fullest = (
        inside.values("learner__division").annotate(all=Count("pk")).order_by("-all", "learner__division")
    )
    division = fullest[0]["learner__division"]
    usernames = inside.order_by("learner__sort_key").values_list("account__username", flat=True)
    fresh = usernames.exclude(learner__participations__campaign=mine)
    without = Learner.objects.present().filter(
        establishment=school, attachments=None, birth_date__isnull=False
    )
    ent = re.search(r"Médiacentre inventé.*?(http://\S+/)", said, re.DOTALL)
    here = Attachment.objects.opening().filter(establishment=tilleuls.establishment)
    both = here.filter(account__socialaccount__isnull=False, account__username__isnull=False).order_by("pk")
    held = {f"eleve-{pk}" for pk in here.values_list("learner", flat=True)}
    pupils = [one for one in people_of_the_ent() if one.tile and tilleuls.establishment.uai in one.uai]
    return Rehearsal(
        site=site,
        uai=school.uai,
        ready_import=school.imports.get(state="READY").pk,
        referent=next(str(one.account.email) for one in tilleuls.staff if one.role == Role.REFERENT),
        pupil=str(tilleuls.pupils[0][1].username),
        password=PASSWORD,
        card=tilleuls.card.code if tilleuls.card else "",
        campaign=tilleuls.campaigns[0].code,
        results=mine.pk,
        newcomer_to_it=str(fresh.first()),
        lesson=division,
        lesson_pupils=tuple(map(str, usernames.filter(learner__division=division)[:7])),
        helped=without.in_list_order()[2].pk,
        ent=ent[1] if ent else "",
        newcomer=next(one.id for one in pupils if one.id not in held),
        known=f"eleve-{both[0].learner_id}",
    )


def picture(shown: Page | Locator, name: str) -> None:
    """Save what the page, or a part of it, shows now, once its fonts are there; few colours, few bytes."""
    page = shown.page if isinstance(shown, Locator) else shown
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    taken = Image.open(io.BytesIO(shown.screenshot(animations="disabled"))).convert("RGB")
    light = taken.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    light.save(IMAGES / f"{name}.png", optimize=True)
    print(f"  {name}.png", flush=True)


def sign_in(page: Page, address: str, identifier: str, password: str) -> None:
    page.goto(address)
    page.locator("[name=identifier]").fill(identifier)
    page.locator("[name=password]").fill(password)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state("load")


def staff_pictures(browser: Browser, at: Rehearsal) -> None:
    """What the référente sees."""
    context = browser.new_context(viewport=DESKTOP, locale="fr-FR")
    page = context.new_page()
    sign_in(page, f"{at.site}/personnel/", at.referent, at.password)
    school = f"{at.site}/e/{at.uai}"
    for name, path in (
        ("accueil", "/"),
        ("eleves", "/eleves/"),
        ("fiche", f"/eleves/{at.helped}/"),
        ("apercu-import", f"/import/{at.ready_import}/"),
        ("avancement", "/avancement/"),
        ("un-chiffre", "/un-chiffre/"),
        ("et-si-on-changeait", "/changer/"),
        ("resultats", f"/campagnes/{at.results}/resultats/"),
        ("donnees-personnelles", "/donnees-personnelles/"),
        ("incident", "/incident/"),
        ("mediacentre-classes", "/mediacentre/"),
    ):
        page.goto(school + path)
        again(page, at.password)
        picture(page, name)
    page.goto(f"{school}/cartes/")
    page.locator("main table form").get_by_role("button", name=re.compile(r"\d\d cartes")).first.click()
    page.wait_for_load_state("load")
    picture(page.locator(".a4").first, "cartes-a4")
    lesson_pictures(browser, page, at)
    context.close()


def again(page: Page, password: str) -> None:
    """Say the password once more where something grave asks for it."""
    if "/encore-vous/" in page.url:
        page.locator("[name=password]").fill(password)
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_load_state("load")


def lesson_pictures(browser: Browser, page: Page, at: Rehearsal) -> None:
    """A lesson in its first minutes: some are in, one typed a wrong password, the others sit down."""
    page.goto(f"{at.site}/e/{at.uai}/seances/")
    page.locator(f"button[name=division][value='{at.lesson}']").click()
    page.wait_for_url("**/seances/*/")
    board = page.url
    *inside, wrong = at.lesson_pupils
    tries = [(one, at.password) for one in inside] + [(wrong, "ce n’est pas ça")] * 5
    for username, password in tries:
        context = browser.new_context()
        sign_in(context.new_page(), f"{at.site}/connexion/", username, password)
        context.close()
    page.goto(board)
    picture(page, "seance")
    page.goto(f"{board}projeter/")
    picture(page, "seance-projetee")


def pupil_pictures(browser: Browser, at: Rehearsal) -> None:
    """What pupils see: a card and their own page on a phone, a question on a computer."""
    context = browser.new_context(viewport=PHONE, locale="fr-FR", device_scale_factor=2)
    page = context.new_page()
    page.goto(f"{at.site}/carte/")
    picture(page, "carte-eleve-360")
    page.locator("main form input[type=text]").first.fill(at.card)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/c-est-moi/**")
    picture(page, "c-est-moi-360")
    context.close()
    context = browser.new_context(viewport=PHONE, locale="fr-FR", device_scale_factor=2)
    page = context.new_page()
    sign_in(page, f"{at.site}/connexion/", at.pupil, at.password)
    page.goto(f"{at.site}/moi/")
    picture(page, "eleve-accueil-360")
    page.get_by_role("button", name="العربية").click()
    page.wait_for_load_state("load")
    page.evaluate("scrollTo(0, 0)")
    picture(page, "eleve-arabe-360")
    context.close()
    context = browser.new_context(viewport=DESKTOP, locale="fr-FR")
    page = context.new_page()
    sign_in(page, f"{at.site}/connexion/", at.newcomer_to_it, at.password)
    page.goto(f"{at.site}/moi/")
    page.locator("form[action*='/parcours/'] button").first.click()
    page.wait_for_load_state("load")
    page.get_by_role("link", name="Commencer").first.click()
    page.wait_for_url("**/mon-parcours/**")
    picture(page, "question")
    context.close()


def ent_pictures(browser: Browser, at: Rehearsal) -> None:
    """The tile, the one question it asks, and what a pupil sees of their ways in."""
    if not at.ent:
        print("  (pas d’images de l’ENT : il faut Node)", flush=True)
        return
    for who in (at.newcomer, at.known):
        context = browser.new_context(viewport=PHONE, locale="fr-FR", device_scale_factor=2)
        page = context.new_page()
        page.goto(at.ent)
        page.get_by_label("Se connecter en tant que").select_option(who)
        page.get_by_role("button", name="Entrer dans l’ENT").click()
        if who == at.newcomer:
            picture(page, "ent-tuile-360")
        page.get_by_role("link", name="SAML").click()
        page.wait_for_url(f"{at.site}/{'arrivee/ent' if who == at.newcomer else 'moi'}/**")
        if who == at.newcomer:
            picture(page, "arrivee-ent-360")
        else:
            page.goto(f"{at.site}/moi/facons/")
            picture(page, "mes-facons-360")
        context.close()


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    # The browser's own loop runs in this thread: everything about the rows is asked before.
    with rehearsal() as at, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments())
        staff_pictures(browser, at)
        pupil_pictures(browser, at)
        ent_pictures(browser, at)
        browser.close()


if __name__ == "__main__":
    main()
