"""The numbers that name a school (UAI) and a pupil (INE), and the letters that check them."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

IneKind = Literal["RNIE", "BEA", "INA", "APPRENTICE", "SURROGATE"]
IneProblem = Literal["SHAPE", "KEY", "TYPING"]

# A to Z without I, O and Q, which look too much like figures.
KEY_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
# The RNIE writes its two-figure key with a letter for each figure, 0 to 9.
RNIE_FIGURES = "ABCDEFGHJK"

_UAI = re.compile(r"[0-9]{7}[A-Z]")
_INE_SHAPES: tuple[tuple[re.Pattern[str], IneKind], ...] = (
    (re.compile(rf"[0-9]{{9}}[{RNIE_FIGURES}]{{2}}"), "RNIE"),
    (re.compile(rf"[0-9]{{10}}[{KEY_LETTERS}]"), "BEA"),
    (re.compile(rf"[0-9]{{4}}A[0-9]{{5}}[{KEY_LETTERS}]"), "APPRENTICE"),
    # CNED and some software give eight characters; with a figure, lest « INCONNUE » pass for a number.
    (re.compile(r"(?=[A-Z]*[0-9])[0-9A-Z]{8}"), "SURROGATE"),
)
_MISTYPED = str.maketrans("ILO", "110")


@dataclass(frozen=True, slots=True)
class UaiCheck:
    """What can be said of a school number: `expected` is None when the shape itself is wrong."""

    uai: str
    valid: bool
    expected: str | None


def _normalise(text: str) -> str:
    if not text or (text.isascii() and text.isalnum()):
        return text.upper()  # nearly always, and twenty times as fast
    return "".join(
        character
        for character in unicodedata.normalize("NFKD", text).upper()
        if not character.isspace() and unicodedata.category(character) not in {"Cc", "Cf", "Mn", "Mc", "Me"}
    )


def uai_letter(digits: str) -> str:
    """The letter that closes a UAI: its seven digits modulo 23. Raises ValueError on anything else."""
    if not re.fullmatch(r"[0-9]{7}", digits):
        raise ValueError("a UAI starts with seven digits")
    return KEY_LETTERS[int(digits) % 23]


def make_uai(digits: str) -> str:
    """Seven digits with the letter they call for. Raises ValueError on anything else."""
    return digits + uai_letter(digits)


def normalise_uai(text: str) -> str:
    """The school number in capitals, without spaces nor invisible characters."""
    return _normalise(text)


def check_uai(text: str) -> UaiCheck:
    """Say whether a school number is right, and with which letter it would be."""
    uai = normalise_uai(text)
    if not _UAI.fullmatch(uai):
        return UaiCheck(uai=uai, valid=False, expected=None)
    expected = make_uai(uai[:7])
    return UaiCheck(uai=uai, valid=uai == expected, expected=expected)


def normalise_ine(text: str) -> str:
    """The national pupil number in capitals, without spaces nor invisible characters."""
    return _normalise(text)


def ine_kind(ine: str, *, agricultural: bool = False) -> IneKind | None:
    """Which family a national number belongs to, from its shape alone; None when it has none.

    The agricultural INA is shaped like a BEA: only the origin of the file tells them apart.
    """
    text = normalise_ine(ine)
    for shape, kind in _INE_SHAPES:
        if shape.fullmatch(text):
            return "INA" if kind == "BEA" and agricultural else kind
    return None


def ine_problem(ine: str, *, agricultural: bool = False) -> IneProblem | None:
    """What is odd about a national number: enough for a warning, never for a refusal.

    TYPING is a letter I, L or O where a figure would make the shape right. The keys of INA,
    apprentice and surrogate numbers are not published, hence not checked.
    """
    text = normalise_ine(ine)
    kind = ine_kind(text, agricultural=agricultural)
    if kind is None:
        retyped = text[:10].translate(_MISTYPED) + text[10:]
        return "TYPING" if retyped != text and ine_kind(retyped) in {"RNIE", "BEA", "APPRENTICE"} else "SHAPE"
    if kind == "RNIE" and text != make_ine_rnie(int(text[:9])):
        return "KEY"
    if kind == "BEA" and text != make_ine_bea(int(text[:10])):
        return "KEY"
    return None


def make_ine_rnie(number: int) -> str:
    """Nine figures and the two letters of their key, 97 − (number mod 97). Raises ValueError out of range."""
    if not 0 <= number < 10**9:
        raise ValueError("an RNIE number has nine figures")
    tens, units = divmod(97 - number % 97, 10)
    return f"{number:09d}{RNIE_FIGURES[tens]}{RNIE_FIGURES[units]}"


def make_ine_bea(number: int) -> str:
    """Ten figures and the letter of their key, number mod 23. Raises ValueError out of range."""
    if not 0 <= number < 10**10:
        raise ValueError("a BEA number has ten figures")
    return f"{number:010d}{KEY_LETTERS[number % 23]}"


def mask_ine(ine: str) -> str:
    """Only the last two characters: enough to tell two pupils apart, not to know a number."""
    text = normalise_ine(ine)
    if len(text) <= 4:
        return "•" * len(text)
    return "•" * (len(text) - 2) + text[-2:]
