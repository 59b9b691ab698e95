"""The pupil's side: type a code, choose a way in, land on the parcours."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from preau.accounts import arrival
from preau.accounts.models import Account
from preau.attachments.models import Attachment
from preau.attachments.stumbles import Stumble, tell
from preau.campaigns import actions
from preau.campaigns.codes import normalise_code
from preau.campaigns.forms import CodeForm
from preau.campaigns.models import Campaign, Participation
from preau.establishments.models import Membership
from preau.web.refusals import Refusal


def who(request: HttpRequest) -> Account:
    """Whoever is signed in; the page was closed to anybody else."""
    if not isinstance(request.user, Account):
        raise PermissionDenied
    return request.user


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The front page: the code of the board, and the other doors."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        going_to = reverse("campaigns:enter", kwargs={"code": form.cleaned_data["code"]})
        arrival.lead(request, going_to)
        return redirect(going_to)
    status = 422 if form.errors else 200
    return render(request, "campaigns/home.html", {"form": form}, status=status)


@require_GET
def enter(request: HttpRequest, code: str) -> HttpResponse:
    """Remember where the pupil is going; who is signed in goes straight there, others choose a way in."""
    try:
        campaign = actions.find_open(code, at=timezone.now())
    except Refusal as refusal:
        form = CodeForm({"code": code})
        form.is_valid()
        form.add_error("code", refusal.message)
        return render(request, "campaigns/home.html", {"form": form}, status=422)
    destination = reverse("campaigns:begin", kwargs={"code": campaign.code})
    arrival.remember(request, establishment_id=campaign.establishment_id, destination=destination)
    if request.user.is_authenticated:
        if arrival.led_here(request):
            arrival.lead(request, destination)
        return redirect(destination)
    return render(request, "campaigns/enter.html", {"campaign": campaign, "school": campaign.establishment})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """Land on the parcours. The participation starts here once the pupil asked for it: decision 0029.

    A POST asks, and a second one makes a second try; so does what led here. A page that is only read begins nothing.
    """
    now = timezone.now()
    again = True if request.method == "POST" else None
    participation: Participation | None
    try:
        campaign = actions.find_open(code, at=now)
        account = who(request)
        learner = actions.learner_of(account, campaign)
        if learner is None:
            return _not_yet(request, campaign)
        if again or arrival.led_here(request):
            participation = actions.begin(
                campaign=campaign, learner=learner, account=account, at=now, again=again
            )
        else:
            participation = actions.begun(campaign=campaign, learner=learner, at=now)
    except actions.OtherClass as refusal:
        if learner is not None:
            tell(learner.pk, Stumble.OTHER_CLASS, at=now)
        return render(request, "campaigns/refused.html", {"refusal": refusal}, status=422)
    except Refusal as refusal:
        return render(request, "campaigns/refused.html", {"refusal": refusal}, status=422)
    if again and "straight" in request.POST and participation and participation.attempt_id:
        return redirect("parcours:play", pk=participation.attempt_id)
    facts = {
        "campaign": campaign,
        "participation": participation,
        "before": _tries_before(participation) if participation else [],
        "school": campaign.establishment,
    }
    return render(request, "campaigns/begin.html", facts)


def _tries_before(participation: Participation) -> list[Participation]:
    """The pupil's earlier tries at the same campaign that have results to read again."""
    if participation.rank == 1:
        return []
    same = Participation.objects.filter(campaign=participation.campaign, learner=participation.learner)
    return list(same.filter(rank__lt=participation.rank, attempt__isnull=False).order_by("-rank"))


def _not_yet(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Not attached in the campaign's school: staff look at the poster, pupils prove who they are first."""
    if Membership.objects.filter(account=who(request), establishment_id=campaign.establishment_id).exists():
        facts = {
            "campaign": campaign,
            "participation": None,
            "school": campaign.establishment,
            "visitor": True,
        }
        return render(request, "campaigns/begin.html", facts)
    destination = reverse("campaigns:begin", kwargs={"code": campaign.code})
    arrival.remember(request, establishment_id=campaign.establishment_id, destination=destination)
    return redirect("attachments:arrive")


@require_POST
@login_required
def done(request: HttpRequest, code: str) -> HttpResponse:
    """« J’ai terminé » : saying it twice, or late, changes nothing."""
    known = Campaign.objects.select_related("establishment")
    campaign = known.filter(code=normalise_code(code) or "").first()
    learner = campaign and actions.learner_of(who(request), campaign)
    if not campaign or not learner:
        return redirect("campaigns:mine")
    try:
        actions.finish(campaign=campaign, learner=learner, account=who(request), at=timezone.now())
    except Refusal as refusal:
        return render(request, "campaigns/refused.html", {"refusal": refusal}, status=422)
    return redirect("campaigns:mine")


@require_GET
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """The pupil's own page: what is open for them, what they have done, how they come in."""
    account = who(request)
    attachments = list(
        Attachment.objects.opening()
        .filter(account=account)
        .select_related("learner__division", "establishment")
        .order_by("-made_at")
    )
    if not attachments and Membership.objects.filter(account=account).exists():
        return redirect("establishments:mine")
    facts = {"attachments": attachments, "parcours": _parcours_of(attachments), "form": CodeForm()}
    return render(request, "campaigns/mine.html", facts)


def _parcours_of(attachments: list[Attachment]) -> list[dict[str, Any]]:
    """The campaigns open to these pupils or taken part in, each with the last participation, newest first."""
    now = timezone.now()
    learners = {a.establishment_id: a.learner for a in attachments}
    taken = Participation.objects.filter(learner__in=list(learners.values())).order_by("rank")
    last = {p.campaign_id: p for p in taken}
    campaigns = Campaign.objects.filter(establishment__in=list(learners)).prefetch_related("divisions")
    rows = []
    for campaign in campaigns.order_by("-opens_at", "-pk"):
        classes = {d.pk for d in campaign.divisions.all()}
        for_me = not classes or learners[campaign.establishment_id].division_id in classes
        is_open = campaign.is_open(now)
        if campaign.pk in last or (is_open and for_me):
            rows.append(
                {"campaign": campaign, "participation": last.get(campaign.pk), "open": is_open and for_me}
            )
    return rows


@require_GET
def stand_in(request: HttpRequest) -> HttpResponse:
    """Where the rehearsal school's campaigns lead: it says what would stand here in a real school."""
    return render(request, "campaigns/stand_in.html")
