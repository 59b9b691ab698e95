"""Personal leaflets for the pupils chosen in the tab: a page to print, and the same as a file."""

from __future__ import annotations

import io

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from preau.accounts.providers.ways import providers
from preau.attachments.models import Attachment, Card
from preau.audit.actions import record
from preau.campaigns.models import Campaign
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Establishment, Membership
from preau.rosters.models import LearnerQuerySet
from preau.scenarios.chosen import chosen_learners
from preau.scenarios.facts import around, with_facts
from preau.scenarios.leaflet_pdf import leaflets_pdf
from preau.scenarios.leaflets import Leaflet, OpenCampaign, SchoolFacts, leaflets
from preau.scenarios.people import rows_of

ON_SCREEN = 40  # the file holds them all


@staff_page
@require_http_methods(["GET", "POST"])
def leaflets_page(request: HttpRequest, uai: str) -> HttpResponse:
    """The leaflets of a set of pupils, in the language asked; `pdf` gives them as a file."""
    membership = access.member(request.user, uai=uai)
    if request.method == "GET":  # an address kept: nobody is chosen any more
        return redirect("scenarios:pupils", uai)
    return show_leaflets(request, membership, chosen_learners(membership, request.POST, at=timezone.now()))


def show_leaflets(request: HttpRequest, membership: Membership, chosen: LearnerQuerySet) -> HttpResponse:
    """The same, for pupils already found: the tab's action leads here."""
    school, asked = membership.establishment, request.POST.get("langue", "")
    language = asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    made = _made(request, membership, chosen, language)
    if not made:
        messages.warning(request, "Choisissez au moins un élève présent : lui seul a une feuille.")
        return redirect("scenarios:pupils", school.uai)
    if request.POST.get("format") == "pdf":
        return _file(membership, made, language)
    context = {
        "leaflets": made[:ON_SCREEN],
        "count": len(made),
        "kept": ",".join(str(pk) for pk in chosen.order_by("pk").values_list("pk", flat=True)),
        "languages": settings.LANGUAGES,
        "language": language,
    }
    return render(request, "scenarios/leaflets.html", context)


def _made(
    request: HttpRequest, membership: Membership, chosen: LearnerQuerySet, language: str
) -> list[Leaflet]:
    at, school = timezone.now(), membership.establishment
    known = around(school, at=at)
    rows = rows_of(with_facts(chosen.present(), known).select_related("division"), known)
    campaigns = Campaign.objects.open(at).filter(establishment=school).prefetch_related("divisions")
    facts = SchoolFacts(
        school=school.name,
        site=settings.SITE_HOST,
        ents=ents_of(school, request),
        cards={
            learner: timezone.localdate(until)
            for learner, until in Card.objects.valid(at)
            .filter(learner__in=[row.learner.pk for row in rows])
            .values_list("learner", "expires_at")
        },
        campaigns=tuple(
            OpenCampaign(
                title=one.title,
                code=one.shown_code,
                closes_on=timezone.localdate(one.closes_at) if one.closes_at else None,
                divisions=frozenset(division.pk for division in one.divisions.all()),
            )
            for one in campaigns.order_by("-opens_at", "-pk")
        ),
    )
    return leaflets(rows, facts, language=language)


def ents_of(school: Establishment, request: HttpRequest) -> tuple[str, ...]:
    """The names of the ENTs that pupils of this school came by; before anybody did, of all those that are set."""
    names = {one.sub_id: one.name for one in providers(request)}
    here = Attachment.objects.active().filter(establishment=school).values("account")
    seen = (
        SocialAccount.objects.filter(user__in=here).order_by().values_list("provider", flat=True).distinct()
    )
    kept = {names[one] for one in seen if one in names} or set(names.values())
    return tuple(sorted(kept))


def _file(membership: Membership, made: list[Leaflet], language: str) -> HttpResponse:
    school = membership.establishment
    out = io.BytesIO()
    leaflets_pdf(made, school=school.name, out=out)
    record(
        verb="feuilles-imprimees",
        at=timezone.now(),
        by=membership.account,
        uai=school.uai,
        pupils=len(made),
        language=language,
    )
    response = HttpResponse(out.getvalue(), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="feuilles-{school.uai}-{language}.pdf"'
    return response
