"""What a school's list holds beyond its pupils leaves the rows as they are read."""

from preau.rosterfiles import Limits
from preau.rosterfiles.tables.text import open_text
from preau.rosterfiles.tables.workbook import open_workbook
from tests.rosterfiles.table_files import xlsx


def test_an_activation_code_is_gone_from_a_row_as_soon_as_it_is_read():
    head = "Liste des élèves;;;\nNom;Prénom;Classe;Mot de passe\n"
    people = "".join(f"NOM{n};Prénom{n};6A;secret-{n}\n" for n in range(500))
    table = open_text((head + people).encode(), Limits())
    assert "Mot de passe" in repr(table.sheets[0].lines[1].cells)
    assert "secret" not in repr([line.cells for line in table.sheets[0].lines])
    assert table.sheets[0].lines[-1].cells[:3] == ("NOM499", "Prénom499", "6A")


def test_the_parents_of_a_workbook_are_gone_from_a_row_as_soon_as_it_is_read():
    titles = ["Nom", "Prénom", "Date de naissance", "Adresse", "Nom représentant légal 1"]
    book = xlsx(titles, ["ADAM", "Zoé", "01/02/2014", "3 rue des Lilas", "ADAM Pol"])
    table = open_workbook(book, Limits())
    assert "Lilas" not in repr(table.sheets[0].lines[1].cells)
    assert "Pol" not in repr(table.sheets[0].lines[1].cells)
