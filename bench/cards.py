"""How long a school's cards take, to draw and in all, on both databases: python -m bench.cards [number of cards].

First the drawing, and where its time goes; then, on SQLite and PostgreSQL, what a référente waits for: asking, the
worker's errand (identifiers and cards), the page of the codes, the PDF, each TIMES times: median and p95. Last, the
same once with a real worker beside: its page reloaded until the end, and the most memory of the worker and of the PDF.

Seconds are of processor time, best of three, so that a busy machine matters less. The naive way (segno choosing
its own mask, a rectangle a module, every word of every card drawn again) is timed on a tenth, times ten.
"""

import io
import os
import random
import re
import resource
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import segno
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from preau.attachments.codes import derive_code, digest
from preau.handouts.sheets import CARD_HEIGHT, CARD_WIDTH, PrintedCard, SheetFacts, cards_pdf, fit_name
from preau.web.french import spelled
from preau.web.pdf import BOLD, MONO, REGULAR, open_canvas
from preau.web.qr import QrPress

SYMBOLS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
FIRST = ("Léa", "Mohamed-Amine", "Apolline", "Ayşe", "Íñigo", "Marie-Gwenaëlle", "Tiana", "Ange-Désiré")
LAST = ("MARTIN", "AÏT-OUALI", "BŒUF", "ÇELİK", "NUÑEZ", "DE LA ROCHEBRUNE-MONTŒUVRE", "N’GUESSAN-TRAORÉ")
FACTS = SheetFacts("Collège des Quatre-Tilleuls", "preau.exemple.fr", "2026-014", date(2026, 10, 3))
NAIVE_SHARE = 10
TIMES = 10


def invented_cards(number: int, rng: random.Random) -> list[PrintedCard]:
    """Return as many invented cards, no two names alike."""
    cards = []
    for index in range(number):
        code = "-".join("".join(rng.choices(SYMBOLS, k=4)) for _ in range(3))
        name = f"{rng.choice(FIRST)} {rng.choice(LAST)} {index:x}"
        cards.append(PrintedCard(name, f"{index // 30 % 7}C", code, f"https://{FACTS.site}/c#{code}", None))
    return cards


def seconds(deed: Callable[[], object]) -> float:
    """Return the processor time of the quickest of three runs."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        deed()
        best = min(best, time.process_time() - start)
    return best


def time_to_write(cards: list[PrintedCard]) -> float:
    """Return the part of `cards_pdf` spent closing pages (compression) and the file (fonts, index)."""
    spent = 0.0
    originals = {name: getattr(Canvas, name) for name in ("showPage", "save")}

    def timed(original: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
        def call(canvas: Canvas) -> None:
            nonlocal spent
            start = time.process_time()
            original(canvas)
            spent += time.process_time() - start

        return call

    for name, original in originals.items():
        setattr(Canvas, name, timed(original))
    try:
        cards_pdf(cards, FACTS, out=io.BytesIO())
    finally:
        for name, original in originals.items():
            setattr(Canvas, name, original)
    return spent


def naive_qr(cards: list[PrintedCard]) -> list[segno.QRCode]:
    """Encode every address from nothing."""
    return [segno.make(card.url, error="m", micro=False) for card in cards]


def naive_pdf(cards: list[PrintedCard], codes: list[segno.QRCode], out: io.BytesIO) -> None:
    """Draw every word and every module of every card."""
    canvas = open_canvas(out, title="naive")
    for index, (card, code) in enumerate(zip(cards, codes, strict=True)):
        row, column = divmod(index % 8, 2)
        x, y = column * CARD_WIDTH + 8 * mm, (3 - row) * CARD_HEIGHT
        canvas.setFont(BOLD, fit_name(card.name, width=200).size)
        canvas.drawString(x, y + 65 * mm, card.name)
        canvas.setFont(REGULAR, 9.5)
        for line, step in enumerate(("Va sur preau.exemple.fr", "Tape ton code", "Dis « C’est moi »")):
            canvas.drawString(x, y + (50 - 5 * line) * mm, step)
        canvas.setFont(MONO, 15)
        canvas.drawString(x + 27 * mm, y + 16 * mm, card.code)
        canvas.setFont(REGULAR, 7.5)
        canvas.drawString(
            x + 27 * mm, y + 12 * mm, f"Ne sert qu’une fois, jusqu’au {spelled(FACTS.expires_on)}."
        )
        canvas.drawString(x + 27 * mm, y + 9 * mm, f"{FACTS.school} · lot {FACTS.batch} · n° {index}")
        side = 23 * mm / (len(code.matrix) + 4)
        for top, modules in enumerate(code.matrix):
            for left, dark in enumerate(modules):
                if dark:
                    canvas.rect(x + left * side, y + 25 * mm - top * side, side, side, stroke=0, fill=1)
        if index % 8 == 7:
            canvas.showPage()
    canvas.save()


def main(number: int) -> None:
    """Print the table."""
    cards = invented_cards(number, random.Random(2026))
    out = io.BytesIO()
    cards_pdf(cards, FACTS, out=out)

    def press_all() -> None:
        press = QrPress()
        for card in cards:
            press.path(card.url)

    whole = seconds(lambda: cards_pdf(cards, FACTS, out=io.BytesIO()))
    squares, writing = seconds(press_all), min(time_to_write(cards) for _ in range(3))
    few = cards[: max(8, number // NAIVE_SHARE)]
    ratio = number / len(few)
    token, key = secrets.token_urlsafe(32), secrets.token_urlsafe(64)

    def digest_all() -> None:
        for rank in range(1, number + 1):
            digest(derive_code(token, rank, key=key), key=key)

    digests = seconds(digest_all)
    codes = naive_qr(few)
    slow_out = io.BytesIO()
    slow_squares = seconds(lambda: naive_qr(few)) * ratio
    slow_drawing = seconds(lambda: naive_pdf(few, codes, io.BytesIO())) * ratio
    naive_pdf(few, codes, slow_out)
    slow = slow_squares + slow_drawing
    print(
        f"| {number} cards, {-(-number // 8)} sheets | digests | QR | drawing | writing | total | per card | file |"
    )
    print("|---|---|---|---|---|---|---|---|")
    drawing = whole - squares - writing
    print(
        f"| Préau | {digests:.2f} s | {squares:.2f} s | {drawing:.2f} s | {writing:.2f} s | {digests + whole:.2f} s "
        f"| {(digests + whole) / number * 1000:.2f} ms | {len(out.getvalue()) / 1e6:.1f} MB |"
    )
    print(
        f"| naive | — | {slow_squares:.2f} s | {slow_drawing:.2f} s | (in drawing) | {slow:.2f} s "
        f"| {slow / number * 1000:.2f} ms | {len(slow_out.getvalue()) * ratio / 1e6:.1f} MB |"
    )
    print(f"\nNaive / Préau: {slow / whole:.1f}")


def here(number: int) -> None:
    """Give a whole school its identifiers and cards, through the pages, on the database of DATABASE_URL."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.utils import timezone

    from bench.pupils_tab import UAI, fill
    from preau.handouts.actions import new_token
    from preau.handouts.errands import run_errand
    from preau.handouts.models import Errand

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    client = Client(SERVER_NAME="localhost")
    client.force_login(fill(number), backend="allauth.account.auth_backends.AuthenticationBackend")
    base = f"/e/{UAI}/"
    waits: dict[str, list[float]] = {"ask": [], "errand": [], "codes": [], "pdf": []}
    for _ in range(TIMES):
        token = new_token()
        asked = {"action": "identifiants-cartes", "all": "1", "sure": "1", "token": token}

        def work() -> None:
            run_errand(errand_id=Errand.objects.latest("pk").pk, at=timezone.now())

        def codes(token: str = token) -> object:
            form = {"token": token, "errand": Errand.objects.latest("pk").pk}
            return client.post(base + "cartes/preparer/", form)

        steps = {
            "ask": lambda asked=asked: client.post(base + "eleves/action/", asked, follow=True),
            "errand": work,
            "codes": codes,
            "pdf": lambda token=token: client.post(base + "cartes/pdf/", {"token": token}),
        }
        for name, deed in steps.items():
            start = time.perf_counter()
            answer = deed()
            waits[name].append((time.perf_counter() - start) * 1000)
            assert answer is None or answer.status_code == 200, (name, answer)
    made = Errand.objects.latest("pk").batch.size
    said = []
    for name, times in waits.items():
        times.sort()
        said.append(f"{name} {times[len(times) // 2]:.0f} / {times[int(len(times) * 0.95)]:.0f}")
    print(f"{connection.vendor:<11} {made} cards, ms, median / p95 of {TIMES}: {', '.join(said)}", flush=True)
    print(f"{connection.vendor:<11} {beside_a_worker(client, base)}", flush=True)


