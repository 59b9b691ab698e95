"""Names and birth dates that found nobody, so that a later correction can say whom it helps.

What was typed is never kept here: only a digest under the server's key, that nobody can read back, and that only the
very same names and date make again. It is written for every failure, whether or not such a pupil exists: the answer
takes the same time for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.utils.crypto import salted_hmac

from preau.attachments.matching import Candidate, Typed, whole_names
from preau.attachments.models import FailedTry
from preau.establishments.models import Establishment
from preau.rosterfiles.names import compact

TRIES_KEPT = timedelta(
    days=30
)  # as long as a card: a correction comes back with the next export or the one after


def note_failed_try(*, establishment: Establishment, typed: Typed, at: datetime) -> None:
    """Remember that this found nobody."""
    whole = compact(typed.first_name) + compact(typed.last_name)
    digest = _digest(establishment.pk, whole, typed.birth_date)
    FailedTry.objects.create(establishment=establishment, digest=digest, made_at=at)


def failed_tries(*, establishment_id: int) -> dict[str, int]:
    """How often each digest failed in a school; empty nearly everywhere, nearly always."""
    tries = FailedTry.objects.filter(establishment=establishment_id).order_by()
    return dict(tries.values_list("digest").annotate(Count("pk")))


def tries_of(candidate: Candidate, tries: dict[str, int], *, establishment_id: int) -> int:
    """How often this pupil failed, had they typed their names and birth date as this candidate has them."""
    digests = {_digest(establishment_id, whole, candidate.birth_date) for whole in _wholes(candidate)}
    return sum(tries.get(digest, 0) for digest in digests)


def forget_failed_tries(*, at: datetime) -> None:
    """Forget what is too old to help anybody."""
    FailedTry.objects.filter(made_at__lt=at - TRIES_KEPT).delete()


def _wholes(candidate: Candidate) -> Iterable[str]:
    return whole_names(candidate) if candidate.birth_date is not None else ()


def _digest(establishment_id: int, whole: str, birth_date: date | None) -> str:
    said = f"{establishment_id}:{birth_date}:{whole}"
    return salted_hmac("preau.attachments.failed_try", said, algorithm="sha256").hexdigest()
