"""A pupil arrives from the ENT with an identity nobody has yet: one screen, one proof, and nobody is signed out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from preau.accounts.identities import Profile
from preau.accounts.models import Account
from preau.attachments.actions import attach, give_usernames
from preau.attachments.models import Attachment, Card, Conflict, HelpRequest, How, Sighting
from preau.audit.models import Entry
from preau.campaigns.models import Campaign
from preau.rosters.models import LearnerStatus
from tests.attachments.ent import (
    IDO,
    MIMOSAS,
    PASSWORD,
    TILLEULS,
    brings,
    card_of,
    clicks_the_tile,
    known_by,
    modes_of,
    with_account,
)
from tests.page import PageClient
from tests.world import World

CODE = "BDFGHK274"
LEA = ("Léa", "Martin")


@pytest.fixture
def campaign(world: World, now: datetime) -> Campaign:
    return Campaign.objects.create(
        establishment=world.tilleuls,
        title="Rentrée",
        code=CODE,
        opens_at=now - timedelta(days=1),
        made_at=now,
    )


def signed_in_as(page: PageClient) -> str | None:
    return page.session.get("_auth_user_id")


# ── The ENT says the names: « C’est toi, Léa ? » ──────────────────────────


def test_lea_has_a_password_one_step_and_no_code_joins_her_two_ways(world: World, page: PageClient) -> None:
    account = with_account(world.lea)
    asked = clicks_the_tile(page, names=LEA)
    assert asked.title == "C’est toi, Léa ?"
    assert "classe de 6A" in asked
    assert "Tu viens d’entrer par là" in asked
    arrived = asked.submit("Réunir et continuer", proof=PASSWORD)
    assert arrived.url == reverse("campaigns:mine")
    assert "Tu peux maintenant entrer par l’ENT ou avec ton identifiant" in arrived
    assert signed_in_as(page) == str(account.pk)
    assert modes_of(world.lea) == ["MEDIACENTRE", "USERNAME"]
    assert Account.objects.exclude(username=None).count() == 1
    assert Entry.objects.filter(verb="identite-reunie", learner_id=world.lea.pk, uai=TILLEULS).count() == 1


def test_a_wrong_password_then_a_card_on_the_same_screen(
    world: World, page: PageClient, campaign: Campaign
) -> None:
    with_account(world.lea)
    page.open(f"/code/{CODE}/")
    asked = clicks_the_tile(page, names=LEA)
    again = asked.submit("Réunir", proof="pas le bon du tout")
    assert again.status == 422
    assert "Ce n’est pas ce mot de passe" in again
    arrived = again.submit("Réunir", proof=card_of(world.lea))
    assert arrived.url == reverse("campaigns:begin", kwargs={"code": CODE})
    assert modes_of(world.lea) == ["MEDIACENTRE", "USERNAME"]
    assert Card.objects.get().used_at is not None


def test_somebody_else_s_card_is_refused_and_not_spent(world: World, page: PageClient) -> None:
    with_account(world.lea)
    again = clicks_the_tile(page, names=LEA).submit("Réunir", proof=card_of(world.zoe))
    assert "Cette carte n’est pas à ton nom" in again
    assert Card.objects.get().used_at is None
    assert not SocialAccount.objects.exists()


def test_lea_has_no_account_her_birth_date_makes_one_with_the_ent_alone(
    world: World, page: PageClient
) -> None:
    asked = clicks_the_tile(page, names=LEA, divisions=("6A##6EME A",))
    assert "Ta date de naissance, ou le code de ta carte" in asked
    wrong = asked.submit("Oui, c’est moi", proof="13/03/2015")
    assert "Ce n’est pas la date" in wrong
    assert not Account.objects.filter(first_name="Léa").exists()
    arrived = wrong.submit("Oui, c’est moi", proof="12 mars 2015")
    assert arrived.url == reverse("campaigns:mine")
    account = Account.objects.get(first_name="Léa")
    assert (account.username, account.has_usable_password()) == (None, False)
    assert Attachment.objects.active().get().made_how == How.SSO
    assert modes_of(world.lea) == ["MEDIACENTRE"]


@pytest.mark.parametrize("typed", ["", "bonjour", "31/02/2015", "\x00", "é" * 60, "9" * 80, "0" * 12])
def test_what_is_no_date_is_refused_in_a_sentence(world: World, page: PageClient, typed: str) -> None:
    again = clicks_the_tile(page, names=LEA).submit("Oui, c’est moi", proof=typed)
    assert again.status == 422
    assert not SocialAccount.objects.exists()


def test_whoever_tries_one_date_after_the_other_waits(world: World, page: PageClient) -> None:
    asked = clicks_the_tile(page, names=LEA)
    statuses = [asked.submit("Oui", proof=f"{day}/01/2015").status for day in range(1, 15)]
    assert 429 in statuses
    assert clicks_the_tile(PageClient(), names=LEA).submit("Oui", proof="12/03/2015").status == 429
    assert not SocialAccount.objects.exists()


def test_an_identifier_that_the_school_made_and_nobody_uses_is_taken_up(
    world: World, page: PageClient
) -> None:
    give_usernames(learners=[world.lea], by=world.boeuf, at=timezone.now())
    clicks_the_tile(page, names=LEA).submit("Oui, c’est moi", proof="12/03/2015")
    assert modes_of(world.lea) == ["MEDIACENTRE", "USERNAME"]
    assert Attachment.objects.count() == 1


def test_the_names_are_shared_and_the_class_tells(world: World, page: PageClient) -> None:
    world.learner(
        "other",
        establishment=world.tilleuls,
        first_name="Léa",
        last_name="MARTIN",
        division=world.divisions["5B"],
    )
    assert clicks_the_tile(page, names=LEA).title == "Bienvenue"
    assert "classe de 5B" in clicks_the_tile(PageClient(), names=LEA, divisions=("5b##5EME B",))


def test_it_is_not_lea_then_the_proof_comes_first(world: World, page: PageClient) -> None:
    with_account(world.lea)
    asked = clicks_the_tile(page, names=LEA).submit("Non, ce n’est pas moi")
    assert asked.title == "Bienvenue"
    assert "MARTIN" not in asked


# ── The ENT only says the school: the proof first ─────────────────────────


def test_an_identifier_and_its_password_in_one_step(world: World, page: PageClient) -> None:
    account = with_account(world.lea)
    asked = clicks_the_tile(page)
    assert asked.title == "Bienvenue"
    missing = asked.submit("Continuer", identifier="lea.martin", password="")
    assert "Écris ton mot de passe" in missing
    wrong = asked.submit("Continuer", identifier="lea.martin", password="non")
    assert wrong.status == 422
    arrived = wrong.submit("Continuer", identifier="lea.martin", password=PASSWORD)
    assert arrived.url == reverse("campaigns:mine")
    assert signed_in_as(page) == str(account.pk)
    assert modes_of(world.lea) == ["MEDIACENTRE", "USERNAME"]


def test_a_card_names_lea_and_she_needs_no_password(world: World, page: PageClient) -> None:
    confirm = clicks_the_tile(page).submit("Continuer", identifier=card_of(world.lea))
    assert confirm.title == "C’est bien toi ?"
    arrived = confirm.submit("Oui, c’est moi")
    assert arrived.url == reverse("campaigns:mine")
    assert modes_of(world.lea) == ["MEDIACENTRE"]


@pytest.mark.parametrize("typed", ["K7MD-9QXV-2HRT", "\x00" * 12, "x" * 300])
def test_an_unknown_card_loses_nothing(world: World, page: PageClient, typed: str) -> None:
    again = clicks_the_tile(page).submit("Continuer", identifier=typed)
    assert again.status == 422
    assert again.submit("Continuer", identifier=card_of(world.lea)).title == "C’est bien toi ?"


def test_the_first_time_with_names_and_birth_date(world: World, page: PageClient) -> None:
    form = clicks_the_tile(page).follow("C’est ma première fois")
    confirm = form.submit("Continuer", first_name="zoe", last_name="martin leroy", birth_date="5/11/2014")
    confirm.submit("Oui, c’est moi")
    assert modes_of(world.zoe) == ["MEDIACENTRE"]


def test_names_never_open_an_account_that_somebody_owns(world: World, page: PageClient) -> None:
    with_account(world.zoe)
    form = clicks_the_tile(page).follow("C’est ma première fois")
    confirm = form.submit("Continuer", first_name="Zoé", last_name="Martin-Leroy", birth_date="5/11/2014")
    already = confirm.submit("Oui, c’est moi")
    assert already.title == "Tu as déjà un compte"
    assert not SocialAccount.objects.exists()
    already.submit("Réunir et continuer", proof=PASSWORD)
    assert modes_of(world.zoe) == ["MEDIACENTRE", "USERNAME"]


def test_two_schools_in_one_ent_each_has_its_door(world: World, page: PageClient) -> None:
    asked = clicks_the_tile(page, uais=(TILLEULS, MIMOSAS))
    door = next(a.get("href") for a in asked.css("a.door") if MIMOSAS in a.get("href"))
    form = page.open(door)
    assert "Lycée des Mimosas" in form
    confirm = form.submit("Continuer", first_name="Noé", last_name="Étienne", birth_date="20/05/2011")
    confirm.submit("Oui, c’est moi")
    assert modes_of(world.learners["noe"]) == ["MEDIACENTRE"]


def test_no_school_is_said_a_card_tells_it(world: World, page: PageClient) -> None:
    confirm = clicks_the_tile(page, uais=()).submit("Continuer", identifier=card_of(world.learners["noe"]))
    confirm.submit("Oui, c’est moi")
    assert modes_of(world.learners["noe"]) == ["MEDIACENTRE"]


def test_a_school_that_is_not_here_is_told_so(world: World, page: PageClient) -> None:
    asked = clicks_the_tile(page, uais=("0750001A",))
    assert asked.title == "Ton établissement n’est pas encore ici"
    assert not SocialAccount.objects.exists()


def test_a_card_of_another_school_is_a_case_for_the_staff(world: World, page: PageClient) -> None:
    stop = clicks_the_tile(page).submit("Continuer", identifier=card_of(world.learners["noe"]))
    assert stop.status == 409
    assert HelpRequest.objects.get().code in stop.text
    assert Conflict.objects.get().kind == "OTHER_SCHOOL"
    assert Card.objects.get().used_at is None


# ── In either order ───────────────────────────────────────────────────────


def test_lea_is_signed_in_then_clicks_the_tile(world: World, page: PageClient, campaign: Campaign) -> None:
    account = with_account(world.lea)
    page.open(f"/code/{CODE}/")
    page.open("/connexion/").submit("Entrer", identifier="lea.martin", password=PASSWORD)
    asked = clicks_the_tile(page)
    assert asked.title == "Réunir tes deux façons d’entrer ?"
    arrived = asked.submit("Oui, réunir")
    assert arrived.url == reverse("campaigns:begin", kwargs={"code": CODE})
    assert signed_in_as(page) == str(account.pk)
    assert modes_of(world.lea) == ["MEDIACENTRE", "USERNAME"]


def test_lea_arrives_by_the_tile_then_signs_in_elsewhere_on_the_site(world: World, page: PageClient) -> None:
    with_account(world.lea)
    brings(page)
    asked = page.open("/connexion/").submit("Entrer", identifier="lea.martin", password=PASSWORD)
    assert asked.title == "Réunir tes deux façons d’entrer ?"
    asked.submit("Oui, réunir")
    assert modes_of(world.lea) == ["MEDIACENTRE", "USERNAME"]


def test_the_school_s_way_with_two_codes_never_signs_her_out(
    world: World, page: PageClient, campaign: Campaign, now: datetime
) -> None:
    """The leaflet's five steps: identifier and code 1; the tile, code 2, the form, « you already have an account »."""
    account = with_account(world.lea)
    page.open("/").submit("Continuer", code=CODE)
    first = page.open("/connexion/").submit("Entrer", identifier="lea.martin", password=PASSWORD)
    assert first.url == reverse("campaigns:begin", kwargs={"code": CODE})
    assert modes_of(world.lea) == ["USERNAME"]
    page.open("/deconnexion/").submit("Se déconnecter")
    second = Campaign.objects.create(
        establishment=world.tilleuls, title="Deux", code="BDFGHK275", opens_at=now, made_at=now
    )
    brings(page)
    page.open("/").submit("Continuer", code=second.code)
    form = page.open("/premiere-fois/")
    confirm = form.submit("Continuer", first_name="Léa", last_name="Martin", birth_date="12/03/2015")
    already = confirm.submit("Oui, c’est moi")
    join = already.submit("Continuer", proof=PASSWORD)
    arrived = join.submit("Oui, réunir")
    assert arrived.url == reverse("campaigns:begin", kwargs={"code": second.code})
    assert signed_in_as(page) == str(account.pk)
    assert modes_of(world.lea) == ["MEDIACENTRE", "USERNAME"]


