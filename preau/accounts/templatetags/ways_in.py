"""The buttons of the sign-in pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import timezone

from preau.accounts.providers import inspection, ways

register = template.Library()


@register.inclusion_tag("accounts/parts/ways_in.html", takes_context=True)
def ways_in(context: RequestContext) -> dict[str, Any]:
    """Draw one door per ENT, items of `<ul class="doors">`; nothing when none is set."""
    return {"ways": ways.ways_in(context.get("request"))}


@register.inclusion_tag("accounts/parts/ent_alerts.html")
def ent_alerts() -> dict[str, Any]:
    """Say which certificates are over or soon will be; nothing when all is well."""
    return {"alerts": inspection.alerts(at=timezone.now())}
