"""What every pupil's page knows: who is signed in, and the school."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from preau.accounts import arrival
from preau.attachments.models import Attachment
from preau.establishments.models import Establishment


def pupil(request: HttpRequest) -> dict[str, object]:
    """Give `pupil_learner` and `school`, asked only by the pages that show them; a school's own pages know better."""
    match = getattr(request, "resolver_match", None)
    if match is None or "uai" in match.kwargs:
        return {}
    attached = SimpleLazyObject(lambda: _attached(request))
    return {
        "pupil_learner": SimpleLazyObject(lambda: attached[0].learner if attached else None),
        "school": SimpleLazyObject(
            lambda: attached[0].learner.establishment if attached else _school(request)
        ),
    }


def _attached(request: HttpRequest) -> list[Attachment]:
    """The attachments of whoever is signed in: first the school this visit is for, then the latest."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    rows = (
        Attachment.objects.opening()
        .filter(account=user.pk)
        .select_related("learner__division", "learner__establishment")
        .order_by("-made_at", "-pk")
    )
    here = arrival.arrival_of(request).establishment_id
    return sorted(rows, key=lambda one: one.establishment_id != here)


def _school(request: HttpRequest) -> Establishment | None:
    establishment_id = arrival.arrival_of(request).establishment_id
    return Establishment.objects.filter(pk=establishment_id).first() if establishment_id else None