def test_no_leaves_both_as_they_are(world: World, page: PageClient) -> None:
    with_account(world.lea)
    page.open("/connexion/").submit("Entrer", identifier="lea.martin", password=PASSWORD)
    arrived = clicks_the_tile(page).submit("Non, cette session")
    assert arrived.url == reverse("campaigns:mine")
    assert modes_of(world.lea) == ["USERNAME"]
    assert page.open("/arrivee/").url == reverse("campaigns:mine")


def test_on_a_shared_computer_the_ent_names_somebody_else(world: World, page: PageClient) -> None:
    with_account(world.lea)
    page.open("/connexion/").submit("Entrer", identifier="lea.martin", password=PASSWORD)
    asked = clicks_the_tile(page, names=("Nils", "Østergaard"))
    assert "Nils ØSTERGAARD" in asked
    proof = asked.submit("Je suis Nils")
    assert proof.title == "C’est toi, Nils ?"
    assert signed_in_as(page) is None
    proof.submit("Oui, c’est moi", proof="1/7/2015")
    assert modes_of(world.learners["nils"]) == ["MEDIACENTRE"]
    assert modes_of(world.lea) == ["USERNAME"]


def test_an_account_of_another_school_comes_along(world: World, page: PageClient) -> None:
    """Noé was at the Mimosas with an identifier; he is at the Tilleuls now and arrives by their ENT."""
    old = with_account(world.learners["noe"])
    new = world.learner(
        "noe2",
        establishment=world.tilleuls,
        first_name="Noé",
        last_name="ÉTIENNE",
        birth_date=world.learners["noe"].birth_date,
    )
    asked = clicks_the_tile(page).submit("Continuer", identifier=old.username, password=PASSWORD)
    assert asked.title == "Il reste une chose à faire"
    assert asked.css("button[value=pas-la-mienne]")
    confirm = asked.submit("Continuer", proof=card_of(new))
    confirm.submit("Oui, c’est moi")
    assert modes_of(new) == ["MEDIACENTRE", "USERNAME"]
    assert {one.account for one in Attachment.objects.active()} == {old}


