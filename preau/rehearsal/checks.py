"""What `preau check --deploy` says of a rehearsal that stayed in the database of a deployment."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from preau.accounts.models import Account
from preau.rehearsal.schools import ADMINISTRATOR, PASSWORD
from preau.web.checks import why_no_database


@register(Tags.security, deploy=True)
def administrator_of_the_rehearsal(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Whoever reads our code knows the password of an administrator that was made on one's own machine."""
    if settings.LOCAL:
        return []
    if why_no_database():
        return []
    try:
        account = Account.objects.filter(username=ADMINISTRATOR, is_active=True).first()
    except DatabaseError:  # not made yet
        return []
    if account is None or not account.check_password(PASSWORD):
        return []
    return [
        Error(
            "La répétition a laissé ici un compte d’administration dont le mot de passe est public.",
            hint="preau demo --erase",
            id="preau.E007",
        )
    ]
