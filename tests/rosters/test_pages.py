"""The Import pages, as the référente and others meet them."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from preau.audit.models import Entry
from preau.rosters.actions import start_import
from preau.rosters.models import ImportState, Learner, RosterImport
from tests.rosters.siecle import file_of, pupil
from tests.world import World

HERE = "/e/0931434D/import/"
INIGO = pupil("2001", "NUÑEZ", "Íñigo", "6D", born="01/02/2015", ine="012345678KE")


@pytest.fixture
def boeuf(as_, world: World):
    return as_(world.boeuf)


def upload(client, content: bytes, name: str = "ElevesSansAdresses.xml"):
    return client.open(HERE).submit("Vérifier ce fichier", files={"file": SimpleUploadedFile(name, content)})


def zipped(content: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ElevesSansAdresses.xml", content)
    return out.getvalue()


def this_year() -> int:
    today = timezone.localdate()
    return today.year if today.month >= 8 else today.year - 1


def test_the_referente_imports_a_zip_reads_the_preview_and_applies_it(boeuf, office, tasks_now) -> None:
    content = file_of(
        *office.unchanged("nils", lea={"division": "6C"}, apolline={"first_name": "Apollinée"}),
        INIGO,
        year=this_year(),
        exported=timezone.localdate(),
    )
    waiting = upload(boeuf, zipped(content), "ExportXML_ElevesSansAdresses.zip")
    assert waiting.title == "Vérification du fichier"
    assert "Vous pouvez fermer cette page" in waiting
    tasks_now()
    preview = boeuf.open(waiting.url)
    assert preview.title == "Ce que cet import va changer"
    assert "NUÑEZ Íñigo 6D Arrive" in preview
    assert "avant : 6A après : 6C Change de classe" in preview
    assert "Prénom corrigé avant : Apolline après : Apollinée" in preview
    assert "ØSTERGAARD Nils 6A N’est plus dans le fichier Ne peut plus entrer" in preview
    report = preview.submit("Appliquer l’import")
    assert report.title == "Import appliqué"
    assert Learner.objects.get(ine="012345678KE").division.name == "6D"
    history = boeuf.open(HERE)
    assert "Appliqué" in history
    assert "1 départ 1 arrivée 1 changement de classe 1 correction" in history
    fingerprint = RosterImport.objects.get().sha256
    assert f"empreinte {fingerprint[:12]}" in history
    assert f"empreinte SHA-256 du fichier : {fingerprint}" in boeuf.open(preview.url)


def test_without_javascript_progress_is_a_link(boeuf, office, world: World) -> None:
    page = upload(boeuf, office.file())
    assert page.css("progress")
    assert page.link("Actualiser cette page") == page.url
    fragment = boeuf.open(f"{page.url}avancement/", headers={"HX-Request": "true"})
    assert fragment.css("progress")
    RosterImport.objects.update(progress={"stage": "read", "done": 1_200_000, "total": 4_000_000})
    assert "30 %" in boeuf.open(f"{page.url}avancement/", headers={"HX-Request": "true"})
    RosterImport.objects.update(state=ImportState.READY, counts={"UNCHANGED": 1, "PRESENT_BEFORE": 1})
    over = boeuf.get(f"{page.url}avancement/", headers={"HX-Request": "true"})
    assert over.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("vide.xml", b"", "Ce fichier est vide"),
        ("page.xml", b"<!DOCTYPE html><html><body>Connexion</body></html>", "page web"),
        ("liste.xlsx", b"PK\x03\x04 not a zip", "abîmé"),
        ("liste.pdf", b"%PDF-1.7", "PDF"),
        ("r.xml", b"<?xml version='1.0'?><BEE_RESPONSABLES/>", "responsables"),
        ("gros.zip", b"PK\x03\x04" + b"\0" * 20_000_001, "20\xa0Mo"),
    ],
)
def test_what_is_no_file_of_pupils_is_said_beside_the_field(boeuf, name, content, sentence) -> None:
    page = upload(boeuf, content, name)
    assert page.status == 200
    (error,) = page.css(".field-error")
    assert sentence in " ".join(error.itertext())
    assert page.css("input[type=file][aria-invalid=true]")
    assert not RosterImport.objects.exists()


def test_pressing_the_button_without_a_file_says_so(boeuf) -> None:
    page = boeuf.open(HERE).submit("Vérifier ce fichier")
    assert "Choisissez d’abord le fichier à déposer" in page


def test_a_teacher_and_another_school_do_not_know_the_page_exists(as_, office, world: World) -> None:
    ready = office.bring(office.file(INIGO))
    for who, where in [
        (world.garcao, HERE),
        (world.garcao, f"{HERE}{ready.pk}/"),
        (world.okonkwo, f"{HERE}{ready.pk}/"),
        (world.okonkwo, f"/e/0180777X/import/{ready.pk}/"),
    ]:
        assert as_(who).get(where).status_code == 404
    assert as_(world.okonkwo).post(f"/e/0180777X/import/{ready.pk}/appliquer/").status_code == 404
    ready.refresh_from_db()
    assert ready.state == ImportState.READY


def test_half_the_school_gone_is_braked(boeuf, office, world: World) -> None:
    leaving = []
    for number in range(12):
        leaving.append(f"k{number}")
        world.learner(
            f"k{number}",
            establishment=world.tilleuls,
            first_name=f"Kim{number}",
            last_name="KO",
            local_id=f"3{number:03}",
            division=world.divisions["6C"],
        )
    ready = office.bring(office.file(without=(*leaving, "apolline")))
    page = boeuf.open(f"{HERE}{ready.pk}/")
    assert "13 départs, est-ce voulu ?" in page
    assert "C’est 76 % de l’établissement. Tous les élèves de 6C sont absents du fichier" in page
    assert "Annulable pendant 30 jours" in page
    again = page.submit("Appliquer l’import", confirmation="oui")
    assert "écrivez « 13 départs »" in again
    assert again.css("[data-error-summary]")
    assert boeuf.open(again.url).url == page.url  # reloaded
    assert again.submit("Appliquer l’import", confirmation="13 departs").title == "Import appliqué"


def test_next_years_file_asks_for_a_tick(boeuf, office) -> None:
    ready = office.bring(file_of(*office.unchanged(), INIGO, year=2027))
    page = boeuf.open(f"{HERE}{ready.pk}/")
    assert "base en préparation" in page
    refused = page.submit("Appliquer l’import")
    assert "Cochez la case" in refused
    assert refused.submit("Appliquer l’import", settled="on").title == "Import appliqué"


def test_the_second_of_two_people_reads_that_the_roster_has_changed(as_, office, world: World) -> None:
    first, second = office.bring(office.file(INIGO)), office.bring(office.file(without=("nils",)))
    ndiaye, boeuf = as_(world.ndiaye), as_(world.boeuf)
    page = ndiaye.open(f"{HERE}{second.pk}/")
    boeuf.open(f"{HERE}{first.pk}/").submit("Appliquer l’import")
    answer = page.submit("Appliquer l’import")
    assert "La base a changé depuis cet aperçu" in answer
    assert not answer.css("form[action*=appliquer]")
    world.learners["nils"].refresh_from_db()
    assert world.learners["nils"].status == "PRESENT"


def test_pressing_apply_twice_is_no_harm(boeuf, office) -> None:
    ready = office.bring(office.file(INIGO))
    page = boeuf.open(f"{HERE}{ready.pk}/")
    page.submit("Appliquer l’import")
    again = page.submit("Appliquer l’import")
    assert "Cet import est déjà appliqué" in again
    assert again.title == "Import appliqué"


def test_last_years_file_says_why(boeuf, office) -> None:
    refused = office.bring(file_of(*office.unchanged(), year=2025))
    page = boeuf.open(f"{HERE}{refused.pk}/")
    assert page.title == "Ce fichier ne peut pas être importé"
    assert "l’export de l’an dernier" in page
    assert "Élèves 5" in page
    assert "2025–2026" in page


def test_a_truncated_file_is_refused_with_its_line(boeuf, office) -> None:
    refused = office.bring(office.file()[:-60])
    assert "abîmé (ligne" in boeuf.open(f"{HERE}{refused.pk}/")


def test_a_silent_reading_says_that_it_was_interrupted(boeuf, office, world: World) -> None:
    silent = start_import(
        establishment=world.tilleuls,
        file_name="a.xml",
        content=office.file(),
        by=None,
        at=office.now,
        ask_worker=False,
    )
    RosterImport.objects.update(progress_at=timezone.now() - timezone.timedelta(minutes=11))
    page = boeuf.open(f"{HERE}{silent.pk}/")
    assert page.title == "La vérification s’est interrompue"
    assert page.link("Déposer le fichier à nouveau") == HERE


def test_a_birth_date_is_shown_only_when_asked_and_that_is_journalled(boeuf, office, world: World) -> None:
    ready = office.bring(office.file(lea={"born": "13/03/2015"}))
    page = boeuf.open(f"{HERE}{ready.pk}/")
    assert "Date de naissance corrigée" in page
    assert "2015" not in page.text
    shown = page.submit("Montrer")
    assert "Avant 12 mars 2015 Après 13 mars 2015" in shown
    entry = Entry.objects.get(verb="donnee-montree")
    assert (entry.learner_id, entry.about) == (world.lea.pk, "Léa MARTIN")
    assert "2015" not in str(entry.facts)


def test_nothing_to_change_is_said_plainly(boeuf, office) -> None:
    same = office.bring(office.file())
    page = boeuf.open(f"{HERE}{same.pk}/")
    assert page.title == "Ce fichier ne change rien"
    assert page.submit("Noter ce fichier").title == "Import appliqué"


def test_a_file_is_given_up(boeuf, office) -> None:
    ready = office.bring(office.file(INIGO))
    page = boeuf.open(f"{HERE}{ready.pk}/")
    gone = boeuf.read(boeuf.post(f"{HERE}{ready.pk}/abandonner/", follow=True))
    assert gone.title == "Importer la base élèves"
    assert "Abandonné" in gone
    assert "ne peut pas être appliqué" in page.submit("Appliquer l’import")
    assert boeuf.open(f"{HERE}{ready.pk}/").title == "Fichier abandonné"


def test_problems_are_grouped_by_who_can_fix_them(boeuf, office) -> None:
    more = [pupil(f"7{n:03}", "SANS", f"Ine{n}", None, ine=None) for n in range(9)]
    ready = office.bring(office.file(*more))
    page = boeuf.open(f"{HERE}{ready.pk}/")
    assert "Le secrétariat peut le corriger dans SIECLE" in page
    assert "9 élèves. Sans classe." in page
    assert "et 3 autres" in page


def test_a_file_older_than_the_one_applied_is_pointed_out(boeuf, office) -> None:
    from datetime import date

    office.apply(office.bring(file_of(*office.unchanged(), exported=date(2026, 9, 3))))
    old = office.bring(file_of(*office.unchanged(), INIGO, exported=date(2026, 9, 1)))
    assert "Ce fichier est plus ancien" in boeuf.open(f"{HERE}{old.pk}/")


def test_somebody_is_found_by_name_among_many(boeuf, office) -> None:
    crowd = [pupil(f"9{n:04}", "FOULE", f"Un{n}", "6A", born="01/01/2015") for n in range(120)]
    ready = office.bring(office.file(INIGO, *crowd))
    where = f"{HERE}{ready.pk}/"
    everyone = boeuf.open(where)
    assert "Voir les 71 autres arrivées" in everyone
    arrivals = everyone.follow("les 71 autres")
    second = arrivals.follow("Page suivante")
    assert "Personnes 51 à 100 sur 121" in second
    found = everyone.submit(q="nunez")
    (row,) = found.css("tbody tr:not(.group)")
    assert "NUÑEZ" in "".join(row.itertext())
    assert "Aucun élève de ce nom" in boeuf.open(f"{where}?q=zzz")
    assert boeuf.open(f"{where}?q=%00&kind=x&page=zz").status == 200


def test_the_preview_costs_the_same_whatever_the_size(
    boeuf, office, django_assert_max_num_queries, world: World
) -> None:
    crowd = [pupil(f"9{n:04}", "FOULE", f"Un{n}", "6A") for n in range(400)]
    few, many = office.bring(office.file(INIGO)), office.bring(office.file(*crowd))
    for ready in (few, many):
        with django_assert_max_num_queries(10):
            boeuf.open(f"{HERE}{ready.pk}/")