# ── What must not happen ──────────────────────────────────────────────────


@pytest.mark.parametrize("profile", [Profile.TEACHER, Profile.OTHER])
def test_an_adult_never_becomes_a_pupil(world: World, page: PageClient, profile: Profile) -> None:
    asked = clicks_the_tile(page, names=LEA, profile=profile)
    assert asked.title == "Votre ENT dit que vous n’êtes pas élève"
    key = page.session["identity"]["key"]
    forged = page.read(
        page.post("/arrivee/ent/", {"key": key, "geste": "prouver", "proof": "12/03/2015"}, follow=True)
    )
    assert forged.title == asked.title
    confirm = page.open("/carte/").submit("Continuer", code=card_of(world.lea)).submit("Oui, c’est moi")
    assert confirm.title == "Choisis ton mot de passe"
    assert not SocialAccount.objects.exists()


def test_a_teacher_who_is_signed_in_is_stopped(world: World, as_) -> None:
    page = as_(world.garcao)
    assert clicks_the_tile(page, names=LEA).title == "Ce compte est celui d’un adulte"
    assert not SocialAccount.objects.exists()


def test_an_old_arrival_says_to_click_again_and_the_other_ways_stay(
    world: World, page: PageClient, now: datetime
) -> None:
    asked = clicks_the_tile(page, names=LEA, at=now - timedelta(minutes=11))
    assert asked.title == "On repart de ton ENT"
    assert "J’ai une carte" in asked


