"""The staff's side: make a campaign, show its code, see who has started."""

from __future__ import annotations

from io import BytesIO

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from preau.campaigns import actions
from preau.campaigns.access import campaign_of, campaigns_of, may_change
from preau.campaigns.forms import CampaignForm
from preau.campaigns.models import Campaign, CampaignKind, ParticipationState
from preau.campaigns.poster import PosterFacts, poster_pdf
from preau.campaigns.progress import NO_CLASS, SHOWN, ClassLine, class_lines, in_class, pupils_of
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Membership
from preau.rosters.models import Learner
from preau.web.paging import page_of
from preau.web.refusals import Refusal

DEEDS = {
    "fermer": (actions.close_campaign, "Le code ne marche plus ; ce qui est commencé est gardé."),
    "rouvrir": (actions.reopen_campaign, "Le code marche de nouveau, pendant une heure."),
    "archiver": (actions.archive_campaign, "La campagne est archivée ; ses résultats restent."),
}


@require_GET
@staff_page
def campaigns(request: HttpRequest, uai: str) -> HttpResponse:
    """Every campaign this person reaches, with who has started."""
    membership = access.member(request.user, uai=uai)
    reached = campaigns_of(membership)
    archived = request.GET.get("rangees") == "1"
    rows = (
        reached.filter(archived_at__isnull=not archived)
        .prefetch_related("divisions")
        .order_by("-opens_at", "-pk")
    )
    page = page_of(request, rows)
    counts = _counts(membership, [c.pk for c in page])
    for campaign in page:
        campaign.started, campaign.done = counts.get(campaign.pk, (0, 0))
    facts = {
        "page": page,
        "now": timezone.now(),
        "archived": archived,
        "put_away": reached.filter(archived_at__isnull=False).count(),
        "section": "campaigns",
    }
    return render(request, "campaigns/list.html", facts)


def _counts(membership: Membership, pks: list[int]) -> dict[int, tuple[int, int]]:
    """Campaign → (pupils who have started, pupils who have finished), among those this person reaches."""
    rows = (
        Learner.objects.reached_by(membership)
        .present()
        .filter(participations__campaign__in=pks)
        .values("participations__campaign")
        .annotate(
            started=Count("pk", distinct=True),
            done=Count("pk", distinct=True, filter=Q(participations__state=ParticipationState.DONE)),
        )
    )
    return {row["participations__campaign"]: (row["started"], row["done"]) for row in rows}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest, uai: str) -> HttpResponse:
    """Make a campaign."""
    membership = access.member(request.user, uai=uai)
    form = CampaignForm(
        request.POST or None,
        membership=membership,
        initial={"opens_on": timezone.localdate(), "opens": CampaignKind.RENTREE},
    )
    if request.method == "POST" and form.is_valid():
        school, by, at = membership.establishment, membership.account, timezone.now()
        made = actions.just_created(establishment=school, wish=form.wish, by=by, at=at)
        if made is None:
            made = actions.create_campaign(establishment=school, wish=form.wish, by=by, at=at)
        return redirect("campaigns:detail", uai=uai, pk=made.pk)
    facts = {"form": form, "section": "campaigns"}
    return render(request, "campaigns/form.html", facts, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def edit(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Change a campaign; its code stays."""
    membership = access.member(request.user, uai=uai)
    campaign = _changeable(membership, pk)
    initial = {
        "title": campaign.title,
        "opens": f"parcours-{campaign.parcours_id}" if campaign.parcours_id else campaign.kind,
        "parcours": campaign.parcours,
        "auto_send": campaign.auto_send,
        "parcours_url": campaign.parcours_url,
        "opens_on": timezone.localdate(campaign.opens_at),
        "closes_on": campaign.closes_at and timezone.localdate(campaign.closes_at),
        "divisions": list(campaign.divisions.all()),
        "several_tries": campaign.several_tries,
    }
    form = CampaignForm(request.POST or None, membership=membership, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.edit_campaign(campaign=campaign, wish=form.wish, by=membership.account, at=timezone.now())
        messages.success(request, "La campagne est modifiée.")
        return redirect("campaigns:detail", uai=uai, pk=pk)
    facts = {"form": form, "campaign": campaign, "section": "campaigns"}
    return render(request, "campaigns/form.html", facts, status=422 if form.errors else 200)


def _changeable(membership: Membership, pk: int) -> Campaign:
    campaign = campaign_of(membership, pk)
    if not may_change(membership, campaign):
        raise Http404
    return campaign


@require_GET
@staff_page
def detail(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """The code in large, who has started, finished, never came."""
    membership = access.member(request.user, uai=uai)
    campaign = campaign_of(membership, pk)
    pupils = pupils_of(membership, campaign)
    lines = class_lines(pupils)
    whole = ClassLine(None, "", *(sum(figures) for figures in _figures(lines)))
    shown, division = request.GET.get("qui", ""), request.GET.get("classe", "")
    kept = SHOWN.get(shown)
    found = in_class(pupils if kept is None else pupils.filter(kept), division)
    now = timezone.now()
    facts = {
        "campaign": campaign,
        "page": page_of(request, found),
        "lines": lines,
        "whole": whole,
        "division": next((line for line in lines if str(line.division_id or NO_CLASS) == division), None),
        "shown": shown if kept is not None else "",
        "open": Campaign.objects.open(now).filter(pk=pk).exists(),
        "may_change": may_change(membership, campaign),
        "link": _link(campaign),
        "now": now,
        "section": "campaigns",
    }
    return render(request, "campaigns/detail.html", facts)


def _figures(lines: list[ClassLine]) -> tuple[list[int], list[int], list[int]]:
    return [one.pupils for one in lines], [one.started for one in lines], [one.done for one in lines]


def _link(campaign: Campaign) -> str:
    return settings.SITE_URL + reverse("campaigns:enter", kwargs={"code": campaign.code})


@require_POST
@staff_page
def act(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Close, reopen for an hour, archive."""
    membership = access.member(request.user, uai=uai)
    campaign = _changeable(membership, pk)
    if request.POST.get("action") not in DEEDS:
        raise Http404
    deed, words = DEEDS[request.POST["action"]]
    try:
        deed(campaign=campaign, by=membership.account, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, words)
    return redirect("campaigns:detail", uai=uai, pk=pk)


@require_POST
@staff_page
def copy(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """The same campaign a school year later, under a code of its own; its form opens to be read again."""
    membership = access.member(request.user, uai=uai)
    made = actions.copy_campaign(
        campaign=_changeable(membership, pk), by=membership.account, at=timezone.now()
    )
    messages.success(
        request, "La campagne est copiée, avec un nouveau code. Relisez les dates et les classes."
    )
    return redirect("campaigns:edit", uai=uai, pk=made.pk)


@require_GET
@staff_page
def poster(request: HttpRequest, uai: str, pk: int) -> FileResponse:
    """The poster, to print."""
    campaign = campaign_of(access.member(request.user, uai=uai), pk)
    facts = PosterFacts(
        title=campaign.title,
        code=campaign.code,
        url=_link(campaign),
        site=settings.SITE_HOST,
        school=campaign.establishment.name,
        opens_on=timezone.localdate(campaign.opens_at),
        closes_on=timezone.localdate(campaign.closes_at) if campaign.closes_at else None,
    )
    out = BytesIO()
    poster_pdf(facts, out=out)
    out.seek(0)
    return FileResponse(out, filename=f"affiche-{campaign.code}.pdf", content_type="application/pdf")
