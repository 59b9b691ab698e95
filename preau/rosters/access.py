"""Who may reach an import."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from preau.accounts.models import Account
from preau.establishments import access
from preau.rosters.models import Learner, RosterImport


def import_of(request: HttpRequest, uai: str, pk: int) -> RosterImport:
    """An import of a school that this person runs. Raises Http404."""
    establishment = access.runner(request.user, uai=uai).establishment
    rows = establishment.imports.select_related("establishment", "uploaded_by", "applied_by")
    return get_object_or_404(rows, pk=pk)


def learner_of(request: HttpRequest, uai: str, pk: int) -> Learner:
    """A pupil, present or gone, of a school that this person runs. Raises Http404."""
    establishment = access.runner(request.user, uai=uai).establishment
    if pk > 2**63 - 1:
        raise Http404
    rows = establishment.learners.select_related("establishment", "division")
    return get_object_or_404(rows, pk=pk)


def account_of(request: HttpRequest) -> Account:
    """Who asks, on a page that has sent the others to sign in."""
    assert isinstance(request.user, Account)  # noqa: S101 - staff_page has sent the others to sign in
    return request.user