def test_the_page_of_another_tab_does_nothing(world: World, page: PageClient) -> None:
    first = clicks_the_tile(page, names=LEA)
    second = clicks_the_tile(page, names=("Nils", "Østergaard"), uid="ab" * 32)
    assert first.submit("Oui, c’est moi", proof="12/03/2015").title == "On repart de ton ENT"
    assert not SocialAccount.objects.exists()
    assert second.submit("Oui, c’est moi", proof="1/7/2015").url == reverse("campaigns:mine")


def test_the_second_click_and_the_back_button_lead_to_the_same_place(world: World, page: PageClient) -> None:
    asked = clicks_the_tile(page, names=LEA)
    asked.submit("Oui, c’est moi", proof="12/03/2015")
    assert asked.submit("Oui, c’est moi", proof="12/03/2015").url == reverse("campaigns:mine")
    assert page.open("/arrivee/ent/").url == reverse("campaigns:mine")
    assert Account.objects.filter(first_name="Léa").count() == 1


def test_a_post_without_the_key_does_nothing(world: World, page: PageClient) -> None:
    clicks_the_tile(page, names=LEA)
    page.post("/arrivee/ent/", {"geste": "prouver", "proof": "12/03/2015"})
    page.post("/arrivee/ent/", {"key": "é\x00", "geste": "reunir"})
    assert not SocialAccount.objects.exists()


