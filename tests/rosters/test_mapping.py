"""Tables whose columns a person has to say: the screen, what is remembered, what is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from preau.rosterfiles.tables.columns import Mapping
from preau.rosters.actions import FileForgotten, drop_import, forget_files, say_columns, start_import
from preau.rosters.models import ColumnMapping, ImportState, Learner, PendingFile, RosterImport
from tests.rosterfiles.table_files import text, xlsx
from tests.rosters.test_tables import ALL, HERE, INIGO, boeuf, bring
from tests.world import World

__all__ = ["boeuf", "bring"]  # fixtures

STRANGE = ("Truc", "Machin", "Chose", "Bidule", "Mot de passe", "Courriel")
ROWS = [
    (last, first, born, room, "S3cret!", "a@b.example") for last, _, first, born, room, _ in (*ALL, INIGO)
]


def strange(*rows: tuple[str, ...]) -> bytes:
    return text(STRANGE, *(rows or ROWS), encoding="utf-8")


def test_the_screen_shows_ten_rows_guesses_and_what_is_missing(bring) -> None:
    page = bring(strange())
    assert page.title == "Que contient chaque colonne ?"
    assert "Préau n’a trouvé ni le nom de famille ni le prénom" in page
    assert page.css("select[name=c2] option[selected]")[0].get("value") == "BIRTH_DATE"
    assert "ØSTERGAARD" in page
    assert "S3cret" not in page.text
    assert "a@b.example" not in page.text
    assert not page.css("select[name=c4]")
    assert "privée, jamais lue" in page
    assert "Colonnes à dire" in page.client.open(HERE)
    waiting = PendingFile.objects.get()
    for private in ("S3cret", "a@b.example"):
        assert private not in bytes(waiting.content).decode()
        assert private not in str(waiting.sample)


def test_saying_the_columns_reads_the_file_and_is_remembered(bring, boeuf, tasks_now, world: World) -> None:
    page = bring(strange())
    page.submit("Lire le tableau ainsi", c0="LAST_NAME", c1="FIRST_NAME", c3="DIVISION")
    tasks_now()
    preview = boeuf.open(page.url)
    assert "NUÑEZ Íñigo 6D Arrive" in preview
    assert "5 élèves inchangés" in preview
    preview.submit("Appliquer l’import", settled="on")
    assert ColumnMapping.objects.get().establishment == world.tilleuls
    again = bring(strange(*ROWS, ("ÇELİK", "Aÿse", "01/01/2015", "6A", "x", "")))
    assert "ÇELİK Aÿse 6A Arrive" in again


def test_a_column_of_names_alone_is_confirmed_once_then_recognises_everybody(
    bring, boeuf, tasks_now, world: World
) -> None:
    names = "\n".join(["NOM Prénom", *(f"{last} {first}" for last, first, *_ in ROWS[:-1]), ""])
    page = bring(names.encode("utf-16"))
    assert "Est-ce bien une liste d’élèves" in page
    page.submit("Lire le tableau ainsi")
    tasks_now()
    preview = boeuf.open(page.url)
    assert "Est-ce la même personne" in preview
    assert not preview.css("tr.group"), "nobody arrives nor leaves before somebody has answered"
    answered = preview.submit("Oui pour les")
    assert "Vous avez répondu à tout" in answered


def test_another_school_is_asked_anew(bring, boeuf, as_, tasks_now, world: World) -> None:
    page = bring(strange())
    page.submit("Lire le tableau ainsi", c0="LAST_NAME", c1="FIRST_NAME", c3="DIVISION")
    okonkwo, there = as_(world.okonkwo), "/e/0180777X/import/"
    sent = {"file": SimpleUploadedFile("liste.csv", strange())}
    other = okonkwo.open(there).submit("Vérifier ce fichier", files=sent)
    tasks_now()
    assert okonkwo.open(other.url).title == "Que contient chaque colonne ?"


def test_what_names_nobody_or_says_one_thing_twice_is_refused_beside_the_field(bring) -> None:
    page = bring(strange())
    missing = page.submit("Lire le tableau ainsi", c0="LAST_NAME")
    assert "Il manque le prénom" in missing
    twice = page.submit("Lire le tableau ainsi", c0="LAST_NAME", c1="LAST_NAME")
    assert "« Nom de famille » est déjà dit d’une autre colonne" in twice
    assert twice.css("select[name=c1][aria-invalid=true]")
    both = page.submit("Lire le tableau ainsi", c0="LAST_NAME", c1="FIRST_NAME", c3="FULL_NAME")
    assert "mais pas les deux" in both
    odd = page.submit("Lire le tableau ainsi", c0="PASSWORD")
    assert odd.title == "Que contient chaque colonne ?"
    assert not ColumnMapping.objects.exists()


def test_columns_are_corrected_from_the_preview(bring, boeuf, tasks_now) -> None:
    table = text(("Nom", "Prénom", "Classe", "Cours"), ("NUÑEZ", "Íñigo", "Latin", "6D"), encoding="utf-8")
    page = bring(table)
    assert "NUÑEZ Íñigo Latin" in page
    columns = page.follow("Corriger les colonnes")
    assert columns.css("select[name=c2] option[selected]")[0].get("value") == "DIVISION"
    columns.submit("Lire le tableau ainsi", c2="GROUPS", c3="DIVISION")
    tasks_now()
    assert "NUÑEZ Íñigo 6D" in boeuf.open(page.url)
    assert RosterImport.objects.get().changes.count() == 6


def test_a_sheet_for_each_class(bring, boeuf, tasks_now) -> None:
    titles = ("Truc", "Machin")
    page = bring(xlsx(**{"6D": [titles, ("NUÑEZ", "Íñigo")], "6E": [titles, ("DEF", "Eva")]}), "liste.xlsx")
    assert page.title == "Que contient chaque colonne ?"
    page.submit("Lire le tableau ainsi", c0="LAST_NAME", c1="FIRST_NAME", division_from_sheet="on")
    tasks_now()
    preview = boeuf.open(page.url)
    assert "NUÑEZ Íñigo 6D" in preview
    assert "DEF Eva 6E" in preview


def test_a_list_whose_first_line_is_a_pupil_loses_nobody(bring, boeuf, tasks_now) -> None:
    page = bring(text(("NUÑEZ", "Íñigo", "6D"), ("ÇELİK", "Aÿse", "6D"), encoding="utf-8"))
    said = {"c0": "LAST_NAME", "c1": "FIRST_NAME", "c2": "DIVISION"}
    page.submit("Lire le tableau ainsi", first_is_pupil="on", **said)
    tasks_now()
    preview = boeuf.open(page.url)
    assert "NUÑEZ Íñigo 6D" in preview
    assert "ÇELİK Aÿse 6D" in preview


def test_columns_where_nobody_is_found_are_asked_again_not_refused_for_ever(bring, boeuf, tasks_now) -> None:
    empty = ("Vide", "Rien", "Truc", "Machin")
    page = bring(text(empty, ("", "", "a", "b"), ("", "", "c", "d")))
    assert page.title == "Que contient chaque colonne ?"
    page.submit("Lire le tableau ainsi", c0="LAST_NAME", c1="FIRST_NAME")
    tasks_now()
    again = boeuf.open(page.url)
    assert again.title == "Que contient chaque colonne ?"
    assert "Préau n’a trouvé aucun élève ainsi" in again
    again.submit("Abandonner ce fichier")
    assert bring(text(empty, ("", "", "a", "b"), ("", "", "e", "f"))).title == again.title


def test_a_table_nobody_explains_is_erased_after_a_day(bring, boeuf, world: World) -> None:
    page = bring(strange())
    late = timezone.now() + timedelta(hours=25)
    assert forget_files(at=timezone.now()) == 0
    with pytest.raises(FileForgotten):
        say_columns(roster_import=RosterImport.objects.get(), mapping=Mapping("x", ()), by=None, at=late)
    assert forget_files(at=late) == 1
    gone = boeuf.open(page.url)
    assert gone.title == "Fichier abandonné"
    assert not PendingFile.objects.exists()
    with pytest.raises(FileForgotten):
        say_columns(roster_import=RosterImport.objects.get(), mapping=Mapping("x", ()), by=None, at=late)


def test_a_screen_left_open_for_a_day_says_so(bring, boeuf) -> None:
    page = bring(strange())
    RosterImport.objects.update(uploaded_at=timezone.now() - timedelta(hours=25))
    late = page.submit("Lire le tableau ainsi", c0="LAST_NAME", c1="FIRST_NAME")
    assert "Ce tableau n’est plus gardé" in late
    assert late.title == "Importer la base élèves"
    assert not ColumnMapping.objects.exists()


def test_the_worker_is_asked_to_erase_it(bring) -> None:
    from django_tasks_db.models import DBTaskResult

    bring(strange())
    waiting = DBTaskResult.objects.get(task_path="preau.rosters.tasks.forget_file")
    assert timedelta(hours=23) < waiting.run_after - timezone.now() <= timedelta(hours=24)


def test_a_preview_that_waited_a_day_keeps_its_people_without_the_file(bring, boeuf) -> None:
    page = bring(text(("Nom", "Prénom", "Classe"), ("NUÑEZ", "Íñigo", "6D"), encoding="utf-8"))
    forget_files(at=timezone.now() + timedelta(hours=25))
    again = boeuf.open(page.url)
    assert "NUÑEZ" in again
    assert "Corriger les colonnes" not in again
    assert boeuf.open(f"{page.url}colonnes/").url == page.url


def test_a_table_given_up_is_erased(bring, boeuf, world: World) -> None:
    page = bring(strange())
    page.submit("Abandonner ce fichier")
    assert not PendingFile.objects.exists()
    assert RosterImport.objects.get().state == ImportState.DROPPED
    drop_import(roster_import=RosterImport.objects.get(), by=None, at=timezone.now())
    assert not Learner.objects.filter(last_name="NUÑEZ").exists()


def test_the_same_table_twice_waits_once(bring, boeuf, world: World) -> None:
    bring(strange())
    bring(strange())
    assert RosterImport.objects.count() == 1
    made = start_import(
        establishment=world.tilleuls, file_name="b.csv", content=strange(), by=None, at=timezone.now()
    )
    assert made.pk == RosterImport.objects.get().pk
