"""A référent without the SIECLE export: a strange list, its columns, a doubtful pupil, the sheet for the office."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from pypdf import PdfReader

from preau.rosterfiles.generate import generate_roster
from preau.rosters.models import Learner
from tests.rosterfiles.table_files import text, xlsx
from tests.rosters.conftest import Office
from tests.rosters.siecle import TODAY
from tests.world import World

SIDES = ("top", "right", "bottom", "left")
TITLES = ("Truc", "Machin", "Chose", "Bidule", "Mot de passe", "Courriel des responsables légaux")
ROWS = [
    ("MARTIN", "Léa", "12/03/2015", "6A"),
    ("ØSTERGAARD", "Nils", "02/07/2015", "6A"),
    ("MARTIN-LEROY", "Zoé", "05/11/2014", "5B"),
    ("BŒUF", "Apolline", "30/01/2015", "6C"),
    ("ŒUVRARD", "Maëlys", "28/02/2014", "5B"),
    ("NUÑEZ-DE-LA-ROCHEBRUNE", "Íñigo", "", "6D"),
]
FILES = {
    "liste.csv": lambda: text(TITLES, *((*row, "s3cret", "a@b.example") for row in ROWS), encoding="utf-8"),
    "liste.xlsx": lambda: xlsx(TITLES, *((*row, "s3cret", "a@b.example") for row in ROWS)),
}


@pytest.mark.parametrize("how", [{}, {"phone": True, "dark": True}], ids=["bureau", "téléphone le soir"])
@pytest.mark.parametrize("name", FILES)
def test_a_strange_list_is_explained_once_and_nobody_is_lost(
    someone, world: World, tmp_path, how, name
) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name]())
    boeuf = someone(**how).signs_in_as_staff("boeuf@tilleuls.example")
    boeuf.opens("/e/0931434D/import/")
    boeuf.page.locator("input[type=file]").set_input_files(path)
    boeuf.presses("Vérifier ce fichier", settle=False)
    boeuf.sees_title("Que contient chaque colonne").does_not_read("s3cret", "a@b.example")
    boeuf.chooses("Truc", "Nom de famille").presses("Lire le tableau ainsi").reads("Il manque le prénom")
    boeuf.chooses("Machin", "Prénom").chooses("Bidule", "Classe")
    boeuf.presses("Lire le tableau ainsi", settle=False)
    boeuf.sees_title("Ce que cet import va changer").reads("Est-ce la même personne")
    boeuf.ticks("Oui, c’est Nils").presses("Garder ces réponses").reads("Vous avez répondu à tout")
    boeuf.ticks("Oui, ce fichier est bien celui").presses("Appliquer l’import")
    boeuf.sees_title("Import appliqué").follows("Fiche de correction").reads("Date de naissance absente")
    nils = Learner.objects.get(pk=world.learners["nils"].pk)
    assert (str(nils.birth_date), nils.local_id) == ("2015-07-02", "1002")
    assert Learner.objects.present().filter(establishment=world.tilleuls).count() == 6


def test_the_correction_sheet_of_every_oddity_is_one_page(someone, world: World) -> None:
    stamp = datetime(TODAY.year, TODAY.month, TODAY.day, 8)  # noqa: DTZ001 - the clock of the school
    wish = {"pupils": 300, "seed": 1, "school_year": 2026, "exported_at": stamp, "uai": "0931434D"}
    ready = Office(world).bring(generate_roster(**wish, oddities=True), "ElevesSansAdresses.zip")
    boeuf = someone().signs_in_as_staff("boeuf@tilleuls.example")
    boeuf.opens(f"/e/0931434D/import/{ready.pk}/corrections/").reads("Fiche de correction", "INE en double")
    assert boeuf.page.locator("table.correct tbody tr").count() > 9
    sheet = PdfReader(io.BytesIO(boeuf.page.pdf(format="A4", margin=dict.fromkeys(SIDES, "10mm"))))
    assert len(sheet.pages) == 1
