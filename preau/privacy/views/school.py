"""A school's choices, who goes away when, and the papers it has to keep."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_safe

from preau.establishments import access
from preau.establishments.access import staff_page
from preau.privacy.actions import set_choices
from preau.privacy.forms import ChoicesForm
from preau.privacy.models import Departure
from preau.privacy.papers import facts_of
from preau.privacy.retention import choices_of, kept_days
from preau.web.paging import page_of

PAPERS = {"registre": "register", "analyse": "assessment", "notice": "notice"}


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def school_page(request: HttpRequest, uai: str) -> HttpResponse:
    """How long, who answers, and who leaves when."""
    membership = access.runner(request.user, uai=uai)
    school, days = membership.establishment, kept_days(membership.establishment)
    chosen = choices_of(school)
    kept = {"contact": chosen.contact, "officer": chosen.officer} if chosen else {}
    form = ChoicesForm(request.POST or None, initial={"days": days, **kept})
    if form.is_valid():
        set_choices(establishment=school, **form.cleaned_data, by=membership.account, at=timezone.now())
        messages.success(request, "C’est enregistré.")
        return redirect("privacy:school", uai)
    going = Departure.objects.real().filter(learner__establishment=school).select_related("learner")
    page = page_of(request, going.order_by("noticed_on", "learner__sort_key", "pk"))
    context = {
        "form": form,
        "page": page,
        "days": days,
        "chosen": chosen,
        "going": [(one.learner, one.noticed_on + timedelta(days=days)) for one in page.object_list],
        "not_noticed": school.learners.gone().filter(departure=None).count(),
        "today": timezone.localdate(),
    }
    return render(request, "privacy/school.html", context)


@staff_page
@require_safe
def paper(request: HttpRequest, uai: str, kind: str) -> HttpResponse:
    """The register sheet, the draft of the impact assessment, or the notice: one page to print."""
    membership = access.runner(request.user, uai=uai)
    facts = facts_of(membership.establishment) | {"now": timezone.now()}
    if kind == "notice":  # families read it on paper, in the language they have
        asked = request.GET.get("langue", "")
        spoken = asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        facts |= {"languages": settings.LANGUAGES, "spoken": spoken}
        facts["right_to_left"] = translation.get_language_info(spoken)["bidi"]
    return render(request, f"privacy/{PAPERS[kind]}.html", facts)
