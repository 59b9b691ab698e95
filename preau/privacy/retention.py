"""The clock: when somebody was seen to leave, and when what is kept of them goes away."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F, Q

from preau.establishments.models import DEMONSTRATION_UAI
from preau.privacy.models import LONGEST_DAYS, Departure, PrivacyChoices
from preau.rosters.models import LearnerStatus

if TYPE_CHECKING:
    from preau.establishments.models import Establishment

# One statement for a whole academy: whoever left; those who have a clock keep it, found by its key (looking for « no
# clock yet » in a table still empty, PostgreSQL read again what it was writing). Demonstration pupils have their own.
_NOTICE = """
    INSERT INTO privacy_departure (learner_id, left_on, noticed_on)
    SELECT l.id, l.left_on, %s FROM rosters_learner l
    JOIN establishments_establishment e ON e.id = l.establishment_id
    WHERE l.status = 'LEFT' AND e.uai <> %s
    ON CONFLICT DO NOTHING"""


def notice_departures(*, on: date) -> int:
    """Stop the clock of whoever came back, start it for whoever left; say how many clocks started."""
    another_day = Q(learner__left_on__isnull=False) & (
        Q(left_on=None) | ~Q(left_on=F("learner__left_on"))
    ) | Q(learner__left_on=None, left_on__isnull=False)
    Departure.objects.filter(Q(learner__status=LearnerStatus.PRESENT) | another_day).delete()
    with connection.cursor() as cursor:
        cursor.execute(_NOTICE, [on, DEMONSTRATION_UAI])
        return int(cursor.rowcount)


def too_old(on: date) -> Q:
    """Departures noticed longer ago than their school keeps them; one condition per number of days in use."""
    old = Q(noticed_on__lte=on - timedelta(days=LONGEST_DAYS))
    used = PrivacyChoices.objects.filter(kept_days__lt=LONGEST_DAYS)
    for days in used.order_by("kept_days").values_list("kept_days", flat=True).distinct():
        shorter = Q(learner__establishment__privacy__kept_days=days)
        old |= shorter & Q(noticed_on__lte=on - timedelta(days=days))
    return old


def kept_days(establishment: Establishment) -> int:
    """How long this school keeps those who left."""
    chosen = PrivacyChoices.objects.filter(establishment=establishment).values_list("kept_days", flat=True)
    return chosen.first() or LONGEST_DAYS


def choices_of(establishment: Establishment) -> PrivacyChoices | None:
    """What the school has said, if it ever did."""
    return PrivacyChoices.objects.filter(establishment=establishment).select_related("set_by").first()
