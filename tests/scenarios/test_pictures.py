"""Pictures and their tables, the head's one page, the files, the weekly mail."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import user_logged_in
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from preau.accounts.models import Account
from preau.audit.models import Entry
from preau.campaigns.models import Campaign, Participation, ParticipationState
from preau.establishments.models import Membership
from preau.rosters.models import Learner
from preau.scenarios.digest import choose_digest, monday_of, send_digest
from preau.scenarios.models import WeeklyDigest
from preau.scenarios.pictures import figures_of
from tests.page import Page
from tests.scenarios.people import give_account
from tests.world import World

pytestmark = pytest.mark.django_db
PAGE, ONE = "/e/0931434D/avancement/", "/e/0931434D/un-chiffre/"
PAGES = (PAGE, ONE, f"{PAGE}classes.csv", f"{PAGE}jours.csv")


def table(page: Page, heading: str) -> dict[str, str]:
    """The table of one section: its first cell → its last."""
    rows = page.css(f"section[aria-labelledby={heading}] tbody tr")
    return {" ".join(row[0].text_content().split()): " ".join(row[-1].text_content().split()) for row in rows}


def membership_of(account: Account) -> Membership:
    return Membership.objects.select_related("account", "establishment").get(account=account)


@pytest.fixture
def noon(clock: Callable[[datetime], None]) -> datetime:
    """A quiet hour of an ordinary Thursday, there the clock stands: no test looks at two days, or at two years."""
    at = datetime(2026, 11, 26, 12, tzinfo=ZoneInfo("Europe/Paris"))
    clock(at)
    return at


@pytest.fixture
def settled(world: World, noon: datetime) -> World:
    """Léa came in yesterday, Zoé today, Maëlys may, Nils and Apolline have nothing."""
    Learner.objects.update(birth_date=date(noon.year - 12, 1, 1))
    lea = give_account(world.lea, noon, username="lea.martin", seen=True)
    Account.objects.filter(pk=lea.pk).update(entered_at=noon - timedelta(days=1))
    give_account(world.zoe, noon, username="zoe.martin")
    give_account(world.learners["maelys"], noon, username="maelys.o", entered=False)
    return world


def test_who_came_in_and_when_day_by_day_and_class_by_class(
    settled: World, noon: datetime, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(11):
        figures = figures_of(membership_of(settled.boeuf), at=noon)
    days = figures.days()
    assert len(days) == 30
    assert [(day.count, day.total) for day in days[-3:]] == [(0, 0), (1, 1), (1, 2)]
    of_class = figures.days(settled.divisions["6A"].pk, of_class=True)
    assert [(day.count, day.total) for day in of_class[-2:]] == [(1, 1), (0, 1)]
    assert (figures.percent, figures.this_week) == (40, 2)


def test_the_day_of_the_first_entry_is_kept_and_last_years_is_not_one(world: World, now: datetime) -> None:
    account = give_account(world.lea, now, username="lea.martin")

    def comes_in() -> datetime:
        user_logged_in.send(Account, request=None, user=account)
        account.refresh_from_db()
        return account.entered_at

    first = comes_in()
    assert comes_in() == first
    Account.objects.filter(pk=account.pk).update(entered_at=now - timedelta(days=400))
    account.refresh_from_db()
    assert comes_in() > first - timedelta(minutes=1)


def test_every_picture_has_its_table(settled: World, as_, noon: datetime) -> None:
    campaign = Campaign.objects.create(
        establishment=settled.tilleuls, title="Bien démarrer", code="BDFGHK274", opens_at=noon - timedelta(days=3),
        made_at=noon,
    )  # fmt: skip
    for learner, state in ((settled.lea, ParticipationState.DONE), (settled.zoe, ParticipationState.STARTED)):
        Participation.objects.create(
            campaign=campaign, learner=learner, started_at=noon, state=state,
            done_at=noon if state == ParticipationState.DONE else None,
        )  # fmt: skip
    page = as_(settled.boeuf).open(PAGE)
    assert table(page, "agit") == {"Vous": "2", "Élève": "1", "Rien à faire": "2"}
    assert table(page, "modes") == {
        "Médiacentre": "1", "Identifiant": "3", "Mail": "0", "Plusieurs à la fois": "1", "Aucun": "2"
    }  # fmt: skip
    assert table(page, "situations") == {
        "Sans compte": "2",
        "Identifiant → Identifiant": "1",
        "C’est fait": "2",
    }
    assert table(page, "participations") == {"Bien démarrer": "5"}
    assert page.css("svg.columns[aria-hidden=true]")
    assert len(page.css("svg.columns rect")) == 2
    assert table(page, "classes")["6A"] == "1"
    one_class = page.follow("6A")
    assert "Qui est entré, et quand : 6A" in one_class
    assert len(one_class.css("svg.columns rect")) == 1


def test_each_figure_leads_to_its_pupils(settled: World, as_) -> None:
    page = as_(settled.boeuf).open(PAGE)
    leads = {}
    for label in ("Sans compte", "Identifiant →", "Aucun", "Vous"):
        found = page.follow(label)
        assert found.title == "Élèves"
        leads[label] = len(found.css("table.pupils tbody tr"))
    assert leads == {"Sans compte": 2, "Identifiant →": 1, "Aucun": 2, "Vous": 2}


def test_the_head_reads_one_number_then_few(settled: World, as_) -> None:
    page = as_(settled.ndiaye).open(ONE)
    assert "40 % des élèves sont entrés : 2 sur 5, dont 2 ces sept derniers jours" in page
    assert table(page, "attendent") == {"5B": "2", "6A": "2", "6C": "1"}
    assert not page.css("form[action$=par-mail\\/]")


def test_a_teacher_sees_their_classes_only(settled: World, as_) -> None:
    page = as_(settled.garcao).open(ONE)
    assert "2 sur 4" in page
    assert "6C" not in page
    assert "6C" not in as_(settled.garcao).open(f"{PAGE}?classe={settled.divisions['6C'].pk}")


@pytest.mark.parametrize("path", PAGES)
def test_nobody_from_elsewhere_sees_the_figures(world: World, as_, page, path: str) -> None:
    assert as_(world.okonkwo).get(path).status_code == 404
    assert page.get(path).status_code == 302


def test_a_school_without_pupils_shows_no_empty_picture(world: World, as_) -> None:
    Learner.objects.all().delete()
    client = as_(world.boeuf)
    for path in (PAGE, ONE):
        page = client.open(path)
        assert "Pas encore d’élève" in page
        assert not page.css("svg.columns")
    assert client.open(f"{PAGE}?classe=²").status == 200


def test_the_files_name_classes_and_days_and_no_pupil(settled: World, as_, noon: datetime) -> None:
    client = as_(settled.boeuf)
    answers = [b"".join(client.get(f"{PAGE}{name}.csv").streaming_content) for name in ("classes", "jours")]
    classes, days = (
        list(csv.DictReader(io.StringIO(one.decode("utf-8-sig")), delimiter=";")) for one in answers
    )
    assert classes[0] == {
        "Classe": "6A", "Élèves": "2", "Rattachés": "1", "Connectés": "1", "Vus par le Médiacentre": "1",
        "À faire : Vous": "1", "À faire : Élève": "0", "À faire : Médiacentre": "0", "À faire : Secrétariat": "0",
    }  # fmt: skip
    assert days[-1] == {"Jour": noon.date().isoformat(), "Classe": "5B", "Premières entrées": "1"}
    assert not any("MARTIN" in one.decode() for one in answers)
    assert Entry.objects.filter(verb="avancement-exporte", actor_id=settled.boeuf.pk).count() == 2


@pytest.mark.parametrize("path", [PAGE, ONE])
def test_more_pupils_ask_no_more_queries(settled: World, as_, noon: datetime, path: str) -> None:
    client = as_(settled.boeuf)
    client.open(path)
    with CaptureQueriesContext(connection) as few:
        client.open(path)
    for number in range(30):
        pupil = settled.learner(
            f"p{number}", establishment=settled.tilleuls, first_name="Íñigo", last_name="NUÑEZ",
            division=settled.divisions["6C"],
        )  # fmt: skip
        give_account(pupil, noon - timedelta(days=number), username=f"n{number}")
    with CaptureQueriesContext(connection) as many:
        client.open(path)
    assert len(many) == len(few)


# The weekly mail


@pytest.fixture
def mailing(settings) -> None:
    settings.MAIL_CONFIGURED = True


def test_who_asks_is_told_once_a_week_without_a_name(
    settled: World, as_, tasks_now, mailing, django_capture_on_commit_callbacks
) -> None:
    page = as_(settled.ndiaye).open(ONE)
    assert "Vous recevez ces chiffres" in page.submit("Recevoir ce résumé chaque semaine")
    for _ in range(2):  # a host who runs it twice
        with django_capture_on_commit_callbacks(execute=True):
            call_command("digest")
        tasks_now()
    (sent,) = mail.outbox
    assert sent.to == ["ndiaye@tilleuls.example"]
    assert sent.subject == "Préau : la rentrée cette semaine, Collège des Quatre-Tilleuls"
    assert "2 élèves sur 5 sont entrés dans Préau, dont 2 ces sept derniers jours." in sent.body
    assert "- Vous : 2 élèves" in sent.body
    assert ONE in sent.body
    assert not any(word in sent.body.casefold() for word in ("martin", "zoé", "léa", "nils", "lea.martin"))
    stopped = as_(settled.ndiaye).open(ONE).submit("Ne plus recevoir")
    assert "Recevoir ce résumé" in stopped
    assert not WeeklyDigest.objects.exists()


def test_two_workers_send_one_mail_and_next_week_another(settled: World, noon: datetime) -> None:
    choose_digest(membership=membership_of(settled.ndiaye), wanted=True, at=noon)
    choose_digest(membership=membership_of(settled.ndiaye), wanted=True, at=noon)
    (digest,) = WeeklyDigest.objects.all()
    assert [send_digest(digest, at=noon) for _ in range(2)] == [True, False]
    assert send_digest(digest, at=noon + timedelta(days=7))
    assert len(mail.outbox) == 2


def test_a_mail_that_does_not_leave_is_tried_again(settled: World, noon: datetime, monkeypatch) -> None:
    choose_digest(membership=membership_of(settled.ndiaye), wanted=True, at=noon)
    (digest,) = WeeklyDigest.objects.all()

    def refused(*_: object) -> None:
        raise OSError("no route")

    with monkeypatch.context() as broken:
        broken.setattr("preau.scenarios.digest.send_mail", refused)
        with pytest.raises(OSError, match="no route"):
            send_digest(digest, at=noon)
    digest.refresh_from_db()
    assert digest.sent_on is None
    assert send_digest(digest, at=noon)


def test_who_left_the_team_or_has_no_class_is_told_nothing(settled: World, noon: datetime, mailing) -> None:
    rui = membership_of(settled.garcao)
    choose_digest(membership=rui, wanted=True, at=noon)
    (digest,) = WeeklyDigest.objects.all()
    rui.divisions.clear()
    assert not send_digest(digest, at=noon)
    rui.delete()
    assert not WeeklyDigest.objects.exists()
    assert mail.outbox == []


def test_without_mail_nothing_is_offered_and_nothing_leaves(settled: World, as_, settings, capsys) -> None:
    settings.MAIL_CONFIGURED = False
    client = as_(settled.ndiaye)
    assert "Recevoir ce résumé" not in client.open(ONE)
    refused = client.read(client.post(f"{ONE}par-mail/", {"resume": "oui"}, follow=True))
    assert "n’envoie pas de courrier" in refused
    call_command("digest")
    assert "rien ne part" in capsys.readouterr().out
    assert as_(settled.okonkwo).post(f"{ONE}par-mail/", {"resume": "oui"}).status_code == 404


def test_a_week_starts_on_monday() -> None:
    assert {monday_of(date(2026, 9, day)) for day in range(7, 14)} == {date(2026, 9, 7)}
