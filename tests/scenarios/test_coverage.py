"""What the ENT has shown of each class: « la ressource n’est pas distribuée à la 6C » shows as such."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from preau.accounts.models import Account, ConnectionMode
from preau.attachments.actions import attach
from preau.attachments.models import How, Sighting
from preau.establishments.models import Membership
from preau.scenarios.coverage import FEW, Line, Verdict, coverage_of, verdict_of
from tests.attachments.ent import TILLEULS, clicks_the_tile, known_by
from tests.page import Page, PageClient
from tests.world import World, enrol

As = Callable[[Account], PageClient]
PATH = f"/e/{TILLEULS}/mediacentre/"


def arrived(world: World, name: str) -> None:
    """This pupil has come by the tile and is attached."""
    learner = world.learners[name]
    account = known_by(learner, name, TILLEULS)
    attach(learner=learner, account=account, how=How.SSO, by=None, at=timezone.now())


def verdicts(world: World, who: Account) -> dict[str, Verdict]:
    membership = Membership.objects.select_related("establishment").get(
        account=who, establishment=world.tilleuls
    )
    return {line.name: line.verdict for line in coverage_of(membership, at=timezone.now()).lines}


def test_a_class_that_nobody_came_from_while_others_did_is_said_not_distributed(
    world: World, as_: As
) -> None:
    for name in ("lea", "nils"):
        arrived(world, name)
    clicks_the_tile(PageClient(), divisions=("5B##5EME B",))
    assert verdicts(world, world.boeuf)["6C"] is Verdict.TOO_FEW, "one pupil may simply not have come yet"
    for number in range(FEW):
        enrol(world.tilleuls, "Ana", f"COSTA {number}", world.divisions["6C"])
    assert verdicts(world, world.boeuf) == {
        "6A": Verdict.ALL,
        "6C": Verdict.NOT_DISTRIBUTED,
        "5B": Verdict.WAITING,
    }
    page = as_(world.boeuf).open(PATH)
    assert "La ressource n’est sans doute pas distribuée à la 6C" in page
    message = page.css("textarea")[0].text
    assert "la classe 6C n’a" in message
    assert TILLEULS in message


def test_before_anybody_came_no_class_is_accused(world: World, as_: As) -> None:
    assert set(verdicts(world, world.boeuf).values()) == {Verdict.NOTHING}
    assert not as_(world.boeuf).open(PATH).css("textarea")


def test_an_arrival_that_ends_with_a_proof_is_counted_once(world: World, page: PageClient) -> None:
    clicks_the_tile(page, names=("Léa", "Martin"), divisions=("6A",)).submit("Oui", proof="12/03/2015")
    row = Sighting.objects.get()
    assert (row.division_key, row.held, row.joined) == ("6a", 1, 1)
    assert verdicts(world, world.boeuf)["6A"] is Verdict.SOME


def test_arrivals_without_a_class_are_said_apart(world: World, as_: As) -> None:
    clicks_the_tile(PageClient(), divisions=("GROUPE##ALLEMAND",))
    assert "L’ENT n’a pas dit la classe de 1 autre arrivée" in as_(world.boeuf).open(PATH)


def test_last_year_s_identities_say_nothing_of_this_year(world: World) -> None:
    arrived(world, "lea")
    world.lea.attachments.get().account.socialaccount_set.update(
        last_login=timezone.now() - timedelta(days=400)
    )
    assert verdicts(world, world.boeuf)["6A"] is Verdict.NOTHING


def test_a_teacher_sees_their_classes_and_another_school_sees_nothing(world: World, as_: As) -> None:
    page = as_(world.garcao).open(PATH)
    assert "6C" not in page
    assert "5B" in page
    assert not page.css("input[type=file]")
    assert as_(world.okonkwo).open(PATH).status == 404
    assert as_(world.garcao).post(PATH, {}).status_code == 404
    assert PageClient().open(PATH).url == "/personnel/"


def compare(page: PageClient, content: bytes, name: str = "affectations.csv") -> Page:
    return page.open(PATH).submit("Comparer", files={"file": SimpleUploadedFile(name, content)})


def test_an_export_of_the_gar_confirms_who_has_the_resource(world: World, as_: As) -> None:
    content = (
        "NOM;Prénom;Classe;Ressource\nMARTIN;Léa;6A;Préau\nØstergaard;Nils;6A;Préau\n"
        "D’Œuilly;Maëlys;5B;Préau\nINCONNU;Paul;6A;Préau\n"
    )
    page = compare(as_(world.boeuf), content.encode())
    assert page.status == 200
    assert "2 sur 2" in page
    assert "toute la classe" in page
    assert "Zoé MARTIN-LEROY" in page
    assert "1 nom de l’export n’est pas dans la base élèves" in page
    assert "la classe 6C n’a" in page.css("textarea")[0].text


REAL = (
    "Export des affectations;;;;;;\r\nÉtablissement;0931434D;;;;;\r\n;;;;;;\r\n"
    "Profil;Nom de famille;Prénom;Division;Ressource;Début;Identifiant\r\n"
    "Elève;MARTIN;LEA;6A;Préau;01/09/2026;a1\r\nElève;ØSTERGAARD;NILS;6A;Préau;01/09/2026;a2\r\n"
    "Elève;D’ŒUILLY;MAELYS;5B;Préau;01/09/2026;a3\r\nElève;D’ŒUILLY;MAELYS;5B;Autre ressource;01/09/2026;a3\r\n"
    "Enseignant;GARÇÃO;RUI;;Préau;01/09/2026;a4\r\n;;;;;;\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_an_export_as_consoles_make_them_is_read(world: World, as_: As, encoding: str) -> None:
    """A title above the table, names without accents, a pupil twice, a teacher, an empty line."""
    page = compare(as_(world.boeuf), REAL.encode(encoding))
    assert page.status == 200
    assert "2 sur 2" in page
    assert "1 sur 2" in page
    assert "toute la classe" in page
    assert "Zoé MARTIN-LEROY" in page


@pytest.mark.parametrize(
    "content", [b"", b"bonjour", b"a;b\n1;2\n", b"\x00\x01" * 50, b"PK\x03\x04nothing", "é;è".encode()]
)
def test_a_file_that_is_no_list_of_pupils_is_refused_in_a_sentence(
    world: World, as_: As, content: bytes
) -> None:
    page = compare(as_(world.boeuf), content)
    assert page.status == 422
    assert page.css(".invalid-feedback, [id$=-err]")


def test_the_home_page_leads_there_when_the_school_chose_the_mediacentre(world: World, as_: As) -> None:
    world.tilleuls.target_mode = ConnectionMode.MEDIACENTRE
    world.tilleuls.save()
    home = as_(world.boeuf).open(f"/e/{TILLEULS}/")
    assert home.follow("Le détail, classe par classe").url == PATH


def test_the_pupils_tab_and_the_home_page_lead_there_once_somebody_came_by_the_ent(
    world: World, as_: As
) -> None:
    boeuf, link = as_(world.boeuf), "classe par classe"
    pages = [boeuf.open(f"/e/{TILLEULS}/"), boeuf.open(f"/e/{TILLEULS}/eleves/")]
    assert not any(link in page for page in pages)
    arrived(world, "lea")
    assert boeuf.open(f"/e/{TILLEULS}/").follow(link).url == PATH
    six = world.divisions["6A"].pk
    shown = boeuf.open(f"/e/{TILLEULS}/eleves/?classe={six}").follow(link)
    assert shown.url.split("#")[0] == PATH
    assert shown.css(f"#classe-{six}")


def test_the_page_asks_the_same_questions_whatever_the_number_of_classes(
    world: World, as_: As, now: datetime, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for name in ("lea", "nils", "zoe", "apolline"):
        arrived(world, name)
    page = as_(world.boeuf)
    page.open(PATH)
    with django_assert_max_num_queries(8):
        page.get(PATH)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 80), st.booleans())
def test_every_figure_has_exactly_one_verdict(pupils: int, seen: int, unjoined: int, others: bool) -> None:
    line = Line(1, "6A", "6a", pupils, min(seen, pupils), unjoined)
    verdict = verdict_of(line, others=others)
    nobody = bool(others and pupils and not line.seen and not unjoined)
    assert (verdict is Verdict.NOT_DISTRIBUTED) == (nobody and pupils >= FEW)
    assert (verdict is Verdict.TOO_FEW) == (nobody and pupils < FEW)
