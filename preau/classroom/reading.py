"""What the rooms below know of a class during a lesson: a fixed number of questions, and a cheaper one before them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Q

from preau.accounts import throttle
from preau.accounts.models import Account, OpenSession, SignInFailures
from preau.attachments.finding import near_among, waiting_requests
from preau.attachments.models import Attachment, Card, HelpRequest, HelpState
from preau.attachments.stumbles import Stumble
from preau.campaigns.models import Campaign, Participation, ParticipationState
from preau.classroom.board import Call, Deed, Known, Light, Met, Tile, tile_of
from preau.classroom.models import Difficulty, Session
from preau.handouts.actions import new_token
from preau.parcours.models import AttemptState
from preau.rosters.models import Learner, LearnerStatus

KEYS_KEPT = 60  # seconds; the digests of a class do not change while nobody of it gets an account
IDLE = timedelta(seconds=settings.SESSION_COOKIE_AGE)


@dataclass(frozen=True, slots=True)
class Place:
    """One tile at its place in the alphabet: `number` for the projector, `name` for the teacher."""

    number: int
    learner: Learner
    name: str
    tile: Tile
    call: Call | None
    attached: bool
    token: str = field(default_factory=new_token)  # of the new code that one tap makes


@dataclass(frozen=True, slots=True)
class Board:
    """A whole class; `nameless` are calls for help that look like nobody of it."""

    places: tuple[Place, ...]
    nameless: tuple[HelpRequest, ...]
    campaign: Campaign | None
    token: str = field(default_factory=new_token)  # of the codes that one tap makes for all who need one

    @property
    def to_serve(self) -> list[int]:
        """Pupils whom a new code would help."""
        return [place.learner.pk for place in self.places if place.tile.deed is Deed.NEW_CODE]

    def count(self, light: Light) -> int:
        """How many tiles have this light."""
        return sum(1 for place in self.places if place.tile.light is light)

    @property
    def inside(self) -> int:
        """Pupils who are in."""
        return self.count(Light.IN)

    @property
    def to_help(self) -> int:
        """Pupils whom something stops."""
        return self.count(Light.HELP)

    @property
    def waiting(self) -> int:
        """Pupils who have done nothing yet."""
        return self.count(Light.WAIT)


def board_of(session: Session, *, at: datetime) -> Board:
    """Every pupil of the class, in the order of the alphabet, and what stops them: ten questions, however many."""
    pupils = list(_pupils(session).in_list_order())
    accounts = {one.learner_id: one.account for one in _entries(session)}
    calls, nameless = _calls(session, at=at)
    known = _known(session, accounts, calls, at=at)
    names = shown_names(pupils)
    places = [
        Place(
            number,
            learner,
            names[learner.pk],
            tile_of(known(learner)),
            calls.get(learner.pk),
            learner.pk in accounts,
        )
        for number, learner in enumerate(pupils, start=1)
    ]
    return Board(tuple(places), tuple(nameless), _campaign(session, at=at))


def _known(
    session: Session, accounts: dict[int, Account], calls: dict[int, Call], *, at: datetime
) -> Callable[[Learner], Known]:
    """Ask every room once, then say what is known of any pupil of the class."""
    visits, met, cards = _visits(session, at=at), _met(session), _cards(session, at=at)
    taken, recognised, missed = _taken(session), _recognised(session), _missed(accounts)

    def known(learner: Learner) -> Known:
        account, last = accounts.get(learner.pk), taken.get(learner.pk)
        visit = visits.get(account.pk) if account else None
        misses, missed_at = missed.get(learner.pk, (0, None))
        return Known(
            since=session.opened_at,
            entered_at=account.last_login if account else None,
            seen_at=visit.seen_at if visit else None,
            live=visit is not None,
            how=visit.how if visit else "",
            attached=account is not None,
            missed=misses,
            missed_at=missed_at,
            met=tuple(met[learner.pk]),
            call=calls.get(learner.pk),
            recognised_at=recognised.get(learner.pk),
            card_at=cards.get(learner.pk),
            acted_at=(last.done_at or last.started_at) if last else None,
            doing=_doing(last),
        )

    return known


def version_of(session: Session, *, at: datetime) -> str:
    """What changes whenever the board may: three questions, whatever the size of the class."""
    division, school = session.division_id, session.establishment_id
    with connection.cursor() as cursor:
        marks = [division, LearnerStatus.PRESENT.value]
        moment = connection.ops.adapt_datetimefield_value
        of_class: list[Any] = [*marks, *marks, *marks, moment(at), *marks, *marks]
        of_lesson: list[Any] = [session.pk, *marks, school, school, moment(session.opened_at)]
        cursor.execute(_VERSION, [*of_class, *of_lesson])
        facts = cursor.fetchone()
    failures = _failures(_keys(session, facts[:6]))
    waiting = waiting_requests(establishment=session.establishment, at=at)
    typed = [(one.pk, one.typed_birth_date, one.reason, one.account_id) for one in waiting]
    told = repr((session.closes_at, session.closed_at, facts, sorted(failures.items()), typed))
    return sha256(told.encode()).hexdigest()[:20]


# One statement of small counts, each on an index: nothing of it grows with the school.
_CLASS = "SELECT id FROM rosters_learner WHERE division_id = %s AND status = %s"
_VERSION = f"""
SELECT p.n, p.total, a.n, a.last, a.ended, a.chosen, a.entered, s.n, s.opened, t.n, t.done, c.last, c.used, c.voided,
       d.n, d.last, h.decided, e.roster_version, q.n, q.ended
