"""What can be done with a campaign, and when it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from preau.accounts.models import Account
from preau.attachments.models import Attachment
from preau.audit.actions import record
from preau.campaigns.codes import make_code, normalise_code
from preau.campaigns.models import Campaign, CampaignKind, Participation, ParticipationState
from preau.establishments.models import Establishment, school_year_of
from preau.parcours import actions as parcours
from preau.parcours.models import Parcours
from preau.rosters.models import Division, Learner, LearnerStatus
from preau.web.refusals import Refusal

REOPENED_FOR = timedelta(hours=1)
SENT_TWICE = timedelta(minutes=1)  # a double click, the back button


class CodeNotWorking(Refusal):
    """Unknown, closed and archived codes answer the same."""

    message = "Ce code ne marche pas en ce moment. Vérifie-le avec ton professeur."


class OtherClass(Refusal):
    """The code is for other classes of the same school."""

    message = "Ce code est pour une autre classe. {advice}"


class HasLeft(Refusal):
    """The pupil is no longer on the roster of the campaign's school."""

    message = "Tu n’es plus inscrit dans cet établissement. Demande le code de ton établissement actuel."


class NotOpenYet(Refusal):
    """Its first day is still to come: there is nothing to open again."""

    message = "Cette campagne n’est pas encore ouverte : changez plutôt ses dates."


class NotStarted(Refusal):
    """Nothing to finish."""

    message = "Ce parcours n’est pas commencé."


@dataclass(frozen=True, slots=True)
class CampaignWish:
    """What the form of a campaign says."""

    title: str
    parcours_url: str
    opens_at: datetime
    closes_at: datetime | None
    divisions: Sequence[Division]
    several_tries: bool = False
    kind: str = CampaignKind.ADDRESS
    parcours: Parcours | None = None
    auto_send: bool = False


def find_open(typed: str, *, at: datetime) -> Campaign:
    """The campaign that this code opens now; raise CodeNotWorking otherwise, always with the same words."""
    code = normalise_code(typed)
    campaign = (
        code
        and Campaign.objects.open(at).select_related("establishment", "parcours").filter(code=code).first()
    )
    if not campaign:
        raise CodeNotWorking
    return campaign


def create_campaign(
    *, establishment: Establishment, wish: CampaignWish, by: Account, at: datetime
) -> Campaign:
    """Open a campaign under a code that no other one has ever had."""
    for _ in range(5):
        try:
            with transaction.atomic():
                return _create(establishment, wish, by=by, at=at)
        except IntegrityError:  # the code is taken: one chance in eight thousand million, per campaign
            continue
    raise RuntimeError("no free campaign code after five draws")


def _create(establishment: Establishment, wish: CampaignWish, *, by: Account, at: datetime) -> Campaign:
    campaign = Campaign.objects.create(
        establishment=establishment,
        code=make_code(),
        title=wish.title,
        kind=wish.kind,
        parcours=wish.parcours,
        auto_send=wish.auto_send,
        parcours_url=wish.parcours_url,
        opens_at=wish.opens_at,
        closes_at=wish.closes_at,
        several_tries=wish.several_tries,
        made_at=at,
        made_by=by,
    )
    campaign.divisions.set(wish.divisions)
    record(
        verb="campagne-creee", by=by, at=at, uai=establishment.uai, about=campaign.title, code=campaign.code
    )
    return campaign


def just_created(
    *, establishment: Establishment, wish: CampaignWish, by: Account, at: datetime
) -> Campaign | None:
    """The campaign that the same page, sent twice, has already made."""
    asked = {
        "title": wish.title,
        "kind": wish.kind,
        "parcours": wish.parcours,
        "parcours_url": wish.parcours_url,
        "opens_at": wish.opens_at,
        "closes_at": wish.closes_at,
        "several_tries": wish.several_tries,
        "auto_send": wish.auto_send,
    }
    lately = Campaign.objects.filter(
        establishment=establishment, made_by=by, made_at__gt=at - SENT_TWICE, archived_at=None, **asked
    )
    classes = {one.pk for one in wish.divisions}
    return next((one for one in lately if {row.pk for row in one.divisions.all()} == classes), None)


