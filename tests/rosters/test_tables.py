"""Lists that are tables, from the desk to the roster: real files, through the pages."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from preau.audit.models import Entry
from preau.rosters.models import ImportQuestion, ImportState, Learner, PendingFile, RosterImport
from tests.rosterfiles.feed_files import packed, v11, v12
from tests.rosterfiles.table_files import ods, text, xls, xlsx
from tests.world import World

HERE = "/e/0931434D/import/"
TITLES = ("Nom", "Nom d’usage", "Prénom", "Né(e) le", "Classe", "INE")
LEA = ("MARTIN", "", "Léa", "12/03/2015", "6A", "123456789FJ")
NILS = ("ØSTERGAARD", "", "Nils", "01/07/2015", "6A", "")
ZOE = ("MARTIN-LEROY", "", "Zoé", "05/11/2014", "5B", "000000001KG")
APOLLINE = ("BŒUF", "", "Apolline", "30/01/2015", "6C", "")
MAELYS = ("ŒUVRARD", "D’ŒUILLY", "Maëlys", "28/02/2014", "5B", "")
ALL = (LEA, NILS, ZOE, APOLLINE, MAELYS)
INIGO = ("NUÑEZ", "", "Íñigo", "01/02/2015", "6D", "")


@pytest.fixture
def boeuf(as_, world: World):
    return as_(world.boeuf)


@pytest.fixture
def bring(boeuf, tasks_now):
    """Drop a file on the page, let the worker read it, come back."""

    def deed(content: bytes, name: str = "liste.csv"):
        page = boeuf.open(HERE).submit(
            "Vérifier ce fichier", files={"file": SimpleUploadedFile(name, content)}
        )
        tasks_now()
        return boeuf.open(page.url)

    return deed


def utf8(*rows: tuple[str, ...]) -> bytes:
    return text(TITLES, *rows, encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("liste.csv", utf8),
        ("liste.txt", lambda *rows: text(TITLES, *rows, separator="\t", encoding="utf-16")),
        ("liste.xlsx", lambda *rows: xlsx(TITLES, *rows)),
        ("liste.xls", lambda *rows: xls(TITLES, *rows)),
        ("liste.ods", lambda *rows: ods(TITLES, *rows)),
        ("ElevesSansAdresses.xml", lambda *rows: xlsx(TITLES, *rows)),  # never by the name
    ],
)
def test_a_list_brings_one_pupil_and_loses_nobody(bring, world: World, name, make) -> None:
    page = bring(make(*ALL, INIGO), name)
    assert page.title == "Ce que cet import va changer"
    assert "NUÑEZ Íñigo 6D Arrive · sans INE" in page
    assert "5 élèves inchangés" in page
    refused = page.submit("Appliquer l’import")
    assert "Cochez la case" in refused
    assert "est bien celui de l’établissement Collège des Quatre-Tilleuls et de l’année" in refused
    assert refused.submit("Appliquer l’import", settled="on").title == "Import appliqué"
    assert Learner.objects.get(last_name="NUÑEZ").division.name == "6D"
    lea = Learner.objects.get(pk=world.lea.pk)
    assert (lea.local_id, lea.ine) == ("1001", "123456789FJ")
    assert Learner.objects.get(pk=world.zoe.pk).other_first_names == "Éloïse, Françoise"
    assert not PendingFile.objects.exists()


def test_the_same_list_again_changes_nothing(bring) -> None:
    bring(utf8(*ALL, INIGO)).submit("Appliquer l’import", settled="on")
    assert bring(utf8(*ALL, INIGO)).title == "Ce fichier ne change rien"


def test_an_onde_list_says_where_to_correct(bring) -> None:
    titles = ("Nom élève", "Prénom élève", "Date naissance", "INE", "Cycle", "Niveau", "Libellé classe")
    page = bring(text(titles, ("NUÑEZ", "Inigo", "2015-02-01", "", "III", "CM2", "CM2 A")))
    assert "Le secrétariat peut le corriger dans ONDE" in page
    assert RosterImport.objects.get().source == "onde"


def test_a_damaged_workbook_is_refused_with_what_to_do(bring) -> None:
    page = bring(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "vieux.xls")
    assert page.title == "Ce fichier ne peut pas être importé"
    assert "Ce classeur est abîmé" in page
    assert not PendingFile.objects.exists()


def test_nearly_nils_is_a_question_that_leaves_him_alone_until_answered(bring, world: World) -> None:
    near = ("ØSTERGAARD", "", "Nils", "02/07/2015", "6A", "")
    page = bring(utf8(LEA, near, ZOE, APOLLINE, MAELYS))
    assert page.title == "Des questions avant d’importer"
    assert "mêmes noms, date de naissance presque la même, même classe" in page
    assert "2015" not in page.text
    applied = page.submit("Noter ce fichier", settled="on")
    assert applied.title == "Import appliqué"
    nils = Learner.objects.get(pk=world.learners["nils"].pk)
    assert (nils.status, str(nils.birth_date)) == ("PRESENT", "2015-07-01")
    assert Learner.objects.filter(last_name="ØSTERGAARD").count() == 1
    assert "Pas sûr que ce soit l’élève déjà connu" in page.client.open(f"{applied.url}corrections/")


def test_yes_it_is_nils_corrects_him(bring, world: World) -> None:
    near = ("ØSTERGAARD", "", "Nils", "02/07/2015", "6C", "")
    page = bring(utf8(LEA, near, ZOE, APOLLINE, MAELYS))
    answered = page.submit("Garder ces réponses", q0=str(world.learners["nils"].pk))
    assert "Vous avez répondu à tout" in answered
    assert "avant : 6A après : 6C Change de classe" in answered
    answered.submit("Appliquer l’import", settled="on")
    nils = Learner.objects.get(pk=world.learners["nils"].pk)
    assert (str(nils.birth_date), nils.division.name, nils.local_id) == ("2015-07-02", "6C", "1002")
    assert Entry.objects.filter(verb="questions-repondues").exists()


def test_no_it_is_somebody_else_brings_one_and_sees_the_other_leave(bring, world: World) -> None:
    near = ("ØSTERGAARD", "", "Nils", "02/07/2015", "6A", "")
    page = bring(utf8(LEA, near, ZOE, APOLLINE, MAELYS))
    answered = page.submit("Garder ces réponses", q0="personne")
    assert "Départs 1 Arrivées 1" in answered
    again = answered.submit("Garder ces réponses", q0="")
    assert again.title == "Des questions avant d’importer"
    again.submit("Garder ces réponses", q0="personne").submit("Appliquer l’import", settled="on")
    assert Learner.objects.get(pk=world.learners["nils"].pk).status == "LEFT"
    assert Learner.objects.filter(last_name="ØSTERGAARD", status="PRESENT").count() == 1


def test_two_pupils_cannot_both_be_lea(bring, world: World) -> None:
    two = (("MARTIN", "", "Léa", "13/03/2015", "6A", ""), ("MARTIN", "", "Léa", "14/03/2015", "6C", ""))
    page = bring(utf8(*two, NILS, ZOE, APOLLINE, MAELYS))
    lea = str(world.lea.pk)
    refused = page.submit("Garder ces réponses", q0=lea, q1=lea)
    assert "Léa MARTIN ne peut pas être deux élèves du fichier" in refused
    assert not ImportQuestion.objects.filter(answered=True).exists()


def test_a_list_without_dates_is_settled_by_one_answer(bring) -> None:
    titles, rows = ("Nom", "Prénom", "Classe"), [(last, first, room) for last, _, first, _, room, _ in ALL]
    rows[2] = ("MARTIN-LEROY", "Zoé", "5A")
    page = bring(text(titles, *rows, encoding="utf-8"))
    assert "Pour 5 élèves du fichier" in page
    told = page.submit("Oui pour les 4 qui ont les mêmes noms et la même classe")
    assert "Pour 1 élève du fichier" in told
    assert told.title == "Des questions avant d’importer"


def test_answers_that_make_no_sense_are_no_answers(bring, boeuf, world: World) -> None:
    near = ("ØSTERGAARD", "", "Nils", "02/07/2015", "6A", "")
    page = bring(utf8(LEA, near, ZOE, APOLLINE, MAELYS))
    noise = {"q0": str(world.zoe.pk), "q9": "personne", "qx": "1", "q": "", "q١": "2", "q00000000": "z"}
    assert boeuf.post(f"{page.url}reponses/", noise).status_code == 302
    assert not ImportQuestion.objects.filter(answered=True).exists()
    assert boeuf.get(f"{page.url}reponses/").status_code == 405


def test_another_school_answers_nothing(bring, as_, world: World) -> None:
    page = bring(utf8(*ALL, INIGO))
    stranger = as_(world.okonkwo)
    for end in ("reponses/", "changements.csv", "corrections/", "colonnes/"):
        assert stranger.post(f"{page.url}{end}").status_code == 404
    assert as_(world.garcao).get(f"{HERE}modele.csv").status_code == 404


def test_questions_are_asked_page_by_page_at_a_constant_cost(
    bring, boeuf, world: World, django_assert_max_num_queries
) -> None:
    crowd = [(f"NOM{n}", "", "Zoé", "01/02/2015", "6A", "") for n in range(45)]
    bring(utf8(*ALL, *crowd)).submit("Appliquer l’import", settled="on")
    page = bring(utf8(*ALL, *((a, b, c, "02/02/2015", d, e) for a, b, c, _, d, e in crowd)))
    assert "Questions 1 à 20 sur 45" in page
    with django_assert_max_num_queries(13):
        second = page.follow("Page suivante")
    assert "Questions 21 à 40 sur 45" in second


def test_the_changes_are_a_list_for_a_spreadsheet_without_dates(bring, boeuf) -> None:
    page = bring(utf8(LEA, ZOE, APOLLINE, MAELYS, INIGO, ("=cmd", "", "Ana", "01/02/2015", "6D", "")))
    answer = page.client.post(f"{page.url}changements.csv", {"kind": "", "q": ""})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Changement;Nom;")
    assert "arrivée;NUÑEZ;;Íñigo;;6D;Arrive · sans INE;Entre avec une carte ; INE à demander" in "\n".join(
        lines
    ).replace('"', "")
    assert "2015" not in "".join(lines)
    assert "'=cmd" in "".join(lines)
    one = page.client.post(f"{page.url}changements.csv", {"kind": "ARRIVAL", "q": "nunez"})
    assert len(b"".join(one.streaming_content).decode().splitlines()) == 2
    assert Entry.objects.filter(verb="import-exporte").count() == 2


def test_the_model_files_are_read_back(boeuf, bring) -> None:
    desk = boeuf.open(HERE)
    assert desk.link("modèle Excel").endswith("modele.xlsx")
    answer = boeuf.get(desk.link("modèle CSV"))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="modele-eleves.csv"'
    filled = answer.content + "NUÑEZ;;Íñigo;01/02/2015;6D;;\r\n".encode()
    assert "NUÑEZ Íñigo 6D Arrive" in bring(filled)
    assert boeuf.get(f"{HERE}modele.exe").status_code == 404


def command(*args: str) -> tuple[int, str, str]:
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("import", *args, stdout=out, stderr=err)
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    return code, out.getvalue(), err.getvalue()


def test_the_command_takes_a_list(world: World, tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_bytes(utf8(*ALL, INIGO))
    code, out, _ = command(str(file), "--uai", "0931434D", "--json")
    assert (code, json.loads(out)["counts"]["ARRIVAL"]) == (0, 1)
    assert command(str(file), "--uai", "0931434D", "--apply")[0] == 1  # the year and the school are not said
    assert command(str(file), "--uai", "0931434D", "--apply", "--settled")[0] == 0
    assert Learner.objects.filter(last_name="NUÑEZ").exists()


@pytest.mark.parametrize("apply", [[], ["--apply", "--settled"]])
def test_the_command_says_about_whom_to_answer(world: World, tmp_path: Path, apply: list[str]) -> None:
    file = tmp_path / "liste.csv"
    file.write_bytes(utf8(LEA, ("ØSTERGAARD", "", "Nils", "02/07/2015", "6A", ""), ZOE, APOLLINE, MAELYS))
    code, out, _ = command(str(file), "--uai", "0931434D", *apply)
    assert code == 0
    assert "À dire dans Préau pour 1 élève(s), laissés tels quels" in out
    assert "aucun changement" in out


@pytest.mark.parametrize("apply", [[], ["--apply"]])
def test_the_command_names_the_columns_it_lacks(world: World, tmp_path: Path, apply: list[str]) -> None:
    file = tmp_path / "liste.csv"
    file.write_bytes(text(("Truc", "Machin", "Chose"), ("a", "b", "c"), ("d", "e", "f")))
    code, _, err = command(str(file), "--uai", "0931434D", *apply)
    assert code == 2
    assert "aucune colonne n’y donne le nom de famille ni le prénom" in err
    assert not PendingFile.objects.exists()
    assert not RosterImport.objects.exclude(state=ImportState.DROPPED).exists()


@pytest.mark.parametrize("make", [v11, v12])
def test_a_oneroster_zip_is_dropped_as_it_is(bring, make) -> None:
    page = bring(packed(make()), "oneroster.zip")
    assert page.title == "Ce que cet import va changer"
    assert "DUPONT Noé 6B Arrive" in page
    assert "SIECLE" not in page.text
    assert not PendingFile.objects.exists()
