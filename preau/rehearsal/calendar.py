"""When things happened: a rentrée that ends today, in lessons and office hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone

# In days before today, at least three apart where one needs the other: a week-end moves a day by two. A card lives
# thirty days: those of the first lesson are out of date, the others are not.
FIRST_IMPORT = 40
FIRST_CARDS = 36
FIRST_LESSON = 32
TRIAL_ENDS = 28
SECOND_IMPORT = 24
SECOND_CARDS = 20
NAMES_LESSON = 19
CARDS_LESSONS = 17
DETACHED = 11
THIRD_IMPORT = 8
LAST_LOGINS = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """The moments of the story, counted back from `now`."""

    now: datetime

    def lesson(self, days: int, hour: int = 8) -> datetime:
        """That hour, that many days ago; on the Friday before if it was a week-end."""
        day = timezone.localdate(self.now) - timedelta(days=days)
        day -= timedelta(days=max(0, day.weekday() - 4))
        return timezone.make_aware(datetime.combine(day, time(hour)))
