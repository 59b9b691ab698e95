"""Codes of cards and of calls for help: unambiguous, forgiving, and kept only as keyed digests."""

from __future__ import annotations

import hmac
import random
from hashlib import sha256

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 symbols: no 0 O 1 I L
LENGTH = 12  # 12 × log2(31) = 59.4 bits
GROUP = 4
HELP_LENGTH = 4


def kept(text: str) -> str:
    """Drop what people put between symbols (spaces, dashes, dots) and raise the case; the rest stays, to be judged."""
    return "".join(character for character in text.upper() if character.isalnum())


def normalise_card_code(text: str) -> str | None:
    """The twelve symbols that were meant, or None when they cannot be a code (wrong length, wrong symbol)."""
    code = kept(text)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        return None
    return code


def show(code: str) -> str:
    """Write a code as it is printed: XXXX-XXXX-XXXX."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def derive_code(token: str, rank: int, *, key: str) -> str:
    """The code of the card at `rank` (from 1) of the batch whose secret token is `token`: always the same.

    The codes can thus be printed twice without being kept anywhere. 256 bits folded into 31 ** 12 leave no
    measurable bias.
    """
    number = int.from_bytes(_hmac(key, f"preau.attachments.code:{rank}:{token}"), "big")
    symbols = []
    for _ in range(LENGTH):
        number, index = divmod(number, len(ALPHABET))
        symbols.append(ALPHABET[index])
    return "".join(symbols)


def digest(code: str, *, key: str) -> str:
    """What is kept of a code: HMAC-SHA256 under the server's key, in hexadecimal (64 characters)."""
    return _hmac(key, f"preau.attachments.card:{code}").hex()


def help_code(rng: random.Random) -> str:
    """A code of four symbols that a pupil can read aloud; unique among the open calls of a school by constraint."""
    return "".join(rng.choices(ALPHABET, k=HELP_LENGTH))


def _hmac(key: str, text: str) -> bytes:
    return hmac.digest(key.encode(), text.encode(), sha256)
