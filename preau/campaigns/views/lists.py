"""Lists taken out of a campaign: whom to remind, on paper; everybody, for a spreadsheet."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from preau.audit.actions import record
from preau.campaigns.access import campaign_of
from preau.campaigns.models import Campaign
from preau.campaigns.progress import SHOWN, by_class, in_class, pupils_of
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Membership
from preau.web.spreadsheet import csv_answer

REMINDED = {"jamais": "Jamais venus", "commence": "Commencé, pas terminé", "pas-fini": "Pas terminé"}


@require_GET
@staff_page
def reminders(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Whom to remind, one sheet a class, to print and give to each teacher."""
    membership = access.member(request.user, uai=uai)
    campaign = campaign_of(membership, pk)
    shown = request.GET.get("qui", "")
    shown = shown if shown in REMINDED else "pas-fini"
    division = request.GET.get("classe", "")
    pupils = in_class(pupils_of(membership, campaign).filter(SHOWN[shown]), division)
    facts = {
        "campaign": campaign,
        "sheets": by_class(pupils),
        "shown": shown,
        "division": division,
        "offered": list(REMINDED.items()),
        "title": REMINDED[shown],
        "now": timezone.now(),
    }
    return render(request, "campaigns/reminders.html", facts)


@require_GET
@staff_page
def export(request: HttpRequest, uai: str, pk: int) -> StreamingHttpResponse:
    """Who has started and finished, for a spreadsheet; taking it out is in the journal."""
    membership = access.member(request.user, uai=uai)
    campaign = campaign_of(membership, pk)
    _note(membership, campaign)
    header = ["Nom", "Prénom", "Classe", "Commencé", "Terminé", "Dernière participation"]
    facts = ("usage_name", "last_name", "first_name", "division__name", "started", "done", "last_at")
    pupils = pupils_of(membership, campaign).values_list(*facts).iterator(chunk_size=1000)
    return csv_answer(f"campagne-{campaign.code}.csv", header, (_row(*pupil) for pupil in pupils))


def _note(membership: Membership, campaign: Campaign) -> None:
    record(
        verb="campagne-exportee",
        at=timezone.now(),
        by=membership.account,
        uai=campaign.establishment.uai,
        about=campaign.title,
        code=campaign.code,
    )


def _row(
    usage: str,
    family: str,
    first: str,
    division: str | None,
    started: bool,
    done: bool,
    last: datetime | None,
) -> list[str]:
    at = timezone.localtime(last).strftime("%d/%m/%Y %H:%M") if last else ""
    return [usage or family, first, division or "", _word(started), _word(done), at]


def _word(said: bool) -> str:
    return "oui" if said else "non"