FROM (SELECT COUNT(*) AS n, SUM(id) AS total FROM rosters_learner WHERE division_id = %s AND status = %s) p,
     (SELECT COUNT(CASE WHEN x.ended_at IS NULL THEN 1 END) AS n, MAX(x.id) AS last, MAX(x.ended_at) AS ended,
             MAX(y.password_chosen_at) AS chosen, MAX(y.last_login) AS entered
      FROM attachments_attachment x JOIN accounts_account y ON y.id = x.account_id
      WHERE x.learner_id IN ({_CLASS})) a,
     (SELECT COUNT(*) AS n, MAX(o.opened_at) AS opened FROM accounts_opensession o
      JOIN attachments_attachment x ON x.account_id = o.account_id
      WHERE x.ended_at IS NULL AND x.learner_id IN ({_CLASS}) AND o.expire_date > %s) s,
     (SELECT COUNT(*) AS n, MAX(done_at) AS done FROM campaigns_participation WHERE learner_id IN ({_CLASS})) t,
     (SELECT MAX(id) AS last, MAX(used_at) AS used, MAX(voided_at) AS voided FROM attachments_card
      WHERE learner_id IN ({_CLASS})) c,
     (SELECT SUM(count) AS n, MAX(at) AS last FROM classroom_difficulty WHERE session_id = %s) d,
     (SELECT SUM(answered) AS n, MAX(finished_at) AS ended FROM parcours_attempt WHERE learner_id IN ({_CLASS})) q,
     (SELECT roster_version FROM establishments_establishment WHERE id = %s) e,
     (SELECT MAX(decided_at) AS decided FROM attachments_helprequest WHERE establishment_id = %s AND made_at > %s) h
