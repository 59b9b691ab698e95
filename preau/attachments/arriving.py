"""Who may be behind an ENT identity that no account has yet: the schools it speaks of, and a likely pupil.

What the ENT says of names and class is looked up while it passes by; only the number of the pupil it makes likely stays
in the session. A likely pupil is only asked « C’est toi ? », and proves it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from allauth.socialaccount.models import SocialAccount

from preau.accounts import arrival, identities
from preau.accounts.identities import Hints, IdentityGone, PendingIdentity, Profile
from preau.accounts.models import Account
from preau.attachments.finding import candidate_of
from preau.attachments.matching import Typed, same_names
from preau.attachments.models import Attachment
from preau.attachments.refusals import IdentityOver
from preau.establishments.models import Establishment
from preau.rosterfiles.divisions import division_key
from preau.rosterfiles.names import fold
from preau.rosters.models import Learner, LearnerQuerySet, LearnerStatus

if TYPE_CHECKING:
    from django.http import HttpRequest

LIKELY_KEY = "identity_likely"
MOST_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Arriving:
    """An identity that waits, the schools of ours that it speaks of, and the pupil it may be."""

    waiting: PendingIdentity
    schools: tuple[Establishment, ...]
    likely: Learner | None

    @property
    def elsewhere(self) -> bool:
        """Whether it only speaks of schools that are not here."""
        return bool(self.waiting.uais) and not self.schools

    def fits(self, learner: Learner) -> bool:
        """Whether this pupil is of a school that the identity speaks of; any, when it speaks of none."""
        return not self.waiting.uais or learner.establishment.uai in self.waiting.uais


def arriving(request: HttpRequest, *, at: datetime, key: str | None = None) -> Arriving:
    """What waits in this session; `key` must be its own when a form gives one. Raises IdentityOver."""
    try:
        waiting = identities.held(request, at=at, key=key)
    except IdentityGone:
        raise IdentityOver from None
    return Arriving(waiting, schools_of(waiting.uais), _likely(request, waiting))


def can_join(request: HttpRequest, *, at: datetime) -> bool:
    """Whether a pupil's identity waits that could be joined here: whoever signs in is asked about it."""
    try:
        waiting = identities.held(request, at=at)
    except IdentityGone:
        return False
    return waiting.profile is Profile.PUPIL and (not waiting.uais or bool(schools_of(waiting.uais)))


def schools_of(uais: Iterable[str]) -> tuple[Establishment, ...]:
    """The schools of these UAIs that use Préau, by name."""
    known = [uai for uai in uais if len(uai) == 8 and uai.isalnum()]
    return tuple(Establishment.objects.filter(uai__in=known).order_by("name", "uai")) if known else ()


def mark_likely(request: HttpRequest, waiting: PendingIdentity, learner: Learner | None) -> None:
    """Keep the number of the likely pupil beside the identity that waits; None says that there is nobody."""
    if learner is None:
        request.session.pop(LIKELY_KEY, None)
    else:
        request.session[LIKELY_KEY] = [waiting.key, learner.pk]


def is_named(request: HttpRequest, waiting: PendingIdentity, learner: Learner) -> bool:
    """Whether the ENT itself named this pupil with the identity that waits, and nobody said no since."""
    return request.session.get(LIKELY_KEY) == [waiting.key, learner.pk]


def _likely(request: HttpRequest, waiting: PendingIdentity) -> Learner | None:
    kept = request.session.get(LIKELY_KEY)
    if not kept or kept[0] != waiting.key:
        return None
    found = Learner.objects.present().filter(pk=kept[1]).select_related("division", "establishment")
    return found.first()


def likely_learner(schools: Iterable[Establishment], hints: Hints) -> Learner | None:
    """The one pupil of these schools who has these names, and this class where names are shared; else None."""
    words = fold(hints.last_name).split()
    if not words or not fold(hints.first_name):
        return None
    pupils = Learner.objects.present().filter(establishment__in=[school.pk for school in schools])
    alike = _same_names(pupils.filter(search_key__contains=max(words, key=len)), hints)
    if len(alike) > 1:
        keys = {division_key(label) for label in class_labels(hints.divisions)}
        alike = [one for one in alike if one.division and one.division.key in keys]
    return alike[0] if len(alike) == 1 else None


def _same_names(pupils: LearnerQuerySet, hints: Hints) -> list[Learner]:
    typed = Typed(hints.last_name, hints.first_name, None)
    rows = pupils.select_related("division", "establishment").order_by("pk")[:MOST_LOOKED_AT]
    return [one for one in rows if same_names(typed, candidate_of(one))]


def class_labels(divisions: Iterable[str]) -> tuple[str, ...]:
    """The ways a class may be written in what the GAR sends: « code##label »."""
    return tuple(part.strip() for one in divisions for part in one.split("##") if part.strip())


def learner_here(account: Account, here: Arriving) -> Learner | None:
    """The pupil that this account is, in a school the identity speaks of: the school of the visit first."""
    rows = (
        Attachment.objects.opening()
        .filter(account=account)
        .select_related("learner__division", "learner__establishment")
        .order_by("-made_at", "-pk")
    )
    fitting = [one.learner for one in rows if here.fits(one.learner)]
    return fitting[0] if fitting else None


def is_identity_of(account: Account, waiting: PendingIdentity) -> bool:
    """Whether what waits here was joined to this account meanwhile."""
    rows = SocialAccount.objects.filter(user=account, provider=waiting.provider, uid=waiting.uid)
    return rows.exists()


def remember_school(request: HttpRequest, here: Arriving) -> None:
    """The visit is for the school that the ENT speaks of; a code typed for another one leads nowhere any more."""
    known = arrival.arrival_of(request).establishment_id
    if not here.schools or known in {school.pk for school in here.schools}:
        return
    likely = here.likely
    if likely is not None and likely.status == LearnerStatus.PRESENT:
        arrival.remember(request, establishment_id=likely.establishment_id)
    elif len(here.schools) == 1:
        arrival.remember(request, establishment_id=here.schools[0].pk)
