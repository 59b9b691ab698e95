"""What the register sheet, the impact assessment and the notices say, read from the running configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from preau.accounts.providers.ways import providers
from preau.attachments.finding import GUESSES_KEPT
from preau.classroom.receivers import KEPT_FOR
from preau.establishments.models import Establishment, Role
from preau.privacy.actions import NAMES_IN_JOURNAL
from preau.privacy.models import LONGEST_DAYS
from preau.privacy.registry import REGISTRY, Fate
from preau.privacy.retention import choices_of
from preau.rosters.models import UNDO_WITHIN

if TYPE_CHECKING:
    from preau.accounts.models import Account


@dataclass(frozen=True, slots=True)
class Configuration:
    """What this installation is, in words a register can quote."""

    address: str
    secure: bool
    operator: str
    database: str
    mail: str
    shared_cache: bool
    ents: list[str]


def configuration() -> Configuration:
    """The installation as it runs now; no secret, no password of a server."""
    database = settings.DATABASES["default"]
    where = str(database.get("HOST") or "cette machine")
    sqlite = "sqlite" in database["ENGINE"]
    return Configuration(
        address=settings.SITE_URL,
        secure=settings.HTTPS,
        operator=settings.OPERATOR,
        database="SQLite, dans un fichier du serveur" if sqlite else f"PostgreSQL, sur {where}",
        mail=f"par {settings.EMAIL_HOST}" if settings.MAIL_CONFIGURED else "aucun courriel n’est envoyé",
        shared_cache="locmem" not in settings.CACHES["default"]["BACKEND"],
        ents=[_ent(provider) for provider in providers()],
    )


def _ent(provider: object) -> str:
    home = getattr(getattr(provider, "app", None), "settings", {}).get("home", "")
    host = urlsplit(home).hostname
    name = str(getattr(provider, "name", ""))
    return f"{name} ({host})" if host else name


def facts_of(school: Establishment) -> dict[str, object]:
    """Everything the papers of one school quote."""
    chosen = choices_of(school)
    heads: list[Account] = [
        membership.account
        for membership in school.memberships.filter(role=Role.HEAD).select_related("account").order_by("pk")
    ]
    return {
        "school": school,
        "heads": heads,
        "days": chosen.kept_days if chosen else LONGEST_DAYS,
        "contact": chosen.contact if chosen else "",
        "officer": chosen.officer if chosen else "",
        "running": configuration(),
        "mode": school.get_target_mode_display(),
        "pupils": school.learners.present().count(),
        "gone": school.learners.gone().count(),
        "team": school.memberships.count(),
        "typed_days": max(GUESSES_KEPT.days, 1),
        "undo_days": UNDO_WITHIN.days,
        "stumble_days": KEPT_FOR.days,
        "journal_months": round(NAMES_IN_JOURNAL.days / 30.4),
        # What a family could ask to see; what libraries never write and what is the staff's is no news to them.
        "erased": [kept.why for kept in REGISTRY.values() if kept.fate is Fate.ERASED and kept.exported],
    }
