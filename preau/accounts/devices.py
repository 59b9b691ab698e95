"""A browser in words a person recognises (« Firefox sur Windows », nothing finer is kept), and what it must forget."""

from __future__ import annotations

from django.http import HttpResponse

DEVICE = "device"  # in the session
# The first mark found names it: browsers pretend to be one another.
BROWSERS = [
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
]
SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
]


def device_words(agent: str) -> str:
    """The browser and the system, "" when neither is known."""
    browser = next((words for mark, words in BROWSERS if mark in agent), "")
    system = next((words for mark, words in SYSTEMS if mark in agent), "")
    return " sur ".join(filter(None, [browser, system]))


def forget_here(response: HttpResponse) -> HttpResponse:
    """What this browser kept of whoever leaves goes; the next pupil keeps the style sheets and the language."""
    response.headers["Clear-Site-Data"] = '"storage"'
    return response
