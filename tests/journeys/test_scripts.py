"""What the small scripts do for a person, in a real browser; the pages work without them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

import preau

pytestmark = pytest.mark.journey
SCRIPTS = Path(preau.__file__).parent / "web" / "static" / "web" / "js"
SITE = "http://preau.test"
CARD = '<label>Code <input id="code" data-groups="4"></label>'
PASSWORD = """<form method="post"><input id="secret" type="password" name="secret" aria-label="Mot de passe">
<button type="button" data-show-password aria-controls="secret" aria-pressed="false">Voir</button>
<button data-busy="Envoi…">Entrer <small id="effet">vite</small></button></form>"""


@pytest.fixture
def screen(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


def serve(screen: Page, *scripts: str, **pages: str) -> list[str]:
    """Answer for the site from memory, and keep the list of what was sent to it."""
    sent: list[str] = []
    tags = "".join(f'<script defer src="/js/{name}"></script>' for name in scripts)

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(SITE + "/").split("?")[0]
        if route.request.method == "POST":
            sent.append(route.request.post_data or "")
            route.fulfill(status=204)
        elif name.startswith("js/"):
            route.fulfill(
                body=(SCRIPTS / name[3:]).read_text("utf-8"), content_type="text/javascript; charset=utf-8"
            )
        elif name == "ids":
            route.fulfill(body=json.dumps(list(range(1, 71))), content_type="application/json")
        else:
            route.fulfill(
                body=f"<!doctype html><title>t</title>{tags}{pages[name]}",
                content_type="text/html; charset=utf-8",
            )

    screen.route("**/*", answer)
    return sent


def test_lea_types_her_card_and_the_dashes_come_by_themselves(screen: Page) -> None:
    serve(screen, "code-field.js", card=CARD)
    screen.goto(f"{SITE}/card")
    code = screen.locator("#code")
    code.press_sequentially("k7md9qxv2hrt")
    expect(code).to_have_value("K7MD-9QXV-2HRT")


def test_lea_pastes_her_card_with_spaces(screen: Page) -> None:
    serve(screen, "code-field.js", card=CARD)
    screen.goto(f"{SITE}/card")
    screen.locator("#code").fill(" k7md 9qxv 2hrt ")
    expect(screen.locator("#code")).to_have_value("K7MD-9QXV-2HRT")


def test_lea_corrects_a_letter_in_the_middle_and_the_caret_stays(screen: Page) -> None:
    serve(screen, "code-field.js", card=CARD)
    screen.goto(f"{SITE}/card")
    code = screen.locator("#code")
    code.fill("K7D9QXV2HRT")
    code.evaluate("field => field.setSelectionRange(2, 2)")
    code.press("m")
    expect(code).to_have_value("K7MD-9QXV-2HRT")
    assert code.evaluate("field => field.selectionStart") == 3


def test_a_password_is_shown_on_demand_and_hidden_before_it_leaves(screen: Page) -> None:
    sent = serve(screen, "page.js", "show-password.js", sign=PASSWORD)
    screen.goto(f"{SITE}/sign")
    secret, eye = screen.locator("#secret"), screen.get_by_role("button", name="Voir")
    secret.fill("quatre mots au hasard")
    eye.click()
    expect(secret).to_have_attribute("type", "text")
    expect(eye).to_have_attribute("aria-pressed", "true")
    screen.evaluate("() => { const b = document.querySelector('[data-busy]'); b.click(); b.click(); }")
    expect(screen.locator("[data-busy]")).to_have_text("Envoi…", use_inner_text=True)
    # An answer under way may still write in the words of the button: they are hidden, not gone.
    expect(screen.locator("#effet")).to_have_count(1)
    expect(screen.locator("#effet")).to_be_hidden()
    expect(secret).to_have_attribute("type", "password")
    assert len(sent) == 1


def list_of(first: int) -> str:
    rows = "".join(
        f'<li><input type="checkbox" name="chosen" value="{n}" data-choose aria-label="{n}"></li>'
        for n in range(first, first + 30)
    )
    return f"""<form method="post" data-selection="0123456A">
<input type="hidden" name="chosen_elsewhere" data-elsewhere>
<input type="checkbox" data-choose-page aria-label="page"><ul>{rows}</ul>
<div class="chosen-bar"><strong data-chosen-count></strong><button>Cartes</button>
<button type="button" data-choose-all data-url="/ids">Tous</button>
<button type="reset" data-choose-none>Tout décocher</button></div></form>"""


def test_a_choice_survives_the_next_page_and_leaves_whole(screen: Page) -> None:
    sent = serve(screen, "selection.js", one=list_of(1), two=list_of(31))
    screen.goto(f"{SITE}/one")
    bar, count = screen.locator(".chosen-bar"), screen.locator("[data-chosen-count]")
    expect(bar).to_be_hidden()
    screen.get_by_label("2", exact=True).check()
    expect(count).to_have_text("1 élève choisi")
    screen.goto(f"{SITE}/two")
    expect(count).to_have_text("1 élève choisi")
    screen.get_by_label("page").check()
    expect(count).to_have_text("31 élèves choisis")
    screen.get_by_role("button", name="Cartes").click()
    screen.wait_for_timeout(100)
    assert sent[0].startswith("chosen_elsewhere=2&chosen=31&")
    assert sent[0].count("chosen=") == 30


def test_everyone_found_can_be_chosen_then_nobody(screen: Page) -> None:
    serve(screen, "selection.js", one=list_of(1))
    screen.goto(f"{SITE}/one")
    screen.get_by_label("5", exact=True).check()
    screen.get_by_role("button", name="Tous").click()
    expect(screen.locator("[data-chosen-count]")).to_have_text("70 élèves choisis")
    screen.get_by_role("button", name="Tout décocher").click()
    expect(screen.locator(".chosen-bar")).to_be_hidden()
    assert screen.locator("[data-choose]:checked").count() == 0
    screen.reload()
    expect(screen.locator(".chosen-bar")).to_be_hidden()
