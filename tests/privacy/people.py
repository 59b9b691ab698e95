"""A pupil who did everything a pupil can do: a row in every table that erasing empties."""

from __future__ import annotations

from datetime import datetime, timedelta

from preau.accounts.models import Account, OpenSession
from preau.attachments.merges import Merge, SetAside, Transfer
from preau.attachments.models import (
    Card,
    Conflict,
    ConflictKind,
    Doubt,
    HelpRequest,
    IdentityChange,
    RecognitionRefusal,
)
from preau.attachments.stumbles import Stumble
from preau.audit.actions import record
from preau.campaigns.models import Campaign, Participation
from preau.classroom.models import Difficulty, Session
from preau.parcours.models import Answer, Attempt, Edition
from preau.parcours.plans import RENTREE
from preau.rosters.models import (
    ChangeKind,
    ImportChange,
    ImportQuestion,
    ImportState,
    Learner,
    LearnerStatus,
    RosterImport,
)
from tests.scenarios.people import give_account
from tests.world import World

WORDS = ("léa", "lea-ancienne", "lea@exemple", "martin", "123456789fj", "2015-03-12")  # nowhere afterwards


def busy_lea(world: World, at: datetime) -> Account:
    """Léa's account, after a busy year."""
    lea = world.lea
    account = give_account(lea, at, username="lea.martin", email="lea@exemple.example", seen=True)
    others = {"learner": lea, "made_at": at}
    Card.objects.create(
        **others, batch_number="2026-001", rank=1, digest="d" * 64, expires_at=at + timedelta(9)
    )
    HelpRequest.objects.create(
        establishment=world.tilleuls,
        code="BDFG",
        typed_last_name="MARTIN",
        typed_first_name="Léa",
        made_at=at,
        learner=lea,
        account=account,
    )
    IdentityChange.objects.create(**others, account=account, provider="gar", old_uid="lea-ancienne")
    Conflict.objects.create(
        **others, establishment=world.tilleuls, kind=ConflictKind.LEARNER_TAKEN, account=account
    )
    OpenSession.objects.create(
        session_key="k" * 32, session_data="", expire_date=at + timedelta(1), account=account, opened_at=at
    )
    _two_accounts(world, account, at)
    _lesson(world, at)
    _parcours(world, account, at)
    _import(world, at)
    record(verb="rattache", at=at, by=account, uai="0931434D", about=lea.display_name, learner_id=lea.pk)
    return account


def _two_accounts(world: World, account: Account, at: datetime) -> None:
    here = {"establishment": world.tilleuls, "learner": world.lea}
    old = Account.objects.create(username="lea.martin2", first_name="Léa", last_name="MARTIN", password="!")
    Merge.objects.create(**here, kept=account, joined=old, asked_at=at, moved={"username": "lea.martin2"})
    SetAside.objects.create(**here, low=account, high=account, made_at=at)
    Transfer.objects.create(
        **here,
        holder=world.mimosas,
        holder_learner=world.learners["noe"],
        account=account,
        asked_at=at,
    )


def _lesson(world: World, at: datetime) -> None:
    lesson = Session.objects.create(
        establishment=world.tilleuls,
        division=world.divisions["6A"],
        opened_at=at,
        closes_at=at + timedelta(hours=1),
    )
    Difficulty.objects.create(session=lesson, learner=world.lea, what=Stumble.CARD_SPENT, at=at)


def _parcours(world: World, account: Account, at: datetime) -> None:
    edition, _ = Edition.objects.get_or_create(version="v1", defaults={"content": {}, "kept_at": at})
    attempt = Attempt.objects.create(
        learner=world.lea,
        account=account,
        definition=RENTREE.as_json(),
        edition=edition,
        seed=1,
        item_id="x",
        shown_at=at,
        started_at=at,
    )
    Answer.objects.create(
        attempt=attempt,
        rank=1,
        key=attempt.key_of(1),
        item_id="x",
        item_version="1",
        skill="s",
        competence="1.1",
        level=1,
        given={"texte": "je m’appelle Léa"},
        right=True,
        shown_at=at,
        answered_at=at,
    )
    campaign = Campaign.objects.create(
        establishment=world.tilleuls, title="Rentrée", code="BDFGHK274", opens_at=at, made_at=at
    )
    Participation.objects.create(
        campaign=campaign, learner=world.lea, account=account, attempt=attempt, started_at=at
    )


def _import(world: World, at: datetime) -> None:
    brought = RosterImport.objects.create(
        establishment=world.tilleuls,
        state=ImportState.APPLIED,
        file_name="base.zip",
        sha256="0" * 64,
        size=1,
        uploaded_at=at,
        progress_at=at,
        applied_at=at,
        problems=[
            {
                "severity": "WARNING",
                "code": "AGE_UNLIKELY",
                "message": "L’élève aurait 11 ans.",
                "pupil": {"local_id": "1001", "name": "MARTIN Léa", "division": "6A"},
            },
            {"severity": "WARNING", "code": "X", "message": "Le zip a d’autres fichiers.", "pupil": None},
        ],
    )
    row = {"last_name": "MARTIN", "first_name": "Léa", "ine": "123456789FJ"}
    ImportChange.objects.create(
        roster_import=brought, kind=ChangeKind.ARRIVAL, learner=world.lea, sort_key="martin lea", after=row
    )
    candidate = {"learner_id": world.lea.pk, "before": row}
    ImportQuestion.objects.create(roster_import=brought, rank=1, row=row, candidates=[candidate])
    RecognitionRefusal.objects.create(
        learner=world.lea, roster_import=brought, reason=Doubt.BIRTH_DATE, made_at=at
    )


def leave(learner: Learner) -> None:
    """Gone, as a file that no longer lists the pupil says it: without a day."""
    Learner.objects.filter(pk=learner.pk).update(status=LearnerStatus.LEFT, left_on=None)
