"""`make screenshots`: the pictures of the README and of docs/, taken from the rehearsal school itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import arguments, chromium  # noqa: E402
from tests.postgres import _free_port  # noqa: E402

IMAGES = ROOT / "docs" / "images"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}


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
            yield read(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
            server.wait(20)


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Return once the first page answers; stop everything when it never does."""
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("✗ la répétition n’a pas démarré : essayez « preau demo »")


def read(site: str) -> Rehearsal:
    """What `preau demo` would print."""
    import django

    django.setup()
    from django.utils import timezone

    from preau.establishments.models import Role
    from preau.rehearsal.schools import PASSWORD
    from preau.rehearsal.summary import sign_ins

    tilleuls = sign_ins(now=timezone.now())[0]
    return Rehearsal(
        site=site,
        uai=tilleuls.establishment.uai,
        ready_import=tilleuls.establishment.imports.get(state="READY").pk,
        referent=next(str(one.account.email) for one in tilleuls.staff if one.role == Role.REFERENT),
        pupil=str(tilleuls.pupils[0][1].username),
        password=PASSWORD,
        card=tilleuls.card.code if tilleuls.card else "",
        campaign=tilleuls.campaigns[0].code,
    )


def picture(page: Page, name: str) -> None:
    """Save what the page shows now, once its fonts are there."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
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
        ("apercu-import", f"/import/{at.ready_import}/"),
        ("cartes", "/cartes/"),
        ("avancement", "/avancement/"),
        ("un-chiffre", "/un-chiffre/"),
        ("et-si-on-changeait", "/changer/"),
    ):
        page.goto(school + path)
        picture(page, name)
    page.emulate_media(color_scheme="dark")
    page.goto(school + "/")
    picture(page, "accueil-sombre")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    page.goto(school + "/eleves/")
    picture(page, "eleves-360")
    context.close()


def pupil_pictures(browser: Browser, at: Rehearsal) -> None:
    """What pupils see: a card on a phone, a campaign on a computer."""
    context = browser.new_context(viewport=PHONE, locale="fr-FR", device_scale_factor=2)
    page = context.new_page()
    page.goto(f"{at.site}/carte/")
    picture(page, "carte-eleve-360")
    page.locator("main form input[type=text]").first.fill(at.card)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/c-est-moi/**")
    picture(page, "c-est-moi-360")
    context.close()
    context = browser.new_context(viewport=DESKTOP, locale="fr-FR")
    page = context.new_page()
    sign_in(page, f"{at.site}/connexion/", at.pupil, at.password)
    page.goto(f"{at.site}/parcours/{at.campaign}/")
    picture(page, "parcours")
    context.close()


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    # The browser's own loop runs in this thread: everything about the rows is asked before.
    with rehearsal() as at, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments())
        staff_pictures(browser, at)
        pupil_pictures(browser, at)
        browser.close()


if __name__ == "__main__":
    main()
