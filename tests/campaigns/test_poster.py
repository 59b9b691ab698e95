"""What hangs on the wall of the computer room."""

import io
from datetime import date

import pytest
from pypdf import PdfReader

from preau.campaigns.poster import PosterFacts, grouped, poster_pdf


def poster(title="Mes compétences numériques", site="preau.exemple.fr", school="Collège des Quatre-Tilleuls"):
    return PosterFacts(
        title=title,
        code="BDFGHK274",
        url=f"https://{site}/code/BDFGHK274",
        site=site,
        school=school,
        opens_on=date(2026, 9, 14),
        closes_on=date(2026, 10, 1),
    )


def read(facts):
    out = io.BytesIO()
    poster_pdf(facts, out=out)
    return PdfReader(out)


def test_the_last_row_reads_the_code_where_to_go_and_until_when():
    reader = read(poster())
    assert len(reader.pages) == 1
    page = " ".join(reader.pages[0].extract_text().split())
    for said in (
        "Mes compétences numériques",
        "BDF GHK 274",
        "preau.exemple.fr",
        "Collège des Quatre-Tilleuls",
        "du 14 septembre 2026 au 1er octobre 2026",
    ):
        assert said in page


@pytest.mark.parametrize(
    "title", ["T" * 150, "Sécurité et protection des données personnelles " * 4, "…", ""]
)
def test_a_long_title_stays_whole_on_one_page(title):
    site = "connexion-rentree.lycee-marguerite-de-valois.ac-bordeaux.fr"
    reader = read(poster(title=title, site=site, school="Lycée Marguerite-de-Valois " * 6))
    assert len(reader.pages) == 1
    assert title.replace(" ", "") in "".join(reader.pages[0].extract_text().split())
    assert site in reader.pages[0].extract_text()


@pytest.mark.parametrize("code", ["BDFGHK274", "bdfghk274", "BDF GHK 274"])
def test_the_code_is_shown_by_groups_of_three(code):
    assert grouped(code) == "BDF GHK 274"


def test_the_file_names_its_campaign_and_speaks_french():
    reader = read(poster())
    assert reader.metadata.title == "Affiche · Mes compétences numériques"
    assert reader.trailer["/Root"]["/Lang"] == "fr"