@transaction.atomic
def edit_campaign(*, campaign: Campaign, wish: CampaignWish, by: Account, at: datetime) -> None:
    """Change everything but the code, which is on posters already."""
    campaign.title, campaign.parcours_url = wish.title, wish.parcours_url
    campaign.opens_at, campaign.closes_at = wish.opens_at, wish.closes_at
    campaign.several_tries, campaign.auto_send = wish.several_tries, wish.auto_send
    campaign.kind, campaign.parcours = wish.kind, wish.parcours
    campaign.save()
    campaign.divisions.set(wish.divisions)
    _note("campagne-modifiee", campaign, by=by, at=at)


@transaction.atomic
def close_campaign(*, campaign: Campaign, by: Account, at: datetime) -> None:
    """Stop the code now; what was started stays. Raise NotOpenYet.

    Asked again, from an old page, it says nothing more: the day it closed is the first one.
    """
    if campaign.opens_at >= at:
        raise NotOpenYet
    still = Q(closes_at=None) | Q(closes_at__gt=at)
    if Campaign.objects.filter(still, pk=campaign.pk).update(closes_at=at):
        _note("campagne-fermee", campaign, by=by, at=at)


@transaction.atomic
def reopen_campaign(*, campaign: Campaign, by: Account, at: datetime) -> None:
    """Let the code work again for one hour: the lesson is running late. Raise NotOpenYet.

    A campaign that is open, and was not closed meanwhile, keeps its own last day.
    """
    if campaign.opens_at > at:
        raise NotOpenYet
    closed = Q(archived_at__isnull=False) | Q(closes_at__lt=at + REOPENED_FOR)
    again = Campaign.objects.filter(closed, pk=campaign.pk)
    if again.update(closes_at=at + REOPENED_FOR, archived_at=None):
        _note("campagne-rouverte", campaign, by=by, at=at)


@transaction.atomic
def archive_campaign(*, campaign: Campaign, by: Account, at: datetime) -> None:
    """Put the campaign away: its code stops, its figures stay."""
    Campaign.objects.filter(pk=campaign.pk, archived_at=None).update(archived_at=at)
    _note("campagne-archivee", campaign, by=by, at=at)


@transaction.atomic
def copy_campaign(*, campaign: Campaign, by: Account, at: datetime) -> Campaign:
    """The same campaign, the same days of a later school year, under a new code; two clicks make one copy.

    What opened this school year goes to the next one; what is older comes to this one.
    """
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    opened = timezone.localdate(campaign.opens_at)
    years = max(1, school_year_of(timezone.localdate(at)) - school_year_of(opened))
    opens_at = _later(campaign.opens_at, years)
    same = Campaign.objects.filter(
        establishment=campaign.establishment_id, title=campaign.title, opens_at=opens_at, archived_at=None
    )
    already = same.exclude(pk=campaign.pk).first()
    if already:
        return already
    wish = CampaignWish(
        title=campaign.title,
        parcours_url=campaign.parcours_url,
        opens_at=opens_at,
        closes_at=_later(campaign.closes_at, years) if campaign.closes_at else None,
        divisions=list(campaign.divisions.all()),
        several_tries=campaign.several_tries,
        kind=campaign.kind,
        parcours=campaign.parcours,
        auto_send=campaign.auto_send,
    )
    made = create_campaign(establishment=campaign.establishment, wish=wish, by=by, at=at)
    _note("campagne-copiee", campaign, by=by, at=at)
    return made


def _later(moment: datetime, years: int) -> datetime:
    """The same hour of the same day in Paris, so many years later; 29 February becomes the 28th."""
    local = timezone.localtime(moment)
    try:
        return local.replace(year=local.year + years)
    except ValueError:
        return local.replace(year=local.year + years, day=28)


def _note(verb: str, campaign: Campaign, *, by: Account, at: datetime) -> None:
    record(verb=verb, by=by, at=at, uai=campaign.establishment.uai, about=campaign.title, code=campaign.code)


def learner_of(account: Account, campaign: Campaign) -> Learner | None:
    """The pupil that this account is in the campaign's school, whether or not still enrolled."""
    attachment = (
        Attachment.objects.active()
        .filter(account=account, establishment_id=campaign.establishment_id)
        .select_related("learner__division")
        .first()
    )
    return attachment.learner if attachment else None


