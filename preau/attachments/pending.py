"""What a pupil has proved and not yet used: one frozen value in the server's session, and nothing in the page.

A page only carries `key`, which says which proof it was made for: a page of another tab, or one brought back by the
back button, never acts on somebody else's proof.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from preau.attachments.actions import Proof
from preau.attachments.models import Card, HelpRequest, How
from preau.attachments.refusals import PupilRefusal
from preau.rosters.models import Learner

if TYPE_CHECKING:
    from django.http import HttpRequest

SESSION_KEY = "pending"
LASTS = timedelta(minutes=15)


class StartAgain(PupilRefusal):
    """The proof is gone: too old, used, lost with the session, or another one took its place in another tab."""

    title = "On reprend au début, rien n’est perdu"
    to_pupil = (
        "Cette page a attendu trop longtemps, ou une autre page a pris sa place. Recommence : ça va vite."
    )


@dataclass(frozen=True, slots=True)
class Pending:
    """One proof of being one pupil; `how` is CARD, NAMES or STAFF."""

    learner_id: int
    how: How
    at: datetime
    key: str
    card_id: int | None = None
    help_id: int | None = None
    confirmed: bool = False
    username: str = ""  # the identifier that was shown, when the account is not made yet
    identity: str = ""  # the key of the ENT identity that comes along, when the pupil set out from its page

    def proof(self) -> Proof:
        """The rows behind the proof."""
        return Proof(
            card=Card.objects.select_related("learner__establishment").get(pk=self.card_id)
            if self.card_id
            else None,
            help_request=HelpRequest.objects.get(pk=self.help_id) if self.help_id else None,
        )


def begin(
    request: HttpRequest,
    *,
    learner: Learner,
    how: How,
    at: datetime,
    card: Card | None = None,
    help_request: HelpRequest | None = None,
    confirmed: bool = False,
    identity: str = "",
) -> Pending:
    """Remember a new proof; whatever was pending goes away."""
    pending = Pending(
        learner_id=learner.pk,
        how=how,
        at=at,
        key=secrets.token_hex(8),
        card_id=card.pk if card else None,
        help_id=help_request.pk if help_request else None,
        confirmed=confirmed,
        identity=identity,
    )
    return keep(request, pending)


def keep(request: HttpRequest, pending: Pending, **changes: object) -> Pending:
    """Put the proof back in the session, with these changes."""
    pending = replace(pending, **changes)  # type: ignore[arg-type]
    request.session[SESSION_KEY] = {**asdict(pending), "at": pending.at.isoformat(), "how": pending.how.value}
    return pending


def current(request: HttpRequest, *, at: datetime, confirmed: bool = False) -> Pending:
    """The pending proof, for the page that was made for it; raises StartAgain.

    `confirmed` asks that the pupil has said « C’est moi ».
    """
    kept = request.session.get(SESSION_KEY)
    if not kept:
        raise StartAgain
    pending = Pending(**{**kept, "at": datetime.fromisoformat(kept["at"]), "how": How(kept["how"])})
    if at - pending.at > LASTS or (confirmed and not pending.confirmed):
        raise StartAgain
    if request.method == "POST" and request.POST.get("key") != pending.key:
        raise StartAgain
    return pending


def whose(request: HttpRequest) -> int | None:
    """The number of the pupil whom the last proof was about, however old; None when there was none."""
    kept = request.session.get(SESSION_KEY)
    return kept["learner_id"] if kept else None


def forget(request: HttpRequest) -> None:
    """Forget what was pending."""
    request.session.pop(SESSION_KEY, None)
