"""Take the rehearsal away: its two schools and the people invented for them, nobody else."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet

from preau.accounts.models import Account
from preau.attachments.models import Attachment, Conflict
from preau.audit.models import Entry
from preau.establishments.models import Membership
from preau.rehearsal.schools import ADMINISTRATOR, SCHOOLS, UAIS, rehearsal_schools


@transaction.atomic
def erase_rehearsal() -> int:
    """Delete the schools, their journal, their pupils' and staff's accounts; return how many accounts.

    An account that is also somebody in another school stays, and so does whoever joined with a real address.
    """
    # Numbers first: once the schools are gone, nothing says whose the accounts were.
    people = list(_invented_people().values_list("pk", flat=True))
    rehearsal_schools().delete()
    Entry.objects.filter(Q(uai__in=UAIS) | Q(actor_id__in=people)).delete()
    Account.objects.filter(pk__in=people).delete()
    return len(people)


def _invented_people() -> QuerySet[Account]:
    here = Q(establishment__uai__in=UAIS)
    pupils = Attachment.objects.filter(here).values("account")
    met = Conflict.objects.filter(here).values("other_account")  # the second account of who has two
    staff = Q()
    for school in SCHOOLS:
        staff |= Q(email__in=[school.address(colleague.name) for colleague in school.team])
    elsewhere = Attachment.objects.exclude(here).values("account")
    working_elsewhere = Membership.objects.exclude(here).values("account")
    invented = Q(pk__in=pupils, is_staff=False) | Q(pk__in=met, is_staff=False)
    ours = Account.objects.filter(invented | staff | Q(username=ADMINISTRATOR))
    return ours.exclude(pk__in=elsewhere).exclude(pk__in=working_elsewhere)
