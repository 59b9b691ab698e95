"""The team: who works here, who is invited, and what each may do."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.actions import MadeInvitation, change_role, invite, remove_member, withdraw
from preau.establishments.forms import InviteForm, RoleForm
from preau.establishments.mail import send_invitation
from preau.establishments.models import Invitation, Membership, Role
from preau.web.refusals import Refusal


@staff_page
@require_safe
def team(request: HttpRequest, uai: str) -> HttpResponse:
    """Who works here; a head also sees the invitations that wait."""
    membership = access.member(request.user, uai=uai)
    return render(request, "establishments/team.html", _team_context(membership))


def _team_context(membership: Membership) -> dict[str, object]:
    school = membership.establishment
    heads = membership.role == Role.HEAD
    now = timezone.now()
    waiting = school.invitations.filter(accepted_at=None, withdrawn_at=None).order_by("-invited_at", "-pk")
    return {
        "members": list(
            school.memberships.select_related("account")
            .annotate(proved=Exists(Authenticator.objects.filter(user=OuterRef("account"))))
            .prefetch_related("divisions")
            .order_by("account__last_name", "account__first_name", "pk")
        ),
        "manages": heads,
        "waiting": [(line, line.expires_at <= now) for line in waiting] if heads else [],
    }


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def invite_page(request: HttpRequest, uai: str) -> HttpResponse:
    """Invite a colleague; the link is shown on the answer, and never again."""
    membership = access.head(request.user, uai=uai)
    form = InviteForm(
        request.POST or None,
        initial={"email": request.GET.get("email", "")[:254]},
        classes=_classes(membership),
    )
    if not form.is_valid():
        return render(request, "establishments/invite.html", {"form": form})
    made = invite(
        establishment=membership.establishment,
        email=form.cleaned_data["email"],
        role=form.cleaned_data["role"],
        divisions=form.cleaned_data["divisions"],
        by=membership.account,
        at=timezone.now(),
    )
    link = link_of(made)
    mailed = send_invitation(made.invitation, link=link)
    context = {"invitation": made.invitation, "link": link, "mailed": mailed}
    return render(request, "establishments/invited.html", context)


def _classes(membership: Membership) -> list[str]:
    return list(membership.establishment.divisions.order_by("name").values_list("name", flat=True))


def link_of(made: MadeInvitation) -> str:
    """The whole address of an invitation."""
    return settings.SITE_URL + reverse("establishments:accept", args=[made.token])


@staff_page
@require_POST
def withdraw_invitation(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Take an invitation back; pressing twice changes nothing."""
    membership = access.head(request.user, uai=uai)
    invitation = get_object_or_404(Invitation, pk=pk, establishment=membership.establishment_id)
    withdraw(invitation=invitation, by=membership.account, at=timezone.now())
    messages.success(request, f"L’invitation de {invitation.email} est annulée.")
    return redirect("establishments:team", uai)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def colleague(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Change what a colleague may do."""
    membership = access.head(request.user, uai=uai)
    other = _colleague(membership, pk)
    now_has = {"role": other.role, "divisions": ", ".join(other.divisions.values_list("name", flat=True))}
    form = RoleForm(request.POST or None, initial=now_has, classes=_classes(membership))
    if form.is_valid():
        try:
            change_role(
                membership=other,
                role=form.cleaned_data["role"],
                divisions=form.cleaned_data["divisions"],
                by=membership.account,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("role", refusal.message)
        else:
            messages.success(request, f"C’est noté pour {other.account.get_full_name()}.")
            return redirect("establishments:team", uai)
    return render(request, "establishments/colleague.html", {"form": form, "colleague": other})


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Take a colleague out of the team, after saying what it changes."""
    membership = access.head(request.user, uai=uai)
    other = Membership.objects.filter(pk=pk, establishment=membership.establishment_id).first()
    if other is None and request.method == "POST":  # pressed twice: it is done
        return redirect("establishments:team", uai)
    other = _colleague(membership, pk)
    refusal = None
    if request.method == "POST":
        try:
            remove_member(membership=other, by=membership.account, at=timezone.now())
        except Refusal as no:
            refusal = no
        else:
            messages.success(request, f"{other.account.get_full_name()} ne fait plus partie de l’équipe.")
            if other.account_id == membership.account_id:
                return redirect("establishments:mine")
            return redirect("establishments:team", uai)
    return render(request, "establishments/remove.html", {"colleague": other, "refusal": refusal})


def _colleague(membership: Membership, pk: int) -> Membership:
    everyone = Membership.objects.select_related("account", "establishment")
    return get_object_or_404(everyone, pk=pk, establishment=membership.establishment_id)