"""  # noqa: S608 - no value comes from outside


def shown_names(pupils: Sequence[Learner]) -> dict[int, str]:
    """« Léa M. », or the whole name when the class has two: names are said aloud, and read from afar."""
    short = {one.pk: f"{one.first_name} {one.shown_last_name[:1].upper()}." for one in pupils}
    seen: dict[str, int] = defaultdict(int)
    for name in short.values():
        seen[name] += 1
    return {one.pk: short[one.pk] if seen[short[one.pk]] == 1 else one.display_name for one in pupils}


def accounts_of(session: Session) -> list[int]:
    """The accounts that are pupils of this class now."""
    return list(_entries(session).values_list("account", flat=True))


def _pupils(session: Session) -> Any:
    return Learner.objects.present().filter(division=session.division_id)


def _entries(session: Session) -> Any:
    rows = Attachment.objects.opening().filter(learner__division=session.division_id)
    return rows.select_related("account")


@dataclass(frozen=True, slots=True)
class _Visit:
    how: str
    seen_at: datetime


def _visits(session: Session, *, at: datetime) -> dict[int, _Visit]:
    """The last open session of each account of the class; its expiry says when it was last seen."""
    here = Attachment.objects.opening().filter(learner__division=session.division_id).values("account")
    rows = OpenSession.objects.live(at).filter(account__in=here).order_by("opened_at")
    found = rows.values_list("account", "how", "expire_date")
    return {pk: _Visit(how, expires - IDLE) for pk, how, expires in found}


def _met(session: Session) -> dict[int, list[Met]]:
    found: dict[int, list[Met]] = defaultdict(list)
    for one in Difficulty.objects.filter(session=session).order_by("at"):
        found[one.learner_id].append(Met(Stumble(one.what), one.count, one.at))
    return found


def _cards(session: Session, *, at: datetime) -> dict[int, datetime]:
    cards = Card.objects.valid(at).filter(learner__division=session.division_id)
    return dict(cards.values_list("learner_id", "made_at"))


def _campaign(session: Session, *, at: datetime) -> Campaign | None:
    """The campaign whose code is written on the board: the last that is open for this class."""
    for_class = Q(divisions=None) | Q(divisions=session.division_id)
    rows = Campaign.objects.open(at).filter(for_class, establishment=session.establishment_id)
    return rows.order_by("-opens_at", "-pk").first()


def _taken(session: Session) -> dict[int, Participation]:
    rows = Participation.objects.filter(
        Q(started_at__gte=session.opened_at) | Q(done_at__gte=session.opened_at),
        learner__division=session.division_id,
    ).select_related("campaign", "attempt")
    return {one.learner_id: one for one in rows.order_by("started_at")}


def _doing(last: Participation | None) -> str:
    if last is None:
        return ""
    if last.state == ParticipationState.DONE:
        return f"Terminé : {last.campaign.title}"
    if last.attempt is not None and last.attempt.state == AttemptState.RUNNING:
        return f"Question {last.attempt.answered + 1}"
    return f"Commencé : {last.campaign.title}"


def _calls(session: Session, *, at: datetime) -> tuple[dict[int, Call], list[HelpRequest]]:
    """Calls for help by the pupil of the class they look most like, and those that look like nobody of it."""
    since = [
        one
        for one in waiting_requests(establishment=session.establishment, at=at)
        if one.made_at >= session.opened_at
    ]
    calls: dict[int, Call] = {}
    nameless = []
    for request, near in near_among(_pupils(session), since) if since else ():
        if not near:
            nameless.append(request)
            continue
        differs = next((reason.text for reason in near[0].reasons if not reason.agrees), "")
        calls.setdefault(
            near[0].candidate.pk,
            Call(
                request.pk,
                request.code,
                differs[:1].lower() + differs[1:].rstrip("."),
                request.made_at,
                request.account_id is not None,
            ),
        )
    return calls, [one for one in nameless if not one.typed_last_name and one.reason != "conflict"]


def _recognised(session: Session) -> dict[int, datetime]:
    """Pupils whom somebody has recognised since the lesson opened, and who have not said « C’est moi » yet."""
    rows = HelpRequest.objects.filter(
        establishment=session.establishment_id,
        state=HelpState.ACCEPTED,
        learner__division=session.division_id,
        decided_at__gte=session.opened_at,
    )
    return {one.learner_id: one.decided_at for one in rows if one.learner_id and one.decided_at}


def _missed(accounts: dict[int, Account]) -> dict[int, tuple[int, datetime | None]]:
    """Wrong passwords by pupil, from the digests that the throttle keeps: the table names nobody."""
    keys = {
        throttle.account_key(name): learner_id
        for learner_id, account in accounts.items()
        for name in (account.username, account.email)
        if name
    }
    return {
        keys[key]: found for key, found in sorted(_failures(list(keys)).items(), key=lambda item: item[1][1])
    }


def _failures(keys: Sequence[str]) -> dict[str, tuple[int, datetime]]:
    rows = SignInFailures.objects.filter(key__in=keys).values_list("key", "count", "last_at")
    return {key: (count, last) for key, count, last in rows}


def _keys(session: Session, facts: Sequence[object]) -> list[str]:
    """The throttle's keys of the accounts of the class, kept a minute: they only change with its accounts."""
    name = f"lesson-keys-{session.pk}-{sha256(repr(facts).encode()).hexdigest()[:16]}"
    kept: list[str] | None = cache.get(name)
    if kept is None:
        names = _entries(session).values_list("account__username", "account__email")
        kept = [throttle.account_key(one) for pair in names for one in pair if one]
        cache.set(name, kept, KEYS_KEPT)
    return kept