def beside_a_worker(client: Any, base: str) -> str:
    """Ask once more, reload the errand's page while a worker of its own does it, open the codes, print the PDF."""
    from preau.handouts.actions import new_token
    from preau.handouts.models import Errand, ErrandState

    worker = subprocess.Popen(
        [sys.executable, "-m", "preau", "worker", "--interval", "0.1", "--no-startup-delay", "-v", "0"],
        env={**os.environ, "PREAU_LOG_LEVEL": "WARNING"},
    )
    try:
        token, before = new_token(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        client.post(
            base + "eleves/action/",
            {"action": "identifiants-cartes", "all": "1", "sure": "1", "token": token},
        )
        errand, reloads = Errand.objects.latest("pk"), 0
        page = f"{base}cartes/travaux/{errand.pk}/"
        while errand.state == ErrandState.WAITING:
            assert client.get(page).status_code == 200  # a person reloads
            reloads += 1
            time.sleep(0.2)
            errand.refresh_from_db()
        assert errand.state == ErrandState.DONE, errand.outcome
        waited = time.perf_counter() - start
        memory = Path(f"/proc/{worker.pid}/status")
        most = re.search(r"VmHWM:\s+(\d+)", memory.read_text()) if memory.exists() else None
    finally:
        worker.terminate()
        worker.wait()
    codes = client.post(base + "cartes/preparer/", {"token": token, "errand": errand.pk})
    printed = client.post(base + "cartes/pdf/", {"token": token})
    assert (codes.status_code, printed.content[:5]) == (200, b"%PDF-")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (
        f"beside a worker: done after {waited:.1f} s and {reloads} reloads, "
        f"worker {int(most[1]) // 1024 if most else 0} MB "
        f"at most; codes and PDF ({len(printed.content) / 1e6:.1f} MB): pages {after // 1024} MB at most "
        f"(+{(after - before) // 1024})"
    )


if __name__ == "__main__":
    asked_for = [int(word) for word in sys.argv[1:] if word.isdigit()] or [3640]
    if "--here" in sys.argv:
        here(*asked_for)
    else:
        from bench.pupils_tab import on_both

        main(*asked_for)
        on_both("bench.cards", *asked_for)
