"""One's schools, a school's settings, and its journal."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_safe

from preau.audit.actions import record
from preau.establishments import access, journal
from preau.establishments.access import staff_page
from preau.establishments.actions import set_school
from preau.establishments.forms import SchoolForm
from preau.establishments.models import Membership
from preau.web.paging import page_of
from preau.web.spreadsheet import csv_answer


@staff_page
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Straight into the only school; a choice when there are several; what to do when there is none."""
    memberships = list(
        Membership.objects.filter(account=request.user.pk)
        .select_related("establishment")
        .order_by("establishment__name", "pk")
    )
    if len(memberships) == 1:
        return redirect("scenarios:home", memberships[0].establishment.uai)
    return render(request, "establishments/mine.html", {"memberships": memberships})


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, uai: str) -> HttpResponse:
    """The school's name, town and chosen way in."""
    membership = access.runner(request.user, uai=uai)
    school = membership.establishment
    # The form writes on its instance while it checks: the page keeps showing the school as it is.
    form = SchoolForm(request.POST or None, instance=type(school).objects.get(pk=school.pk))
    if form.is_valid():
        set_school(establishment=school, **form.cleaned_data, by=membership.account, at=timezone.now())
        messages.success(request, "Les réglages sont enregistrés.")
        return redirect("establishments:settings", uai)
    return render(request, "establishments/settings.html", {"form": form})


@staff_page
@require_safe
def journal_page(request: HttpRequest, uai: str) -> HttpResponse:
    """Who did what, day by day."""
    membership = access.runner(request.user, uai=uai)
    asked = _asked(request)
    page = page_of(request, journal.entries_of(membership.establishment, asked), size=50)
    context = {
        "page": page,
        "days": journal.by_day(page.object_list),
        "asked": asked,
        "filtered": asked != journal.Asked(),
        "verbs": journal.verb_choices(),
        "query": request.GET.urlencode(),
    }
    return render(request, "establishments/journal.html", context)


@staff_page
@require_safe
def journal_csv(request: HttpRequest, uai: str) -> HttpResponseBase:
    """The same lines, all of them, for a spreadsheet; taking them out is itself in the journal."""
    membership = access.runner(request.user, uai=uai)
    now = timezone.now()
    entries = journal.entries_of(membership.establishment, _asked(request)).filter(at__lte=now)
    record(verb="journal-exporte", at=now, by=membership.account, uai=uai)
    name = f"journal-{uai}-{timezone.localdate(now).isoformat()}.csv"
    return csv_answer(name, journal.HEADINGS, journal.rows(entries.iterator(chunk_size=2000)))


def _asked(request: HttpRequest) -> journal.Asked:
    """The filters of the address; what makes no sense filters nothing."""
    verb = request.GET.get("verb", "")
    return journal.Asked(
        who=" ".join(request.GET.get("who", "").replace("\x00", "").split())[:100],
        verb=verb if verb in journal.SENTENCES else "",
        since=_day(request.GET.get("since", "")),
        until=_day(request.GET.get("until", "")),
    )


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    # The first and last days of the calendar have no midnight that can be told in UTC.
    return day if day and 2000 <= day.year <= 2100 else None
