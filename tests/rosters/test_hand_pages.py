"""The pages where the référente writes in the roster herself, and decides what imports may change."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from preau.audit.models import Entry
from preau.rosters.actions import set_calendar
from preau.rosters.calendar import CalendarMode, ImportCalendar
from preau.rosters.models import Learner, RosterImport
from tests.rosters.siecle import pupil
from tests.world import World

SCHOOL = "/e/0931434D/"
INIGO = pupil("2001", "NUÑEZ", "Íñigo", "6D", born="01/02/2015", ine="012345678KE")
TYPED = {"last_name": " Nuñez ", "first_name": "Íñigo", "birth_date": "2015-02-01"}


@pytest.fixture
def boeuf(as_, world: World):
    return as_(world.boeuf)


def test_a_late_arrival_is_added_from_the_pupils_tab(boeuf, world: World) -> None:
    form = boeuf.open(f"{SCHOOL}eleves/").follow("Ajouter un élève")
    assert form.title == "Ajouter un élève"
    classes = [option.text for option in form.css("select[name=division] option")]
    assert classes == ["Sans classe", "6A", "6C", "5B"]
    fiche = form.submit("Ajouter cet élève", **TYPED, division=str(world.divisions["6C"].pk))
    assert fiche.title == "Íñigo NUÑEZ"
    assert "Cécile BŒUF-DELAŸE a ajouté Íñigo NUÑEZ à la main" in fiche
    assert Learner.objects.get(first_name="Íñigo").division.name == "6C"


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"last_name": ""}, "last_name", "Écrivez le nom de famille"),
        ({"last_name": "—"}, "last_name", "aucune lettre"),
        ({"birth_date": ""}, "birth_date", "Donnez la date de naissance"),
        ({"birth_date": "31/02/2015"}, "birth_date", "Écrivez la date comme"),
        ({"birth_date": "2999-01-01"}, "birth_date", "Relisez l’année"),
        ({"ine": "123"}, "ine", "pas complet"),
        ({"ine": "123456789FJ"}, "ine", "Léa MARTIN a déjà cet INE"),
        ({"division": "9" * 30}, "division", "Choisissez une classe"),
        ({"first_name": "x\0"}, "first_name", ""),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(boeuf, typed, field, sentence) -> None:
    page = boeuf.open(f"{SCHOOL}eleves/ajouter/").submit("Ajouter cet élève", **{**TYPED, **typed})
    assert page.status == 200
    assert page.css(f"[name={field}][aria-invalid=true]")
    assert sentence in page
    assert not Learner.objects.filter(by_hand=True).exists()


def test_a_namesake_born_the_same_day_is_asked_about_then_added(boeuf) -> None:
    typed = {"last_name": "Martin", "first_name": "Lea", "birth_date": "2015-03-12"}
    page = boeuf.open(f"{SCHOOL}eleves/ajouter/").submit("Ajouter cet élève", **typed)
    assert "Léa MARTIN (6A), né·e le même jour, est déjà dans la base" in page
    assert not Learner.objects.filter(by_hand=True).exists()
    assert page.submit("Ajouter cet élève", somebody_else="on").title == "Lea MARTIN"


def test_lea_is_corrected_without_showing_what_is_hidden(boeuf, world: World) -> None:
    form = boeuf.open(f"{SCHOOL}eleves/{world.lea.pk}/").follow("Corriger son nom")
    written = form.response.content.decode()
    assert "2015" not in written
    assert "123456789FJ" not in written
    fiche = form.submit("Enregistrer", last_name="Martin-Dubois")
    assert fiche.title == "Léa MARTIN-DUBOIS"
    world.lea.refresh_from_db()
    assert (world.lea.birth_date, world.lea.ine) == (date(2015, 3, 12), "123456789FJ")
    assert world.lea.sort_key == "martin dubois lea"
    assert Entry.objects.get(verb="eleve-corrige").facts == {"what": "nom"}


def test_lea_leaves_and_is_marked_back(boeuf, world: World) -> None:
    page = boeuf.open(f"{SCHOOL}eleves/{world.lea.pk}/").follow("Marquer comme parti·e")
    assert "Rien n’est effacé" in page
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert "pas encore venu" in page.submit("Marquer comme parti·e", left_on=tomorrow.isoformat())
    fiche = page.submit("Marquer comme parti·e")
    assert "A quitté l’établissement" in fiche
    assert "déjà marqué·e comme parti·e" in page.submit("Marquer comme parti·e")
    back = fiche.submit("Marquer comme revenu·e")
    assert "est de retour" in back
    world.lea.refresh_from_db()
    assert (world.lea.status, world.lea.left_on) == ("PRESENT", None)


def test_a_teacher_and_another_school_cannot_write(as_, world: World) -> None:
    lea = f"eleves/{world.lea.pk}"
    for who, school in ((world.garcao, SCHOOL), (world.okonkwo, SCHOOL), (world.okonkwo, "/e/0180777X/")):
        client = as_(who)
        for where in (f"{lea}/corriger/", f"{lea}/depart/"):
            assert client.get(school + where).status_code == 404
            assert client.post(school + where, TYPED).status_code == 404
        assert client.post(f"{school}{lea}/retour/").status_code == 404
    for where in ("eleves/ajouter/", "import/calendrier/"):
        assert as_(world.garcao).post(SCHOOL + where, TYPED).status_code == 404
        assert as_(world.okonkwo).get(SCHOOL + where).status_code == 404
    assert as_(world.boeuf).get(f"{SCHOOL}eleves/{'9' * 25}/corriger/").status_code == 404
    world.lea.refresh_from_db()
    assert (world.lea.status, world.lea.last_name) == ("PRESENT", "MARTIN")
    fiche = as_(world.garcao).open(f"{SCHOOL}{lea}/")
    assert "Corriger son nom" not in fiche
    assert "Ajouter un élève" not in as_(world.garcao).open(f"{SCHOOL}eleves/")


def test_the_head_freezes_imports_and_the_preview_says_who_and_why(as_, office, world: World) -> None:
    ready = office.bring(office.file(INIGO))
    desk = as_(world.ndiaye).open(f"{SCHOOL}import/").follow("Calendrier de rentrée")
    back = desk.submit("Enregistrer", mode="FROZEN", reason="conseils de rentrée")
    assert "Les imports sont gelés" in back
    assert "conseils de rentrée" in back
    boeuf = as_(world.boeuf)
    page = boeuf.open(f"{SCHOOL}import/{ready.pk}/")
    assert "les imports sont gelés par Moussa N’DIAYE (conseils de rentrée)" in page
    assert not page.css("form[action*=appliquer]")
    assert "sont gelés" in boeuf.read(boeuf.post(f"{SCHOOL}import/{ready.pk}/appliquer/", follow=True))
    ready.refresh_from_db()
    assert ready.state == "READY"
    again = boeuf.open(f"{SCHOOL}import/calendrier/").submit("Enregistrer", mode="NORMAL")
    assert "gelés" not in again
    assert boeuf.open(f"{SCHOOL}import/{ready.pk}/").submit("Appliquer l’import").title == "Import appliqué"


def test_days_in_disorder_are_said_beside_the_last_one(boeuf) -> None:
    form = boeuf.open(f"{SCHOOL}import/calendrier/")
    page = form.submit("Enregistrer", mode="FROZEN", since="2026-09-10", until="2026-09-01")
    assert "Le dernier jour vient avant le premier" in page
    assert "Relisez l’année" in form.submit("Enregistrer", mode="FROZEN", since="0026-09-10")
    assert form.submit("Enregistrer", mode="ZZZ").css("[data-error-summary]")
    assert not ImportCalendar.objects.exists()


def test_additions_only_is_said_where_files_are_brought(boeuf, office, world: World) -> None:
    how = {"since": None, "until": None, "reason": "", "by": world.ndiaye, "at": office.now}
    set_calendar(establishment=world.tilleuls, mode=CalendarMode.ADDITIONS, **how)
    assert "les départs sont mis de côté" in boeuf.open(f"{SCHOOL}import/")
    ready = office.bring(office.file(INIGO, without=("nils",)))
    page = boeuf.open(f"{SCHOOL}import/{ready.pk}/")
    assert "Départ mis de côté" in page
    assert "ØSTERGAARD Nils (6A)" in page


def test_a_roster_more_than_a_month_old_is_recalled_in_october(
    as_, office, world: World, monkeypatch
) -> None:
    applied = office.apply(office.bring(office.file(INIGO)))
    for today, said in ((date(2026, 10, 20), True), (date(2026, 9, 20), False), (date(2026, 12, 1), False)):
        monkeypatch.setattr(timezone, "localdate", lambda value=None, timezone=None, today=today: today)
        for where in (SCHOOL, f"{SCHOOL}import/"):
            assert ("a plus d’un mois" in as_(world.boeuf).open(where)) is said
        assert "a plus d’un mois" not in as_(world.garcao).open(SCHOOL)
    assert RosterImport.objects.get(pk=applied.pk).exported_on == date(2026, 9, 3)
