"""From the mail to the identifier, for pupils under fifteen (rentree.md §2, « Age »)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from preau.accounts.age import may_use_email
from preau.accounts.models import Account
from preau.attachments.actions.usernames import name_accounts
from preau.attachments.models import Attachment
from preau.audit.actions import record_many
from preau.establishments.models import Establishment
from preau.rosters.models import Learner


@dataclass(frozen=True, slots=True)
class ConvertedMails:
    """Pupils who now enter with an identifier, and how many were left alone, by reason."""

    converted: list[Learner]
    old_enough: int  # fifteen already: the mail is theirs to keep
    undated: int  # nobody can say that they are under fifteen
    without: int  # no address to convert
    left: int


@transaction.atomic
def convert_mails(*, learners: Sequence[Learner], by: Account | None, at: datetime) -> ConvertedMails:
    """Take the address away from each pupil under fifteen who has one, giving an identifier to whoever has none.

    All pupils are of one school. Account, password, attachments and participations stay: only the name typed at the
    door changes. A handful of statements whatever the number; twice changes nothing.
    """
    chosen = [learner.pk for learner in learners]
    locked = Learner.objects.present().filter(pk__in=chosen).order_by("pk").select_for_update()
    present = {learner.pk: learner for learner in locked}
    attachments = Attachment.objects.active().filter(learner__in=present, account__email__isnull=False)
    mailed = {one.learner_id: one.account for one in attachments.select_related("account").order_by("pk")}
    on = timezone.localdate(at)
    dates = {pk: present[pk].birth_date for pk in mailed}
    young = [pk for pk, born in dates.items() if born is not None and not may_use_email(born, on=on)]
    undated = sum(born is None for born in dates.values())
    name_accounts([(present[pk], mailed[pk]) for pk in young if mailed[pk].username is None])
    Account.objects.filter(pk__in=[mailed[pk].pk for pk in young]).update(email=None)
    converted = [present[pk] for pk in young]
    if converted:
        uai = Establishment.objects.get(pk=converted[0].establishment_id).uai
        people = [(learner.pk, learner.display_name) for learner in converted]
        record_many(verb="mail-converti", at=at, by=by, uai=uai, people=people)
    return ConvertedMails(
        converted,
        old_enough=len(mailed) - len(young) - undated,
        undated=undated,
        without=len(present) - len(mailed),
        left=len(set(chosen)) - len(present),
    )
