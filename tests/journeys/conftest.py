"""People in front of real browsers: axe reads every page, every complaint of the browser is a failure."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright

from preau.rehearsal.mediacentre import Mediacentre
from tests.browser import arguments, chromium
from tests.live import served
from tests.world import PASSWORD, World, build_world

# The browser's own loop runs in this thread; our queries here are ordinary ones all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
expect.set_options(timeout=10_000)

FAILED = pytest.StashKey[bool]()
SHOTS = Path(__file__).resolve().parents[2] / "var" / "failures"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": [
        "violations"
    ],  # it gathers every element that passes otherwise, which takes longer than judging
    "preload": False,  # no rule above reads style sheets or sounds by itself
    "iframes": False,
}
# Only what was found wrong comes back: whole results weigh more than the page.
AUDIT = "async rules => (await axe.run(document, rules)).violations"
LOOK = """() => [
  document.documentElement.outerHTML, innerWidth, matchMedia("(prefers-color-scheme: dark)").matches,
  "axe" in globalThis, document.documentElement.scrollWidth - document.documentElement.clientWidth,
]"""
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
MOST_TABS = 40
NAME_OF_FOCUS = """(() => {
  const here = document.activeElement, labels = [...(here.labels ?? [])].map(label => label.innerText);
  return [here.getAttribute("aria-label"), ...labels, here.innerText].join(" ");
})()"""
_AUDITED: set[int] = set()
_NUMBERS = re.compile(r'[\w-]*\d[\w-]*|(?<=name="csrfmiddlewaretoken" value=")\w+')  # tokens, times, ids
ASIDE = {"failed to load resource"}  # a 4xx page is a page: its own test reads it


class Person:
    """Somebody at a browser: opens, types, presses, reads."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site
        self.complaints: list[str] = []
        page.on("console", lambda m: self._hear(m.type, m.text))
        page.on("pageerror", lambda e: self.complaints.append(str(e)))
        page.on("response", self._server_error)

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not any(a in text.lower() for a in ASIDE):
            self.complaints.append(text)

    def _server_error(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")

    def opens(self, address: str) -> Person:
        self.page.goto(address if address.startswith("http") else self.site + address)
        return self.looks()

    def looks(self) -> Person:
        """Check the page as it now stands: axe, no side scroll, nothing in the console."""
        self.page.wait_for_load_state("load")
        *state, has_axe, wide = self.page.evaluate(LOOK)
        self._audit(state, has_axe)
        assert wide <= 0, f"{self.page.url} scrolls {wide}px sideways"
        assert not self.complaints, f"{self.page.url}: {self.complaints}"
        return self

    def looks_both_ways(self) -> Person:
        """Check the same page on a desk by day, then as when the screen is turned into a phone's, in the evening.

        Nothing may move in between, or a colour would be read on its way to another.
        """
        for size, light in ((DESKTOP, "light"), (PHONE, "dark")):
            self.page.set_viewport_size(size)
            self.page.emulate_media(color_scheme=light, reduced_motion="reduce")
            self.looks()
        return self

    def everywhere(self) -> Person:
        """The same, and then as it was: whoever goes on is still at their desk."""
        if connection.vendor != "postgresql":
            self.looks_both_ways().page.set_viewport_size(DESKTOP)
            self.page.emulate_media(color_scheme="light")
        return self

    def _audit(self, seen: list[Any], has_axe: bool) -> None:
        """Let axe read what it has not read yet: the same page in the same light and width is read once.

        A page is the same on both databases, so PostgreSQL's half is about what people do, not about pages.
        """
        if connection.vendor == "postgresql":
            return
        state = hash((_NUMBERS.sub("0", seen[0]), *seen[1:]))
        if state in _AUDITED:
            return
        if not has_axe:
            self.page.evaluate(AXE)
        found = self.page.evaluate(AUDIT, RULES)
        said = [f"{v['id']}: {v['help']} — {v['nodes'][0]['html'][:200]}" for v in found]
        assert not said, f"{self.page.url}\n" + "\n".join(said)
        _AUDITED.add(state)

    def types(self, label: str, text: str) -> Person:
        self.page.get_by_label(_near(label)).first.fill(text)
        return self

    def chooses(self, label: str, option: str) -> Person:
        self.page.get_by_label(_near(label)).first.select_option(label=option)
        return self

    def ticks(self, label: str) -> Person:
        self.page.get_by_label(_near(label)).first.check()
        return self

    def presses(self, words: str, *, settle: bool = True) -> Person:
        """Press a button."""
        self.page.get_by_role("button", name=_near(words)).first.click()
        return self.looks() if settle else self

    def follows(self, words: str, *, elsewhere: bool = False) -> Person:
        """Follow a link; one that leads elsewhere leads to a page that is not ours to check."""
        self.page.get_by_role("link", name=_near(words)).first.click()
        return self if elsewhere else self.looks()

    def goes_by_keyboard(self, words: str, *, typing: str = "", enter: bool = False) -> Person:
        """Press the tab key until what has this name is reached; write there, press it."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if _near(words).search(self.page.evaluate(NAME_OF_FOCUS)):
                break
        else:
            raise AssertionError(f"{self.page.url}: the tab key never reaches « {words} »")
        if typing:
            self.page.keyboard.press("ControlOrMeta+A")
            self.page.keyboard.type(typing)
        if enter:
            with self.page.expect_navigation():
                self.page.keyboard.press("Enter")
        return self.looks() if enter else self

    def reads(self, *words: str) -> Person:
        for each in words:
            expect(self.page.locator("body")).to_contain_text(_near(each), use_inner_text=True)
        return self

    def sees_title(self, words: str) -> Person:
        expect(self.page.locator("h1")).to_contain_text(_near(words))
        return self.looks()

    def does_not_read(self, *words: str) -> Person:
        for each in words:
            expect(self.page.locator("body")).not_to_contain_text(_near(each), use_inner_text=True)
        return self

    def signs_in_as_staff(self, email: str, password: str = PASSWORD) -> Person:
        self.opens("/personnel/").types("Adresse", email)
        self.page.locator("input[type=password]").fill(password)
        return self.presses("Se connecter")


def _near(words: str) -> re.Pattern[str]:
    """These words, whatever the kind of space or apostrophe between them."""
    parts = [re.escape(p).replace("'", "[’']").replace("’", "[’']") for p in words.split()]
    return re.compile(r"\s+".join(parts), re.IGNORECASE)


@pytest.fixture(scope="session")
def site(django_db_setup: None, django_db_blocker: Any, mediacentre: Mediacentre) -> Iterator[str]:
    with django_db_blocker.unblock(), served(more=mediacentre.serves) as address:
        yield address


@pytest.fixture
def ent(mediacentre: Mediacentre, site: str) -> Iterator[Mediacentre]:
    """The invented ENT, put right again after each journey."""
    yield mediacentre
    mediacentre.say(people=[], granted=["PRE", "NOM", "DIV"], down=False, late=0)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as p:
        running = p.chromium.launch(executable_path=chromium(), args=arguments())
        yield running
        running.close()


@pytest.fixture
def someone(
    request: pytest.FixtureRequest, site: str, browser: Browser, transactional_db: None
) -> Iterator[Callable[..., Person]]:
    """`someone()` at a desk, `someone(phone=True)` on a phone, `dark=True` in the evening; one computer each."""
    opened = []

    def sit(*, phone: bool = False, dark: bool = False, script: bool = True) -> Person:
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            color_scheme="dark" if dark else "light",
            locale="fr-FR",
            timezone_id="Europe/Paris",
            java_script_enabled=script,
            has_touch=phone,
            accept_downloads=True,
        )
        opened.append(context)
        return Person(context.new_page(), site)

    yield sit
    for number, context in enumerate(opened):
        if request.node.stash.get(FAILED, False):
            SHOTS.mkdir(parents=True, exist_ok=True)
            for page in context.pages:
                page.screenshot(path=SHOTS / f"{request.node.name}-{number}.png", full_page=True)
        context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember that a journey failed, so that its last pages are kept as pictures."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def world(transactional_db: None) -> World:
    return build_world()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in str(item.path):
            item.add_marker(pytest.mark.journey)
