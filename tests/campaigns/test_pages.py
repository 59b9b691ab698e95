"""The pages of campaigns, for pupils and for staff."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from preau.accounts.models import Account
from preau.attachments.models import Attachment, How
from preau.audit.models import Entry
from preau.campaigns import actions
from preau.campaigns.actions import CampaignWish
from preau.campaigns.models import Campaign, Participation
from preau.rosters.models import Learner
from tests.world import PASSWORD, World


@pytest.fixture
def rentree(world: World) -> Campaign:
    now = timezone.now()
    wish = CampaignWish("Parcours de rentrée", "", now - timedelta(days=1), now + timedelta(days=30), ())
    return actions.create_campaign(establishment=world.tilleuls, wish=wish, by=world.boeuf, at=now)


def account_of(learner: Learner) -> Account:
    account = Account.objects.create(username=f"eleve{learner.pk}", first_name=learner.first_name)
    Attachment.objects.create(
        learner=learner,
        establishment=learner.establishment,
        account=account,
        made_at=timezone.now(),
        made_how=How.CARD,
    )
    return account


def test_the_code_of_the_board_opens_the_choice_of_ways_in(page, rentree) -> None:
    choice = page.open("/").submit(code=rentree.shown_code.lower())
    assert choice.title == "Comment veux-tu entrer ?"
    assert "Parcours de rentrée" in choice
    assert choice.link("première fois")


@pytest.mark.parametrize("typed", ["", "BDF", "BDF GHK 274", "é" * 40])
def test_a_wrong_code_is_said_beside_the_field_and_nothing_is_lost(page, db, typed) -> None:
    again = page.open("/").submit("Continuer", code=typed)
    assert again.status == 422
    assert again.css("#id_code[aria-invalid=true]")
    assert again.title == "Entre le code de ton professeur"


def test_lea_lands_on_the_parcours_and_says_when_she_is_done(as_, world, rentree) -> None:
    lea = as_(account_of(world.lea))
    landing = lea.open("/").submit(code=rentree.code)
    assert "tu es entré dans le parcours" in landing
    assert Participation.objects.get().learner == world.lea
    mine = landing.submit("J’ai terminé")
    assert "Terminé" in mine
    assert "Bravo" in lea.open(f"/parcours/{rentree.code}/")


@pytest.mark.parametrize("several", [False, True])
def test_a_page_that_is_only_read_begins_nothing(as_, world, rentree, several) -> None:
    """A link followed, a preview, a browser that reads ahead: nobody asked to begin."""
    Campaign.objects.update(several_tries=several)
    lea = as_(account_of(world.lea))
    for path in (f"/parcours/{rentree.code}/", f"/code/{rentree.code}/", "/moi/"):
        lea.open(path)
        lea.head(path)
    assert not Participation.objects.exists()
    landing = lea.open(f"/parcours/{rentree.code}/").submit("Commencer")
    assert "tu es entré dans le parcours" in landing
    landing.submit("J’ai terminé")
    assert "Bravo" in lea.open(f"/parcours/{rentree.code}/")
    assert Participation.objects.count() == 1
    assert ("Recommencer" in lea.open(f"/parcours/{rentree.code}/")) is several


def test_one_press_on_her_page_begins(as_, world, rentree) -> None:
    landing = as_(account_of(world.lea)).open("/moi/").submit("Parcours de rentrée")
    assert landing.link("Ouvrir le parcours")
    assert Participation.objects.get().learner == world.lea


def test_a_code_that_was_typed_begins_once_and_only_what_it_opens(as_, world, rentree) -> None:
    lea = as_(account_of(world.lea))
    lea.post("/", {"code": rentree.code})  # and she closes the page there
    other = actions.copy_campaign(campaign=rentree, by=world.boeuf, at=timezone.now())
    Campaign.objects.filter(pk=other.pk).update(opens_at=rentree.opens_at)
    lea.open(f"/parcours/{other.code}/")
    assert not Participation.objects.exists()


@pytest.mark.parametrize("door", ["/code/{code}/", "/parcours/{code}/"])
def test_a_poster_then_a_proof_begins(page, world, rentree, door) -> None:
    lea = account_of(world.lea)
    lea.set_password(PASSWORD)
    lea.save()
    shown = page.open(door.format(code=rentree.code))
    if shown.url != "/connexion/":
        shown = shown.follow("J’ai déjà un identifiant")
    landing = shown.submit("Entrer", identifier=lea.username, password=PASSWORD)
    assert "tu es entré dans le parcours" in landing
    assert Participation.objects.get().learner == world.lea


def test_a_tile_that_gives_a_code_begins_once_its_pupil_is_in(as_, world, rentree) -> None:
    lea = as_(account_of(world.lea))
    session = lea.session
    session["arrival"] = [
        None,
        f"/code/{rentree.code}/",
    ]  # what the tile asked for, before the ENT let her in
    session.save()
    assert "tu es entré dans le parcours" in lea.open("/arrivee/")
    assert Participation.objects.count() == 1


def test_a_teacher_sees_the_landing_page_without_taking_part(as_, world, rentree) -> None:
    seen = as_(world.garcao).open(f"/parcours/{rentree.code}/")
    assert "comme un élève la verra" in seen
    assert not Participation.objects.exists()


def test_an_account_attached_nowhere_reads_what_is_left_to_do(as_, db) -> None:
    alone = as_(Account.objects.create(username="seule"))
    assert "pas encore rattaché" in alone.open("/moi/")


def test_the_referente_creates_a_campaign_and_prints_its_poster(as_, world) -> None:
    boeuf = as_(world.boeuf)
    form = boeuf.open(f"/e/{world.tilleuls.uai}/campagnes/").follow("Créer une campagne")
    refused = form.submit("Créer la campagne", title="", parcours_url="pas une adresse")
    assert refused.status == 422
    assert "Donnez un titre" in refused
    assert "n’est pas complète" in refused
    made = refused.submit("Créer la campagne", title="Rentrée des 6e", parcours_url="eleve.example/parcours")
    campaign = Campaign.objects.get()
    assert made.title == "Rentrée des 6e"
    assert campaign.shown_code in made
    assert campaign.parcours_url == "https://eleve.example/parcours"
    poster = boeuf.get(made.link("Affiche"))
    assert b"".join(poster.streaming_content).startswith(b"%PDF")


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "javascript://x/%0aalert(1)", "data:text/html,x", "ftp://x.example/", "//x"],
)
def test_a_campaign_leads_to_pages_of_the_web_only(as_, world, address) -> None:
    form = as_(world.boeuf).open(f"/e/{world.tilleuls.uai}/campagnes/nouvelle/")
    refused = form.submit("Créer la campagne", title="x", parcours_url=address)
    assert "n’est pas complète" in refused
    assert not Campaign.objects.exists()


def test_a_campaign_cannot_end_before_it_begins(as_, world) -> None:
    form = as_(world.boeuf).open(f"/e/{world.tilleuls.uai}/campagnes/nouvelle/")
    refused = form.submit("Créer la campagne", title="x", opens_on="2026-10-02", closes_on="2026-10-01")
    assert "vient avant le premier" in refused


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"title": "é" * 3000}, "Ce titre est trop long"),
        ({"title": "\u200b"}, "Donnez un titre"),
        ({"title": "🎒"}, "Donnez un titre"),
        ({"opens_on": "demain"}, "Choisissez une date"),
        ({"divisions": "999999"}, "Choisissez des classes de la liste"),
    ],
)
def test_what_a_campaign_cannot_be_is_said_in_words(as_, world, said, words) -> None:
    asked = {"title": "Rentrée 🎒", "opens_on": "2026-09-01", **said}
    refused = as_(world.boeuf).post(f"/e/{world.tilleuls.uai}/campagnes/nouvelle/", asked)
    assert words in refused.content.decode()
    assert not Campaign.objects.exists()


def test_the_same_page_sent_twice_makes_one_campaign(as_, world) -> None:
    boeuf, page = as_(world.boeuf), f"/e/{world.tilleuls.uai}/campagnes/nouvelle/"
    asked = {"title": "Rentrée 🎒", "opens_on": "2026-09-01", "divisions": [world.lea.division_id]}
    first, again = (boeuf.post(page, asked).url for _ in range(2))
    assert first == again
    boeuf.post(page, {**asked, "divisions": []})
    assert Campaign.objects.count() == 2


def test_a_teacher_chooses_among_their_classes_and_changes_only_their_own(as_, world, rentree) -> None:
    garcao = as_(world.garcao)
    uai = world.tilleuls.uai
    form = garcao.open(f"/e/{uai}/campagnes/nouvelle/")
    assert "6A" in form
    assert "6C" not in form
    assert "au moins une de vos classes" in form.submit("Créer la campagne", title="Mes sixièmes")
    made = form.submit("Créer la campagne", title="Mes sixièmes", divisions=[str(world.divisions["6A"].pk)])
    assert made.title == "Mes sixièmes"
    forced = form.submit("Créer la campagne", title="x", divisions=[str(world.divisions["6C"].pk)])
    assert forced.status == 422
    assert garcao.get(f"/e/{uai}/campagnes/{rentree.pk}/modifier/").status_code == 404
    assert garcao.post(f"/e/{uai}/campagnes/{rentree.pk}/action/", {"action": "fermer"}).status_code == 404
    only_theirs = garcao.open(f"/e/{uai}/campagnes/{rentree.pk}/")
    assert "MARTIN" in only_theirs
    assert "BŒUF" not in only_theirs


def test_another_school_cannot_see_that_a_campaign_exists(as_, world, rentree) -> None:
    okonkwo = as_(world.okonkwo)
    for uai in (world.tilleuls.uai, world.mimosas.uai):
        for end in ("", "modifier/", "affiche.pdf", "eleves.csv"):
            assert okonkwo.get(f"/e/{uai}/campagnes/{rentree.pk}/{end}").status_code == 404


def test_closing_reopening_and_archiving_say_what_they_did(as_, world, rentree) -> None:
    detail = as_(world.boeuf).open(f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/")
    closed = detail.submit("Fermer maintenant")
    assert "ne marche plus" in closed
    reopened = closed.submit("Rouvrir une heure")
    assert "pendant une heure" in reopened
    assert "archivée" in reopened.submit("Archiver")


def test_the_list_of_who_has_started_is_safe_in_a_spreadsheet(as_, world, rentree) -> None:
    world.learner("ruse", establishment=world.tilleuls, first_name="=1+1", last_name="@CMD")
    answer = as_(world.boeuf).get(f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/eleves.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'@CMD;'=1+1;;non;non;" in text
    assert "MARTIN;Léa;6A;non;non;" in text


def test_the_page_of_a_campaign_costs_the_same_whatever_its_size(
    as_, world, rentree, django_assert_max_num_queries
) -> None:
    boeuf = as_(world.boeuf)
    with django_assert_max_num_queries(14) as few:
        boeuf.get(f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/")
    for rank in range(60):
        world.learner(str(rank), establishment=world.tilleuls, first_name="P", last_name=f"N{rank}")
    with django_assert_max_num_queries(len(few)):
        boeuf.get(f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/")


def test_taking_the_list_out_is_in_the_journal(as_, world, rentree) -> None:
    as_(world.garcao).get(f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/eleves.csv")
    line = Entry.objects.get(verb="campagne-exportee")
    assert (line.uai, line.actor_id, line.facts) == ("0931434D", world.garcao.pk, {"code": rentree.code})
    assert "Rui GARÇÃO a exporté" in as_(world.boeuf).open(f"/e/{world.tilleuls.uai}/journal/")


def test_what_comes_later_is_not_opened_again(as_, world, rentree) -> None:
    Campaign.objects.update(opens_at=timezone.now() + timedelta(days=3))
    boeuf, at = as_(world.boeuf), f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/"
    boeuf.post(f"{at}action/", {"action": "rouvrir"})
    assert "n’est pas encore ouverte" in boeuf.open(at)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("opens_on", "0001-01-01"),
        ("opens_on", "9999-12-31"),
        ("closes_on", "9999-12-31"),
        ("divisions", "9" * 30),
        ("parcours_url", "exemple.fr/" + "a" * 488),  # 500 and more, once https:// is before it
    ],
)
def test_a_campaign_that_no_database_can_hold_is_asked_again(as_, world, field, typed) -> None:
    asked = as_(world.boeuf).post(
        f"/e/{world.tilleuls.uai}/campagnes/nouvelle/",
        {"title": "Rentrée", "opens_on": "2026-09-01", field: typed},
    )
    assert asked.status_code == 422
    assert field in asked.context["form"].errors


def test_an_address_that_is_no_code_is_no_error_of_ours(as_, world) -> None:
    answer = as_(world.boeuf).post("/parcours/%00/termine/")
    assert answer.status_code == 302


def test_each_class_says_who_came_and_who_never_did(as_, world, rentree) -> None:
    as_(account_of(world.lea)).open("/").submit(code=rentree.code).submit("J’ai terminé")
    detail = as_(world.boeuf).open(f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/")
    (figures,) = [row for row in detail.css("#classes ~ div tbody tr") if "6A" in row.text_content()]
    cells = [cell.text_content() for cell in figures.cssselect("td.num")]
    pupils = world.tilleuls.learners.present().filter(division=world.divisions["6A"]).count()
    assert cells == [str(pupils), "1", "1", str(pupils - 1)]
    only = detail.follow("6A")
    assert "6A seulement" in only
    assert "Classe par classe" in only
    assert "rattaché" in detail


def test_the_list_of_whom_to_remind_is_a_sheet_a_class(as_, world, rentree) -> None:
    as_(account_of(world.lea)).open("/").submit(code=rentree.code)
    detail = as_(world.boeuf).open(f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/")
    sheets = detail.follow("Liste de relance")
    assert "6A · Pas terminé" in sheets
    assert "MARTIN" in sheets
    assert "Léa" in sheets
    never = sheets.follow("Jamais venus")
    names = [row.text_content() for row in never.css("section.reminder tbody th")]
    assert not any("Léa" in name for name in names)
    one = as_(world.boeuf).open(
        f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/relances/?classe={world.divisions['6A'].pk}"
    )
    assert len(one.css("section.reminder")) == 1
    for odd in ("x", "9" * 40, "-1", "%00"):
        as_(world.boeuf).open(
            f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/relances/?classe={odd}&qui={odd}"
        )


def test_a_teacher_reminds_their_own_classes_only(as_, world, rentree) -> None:
    sheets = as_(world.garcao).open(f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/relances/")
    assert "6A · " in sheets
    assert "6C · " not in sheets
    assert (
        as_(world.okonkwo).get(f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/relances/").status_code == 404
    )


def test_a_campaign_is_copied_to_the_next_year_once(as_, world, rentree) -> None:
    rentree.divisions.set([world.divisions["6A"]])
    boeuf = as_(world.boeuf)
    form = boeuf.open(f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/").submit(
        "Copier pour l’année suivante"
    )
    assert form.title == "Modifier « Parcours de rentrée »"
    boeuf.post(f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/copier/")
    (copied,) = Campaign.objects.exclude(pk=rentree.pk)
    assert copied.code != rentree.code
    assert (copied.opens_at - rentree.opens_at).days in {365, 366}
    assert list(copied.divisions.all()) == [world.divisions["6A"]]
    assert Entry.objects.filter(verb="campagne-copiee").exists()
    assert (
        as_(world.garcao).post(f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/copier/").status_code == 404
    )


def test_an_old_campaign_comes_to_this_year_and_leap_days_do_not_break(world) -> None:
    opened = datetime(2024, 2, 29, 8, tzinfo=ZoneInfo("Europe/Paris"))
    wish = CampaignWish("Ancienne", "", opened, None, ())
    old = actions.create_campaign(establishment=world.tilleuls, wish=wish, by=world.boeuf, at=opened)
    at = datetime(2026, 9, 1, 8, tzinfo=ZoneInfo("Europe/Paris"))
    copied = actions.copy_campaign(campaign=old, by=world.boeuf, at=at)
    assert timezone.localdate(copied.opens_at) == date(2027, 2, 28)


def test_archived_campaigns_have_a_list_of_their_own(as_, world, rentree) -> None:
    boeuf = as_(world.boeuf)
    boeuf.open(f"/e/{world.tilleuls.uai}/campagnes/{rentree.pk}/").submit("Archiver")
    lists = boeuf.open(f"/e/{world.tilleuls.uai}/campagnes/")
    assert rentree.shown_code not in lists
    assert rentree.shown_code in lists.follow("Archivées")
