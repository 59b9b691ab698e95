"""The page of one pupil."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from preau.accounts import throttle
from preau.accounts.models import Account
from preau.attachments.actions import detach
from preau.attachments.models import Attachment, Card
from preau.audit.models import Entry
from preau.rosters.models import ChangeKind, ImportChange, ImportState, Learner, LearnerStatus, RosterImport
from tests.scenarios.people import give_account
from tests.world import World

pytestmark = pytest.mark.django_db
TAB = "/e/0931434D/eleves/"


def sheet(page, name: str) -> str:
    (found,) = page.css(f"section[aria-labelledby={name}]")
    return " ".join(found.text_content().split())


def test_lea_has_no_way_in_and_the_page_says_why(world: World, as_) -> None:
    page = as_(world.boeuf).open(f"{TAB}{world.lea.pk}/")
    assert page.title == "Léa MARTIN"
    step = sheet(page, "etape")
    assert "Vous Donner une carte" in step
    assert "Léa est dans la base élèves, en 6A." in step
    assert "Aucun compte n’est encore rattaché." in step
    assert "Aucune carte valable" in step


def test_the_card_is_followed_from_paper_to_use(world: World, as_, now: datetime) -> None:
    client = as_(world.boeuf)
    client.open(f"{TAB}{world.lea.pk}/").submit("Donner une carte")
    page = client.open(f"{TAB}{world.lea.pk}/")
    assert "Carte valable, lot" in sheet(page, "carte")
    assert "Élève Taper le code de sa carte" in sheet(page, "etape")
    assert "Cécile BŒUF-DELAŸE a préparé une carte pour Léa MARTIN" in sheet(page, "histoire")
    Card.objects.update(used_at=now)
    assert "a servi" in sheet(client.open(f"{TAB}{world.lea.pk}/"), "carte")


def test_birth_date_and_ine_stay_hidden_until_asked_for_and_the_journal_says_who_asked(
    world: World, as_
) -> None:
    client = as_(world.boeuf)
    page = client.open(f"{TAB}{world.lea.pk}/")
    assert "12 mars 2015" not in page
    assert world.lea.ine not in page.response.content.decode()
    shown = page.submit("la date de naissance")
    assert "12 mars 2015" in shown
    assert world.lea.ine not in shown
    assert world.lea.ine in page.submit("l’INE")
    lines = Entry.objects.filter(verb="donnee-montree", learner_id=world.lea.pk, actor_id=world.boeuf.pk)
    assert [line.facts["what"] for line in lines] == ["INE", "date de naissance"]
    assert "12 mars 2015" not in client.open(f"{TAB}{world.lea.pk}/")


def test_showing_without_leaving_the_page_is_journalled_too(world: World, as_) -> None:
    client = as_(world.boeuf)
    answer = client.post(
        f"{TAB}{world.lea.pk}/montrer/", {"donnee": "naissance"}, headers={"HX-Request": "true"}
    )
    assert "12 mars 2015" in client.read(answer)
    assert "<html" not in answer.content.decode()
    assert Entry.objects.filter(verb="donnee-montree").count() == 1


def test_a_teacher_never_sees_an_ine(world: World, as_) -> None:
    client = as_(world.garcao)
    page = client.open(f"{TAB}{world.lea.pk}/")
    assert "INE" not in sheet(page, "identite")
    assert client.post(f"{TAB}{world.lea.pk}/montrer/", {"donnee": "ine"}).status_code == 404
    assert client.post(f"{TAB}{world.lea.pk}/montrer/", {"donnee": "autre"}).status_code == 404
    assert not Entry.objects.filter(verb="donnee-montree").exists()


@pytest.mark.parametrize("who", ["apolline", "noe"])
def test_a_teacher_reaches_their_own_pupils_only(world: World, as_, who: str) -> None:
    client, pk = as_(world.garcao), world.learners[who].pk
    assert client.open(f"{TAB}{pk}/").status == 404
    for path in ("montrer", "debloquer", "identifiant"):
        assert client.post(f"{TAB}{pk}/{path}/", {"donnee": "naissance"}).status_code == 404
    assert not Entry.objects.exists()
    assert not Account.objects.filter(attachments__learner=pk).exists()


def test_no_page_for_a_number_that_is_nobody_s(world: World, as_) -> None:
    for number in ("0", "999999", "9" * 30):
        assert as_(world.boeuf).open(f"{TAB}{number}/").status == 404


def test_who_left_keeps_their_history_and_nothing_can_be_done(world: World, as_, now: datetime) -> None:
    give_account(world.lea, now, username="lea.martin")
    Learner.objects.filter(pk=world.lea.pk).update(status=LearnerStatus.LEFT, left_on=date(2026, 9, 1))
    page = as_(world.boeuf).open(f"{TAB}{world.lea.pk}/")
    assert "Cet élève a quitté l’établissement." in page
    assert "lea.martin" not in page
    assert not page.css("main form[action*=preparer]")
    assert not page.css("main a[href*=detacher]")


def test_an_identifier_in_one_tap(world: World, as_) -> None:
    client = as_(world.boeuf)
    done = client.open(f"{TAB}{world.lea.pk}/").submit("Donner un identifiant")
    assert "Identifiant donné : lea.martin" in done
    assert "lea.martin" in sheet(done, "modes")
    again = client.read(client.post(f"{TAB}{world.lea.pk}/identifiant/", follow=True))
    assert "Rien n’a changé" in again


def test_too_many_tries_can_be_forgiven(world: World, as_, now: datetime) -> None:
    give_account(world.lea, now, username="lea.martin")
    key = throttle.account_key("lea.martin")
    for _ in range(8):
        throttle.failed(key, at=now)
    page = as_(world.boeuf).open(f"{TAB}{world.lea.pk}/")
    done = page.submit("Débloquer")
    assert "peut réessayer tout de suite" in done
    assert not throttle.delay_left(key, at=now)
    assert Entry.objects.filter(verb="eleve-debloque", learner_id=world.lea.pk).exists()
    assert "a débloqué Léa MARTIN" in sheet(done, "histoire")


def test_a_detached_account_can_come_back_for_thirty_days(world: World, as_, now: datetime) -> None:
    give_account(world.lea, now, username="lea.martin")
    attached = as_(world.boeuf).open(f"{TAB}{world.lea.pk}/")
    assert attached.link("détacher").endswith(f"/eleves/{world.lea.pk}/detacher/")
    detach(attachment=Attachment.objects.get(), why="mauvais élève", by=world.boeuf, at=now)
    page = as_(world.boeuf).open(f"{TAB}{world.lea.pk}/")
    assert "Son compte a été détaché." in page
    page.submit("Rattacher de nouveau")
    assert Attachment.objects.get().ended_at is None
    Attachment.objects.update(ended_at=now - timedelta(days=31))
    assert "Rattacher de nouveau" not in as_(world.boeuf).open(f"{TAB}{world.lea.pk}/")


def test_what_happened_tells_imports_and_acts_of_this_school_only(world: World, as_, now: datetime) -> None:
    brought = RosterImport.objects.create(
        establishment=world.tilleuls, state=ImportState.APPLIED, file_name="x.zip", sha256="0" * 64, size=1,
        uploaded_at=now, progress_at=now, applied_at=now - timedelta(days=1), applied_by=world.ndiaye,
    )  # fmt: skip
    for kind, before, after in (
        (ChangeKind.ARRIVAL, None, {"division": "6B"}),
        (ChangeKind.CLASS_CHANGE, {"division": "6B"}, {"division": "6A"}),
        (ChangeKind.CORRECTION, {"last_name": "MARTYN"}, {"last_name": "MARTIN"}),
    ):
        ImportChange.objects.create(
            roster_import=brought,
            kind=kind,
            learner=world.lea,
            sort_key="martin lea",
            before=before,
            after=after,
        )
    Entry.objects.create(at=now, uai="0180777X", verb="rattache", about="Léa MARTIN", learner_id=world.lea.pk)
    told = sheet(as_(world.boeuf).open(f"{TAB}{world.lea.pk}/"), "histoire")
    assert "Arrivée par l’import de la base élèves, en 6B (Moussa N’DIAYE)." in told
    assert "Changement de classe : 6B → 6A" in told
    assert "Correction par l’import de la base élèves : nom" in told
    assert "a rattaché" not in told


def test_the_page_asks_as_many_queries_after_many_events(
    world: World, as_, now: datetime, django_assert_num_queries
) -> None:
    give_account(world.lea, now, username="lea.martin")
    client = as_(world.boeuf)
    with django_assert_num_queries(14):
        client.open(f"{TAB}{world.lea.pk}/")
    Entry.objects.bulk_create(
        [Entry(at=now, uai="0931434D", verb="carte-preparee", about="Léa MARTIN", learner_id=world.lea.pk)]
        * 1
        + [
            Entry(at=now, uai="0931434D", verb="rattache", about="x", learner_id=world.lea.pk)
            for _ in range(90)
        ]
    )
    with django_assert_num_queries(14):
        client.open(f"{TAB}{world.lea.pk}/")


def test_a_teacher_closes_the_account_of_one_pupil_everywhere(world: World, as_, now: datetime) -> None:
    account = give_account(world.lea, now, username="lea.martin")
    home, library = as_(account), as_(account)
    page = as_(world.garcao).open(f"/e/{world.tilleuls.uai}/eleves/{world.lea.pk}/")
    done = page.submit("Fermer son compte partout")
    assert "Léa MARTIN n’est plus connecté·e nulle part" in done
    assert [one.get("/moi/").status_code for one in (home, library)] == [302, 302]
    entry = Entry.objects.get(verb="eleve-deconnecte")
    assert (entry.actor_id, entry.learner_id) == (world.garcao.pk, world.lea.pk)
    assert "n’était connecté·e nulle part" in done.submit("Fermer son compte partout")
