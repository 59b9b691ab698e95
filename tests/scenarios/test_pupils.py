"""The Élèves tab: finding pupils, choosing them, acting on them."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from preau.accounts.models import Account
from preau.attachments.models import Attachment, Card, Conflict, ConflictKind, HelpRequest
from preau.audit.models import Entry
from preau.campaigns.models import Campaign, Participation
from preau.handouts.actions import new_token
from preau.rosters.models import Learner, LearnerStatus
from tests.page import Page
from tests.scenarios.people import give_account
from tests.world import World

pytestmark = pytest.mark.django_db
TAB = "/e/0931434D/eleves/"


def names(page: Page) -> list[str]:
    return [" ".join(link.text_content().split()) for link in page.css("table.pupils th.fold-name a")]


def row(page: Page, name: str) -> str:
    (found,) = [tr for tr in page.css("table.pupils tbody tr") if name in " ".join(tr.text_content().split())]
    return " ".join(found.text_content().split())


def test_all_the_pupils_in_the_order_of_a_french_list(world: World, as_) -> None:
    page = as_(world.boeuf).open(TAB)
    assert names(page) == [
        "BŒUF Apolline",
        "D’ŒUILLY Maëlys",
        "MARTIN Léa",
        "MARTIN-LEROY Zoé",
        "ØSTERGAARD Nils",
    ]
    assert "5 élèves présents" in page


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("martin", ["MARTIN Léa", "MARTIN-LEROY Zoé"]),
        ("ZOE", ["MARTIN-LEROY Zoé"]),
        ("leroy zoé", ["MARTIN-LEROY Zoé"]),
        ("zoé martin leroy", ["MARTIN-LEROY Zoé"]),
        ("ostergaard", ["ØSTERGAARD Nils"]),
        ("oeuvrard", ["D’ŒUILLY Maëlys"]),
        ("françoise", ["MARTIN-LEROY Zoé"]),
        ("apolline.boeuf4", ["BŒUF Apolline"]),
        ("Apolline.B", ["BŒUF Apolline"]),
        ("martin nils", []),
        ("%", []),
        ("_", []),
        ("-", []),
    ],
)
def test_search_reads_names_in_any_order_and_identifiers(
    world: World, as_, now: datetime, typed: str, found: list[str]
) -> None:
    give_account(world.learners["apolline"], now, username="apolline.boeuf42")
    assert names(as_(world.boeuf).open(TAB, query_params={"q": typed})) == found


def test_each_mode_and_its_absence_can_be_asked_for(world: World, as_, now: datetime) -> None:
    give_account(world.lea, now, username="lea.martin")
    give_account(world.zoe, now, username="zoe.martinleroy", seen=True)
    give_account(world.learners["maelys"], now, email="maelys@exemple.fr")
    client = as_(world.boeuf)
    asked = {mode: names(client.open(TAB, query_params={"mode": mode})) for mode in
             ("mediacentre", "identifiant", "mail", "aucun", "sans-mediacentre")}  # fmt: skip
    assert asked == {
        "mediacentre": ["MARTIN-LEROY Zoé"],
        "identifiant": ["MARTIN Léa", "MARTIN-LEROY Zoé"],
        "mail": ["D’ŒUILLY Maëlys"],
        "aucun": ["BŒUF Apolline", "ØSTERGAARD Nils"],
        "sans-mediacentre": ["BŒUF Apolline", "D’ŒUILLY Maëlys", "MARTIN Léa", "ØSTERGAARD Nils"],
    }


def test_a_row_says_modes_next_step_last_connection_and_participations(
    world: World, as_, now: datetime
) -> None:
    account = give_account(world.zoe, now, username="zoe.martinleroy", seen=True)
    campaign = Campaign.objects.create(
        establishment=world.tilleuls, title="Rentrée", code="BDFGHK274", opens_at=now, made_at=now
    )
    Participation.objects.create(campaign=campaign, learner=world.zoe, account=account, started_at=now)
    page = as_(world.boeuf).open(TAB)
    zoe = row(page, "MARTIN-LEROY Zoé")
    assert "Médiacentre Identifiant" in zoe
    assert "Rien à faire" in zoe
    assert zoe.endswith(" 1")
    lea = row(page, "MARTIN Léa")
    assert "6A Vous Donner une carte aucun jamais 0" in lea


def test_the_class_and_the_status_narrow_the_list(world: World, as_) -> None:
    client = as_(world.boeuf)
    assert names(client.open(f"{TAB}?classe={world.divisions['6A'].pk}")) == ["MARTIN Léa", "ØSTERGAARD Nils"]
    Learner.objects.filter(pk=world.lea.pk).update(status=LearnerStatus.LEFT)
    Learner.objects.filter(pk=world.zoe.pk).update(division=None)
    assert names(client.open(f"{TAB}?statut=partis")) == ["MARTIN Léa"]
    assert names(client.open(f"{TAB}?classe=sans")) == ["MARTIN-LEROY Zoé"]
    assert len(names(client.open(f"{TAB}?statut=tous"))) == 5


def test_who_left_shows_nothing_of_their_account_and_cannot_be_chosen(
    world: World, as_, now: datetime
) -> None:
    give_account(world.lea, now, username="eleve77")
    Learner.objects.filter(pk=world.lea.pk).update(status=LearnerStatus.LEFT)
    page = as_(world.boeuf).open(f"{TAB}?statut=partis")
    assert "Identifiant" not in row(page, "MARTIN Léa")
    assert "parti" in row(page, "MARTIN Léa")
    assert not page.css("input[name=chosen]")
    assert names(as_(world.boeuf).open(f"{TAB}?statut=tous&q=eleve77")) == []


@pytest.mark.parametrize(
    "query", ["classe=x", "classe=99999999999999999999", "classe=²", "mode=x", "statut=x", "page=-4", "q=%00"]
)
def test_a_strange_address_never_breaks_the_tab(world: World, as_, query: str) -> None:
    assert as_(world.boeuf).open(f"{TAB}?{query}").status == 200


def test_a_search_without_answer_offers_the_way_back(world: World, as_) -> None:
    page = as_(world.boeuf).open(f"{TAB}?q=personne")
    assert "Personne ne correspond" in page
    assert len(names(page.follow("Voir tous les élèves"))) == 5


def test_rui_sees_the_pupils_of_his_classes_only(world: World, as_) -> None:
    page = as_(world.garcao).open(TAB)
    assert "BŒUF Apolline" not in names(page)
    assert len(names(page)) == 4
    assert "6C" not in page
    assert as_(world.garcao).get(TAB + "numeros/").json() == [
        learner.pk for learner in Learner.objects.in_list_order() if learner.division_id in
        {world.divisions["6A"].pk, world.divisions["5B"].pk}
    ]  # fmt: skip
    assert names(as_(world.garcao).open(f"{TAB}?classe={world.divisions['6C'].pk}")) == []


def test_a_teacher_without_a_class_is_told_how_to_get_one(world: World, as_) -> None:
    world.garcao.memberships.get().divisions.clear()
    page = as_(world.garcao).open(TAB)
    assert "Aucune classe pour l’instant" in page
    assert page.link("Voir l’équipe")


def test_before_the_first_import_the_tab_says_what_to_do(world: World, as_) -> None:
    Learner.objects.all().delete()
    assert as_(world.boeuf).open(TAB).link("Importer la base élèves").endswith("/import/")
    assert "Pas encore d’élève dans vos classes" in as_(world.garcao).open(TAB)


def test_cards_for_a_set_of_pupils_chosen_on_several_pages(world: World, as_) -> None:
    page = as_(world.boeuf).open(TAB)
    prepared = page.submit(
        "Préparer des cartes", chosen=[str(world.lea.pk)], chosen_elsewhere=f"{world.zoe.pk},x,"
    )
    assert prepared.title == "2 cartes pour 2 élèves"
    assert set(Card.objects.values_list("learner", flat=True)) == {world.lea.pk, world.zoe.pk}


def test_without_javascript_the_whole_search_can_be_chosen(world: World, as_) -> None:
    client = as_(world.boeuf)
    answer = client.post(
        TAB + "action/", {"action": "cartes", "all": "1", "q": "martin", "token": new_token()}
    )
    assert client.read(answer).title == "2 cartes pour 2 élèves"


def test_a_new_code_goes_to_those_who_have_an_account(world: World, as_, now: datetime) -> None:
    give_account(world.lea, now, username="lea.martin")
    page = as_(world.boeuf).open(TAB)
    prepared = page.submit("Nouveau code", chosen=[str(world.lea.pk), str(world.zoe.pk)])
    assert prepared.title == "Nouveau code pour Léa MARTIN"
    assert "lea.martin" in prepared


def test_identifiers_are_given_and_the_page_says_who_had_one(world: World, as_, now: datetime) -> None:
    give_account(world.lea, now, username="lea.martin")
    page = as_(world.boeuf).open(f"{TAB}?q=martin")
    done = page.submit("Donner un identifiant", chosen=[str(world.lea.pk), str(world.zoe.pk)])
    assert "1 identifiant donné ; 1 en avait déjà un" in done
    assert Account.objects.get(attachments__learner=world.zoe).username.startswith("zoe.martin")
    assert len(names(done)) == 2


def test_an_action_on_nobody_says_what_to_do(world: World, as_) -> None:
    page = as_(world.boeuf).open(TAB)
    assert "Cochez d’abord au moins un élève" in page.submit("Préparer des cartes")
    client = as_(world.boeuf)
    refused = client.read(client.post(TAB + "action/", {"action": "x", "chosen": world.lea.pk}, follow=True))
    assert "Cochez d’abord" in refused


def test_a_teacher_cannot_act_on_another_class_by_its_numbers(world: World, as_) -> None:
    client = as_(world.garcao)
    others = [world.learners["apolline"].pk, world.learners["noe"].pk]
    for action in ("cartes", "identifiants", "codes", "csv"):
        answer = client.post(
            TAB + "action/", {"action": action, "chosen": others, "token": new_token()}, follow=True
        )
        assert "Cochez d’abord" in client.read(answer)
    assert not Card.objects.exists()
    assert not Attachment.objects.exists()


def test_the_bar_says_what_each_action_will_and_will_not_touch(world: World, as_, now: datetime) -> None:
    give_account(world.lea, now, username="lea.martin")
    as_(world.boeuf).open(f"{TAB}{world.zoe.pk}/").submit("Donner une carte")
    chosen = [world.lea.pk, world.zoe.pk, world.learners["nils"].pk]
    client = as_(world.boeuf)
    said = client.read(client.post(TAB + "effets/", {"chosen": chosen}, headers={"HX-Request": "true"}))
    assert "pour les 3 ; 1 remplacée" in said
    assert "à 2 ; 1 en a déjà un" in said
    assert "à 1 ; 2 sans compte" in said
    assert "les 3 en CSV" in said


def test_the_file_holds_neither_birth_date_nor_ine_nor_formula(world: World, as_, now: datetime) -> None:
    Learner.objects.filter(pk=world.lea.pk).update(first_name="=HYPERLINK(1)")
    give_account(world.zoe, now, username="zoe.martinleroy")
    answer = as_(world.boeuf).open(f"{TAB}?q=martin").submit("Exporter en CSV").response
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert len(rows) == 2
    assert rows[0]["Prénom"] == "'=HYPERLINK(1)"
    assert rows[1]["Identifiant"] == "zoe.martinleroy"
    assert world.lea.ine not in text
    assert "2015" not in text.replace(str(now.year), "")
    assert Entry.objects.get(verb="eleves-exportes").facts == {"pupils": 2}


def test_the_tab_asks_as_many_queries_for_many_pupils_as_for_few(
    world: World, as_, now: datetime, django_assert_num_queries
) -> None:
    client = as_(world.boeuf)
    give_account(world.lea, now, username="lea.martin")
    client.open(TAB)
    with django_assert_num_queries(14):
        assert len(names(client.open(TAB))) == 5
    for number in range(60):
        pupil = world.learner(
            f"p{number}", establishment=world.tilleuls, first_name="Íñigo", last_name=f"NUÑEZ{number:02}",
            division=world.divisions["6C"],
        )  # fmt: skip
        give_account(pupil, now - timedelta(days=number), username=f"inigo.nunez{number}")
    with django_assert_num_queries(14):
        assert len(names(client.open(TAB))) == 30


def test_sixty_pupils_make_two_pages_that_keep_the_search(world: World, as_) -> None:
    for number in range(60):
        world.learner(
            f"p{number}", establishment=world.tilleuls, first_name="Íñigo", last_name=f"NUÑEZ{number:02}"
        )  # fmt: skip
    page = as_(world.boeuf).open(f"{TAB}?q=nunez")
    assert "Élèves 1 à 30 sur 60" in page
    assert page.link("Page suivante") == f"{TAB}?q=nunez&page=2"
    second = as_(world.boeuf).open(f"{TAB}?q=nunez&page=2")
    assert names(second)[0] == "NUÑEZ30 Íñigo"
    assert "Page suivante" not in second
    assert page.css("[data-choose-all]")[0].get("data-url").endswith("?q=nunez")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("get", "numeros/"),
        ("post", "effets/"),
        ("post", "action/"),
        ("post", "export/"),
        ("get", "1/"),
        ("post", "1/montrer/"),
        ("post", "1/debloquer/"),
        ("post", "1/identifiant/"),
    ],
)
def test_nobody_from_elsewhere_reaches_the_pupils(world: World, as_, page, method: str, path: str) -> None:
    assert getattr(as_(world.okonkwo), method)(TAB + path).status_code == 404
    assert getattr(page, method)(TAB + path).status_code == 302


def test_mails_before_fifteen_become_identifiers_and_the_others_stay(
    world: World, as_, now: datetime
) -> None:
    young = give_account(world.lea, now, email="lea@example.org")
    older = give_account(world.zoe, now, email="zoe@example.org", username="zoe.ml")
    Learner.objects.filter(pk=world.zoe.pk).update(birth_date=now.date().replace(year=now.year - 17, day=1))
    nobody = world.learners["nils"]
    before = Account.objects.get(pk=young.pk).password
    client = as_(world.boeuf)
    chosen = [world.lea.pk, world.zoe.pk, nobody.pk]
    said = client.read(client.post(TAB + "effets/", {"chosen": chosen}, headers={"HX-Request": "true"}))
    assert "à 1 de moins de 15 ans ; 1 gardée" in said
    page = client.open(TAB)
    done = page.submit("Mail en identifiant", chosen=[str(pk) for pk in chosen])
    assert (
        "1 adresse remplacée par un identifiant ; 1 a 15 ans et garde la sienne ; 1 n’a pas d’adresse" in done
    )
    young.refresh_from_db()
    older.refresh_from_db()
    assert (young.email, young.username, young.password) == (None, "lea.martin", before)
    assert (older.email, older.username) == ("zoe@example.org", "zoe.ml")
    assert Entry.objects.filter(verb="mail-converti").count() == 1
    again = client.open(TAB).submit("Mail en identifiant", chosen=[str(pk) for pk in chosen])
    assert "0 adresse remplacée" in again


def test_a_class_that_comes_by_the_tile_gets_identifiers_and_cards_in_one_deed(
    world: World, as_, now: datetime
) -> None:
    known = give_account(world.lea, now, seen=True, password_chosen_at=None)
    theirs = give_account(world.zoe, now, username="zoe.ml")
    chosen = [str(world.lea.pk), str(world.zoe.pk)]
    prepared = as_(world.boeuf).open(TAB).submit("Identifiant et carte", chosen=chosen)
    known.refresh_from_db()
    assert known.username == "lea.martin"
    assert "lea.martin" in prepared
    assert [card.learner for card in Card.objects.all()] == [world.lea]
    assert known.socialaccount_set.count() == 1
    theirs.refresh_from_db()
    assert theirs.username == "zoe.ml"
    assert not Card.objects.filter(learner=world.zoe).exists()


def test_nothing_is_given_when_the_cards_cannot_be_made(world: World, as_, now: datetime) -> None:
    client = as_(world.boeuf)
    client.post(TAB + "action/", {"action": "identifiants-cartes", "chosen": world.lea.pk, "token": "x"})
    assert not Attachment.objects.filter(learner=world.lea).exists()


def waits(world: World, code: str = "K7M4", **more: object) -> HelpRequest:
    asked = {"reason": "lost", "made_at": timezone.now(), **more}
    return HelpRequest.objects.create(establishment=world.tilleuls, code=code, **asked)


@pytest.mark.parametrize("typed", ["K7M4", "k7m4", "K7-M4", " k7 m4 "])
def test_a_help_code_typed_in_the_search_opens_its_case(world: World, as_, typed: str) -> None:
    waits(world)
    client = as_(world.garcao)
    page = client.read(client.get(TAB, {"q": typed}, follow=True))
    assert page.title.startswith("Aides")
    assert "code d’aide K7M4" in page
    typing = client.get(TAB, {"q": typed}, headers={"HX-Request": "true"})
    assert typing.headers["HX-Redirect"] == "/e/0931434D/aides/?code=K7M4"


def test_a_code_that_is_also_a_name_is_offered_and_one_that_nobody_has_is_a_name(world: World, as_) -> None:
    Learner.objects.filter(pk=world.lea.pk).update(search_key="marq lea")
    waits(world, "MARQ")
    page = as_(world.boeuf).open(f"{TAB}?q=marq")
    assert len(names(page)) == 1
    assert page.link("Ouvrir sa demande").endswith("/aides/?code=MARQ")
    for typed in ("K7M4", "K7M", "K0M4", "K7M44"):
        assert "Personne ne correspond" in as_(world.boeuf).open(f"{TAB}?q={typed}")


def test_a_code_of_another_school_or_of_yesterday_opens_nothing(world: World, as_) -> None:
    waits(world, made_at=timezone.now() - timedelta(days=1))
    HelpRequest.objects.create(
        establishment=world.mimosas, code="K7M4", reason="lost", made_at=timezone.now()
    )
    assert "Personne ne correspond" in as_(world.boeuf).open(f"{TAB}?q=K7M4")


def test_the_navigation_counts_what_waits_for_whoever_can_answer(world: World, as_) -> None:
    def count(who: Account) -> list[str]:
        uai = "0180777X" if who == world.okonkwo else "0931434D"
        page = as_(who).open(f"/e/{uai}/eleves/")
        return [" ".join(one.text_content().split()) for one in page.css("nav.sections .count")]

    assert count(world.boeuf) == []
    waits(world)
    waits(
        world,
        "MARQ",
        typed_first_name="Zoé",
        typed_last_name="Martin Leroi",
        typed_birth_date=world.zoe.birth_date,
    )
    Conflict.objects.create(
        establishment=world.tilleuls,
        kind=ConflictKind.ACCOUNT_TAKEN,
        learner=world.lea,
        made_at=timezone.now(),
    )
    assert count(world.boeuf) == ["3 à trancher"]
    assert count(world.garcao) == ["2 à trancher"]  # nobody knows who the first one is
    assert count(world.okonkwo) == []
