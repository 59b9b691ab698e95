"""The rehearsal: two invented schools in which every state can be seen, and sign-ins that sign in."""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from preau.accounts.models import Account
from preau.attachments.actions import open_card
from preau.attachments.actions.identities import undo_identity
from preau.attachments.models import Attachment, Card, HelpRequest, How, IdentityChange
from preau.audit.models import Entry
from preau.campaigns.models import Campaign, Participation
from preau.establishments.models import Establishment, Membership, Role
from preau.handouts.models import Batch
from preau.parcours.models import Attempt
from preau.rehearsal.checks import administrator_of_the_rehearsal
from preau.rehearsal.ent import people_of_the_ent
from preau.rehearsal.erase import erase_rehearsal
from preau.rehearsal.schools import ADMINISTRATOR, MIMOSAS, PASSWORD, QUATRE_TILLEULS, UAIS
from preau.rehearsal.summary import SignIns, sign_ins
from preau.rosters.models import ChangeKind, Division, ImportChange, Learner, RosterImport
from preau.rosters.preview import effects_of
from preau.scenarios.coverage import Verdict, coverage_of
from tests.page import PageClient
from tests.world import World

ROWS = (
    Account,
    Learner,
    Attachment,
    Card,
    Batch,
    Participation,
    Campaign,
    HelpRequest,
    RosterImport,
    ImportChange,
)


def demo(**options: Any) -> str:
    """Type `preau demo`, with small schools."""
    out = StringIO()
    call_command("demo", pupils=100, stdout=out, **options)
    return out.getvalue()


@pytest.fixture(scope="module", autouse=True)
def _one_school_year() -> Iterator[None]:
    """The story lasts forty days: when it would begin before 1 August, that year's last weeks tell it."""
    real = timezone.now
    with pytest.MonkeyPatch.context() as patch:
        if (8, 1) <= (timezone.localdate().month, timezone.localdate().day) <= (9, 12):
            patch.setattr(timezone, "now", lambda: real() - timedelta(days=45))
        yield


