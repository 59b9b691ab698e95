"""Growing delays after wrong tries, counted per account and per school, never per address.

A class of 35 shares one address, so an address says nothing. A key is a keyed digest of what was typed: an
unknown identifier counts exactly as a known one, and the table names nobody.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from preau.accounts.models import OFTEN, SignInFailures

FIRST_DELAY = timedelta(seconds=15)
KEPT_FOR = timedelta(days=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a kind of key slows down.

    `free` wrong tries cost nothing, the next delays double up to `longest`. All is forgotten `calm` after the
    last wrong try, and, if `window` is set, that long after the first one.
    """

    free: int
    longest: timedelta
    calm: timedelta
    window: timedelta | None = None

    def delay_after(self, count: int) -> timedelta:
        """How long to wait after `count` wrong tries."""
        if count < self.free:
            return timedelta()
        # Twenty doublings are already months: no need for larger numbers.
        doublings = min(count - self.free, 20)
        return min(FIRST_DELAY * (1 << doublings), self.longest)


PACES = {
    "a": Pace(free=OFTEN, longest=timedelta(minutes=15), calm=timedelta(hours=1)),
    # A school on its first morning makes hundreds of honest mistakes; a machine makes thousands.
    "s": Pace(
        free=1000, longest=timedelta(minutes=1), calm=timedelta(minutes=10), window=timedelta(minutes=10)
    ),
}


def account_key(identifier: str) -> str:
    """The key of an account, from the identifier or mail as typed."""
    return _key("a", identifier.strip().lower())


def school_key(establishment_id: int) -> str:
    """The key of a school."""
    return _key("s", str(establishment_id))


def _key(kind: str, what: str) -> str:
    digest = _begun(settings.SECRET_KEY).copy()
    digest.update(f"{kind}:{what}".encode())
    return f"{kind}:{digest.hexdigest()[:48]}"


@cache
def _begun(secret: str) -> hmac.HMAC:
    """The keyed digest before its text: a page may make those of a whole school."""
    return salted_hmac("preau.accounts.throttle", "", secret=secret, algorithm="sha256")


def waiting(*, at: datetime) -> QuerySet[SignInFailures]:
    """Accounts that may have to wait now: missed often enough, and lately. Read by an index of their own."""
    often = SignInFailures.objects.filter(count__gte=OFTEN, key__startswith="a:")
    return often.filter(last_at__gt=at - PACES["a"].calm)


def delay_left(*keys: str, at: datetime, first_try_free: bool = False) -> timedelta:
    """How long whoever tries these keys must still wait, zero when they may try.

    With `first_try_free`, a school's delay only holds for an account that was missed lately: a machine that floods a
    school keeps nobody out who types right the first time, and gets one try an account.
    """
    left = of_school = timedelta()
    missed = not first_try_free
    if not keys or not _any_missed(keys):
        return left
    for key, count, first_at, last_at in SignInFailures.objects.filter(key__in=keys).values_list(
        "key", "count", "first_at", "last_at"
    ):
        pace = PACES[key[0]]
        faded = at - last_at > pace.calm or (pace.window is not None and at - first_at > pace.window)
        # A clock that was ahead and was set right must not keep a pupil out until it gets there again.
        faded |= last_at - at > pace.longest
        if faded:
            continue
        delay = last_at + pace.delay_after(count) - at
        if key[0] == "s":
            of_school = max(of_school, delay)
        else:
            left, missed = max(left, delay), True
    return max(left, of_school) if missed else left


def _any_missed(keys: tuple[str, ...]) -> bool:
    """Whether anything at all is counted on these keys: for nearly everybody nothing is, and the answer is quick."""
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {SignInFailures._meta.db_table} WHERE key IN ({marks}) LIMIT 1", keys)  # noqa: S608
        return cursor.fetchone() is not None


def failed(*keys: str, at: datetime) -> None:
    """Count one wrong try on each key; one statement, so that two tries at once count as two."""
    for key in sorted(set(keys)):
        _count_one(key, at)


def _count_one(key: str, at: datetime) -> None:
    pace = PACES[key[0]]
    moment = connection.ops.adapt_datetimefield_value
    calm_since = moment(at - pace.calm)
    window_since = moment(at - pace.window if pace.window else LONG_AGO)
    table = SignInFailures._meta.db_table
    over = f"({table}.last_at < %s OR {table}.first_at < %s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (key, count, first_at, last_at) VALUES (%s, 1, %s, %s)"  # noqa: S608
            " ON CONFLICT (key) DO UPDATE SET"
            f" count = CASE WHEN {over} THEN 1 ELSE {table}.count + 1 END,"
            f" first_at = CASE WHEN {over} THEN excluded.first_at ELSE {table}.first_at END,"
            " last_at = excluded.last_at",
            [key, moment(at), moment(at), calm_since, window_since, calm_since, window_since],
        )


def cleared(*keys: str) -> None:
    """Forget the wrong tries on these keys: a right password, a new one, or « Débloquer »."""
    SignInFailures.objects.filter(key__in=keys).delete()


def sweep(*, at: datetime) -> int:
    """Delete what faded long ago; returns how many keys went."""
    return SignInFailures.objects.filter(last_at__lt=at - KEPT_FOR).delete()[0]
