"""« J’ai une carte »."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from preau.attachments import pending
from preau.attachments.actions import open_card
from preau.attachments.forms import CardForm
from preau.attachments.models import How
from preau.attachments.refusals import LearnerLeft, PupilRefusal, UnknownCard
from preau.attachments.stumbles import tell_refusal
from preau.attachments.views.path import MISSED_KEY, make_way, now, pupil_page, school_of


@require_http_methods(["GET", "HEAD", "POST"])
@pupil_page
def card(request: HttpRequest) -> HttpResponse:
    """One field; a card that opens leads to « C’est bien toi ? », any other says why on the same screen."""
    at = now()
    form = CardForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _show(request, form)
    try:
        found = open_card(form.cleaned_data["code"], at)
    except LearnerLeft:
        raise
    except PupilRefusal as refusal:
        if isinstance(refusal, UnknownCard):
            # Counted for whoever helps; 59 bits need no lock, and a class must never wait for one clumsy typist.
            request.session[MISSED_KEY] = request.session.get(MISSED_KEY, 0) + 1
        tell_refusal(refusal, getattr(refusal, "learner_id", None), at=at)
        form.add_error("code", refusal.to_pupil)
        return _show(request, form, refusal=refusal)
    make_way(request, found.learner)
    pending.begin(request, learner=found.learner, how=How.CARD, card=found, at=at)
    return redirect("attachments:confirm")


def _show(request: HttpRequest, form: CardForm, *, refusal: PupilRefusal | None = None) -> HttpResponse:
    facts = {
        "form": form,
        "refusal": refusal,
        "school": school_of(request),
        "many": request.session.get(MISSED_KEY, 0) >= 3,
    }
    return render(request, "attachments/card.html", facts, status=422 if form.errors else 200)