@pytest.fixture(scope="module")
def first_run(_one_school_year: None, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """What the first run said; its rows serve the whole module, as filling takes seconds."""
    with django_db_blocker.unblock():
        said = demo()
    yield said
    with django_db_blocker.unblock():
        demo(erase=True)
        DBTaskResult.objects.all().delete()


@pytest.fixture
def said(first_run: str, db: None) -> str:
    return first_run


@pytest.fixture
def nothing_yet(first_run: str, db: None) -> None:
    erase_rehearsal()


def tilleuls() -> SignIns:
    return sign_ins(now=timezone.now())[0]


def test_whoever_tries_preau_finds_pupils_in_every_state(said: str) -> None:
    now = timezone.now()
    for school in Establishment.objects.filter(uai__in=UAIS):
        present = Learner.objects.present().filter(establishment=school)
        gone = Learner.objects.gone().filter(establishment=school)
        active = Attachment.objects.active().filter(establishment=school)
        cards = Card.objects.filter(learner__establishment=school)
        states = {
            "no account": present.exclude(attachments__ended_at=None, attachments__isnull=False),
            "identifier never used": active.filter(made_how=How.BULK, account__last_login=None),
            "in by card, after an identifier": active.filter(made_how=How.BULK, account__last_login__lt=now),
            "in by card alone": active.filter(made_how=How.CARD, account__last_login__lt=now),
            "in by names": active.filter(made_how=How.NAMES, account__last_login__lt=now),
            "detached": Attachment.objects.filter(establishment=school, ended_at__lt=now),
            "left": gone,
            "left with an account": active.filter(learner__in=gone),
            "card to be used": cards.valid(now),
            "card used": cards.filter(used_at__lt=now),
            "card expired": cards.filter(used_at=None, voided_at=None, expires_at__lt=now),
            "card voided": cards.filter(voided_at__lt=now),
            "call for help": school.help_requests.filter(state="WAITING"),
        }
        assert [name for name, rows in states.items() if not rows.exists()] == []


def test_the_history_shows_every_kind_of_change_and_a_file_waits_to_be_applied(said: str) -> None:
    for school in Establishment.objects.filter(uai__in=UAIS):
        imports = list(school.imports.order_by("uploaded_at").values_list("state", flat=True))
        assert imports == ["APPLIED", "APPLIED", "APPLIED", "READY"]
        for state in ("APPLIED", "READY"):
            changes = ImportChange.objects.filter(roster_import__in=school.imports.filter(state=state))
            assert set(changes.values_list("kind", flat=True)) == set(ChangeKind.values)


def test_a_waiting_correction_says_whom_it_will_let_in(said: str) -> None:
    effects = set()
    for ready in RosterImport.objects.filter(state="READY", establishment__uai__in=UAIS):
        tell = effects_of(ready)
        effects |= {effect.words for change in ready.changes.all() if (effect := tell(change))}
    assert effects == {"Pourra entrer avec sa date corrigée"}


def test_each_school_has_three_campaigns_and_pupils_who_started_and_finished(said: str) -> None:
    for school in Establishment.objects.filter(uai__in=UAIS):
        opened = Campaign.objects.open(timezone.now()).filter(establishment=school)
        assert (opened.count(), school.campaigns.count()) == (2, 3)
        assert {bool(campaign.divisions.count()) for campaign in opened} == {True, False}
        assert set(school.campaigns.values_list("parcours_url", flat=True)) == {""}
        for campaign in school.campaigns.all():
            assert set(campaign.participations.values_list("state", flat=True)) == {"STARTED", "DONE"}


def test_some_pupils_of_the_college_come_by_the_tile_and_three_only_so(said: str) -> None:
    known = {one.ido for one in people_of_the_ent()}
    here = Attachment.objects.opening().filter(establishment__uai=QUATRE_TILLEULS.uai)
    by_tile = here.filter(account__socialaccount__provider="gar", learner__in=Learner.objects.present())
    assert by_tile.count() > 6
    assert set(by_tile.values_list("account__socialaccount__uid", flat=True)) <= known
    assert by_tile.filter(account__username=None, account__password__startswith="!").count() == 3


def test_coverage_names_the_one_class_whose_tile_was_forgotten(said: str) -> None:
    referent = Membership.objects.select_related("establishment").get(
        establishment__uai=QUATRE_TILLEULS.uai, role=Role.REFERENT
    )
    found = coverage_of(referent, at=timezone.now())
    (forgotten,) = {one.group for one in people_of_the_ent() if not one.tile}
    assert [f"{QUATRE_TILLEULS.name} · {line.name}" for line in found.missing] == [forgotten]
    assert {Verdict.SOME, Verdict.WAITING} <= {line.verdict for line in found.lines}
    (change,) = IdentityChange.objects.filter(learner__establishment__uai=QUATRE_TILLEULS.uai)
    undo_identity(change=change, by=referent.account, at=timezone.now())


def test_pupils_are_at_every_stage_of_a_parcours_of_preau(said: str) -> None:
    for school in Establishment.objects.filter(uai__in=UAIS):
        attempts = Attempt.objects.filter(learner__establishment=school)
        assert set(attempts.values_list("state", flat=True)) == {"RUNNING", "SENT"}
        assert all(one.levels and one.answered >= 2 for one in attempts.sent())


def test_everybody_present_goes_to_the_ent_and_one_class_has_no_tile(said: str) -> None:
    people = people_of_the_ent()
    pupils = [one for one in people if one.pro == "National_elv"]
    assert len(pupils) == Learner.objects.present().filter(division__isnull=False).count()
    assert len({one.ido for one in people}) == len({one.id for one in people}) == len(people)
    assert all(re.fullmatch("[0-9a-f]{128}", one.ido) for one in people)
    assert Counter(one.pro for one in people if one.group.endswith("équipe")) == {
        "National_dir": 2,
        "National_ens": 6,
    }
    assert len({one.group for one in pupils if not one.tile}) == 1


def test_the_team_is_whole_and_teachers_have_their_classes(said: str) -> None:
    for school in Establishment.objects.filter(uai__in=UAIS):
        roles = Counter(school.memberships.values_list("role", flat=True))
        assert roles == {Role.HEAD: 1, Role.REFERENT: 1, Role.TEACHER: 2}
        for teacher in school.memberships.filter(role=Role.TEACHER):
            assert Division.objects.filter(teachers=teacher).exists()


def test_fifteen_pupils_of_the_lycee_enter_by_mail_and_none_is_younger_than_fifteen(said: str) -> None:
    mails = Account.objects.filter(email__isnull=False, birth_date__isnull=False)
    assert mails.count() >= 15
    assert not mails.filter(birth_date__gt=timezone.localdate() - timedelta(days=15 * 365)).exists()


def test_nothing_happens_in_the_future_nor_before_what_it_needs(said: str) -> None:
    now = timezone.now()
    assert not Entry.objects.filter(at__gt=now).exists()
    assert not Account.objects.filter(last_login__gt=now).exists()
    for card in Card.objects.filter(used_at__isnull=False):
        assert card.made_at < card.used_at <= card.expires_at


def test_every_printed_sign_in_signs_in(said: str) -> None:
    for school in sign_ins(now=timezone.now()):
        assert (len(school.staff), len(school.pupils)) == (4, 2)
        for member in school.staff:
            assert member.account.email in said
            seen = PageClient().open("/personnel/").submit(identifier=member.account.email, password=PASSWORD)
            assert seen.url.startswith("/e/")
            assert seen.status == 200
        for _, account in school.pupils:
            identifier = account.email or account.username
            assert identifier in said
            seen = PageClient().open("/connexion/").submit(identifier=identifier, password=PASSWORD)
            assert seen.status == 200
            assert account.first_name in seen
        assert school.card is not None
        assert school.card.code in said
        assert open_card(school.card.code, timezone.now()).learner == school.card.learner
        assert len(school.campaigns) == 2
        for campaign in school.campaigns:
            assert campaign.shown_code in said


def test_the_administrator_reaches_the_admin_pages(said: str) -> None:
    assert ADMINISTRATOR in said
    door = PageClient().open("/admin/")
    assert door.submit(identifier=ADMINISTRATOR, password=PASSWORD).url == "/admin/"


def test_a_second_run_changes_nothing_and_says_the_same(said: str) -> None:
    before = [rows.objects.count() for rows in ROWS]
    again = demo()
    assert [rows.objects.count() for rows in ROWS] == before
    assert again == said[said.index("Préau") :]


def test_once_the_printed_card_is_used_replaced_or_too_old_another_that_opens_is_printed(said: str) -> None:
    for change in ("used_at", "voided_at", "expires_at"):
        first = tilleuls().card
        Card.objects.filter(learner=first.learner).update(**{change: timezone.now()})
        second = tilleuls().card
        assert second.code != first.code
        assert open_card(second.code, timezone.now()).learner == second.learner


def test_whoever_changed_their_password_is_no_longer_announced(said: str) -> None:
    learner, account = tilleuls().pupils[0]
    account.set_password("trois loutres et un tambour")
    account.save()
    assert learner not in [other for other, _ in tilleuls().pupils]
    assert len(tilleuls().pupils) == 2


def test_no_address_could_be_anybodys(said: str) -> None:
    addresses = set(Account.objects.exclude(email=None).values_list("email", flat=True))
    assert addresses
    assert all(address.endswith(".example") for address in addresses)
    assert all(uai.startswith("999") for uai in UAIS)
    assert all(word.endswith(".example") for word in re.findall(r"\S+@\S+", said))


def test_no_card_code_is_kept_readable(said: str) -> None:
    code = tilleuls().card.code.replace("-", "")
    kept = [
        *Card.objects.values_list("digest", flat=True),
        *Batch.objects.values_list("token_digest", flat=True),
    ]
    assert not [digest for digest in kept if code in digest.upper()]
    assert not [facts for facts in Entry.objects.values_list("facts", flat=True) if code in str(facts)]


def test_erasing_takes_the_invented_people_away_and_nobody_else(said: str, world: World) -> None:
    assert "Effacés" in demo(erase=True)
    staff = {world.ndiaye, world.boeuf, world.garcao, world.okonkwo}
    assert set(Account.objects.all()) == staff
    assert set(Learner.objects.all()) == set(world.learners.values())
    assert set(Establishment.objects.all()) == {world.tilleuls, world.mimosas}
    assert not Entry.objects.filter(uai__in=UAIS).exists()
    assert "pas de répétition" in demo(erase=True)


def test_a_pupil_who_is_also_in_a_real_school_keeps_her_account(world: World, said: str) -> None:
    _, account = tilleuls().pupils[0]
    Attachment.objects.create(
        learner=world.learners["noe"],
        establishment=world.mimosas,
        account=account,
        made_at=timezone.now(),
        made_how=How.CARD,
    )
    erase_rehearsal()
    assert Account.objects.filter(pk=account.pk).exists()
    assert Attachment.objects.get().learner == world.learners["noe"]


def test_a_deployed_server_refuses_accounts_that_everybody_knows(nothing_yet: None, settings: Any) -> None:
    settings.LOCAL = False
    with pytest.raises(CommandError, match="--yes-invented-people"):
        demo()
    assert not Establishment.objects.exists()


def test_a_deployed_server_that_insists_has_no_administrator_anybody_could_be(
    said: str, settings: Any
) -> None:
    settings.LOCAL = False
    assert "changepassword" in demo(yes_invented_people=True)
    assert not Account.objects.get(username=ADMINISTRATOR).has_usable_password()


def test_a_rehearsal_left_in_a_deployment_is_an_error_of_the_check(said: str, settings: Any) -> None:
    assert administrator_of_the_rehearsal() == []
    settings.LOCAL = False
    (error,) = administrator_of_the_rehearsal()
    assert (error.id, error.hint) == ("preau.E007", "preau demo --erase")
    demo(erase=True)
    assert administrator_of_the_rehearsal() == []


def test_a_taken_port_is_said_before_anything_is_done(nothing_yet: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match="make run PORT="):
            demo(serve=True, port=port)
    assert not Establishment.objects.exists()


def test_the_two_schools_are_those_that_were_promised() -> None:
    assert (QUATRE_TILLEULS.pupils, MIMOSAS.pupils) == (600, 300)
    assert (QUATRE_TILLEULS.kind, MIMOSAS.kind) == ("college", "lycee")
