"""Accueil rentrée: one number, at most three things to do, a line per class."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from preau.accounts.models import ConnectionMode
from preau.attachments.models import HelpRequest, Sighting
from preau.rosters.models import ImportState, Learner, LearnerStatus, RosterImport
from tests.scenarios.people import give_account
from tests.world import World

pytestmark = pytest.mark.django_db
HOME = "/e/0931434D/"
PUPIL = {"local_id": "1001", "name": "MARTIN Léa", "division": "6A"}


def brought(world: World, at: datetime, state: str = ImportState.APPLIED, **values: Any) -> RosterImport:
    return RosterImport.objects.create(
        establishment=world.tilleuls, state=state, file_name="x.zip", sha256=str(RosterImport.objects.count()) * 64,
        size=1, uploaded_at=at, progress_at=at, applied_at=at if state == ImportState.APPLIED else None, **values,
    )  # fmt: skip


def deeds(page) -> list[str]:
    return [" ".join(title.text_content().split()) for title in page.css("ol.todo h3")]


def line(page, name: str) -> list[str]:
    (row,) = [tr for tr in page.css("table.classes tr") if " ".join(tr[0].text_content().split()) == name]
    *figures, _lesson = row  # the last cell is the button of a lesson: its own test presses it
    return [" ".join(cell.text_content().split()) for cell in figures]


def test_one_number_and_a_line_per_class_in_the_order_schools_say_them(
    world: World, as_, now: datetime
) -> None:
    give_account(world.lea, now, username="lea.martin")
    give_account(world.learners["nils"], now, username="nils.o", entered=False)
    page = as_(world.boeuf).open(HOME)
    assert "1 élève sur 5 s’est déjà connecté" in page
    assert [tr[0].text_content().strip() for tr in page.css("table.classes tbody tr")] == ["6A", "6C", "5B"]
    assert line(page, "6A") == ["6A", "", "2", "2", "1", "1"]
    assert line(page, "Total") == ["Total", "", "5", "2", "1", "4"]
    assert page.link("6A") == f"{HOME}eleves/?classe={world.divisions['6A'].pk}"


def test_who_last_came_before_the_rentree_is_attached_but_not_yet_in(
    world: World, as_, now: datetime
) -> None:
    account = give_account(world.lea, now, username="lea.martin")
    account.last_login = now - timedelta(days=400)
    account.save()
    assert line(as_(world.boeuf).open(HOME), "6A") == ["6A", "", "2", "1", "0", "2"]


def test_a_detached_account_and_a_pupil_who_left_count_for_nothing(world: World, as_, now: datetime) -> None:
    give_account(world.lea, now, username="lea.martin").attachments.update(ended_at=now)
    Learner.objects.filter(pk=world.learners["nils"].pk).update(status=LearnerStatus.LEFT)
    assert line(as_(world.boeuf).open(HOME), "6A") == ["6A", "", "1", "0", "0", "1"]


def test_the_three_things_to_do_come_from_the_facts(world: World, as_, now: datetime) -> None:
    problem = {"who": "SECRETARIAT", "code": "no-ine", "severity": "TODO", "message": "…"}
    brought(
        world,
        now,
        problems=[{**problem, "pupil": who} for who in (PUPIL, PUPIL, {**PUPIL, "local_id": "1003"}, None)],
    )
    HelpRequest.objects.create(establishment=world.tilleuls, code="K7M4", reason="near", made_at=now)
    page = as_(world.boeuf).open(HOME)
    assert deeds(page) == [
        "Imprimer les cartes de la 6A",
        "Répondre à 1 demande d’aide",
        "Demander 3 corrections au secrétariat",
    ]
    assert page.submit("Préparer 2 cartes").title == "2 cartes pour la 6A"
    assert "Imprimer les cartes de la 5B" in deeds(as_(world.boeuf).open(HOME))


def test_a_file_that_waits_comes_first(world: World, as_, now: datetime) -> None:
    waiting = brought(world, now, state=ImportState.READY)
    page = as_(world.boeuf).open(HOME)
    assert deeds(page)[0] == "Appliquer le dernier import"
    assert page.link("Relire les changements").endswith(f"/import/{waiting.pk}/")


def test_there_are_never_more_than_three_things_to_do(world: World, as_, now: datetime) -> None:
    brought(world, now - timedelta(days=1), problems=[{"who": "SECRETARIAT", "pupil": PUPIL}])
    brought(world, now, state=ImportState.READY)
    HelpRequest.objects.create(establishment=world.tilleuls, code="K7M4", reason="near", made_at=now)
    assert len(deeds(as_(world.boeuf).open(HOME))) == 3


def test_when_everybody_is_in_nothing_is_asked(world: World, as_, now: datetime) -> None:
    for key, learner in world.learners.items():
        if key != "noe":
            give_account(learner, now, username=f"eleve.{key}")
    page = as_(world.boeuf).open(HOME)
    assert "5 élèves sur 5 se sont déjà connectés" in page
    assert deeds(page) == []


def test_the_first_day_shows_three_steps(world: World, as_) -> None:
    Learner.objects.all().delete()
    page = as_(world.ndiaye).open(HOME)
    assert deeds(page) == [
        "Importer la base élèves",
        "Donner une carte à chaque élève",
        "Ouvrir une campagne",
    ]
    assert page.link("Importer la base élèves").endswith("/import/")


def test_the_mediacentre_column_is_for_schools_that_chose_it(world: World, as_, now: datetime) -> None:
    give_account(world.lea, now, username="lea.martin", seen=True)
    before = as_(world.boeuf).open(HOME)
    assert "Médiacentre" not in [one.text for one in before.css("th")]
    assert before.link("classe par classe") == f"{HOME}mediacentre/"  # she came by the tile all the same
    world.tilleuls.target_mode = ConnectionMode.MEDIACENTRE
    world.tilleuls.save()
    page = as_(world.boeuf).open(HOME)
    assert line(page, "6A")[-1] == "1 vu"
    assert line(page, "6C")[-1] == "pas encore vue"
    assert line(page, "Total")[-1] == "1 classe sur 3"


def test_rui_sees_his_classes_only_and_no_import(world: World, as_, now: datetime) -> None:
    brought(world, now, problems=[{"who": "SECRETARIAT", "pupil": PUPIL}])
    page = as_(world.garcao).open(HOME)
    assert [tr[0].text_content().strip() for tr in page.css("table.classes tbody tr")] == ["6A", "5B"]
    assert "élève sur 4" in page
    assert not page.css("main a[href$='/import/']")
    assert not [deed for deed in deeds(page) if "secrétariat" in deed]


def test_a_teacher_without_a_class_is_told_how_to_get_one(world: World, as_) -> None:
    world.garcao.memberships.get().divisions.clear()
    assert "Aucune classe pour l’instant" in as_(world.garcao).open(HOME)


def test_nobody_from_elsewhere_sees_the_school(world: World, as_, page) -> None:
    assert as_(world.okonkwo).get(HOME).status_code == 404
    assert page.get(HOME).status_code == 302


def test_the_page_asks_as_many_queries_for_many_pupils(
    world: World, as_, now: datetime, django_assert_num_queries
) -> None:
    client = as_(world.boeuf)
    with django_assert_num_queries(8):
        client.open(HOME)
    for number in range(40):
        give_account(
            world.learner(
                f"p{number}", establishment=world.tilleuls, first_name="Íñigo", last_name="NUÑEZ",
                division=world.divisions["6C"],
            ),
            now,
            username=f"n{number}",
        )  # fmt: skip
    with django_assert_num_queries(8):
        client.open(HOME)


def test_where_the_mediacentre_was_chosen_the_tile_comes_before_cards(
    world: World, as_, now: datetime
) -> None:
    world.tilleuls.target_mode = ConnectionMode.MEDIACENTRE
    world.tilleuls.save()
    page = as_(world.boeuf).open(HOME)
    assert deeds(page) == ["Distribuer la tuile du Médiacentre"]
    assert len(page.follow("Voir les 5 élèves").css("table.pupils tbody tr")) == 5
    give_account(world.lea, now, seen=True)
    assert deeds(as_(world.boeuf).open(HOME)) == ["Ouvrir la tuile avec la 5B", "Ouvrir la tuile avec la 6C"]


def test_arrivals_that_nobody_knew_show_that_the_class_is_seen(world: World, as_, now: datetime) -> None:
    world.tilleuls.target_mode = ConnectionMode.MEDIACENTRE
    world.tilleuls.save()
    Sighting.objects.create(
        establishment=world.tilleuls, division_key="6c", day=timezone.localdate(now), held=4
    )
    page = as_(world.boeuf).open(HOME)
    assert line(page, "6C")[-1] == "vue, à reconnaître"
    assert line(page, "Total")[-1] == "1 classe sur 3"
    assert "Ouvrir la tuile avec la 6C" not in deeds(page)