def test_another_session_has_nothing_of_it(world: World, page: PageClient) -> None:
    brings(page, names=LEA)
    assert PageClient().open("/arrivee/ent/").title == "On repart de ton ENT"


def test_who_left_is_not_proposed(world: World, page: PageClient) -> None:
    asked = clicks_the_tile(page, names=LEA)
    world.lea.status = LearnerStatus.LEFT
    world.lea.save()
    assert asked.submit("Oui, c’est moi", proof="12/03/2015").title == "Bienvenue"
    assert clicks_the_tile(PageClient(), names=LEA).title == "Bienvenue"
    assert not SocialAccount.objects.exists()


def test_names_and_class_are_kept_nowhere(world: World, page: PageClient) -> None:
    clicks_the_tile(page, names=("Inconnue", "Zyzomys"), divisions=("6A##6EME A",))
    kept = str([one.get_decoded() for one in Session.objects.all()])
    assert "yzomys" not in kept
    assert "6EME" not in kept
    assert Sighting.objects.get().division_key == "6a"
    assert IDO not in str(list(Entry.objects.values()))


def test_the_account_is_another_pupil_s_here(world: World, page: PageClient, now: datetime) -> None:
    """Léa's account was attached to Zoé by mistake: her own identifier and her card do not agree."""
    account = with_account(world.zoe)
    page.open("/connexion/").submit("Entrer", identifier=account.username, password=PASSWORD)
    page.post("/pas-moi/")
    asked = clicks_the_tile(page, names=LEA)
    assert asked.submit("Oui, c’est moi", proof=card_of(world.lea)).url == reverse("campaigns:mine")
    assert modes_of(world.lea) == ["MEDIACENTRE"]
    assert modes_of(world.zoe) == ["USERNAME"]


def test_two_accounts_of_one_pupil_are_shown_to_the_staff_and_she_goes_on(
    world: World, page: PageClient, now: datetime
) -> None:
    """Noé was given an account here; he is signed in with the one of his old school when he clicks the tile."""
    old = with_account(world.learners["noe"])
    new = world.learner("noe2", establishment=world.tilleuls, first_name="Noé", last_name="ÉTIENNE")
    here = with_account(new)
    page.open("/connexion/").submit("Entrer", identifier=old.username, password=PASSWORD)
    arrived = clicks_the_tile(page, names=("Noé", "Étienne")).submit("Réunir", proof=PASSWORD)
    assert arrived.url == reverse("campaigns:mine")
    assert signed_in_as(page) == str(here.pk)
    case = Conflict.objects.get()
    assert (case.kind, case.account, case.other_account) == ("LEARNER_TAKEN", here, old)


def test_the_identity_was_given_to_somebody_else_meanwhile(world: World, page: PageClient) -> None:
    other = Account.objects.create(username="autre")
    asked = clicks_the_tile(page, names=LEA)
    SocialAccount.objects.create(provider="mediacentre", uid=IDO, user=other)
    stop = asked.submit("Oui, c’est moi", proof="12/03/2015")
    assert stop.title == "Quelqu’un doit vérifier avec toi"
    assert HelpRequest.objects.get().code in stop.text
    case = Conflict.objects.get()
    assert (case.kind, case.other_account) == ("IDENTITY_TAKEN", other)
    assert not Account.objects.filter(first_name="Léa").exists()
    assert not Attachment.objects.exists()


def test_a_known_identity_of_an_account_not_attached_here_asks_for_the_names(
    world: World, page: PageClient, as_
) -> None:
    account = known_by(world.lea, IDO, TILLEULS)
    form = as_(account).open("/arrivee/")
    confirm = form.submit("Continuer", first_name="Léa", last_name="Martin", birth_date="12/03/2015")
    confirm.submit("Oui, c’est moi")
    assert modes_of(world.lea) == ["MEDIACENTRE"]


