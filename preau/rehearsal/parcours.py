"""Three campaigns in each invented school, and who has started; one opens a parcours of Préau."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from preau.accounts.models import Account
from preau.campaigns.actions import CampaignWish, begin, close_campaign, create_campaign, finish
from preau.campaigns.models import Campaign, CampaignKind
from preau.parcours.composing import compose
from preau.parcours.own_questions import add_questions
from preau.parcours.plans import Plan
from preau.rehearsal import calendar
from preau.rehearsal.attempts import go_through
from preau.rehearsal.pupils import Rentree
from preau.rosters.class_order import class_rank
from preau.rosters.models import Division, Learner

People = Sequence[tuple[Learner, Account]]
OWN: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "2.1",
        {
            "kind": "single",
            "prompt": "Où écris-tu à la vie scolaire ?",
            "right": "Dans la messagerie de l’ENT",
            "wrong": ["Sur un réseau social", "Dans le forum de la classe"],
            "explanation": "La vie scolaire lit la messagerie de l’ENT chaque matin.",
        },
    ),
    (
        "4.1",
        {
            "kind": "text",
            "prompt": "Comment s’appelle le Wi-Fi des élèves ?",
            "answers": ["College-Eleves"],
            "explanation": "Un réseau qui porte presque le même nom peut être un piège.",
        },
    ),
    (
        "2.1",
        {
            "kind": "order",
            "prompt": "Dans quel ordre demander une salle pour un club ?",
            "steps": ["Trouver un adulte qui vient", "Choisir un horaire", "Écrire à la gestionnaire"],
            "explanation": "La gestionnaire a besoin du nom de l’adulte et de l’horaire.",
        },
    ),
)
AT_THE_PARCOURS = 16  # each of their answers is a real one: enough to look at, quick to invent


def trial(rentree: Rentree) -> None:
    """A campaign of the very beginning, closed since."""
    days = rentree.calendar
    campaign = _open(rentree, "Essai de la rentrée", at=days.lesson(calendar.FIRST_CARDS, 12))
    _take_part(rentree, campaign, rentree.entered, left_open=5, at=days.lesson(calendar.FIRST_LESSON, 11))
    close_campaign(campaign=campaign, by=rentree.referent.account, at=days.lesson(calendar.TRIAL_ENDS, 17))


def year(rentree: Rentree) -> None:
    """One campaign for everybody, one for the first classes of the school."""
    days = rentree.calendar
    everybody = _open(
        rentree, "Bien démarrer l’année", at=days.lesson(calendar.SECOND_IMPORT, 8), kind=CampaignKind.RENTREE
    )
    some_of_all = _part(rentree, rentree.entered, 0.85)[:AT_THE_PARCOURS]
    _take_part(rentree, everybody, some_of_all, left_open=3, at=days.lesson(calendar.DETACHED, 14))
    _tries_again(rentree, everybody, *some_of_all[0], at=days.lesson(calendar.DETACHED, 15))
    _write_questions(rentree, at=days.lesson(calendar.SECOND_IMPORT, 7))
    classes = sorted(rentree.establishment.divisions.all(), key=lambda one: class_rank(one.name))[:4]
    some = _open(
        rentree,
        "Publier en ligne, mode d’emploi",
        at=days.lesson(calendar.NAMES_LESSON, 8),
        divisions=classes,
    )
    invited = [(who, account) for who, account in rentree.entered if who.division in classes]
    _take_part(
        rentree, some, _part(rentree, invited, 0.6), left_open=2, at=days.lesson(calendar.DETACHED, 14)
    )


def _open(
    rentree: Rentree,
    title: str,
    *,
    at: datetime,
    divisions: Sequence[Division] = (),
    kind: str = CampaignKind.ADDRESS,
) -> Campaign:
    wish = CampaignWish(
        title=title,
        parcours_url="",
        opens_at=at,
        closes_at=None,
        divisions=divisions,
        kind=kind,
        several_tries=kind == CampaignKind.RENTREE,
    )
    return create_campaign(establishment=rentree.establishment, wish=wish, by=rentree.referent.account, at=at)


def _tries_again(
    rentree: Rentree, campaign: Campaign, learner: Learner, account: Account, *, at: datetime
) -> None:
    """A second try, kept beside the first."""
    begun = begin(campaign=campaign, learner=learner, account=account, at=at, again=True)
    if begun.attempt is not None:
        go_through(begun.attempt, account=account, rng=rentree.rng, at=at)


def _write_questions(rentree: Rentree, *, at: datetime) -> None:
    """Questions of the school, and a parcours that asks them."""
    by = rentree.referent.account
    for competence, source in OWN:
        add_questions(
            establishment=rentree.establishment, competence=competence, sources=[source], by=by, at=at
        )
    plan = Plan("Notre collège en ligne", ("2.1", "4.1"), 1, 8, length=8, own=len(OWN))
    compose(establishment=rentree.establishment, plan=plan, by=by, at=at)


def _part(rentree: Rentree, people: People, share: float) -> People:
    return [one for one in people if rentree.rng.random() < share]


def _take_part(rentree: Rentree, campaign: Campaign, people: People, *, left_open: int, at: datetime) -> None:
    """Start each of them and finish all but one in `left_open`; at a parcours of Préau, answer for real.

    Whoever came in while the code worked started then; the others came again, at `at`.
    """
    for place, (learner, account) in enumerate(people):
        if account.last_login is None or account.last_login < campaign.opens_at:
            account.last_login = at + timedelta(minutes=rentree.rng.randrange(1, 10))
        came = account.last_login + timedelta(minutes=rentree.rng.randrange(1, 10))
        begun = begin(campaign=campaign, learner=learner, account=account, at=came)
        if begun.attempt is not None:
            until = 4 + place % 5 if place % left_open == 1 else None
            go_through(begun.attempt, account=account, rng=rentree.rng, at=came, until=until)
        elif place % left_open != 1:
            later = came + timedelta(minutes=rentree.rng.randrange(8, 40))
            finish(campaign=campaign, learner=learner, account=account, at=later)
    Account.objects.bulk_update([account for _, account in people], ["last_login"])
