"""French as it must look on screen: spaces that do not break, dates one can read, numbers in groups."""

import re
from datetime import date, datetime, timedelta

NO_BREAK = "\u00a0"
NARROW = "\u202f"
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
WORDS = ("Aucune", "Une", "Deux", "Trois", "Quatre", "Cinq", "Six", "Sept", "Huit", "Neuf", "Dix")

_RULES = (
    (re.compile(r"\.\.\."), "…"),
    (re.compile(r"(?<=\w)'(?=\w)"), "’"),
    (re.compile(r"[ \u00a0]+(?=[;!?])"), NARROW),
    (re.compile(r"[ ]+(?=[:»])"), NO_BREAK),
    (re.compile(r"(?<=«)[ ]+"), NO_BREAK),
    (re.compile(r"(?<=\d) (?=\d{3}(?!\d))"), NARROW),
    (re.compile(r"(?<=\d) (?=(?:h|%|€|min|[KMGT]o|octets?|jours?|élèves?|cartes?)(?!\w))"), NO_BREAK),
    (re.compile(r"(?<=\d\u00a0h) (?=\d)"), NO_BREAK),
)
_TAGS = re.compile(r"(<[^>]*>)")


def typeset(text: str) -> str:
    """Put the no-break spaces and the apostrophe of French typography into plain text.

    Spaces are only replaced where the author wrote one: addresses and codes are left alone.
    """
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def typeset_html(html: str) -> str:
    """Do the same between the tags of trusted HTML, never inside a tag."""
    parts = _TAGS.split(html)
    return "".join(part if index % 2 else typeset(part) for index, part in enumerate(parts))


def group_digits(number: int) -> str:
    """Write 20000 as 20 000 with narrow no-break spaces."""
    return f"{number:,}".replace(",", NARROW)


def says_something(text: str) -> bool:
    """Whether a name or a title can be read and printed: a letter or a digit, not only pictures or blanks."""
    return any(char.isalnum() for char in text)


def day_words(day: date, *, today: date) -> str:
    """Say a day as people do: hier, mardi 1er septembre; of another year, 1er septembre 2025."""
    near = {-1: "hier", 0: "aujourd’hui", 1: "demain"}.get((day - today).days)
    if near:
        return near
    words = f"{'1er' if day.day == 1 else day.day}{NO_BREAK}{MONTHS[day.month - 1]}"
    return f"{DAYS[day.weekday()]} {words}" if day.year == today.year else f"{words} {day.year}"


def spelled(day: date) -> str:
    """Return « 3 octobre 2026 », « 1er mai 2027 », with no-break spaces."""
    number = "1er" if day.day == 1 else str(day.day)
    return NO_BREAK.join((number, MONTHS[day.month - 1], str(day.year)))


def moment_words(moment: datetime, *, now: datetime) -> str:
    """Say a moment as people do: « ce matin, 9 h 12 », « mardi, 13 h 55 », « jeudi 3 septembre ».

    Both moments are already in the reader's time zone. The hour is dropped after six days: nobody needs it.
    """
    hour = f"{moment.hour}{NO_BREAK}h{NO_BREAK}{moment.minute:02}"
    today, day = now.date(), moment.date()
    if day == today and moment.hour < 12:
        return f"ce matin, {hour}"
    if abs(day - today) <= timedelta(days=1):
        return f"{day_words(day, today=today)}, {hour}"
    if timedelta() < today - day < timedelta(days=7):
        return f"{DAYS[day.weekday()]}, {hour}"
    return day_words(day, today=today)


def things_to_correct(count: int) -> str:
    """Title an error summary: Une chose à corriger, Deux choses à corriger, 12 choses à corriger."""
    number = WORDS[count] if count < len(WORDS) else str(count)
    return f"{number} chose{'s' if count > 1 else ''} à corriger"


def school_year_words(first_year: int) -> str:
    """Write the school year that starts in 2026 as 2026–2027."""
    return f"{first_year}–{first_year + 1}"
