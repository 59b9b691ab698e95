"""By which opaque identifiers the invented ENT knows people: the same at each start."""

from __future__ import annotations

from hashlib import sha512

from preau.rosters.models import Learner


def ido_of(learner: Learner) -> str:
    """Of a pupil; another one in each school, as the GAR does."""
    return ido(learner.establishment.uai, learner.local_id or f"eleve:{learner.pk}")


def ido(uai: str, who: str) -> str:
    """128 hexadecimal signs."""
    return sha512(f"preau.rehearsal.ido:{uai}:{who}".encode()).hexdigest()
