"""What the roster hears from other rooms."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from preau.establishments.models import Membership
from preau.establishments.signals import joined
from preau.rosters.models import Division


@receiver(joined)
def give_classes(membership: Membership, divisions: list[str], **_: Any) -> None:
    """Let a teacher reach exactly these classes; one that no import has brought yet is written down now."""
    wanted = {" ".join(name.split()).casefold(): " ".join(name.split()) for name in divisions}
    school = membership.establishment_id
    Division.objects.bulk_create(
        [Division(establishment_id=school, key=key, name=name) for key, name in wanted.items()],
        ignore_conflicts=True,
    )
    membership.divisions.set(Division.objects.filter(establishment_id=school, key__in=wanted))
