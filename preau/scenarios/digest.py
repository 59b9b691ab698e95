"""The week's figures by mail, for the staff who asked: no pupil is named."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from preau.establishments.models import Membership
from preau.scenarios.models import WeeklyDigest
from preau.scenarios.pictures import figures_of


def monday_of(day: date) -> date:
    """The first day of the week."""
    return day - timedelta(days=day.weekday())


def choose_digest(*, membership: Membership, wanted: bool, at: datetime) -> bool:
    """Start or stop the weekly mail of this member of staff; asked twice, it is done once."""
    if wanted:
        WeeklyDigest.objects.get_or_create(membership=membership, defaults={"chosen_at": at})
    else:
        WeeklyDigest.objects.filter(membership=membership).delete()
    return wanted


def send_digest(digest: WeeklyDigest, *, at: datetime) -> bool:
    """Mail one digest, once a week whoever asks and however often; False when it was sent, or there is nothing to say.

    The week is taken before the mail leaves, so that two workers send one; a mail that does not leave gives it back.
    """
    today, before = timezone.localdate(at), digest.sent_on
    mine = WeeklyDigest.objects.due(monday_of(today)).filter(pk=digest.pk)
    membership = Membership.objects.select_related("account", "establishment").get(pk=digest.membership_id)
    subject, body = written(membership, at=at)
    if not body or not mine.update(sent_on=today):
        return False
    try:
        send_mail(subject, body, None, [membership.account.email or ""])
    except Exception:
        WeeklyDigest.objects.filter(pk=digest.pk, sent_on=today).update(sent_on=before)
        raise
    return True


def written(membership: Membership, *, at: datetime) -> tuple[str, str]:
    """The subject and the words of a digest; no words for somebody who has no pupil to be told of."""
    figures, school = figures_of(membership, at=at), membership.establishment
    if not figures.all.pupils:
        return "", ""
    context = {
        "figures": figures,
        "school": school,
        "membership": membership,
        "link": settings.SITE_URL + reverse("scenarios:one_page", args=[school.uai]),
    }
    subject = " ".join(f"Préau : la rentrée cette semaine, {school.name}".split())
    return subject, render_to_string("scenarios/digest_mail.txt", context)