def test_her_identity_opens_an_old_account_and_her_password_the_one_of_this_school(
    world: World, as_: Callable[[Account], PageClient]
) -> None:
    """The tile opens an old account, attached nowhere; her name here has another one: she enters, staff see both."""
    here, old = with_account(world.lea), known_by(world.lea, IDO, TILLEULS)
    page = as_(old)
    form = page.open("/arrivee/")
    confirm = form.submit("Continuer", first_name="Léa", last_name="Martin", birth_date="12/03/2015")
    stop = confirm.submit("Oui, c’est moi").submit("Continuer", proof=PASSWORD)
    assert "Ton entrée par l’ENT est déjà reliée à un autre compte" in stop
    assert HelpRequest.objects.get().code in stop.text
    assert signed_in_as(page) == str(here.pk)
    assert stop.follow("Continuer avec mon compte").url == reverse("campaigns:mine")
    case = Conflict.objects.get()
    assert (case.kind, case.account, case.other_account) == ("IDENTITY_TAKEN", here, old)


# ── A new identity for a known pupil ──────────────────────────────────────


def test_a_new_identity_of_another_school_takes_the_place_of_the_old_one(
    world: World, page: PageClient, now: datetime
) -> None:
    """Recognised at import, Léa comes with the identity of her new ENT: her birth date is enough."""
    account = known_by(world.lea, "old", MIMOSAS)
    attach(learner=world.lea, account=account, how=How.IMPORT, by=None, at=now)
    clicks_the_tile(page, names=LEA).submit("Oui, c’est moi", proof="12/03/2015")
    assert list(SocialAccount.objects.values_list("uid", "user")) == [(IDO, account.pk)]
    assert world.lea.identity_changes.get().old_uid == "old"
    assert Entry.objects.filter(verb="identite-remplacee", learner_id=world.lea.pk).exists()


def test_an_identity_in_use_here_is_replaced_only_with_a_card(
    world: World, page: PageClient, now: datetime
) -> None:
    account = known_by(world.lea, "old", TILLEULS)
    attach(learner=world.lea, account=account, how=How.CARD, by=None, at=now)
    asked = clicks_the_tile(page, names=LEA)
    assert "Le code de ta carte" in asked
    refused = asked.submit("Oui, c’est moi", proof="12/03/2015")
    assert refused.status == 422
    refused.submit("Oui, c’est moi", proof=card_of(world.lea))
    assert SocialAccount.objects.get().uid == IDO


def with_last_years_identity(world: World, now: datetime, *, provider: str = "mediacentre") -> Account:
    account = known_by(world.lea, "old", TILLEULS)
    attach(learner=world.lea, account=account, how=How.CARD, by=None, at=now)
    SocialAccount.objects.update(provider=provider, last_login=now - timedelta(days=400))
    return account


def test_the_ent_renewed_her_identity_over_the_summer_her_birth_date_is_enough(
    world: World, page: PageClient, now: datetime
) -> None:
    account = with_last_years_identity(world, now)
    asked = clicks_the_tile(page, names=LEA)
    assert asked.submit("Oui, c’est moi", proof="13/03/2015").status == 422
    asked.submit("Oui, c’est moi", proof="12/03/2015")
    assert list(SocialAccount.objects.values_list("uid", "user")) == [(IDO, account.pk)]
    assert world.lea.identity_changes.get().old_uid == "old"
    assert Entry.objects.filter(verb="identite-remplacee", learner_id=world.lea.pk).exists()


def test_another_ent_or_a_password_still_asks_for_a_card(
    world: World, page: PageClient, now: datetime
) -> None:
    account = with_last_years_identity(world, now, provider="ent")
    assert "Le code de ta carte" in clicks_the_tile(page, names=LEA)
    SocialAccount.objects.update(provider="mediacentre")
    account.set_password(PASSWORD)
    account.save()
    assert "Tu as déjà un compte" in clicks_the_tile(page, names=LEA)


def test_names_that_the_ent_did_not_say_renew_nothing(world: World, page: PageClient, now: datetime) -> None:
    """Nils knows Léa's birthday; the ENT names him, he says that he is somebody else, and types her name."""
    with_last_years_identity(world, now)
    for names in (None, ("Nils", "Østergaard"), LEA):
        first = clicks_the_tile(page, names=names)
        if names:
            first = first.submit("Non, ce n’est pas moi")
        typed = first.follow("première fois")
        yes = typed.submit("Continuer", last_name="Martin", first_name="Léa", birth_date="12/03/2015")
        yes.submit("Oui, c’est moi")
        assert SocialAccount.objects.get().uid == "old"