@transaction.atomic
def begin(
    *, campaign: Campaign, learner: Learner, account: Account, at: datetime, again: bool | None = None
) -> Participation:
    """The pupil's participation, started now or found again; two clicks make one.

    Where the campaign allows a second try, coming back makes one; at a parcours of Préau, whose results are read again
    here, only `again` does. Raise CodeNotWorking (closed, archived, another school's), OtherClass or HasLeft.
    """
    _check(campaign, learner, at=at)
    again = campaign.plan is None if again is None else again
    # Whoever clicks twice waits here for the first click.
    Learner.objects.select_for_update().get(pk=learner.pk)
    last = _last(campaign, learner)
    if last and not (again and campaign.several_tries and last.state == ParticipationState.DONE):
        return _with_attempt(last, campaign, account=account, at=at)
    rank = last.rank + 1 if last else 1
    started = Participation(campaign=campaign, learner=learner, account=account, rank=rank, started_at=at)
    Participation.objects.bulk_create([started], ignore_conflicts=True)
    participation = Participation.objects.get(campaign=campaign, learner=learner, rank=rank)
    if participation.started_at == at:
        record(
            verb="parcours-commence",
            by=account,
            at=at,
            uai=campaign.establishment.uai,
            about=learner.display_name,
            learner_id=learner.pk,
            title=campaign.title,
            code=campaign.code,
        )
    return _with_attempt(participation, campaign, account=account, at=at)


def begun(*, campaign: Campaign, learner: Learner, at: datetime) -> Participation | None:
    """The pupil's participation when there is nothing left to begin, else None; changes nothing. Raise as `begin`."""
    _check(campaign, learner, at=at)
    last = _last(campaign, learner)
    to_begin = last is None or (
        campaign.plan is not None and last.attempt_id is None and last.state == ParticipationState.STARTED
    )
    return None if to_begin else last


def _last(campaign: Campaign, learner: Learner) -> Participation | None:
    same = Participation.objects.filter(campaign=campaign, learner=learner)
    return same.select_related("attempt").order_by("-rank").first()


def _with_attempt(
    participation: Participation, campaign: Campaign, *, account: Account, at: datetime
) -> Participation:
    """Give it its attempt at a parcours of Préau, once; what began elsewhere and is done stays so."""
    started = participation.state == ParticipationState.STARTED
    if campaign.plan is not None and participation.attempt is None and started:
        participation.attempt = parcours.start(
            plan=campaign.plan,
            learner=participation.learner,
            account=account,
            auto_send=campaign.auto_send,
            at=at,
        )
        participation.save(update_fields=["attempt"])
    return participation


def _check(campaign: Campaign, learner: Learner, *, at: datetime) -> None:
    if learner.establishment_id != campaign.establishment_id:
        raise CodeNotWorking
    if learner.status != LearnerStatus.PRESENT:
        raise HasLeft
    if not Campaign.objects.open(at).filter(pk=campaign.pk).exists():
        raise CodeNotWorking
    chosen = {division.pk for division in campaign.divisions.all()}
    if chosen and learner.division_id not in chosen:
        division = learner.division
        advice = (
            gettext("Demande celui de la {division}.").format(division=division.name)
            if division
            else gettext("Demande celui de ta classe.")
        )
        raise OtherClass(advice=advice)


@transaction.atomic
def finish(*, campaign: Campaign, learner: Learner, account: Account, at: datetime) -> Participation:
    """The pupil says that the parcours is done; saying it twice changes nothing. Raise NotStarted."""
    participation = Participation.objects.filter(campaign=campaign, learner=learner).order_by("-rank").first()
    if participation is None or participation.attempt_id is not None:
        raise NotStarted  # at a parcours of Préau, sending the results says it
    return complete(participation, account=account, at=at)


def complete(participation: Participation, *, account: Account, at: datetime) -> Participation:
    """It is done; twice changes nothing."""
    campaign, learner = participation.campaign, participation.learner
    done = Participation.objects.filter(pk=participation.pk, state=ParticipationState.STARTED).update(
        state=ParticipationState.DONE, done_at=at
    )
    if done:
        record(
            verb="parcours-termine",
            by=account,
            at=at,
            uai=campaign.establishment.uai,
            about=learner.display_name,
            learner_id=learner.pk,
            title=campaign.title,
            code=campaign.code,
        )
    participation.refresh_from_db()
    return participation
