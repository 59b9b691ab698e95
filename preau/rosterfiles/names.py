"""Names as they are compared and sorted: « L’Haÿ-les-Roses » and « LHAY LES ROSES » must meet."""

import unicodedata
from functools import lru_cache

from anyascii import anyascii

_LAST_LATIN = 0x24F


def _folded(character: str) -> str:
    """Small ASCII letters and figures for a letter, nothing for a stray accent, a space for the rest."""
    category = unicodedata.category(character)
    if category[0] == "M":
        return ""
    if category[0] not in "LN":
        return " "
    # anyascii writes some letters with signs (the soft ones of Cyrillic, « 1/2 »).
    return "".join(sign if sign.isalnum() else " " for sign in anyascii(character).lower())


class _Foldings(dict[int, str]):
    """What each character becomes; Latin ones are remembered, others too many to keep."""

    def __missing__(self, code: int) -> str:
        folded = _folded(chr(code))
        if code <= _LAST_LATIN:
            self[code] = folded
        return folded


_FOLDINGS = _Foldings()
_ASCII_FOLDINGS = "".join(_folded(chr(code)) for code in range(128))


@lru_cache(maxsize=32_768)
def fold(text: str) -> str:
    """The key on which names are compared: small ASCII letters and figures, single spaces between words.

    Accents fall, ligatures open (œ → oe), other alphabets are transliterated, everything else
    separates words. Never raises; may be empty.
    """
    if text.isascii():
        return " ".join(text.translate(_ASCII_FOLDINGS).split())
    return " ".join(unicodedata.normalize("NFC", text).translate(_FOLDINGS).split())


def compact(text: str) -> str:
    """The folded key without its spaces, for names whose words are joined or parted at whim."""
    return fold(text).replace(" ", "")


def sort_key(text: str) -> str:
    """The key of a French list: É with E, Œ as OE, a short word before the longer ones it begins.

    Accents do not break ties, so that (surname, given name) sorts « LÉVY Anne » before « LEVY Zoé ».
    """
    return fold(text)
