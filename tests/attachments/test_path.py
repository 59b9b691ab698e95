"""The pupil's path: from a card, or a name, to the parcours; and everything that can go wrong on the way."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from preau.accounts.actions import choose_password
from preau.accounts.models import Account, OpenSession, SignInFailures
from preau.attachments.actions import accept_help, attach, detach, give_usernames, make_cards, spend_card
from preau.attachments.codes import show
from preau.attachments.models import Attachment, Card, HelpRequest, How
from preau.attachments.refusals import HelpAlreadyDecided
from preau.audit.models import Entry
from preau.campaigns.models import Campaign
from preau.rosters.models import Learner, LearnerStatus
from tests.page import Page, PageClient
from tests.world import World

PASSWORD = "trois souris vertes"
CODE = "BDFGHK274"


@pytest.fixture
def campaign(world: World, now: datetime) -> Campaign:
    return Campaign.objects.create(
        establishment=world.tilleuls,
        title="Rentrée",
        code=CODE,
        opens_at=now - timedelta(days=1),
        made_at=now,
    )


def card_of(learner: Learner, token: str = "jeton", days: int = 30) -> str:
    at = timezone.now()
    made = make_cards(
        learners=[learner],
        token=token,
        batch_number="2026-001",
        expires_at=at + timedelta(days=days),
        by=None,
        at=at,
    )
    return show(made[0].code)


def with_account(learner: Learner, password: str = PASSWORD) -> Account:
    at = timezone.now()
    ((_, account),) = give_usernames(learners=[learner], by=None, at=at).given
    choose_password(account=account, password=password, at=at)
    return account


def type_card(page: PageClient, code: str) -> Page:
    return page.open("/carte/").submit("Continuer", code=code)


def with_board_code(page: PageClient) -> Page:
    page.open(f"/code/{CODE}/")
    return page.open("/premiere-fois/")


def say(found: Page, first: str, last: str, day: str) -> Page:
    return found.submit("Continuer", first_name=first, last_name=last, birth_date=day)


def signed_in_as(page: PageClient) -> str | None:
    return page.session.get("_auth_user_id")


def test_lea_opens_her_card_says_yes_chooses_a_password_and_is_in(world: World, page: PageClient) -> None:
    asked = type_card(page, card_of(world.lea))
    assert asked.title == "C’est bien toi ?"
    assert "Léa MARTIN" in asked
    assert "classe de 6A" in asked
    chosen = asked.submit("Oui, c’est moi")
    assert "lea.martin" in chosen
    assert "Note ton identifiant" in chosen
    arrived = chosen.submit("Entrer", password=PASSWORD)
    assert arrived.url == reverse("campaigns:mine")
    account = Account.objects.get(username="lea.martin")
    assert signed_in_as(page) == str(account.pk)
    assert account.check_password(PASSWORD)
    assert Attachment.objects.active().get().learner == world.lea
    assert Card.objects.get().used_at is not None
    verbs = set(Entry.objects.filter(learner_id=world.lea.pk).values_list("verb", flat=True))
    assert {"carte-preparee", "carte-utilisee", "rattache"} <= verbs


def test_lea_types_the_code_of_the_board_first_and_lands_on_the_parcours(
    world: World, page: PageClient, campaign: Campaign
) -> None:
    page.open(f"/code/{CODE}/")
    arrived = type_card(page, card_of(world.lea)).submit("Oui").submit("Entrer", password=PASSWORD)
    assert arrived.url == reverse("campaigns:begin", kwargs={"code": CODE})


def test_zoe_comes_without_a_card_with_her_name_as_she_writes_it(
    world: World, page: PageClient, campaign: Campaign
) -> None:
    asked = say(with_board_code(page), "Zoe", "Martin Leroy", "5 novembre 2014")
    assert asked.title == "C’est bien toi ?"
    assert "Zoé MARTIN-LEROY" in asked
    assert not Attachment.objects.exists()
    arrived = asked.submit("Oui").submit("Entrer", password=PASSWORD)
    assert arrived.url == reverse("campaigns:begin", kwargs={"code": CODE})
    assert Attachment.objects.active().get().made_how == How.NAMES


def test_a_card_of_a_pupil_who_has_an_account_gives_a_new_password_and_keeps_the_identifier(
    world: World, page: PageClient
) -> None:
    account = with_account(world.lea)
    chosen = type_card(page, card_of(world.lea)).submit("Oui")
    assert "Ton identifiant n’a pas changé" in chosen
    chosen.submit("Entrer", password="quatre chats gris noirs")
    account.refresh_from_db()
    assert account.check_password("quatre chats gris noirs")
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Tape le code qui est en bas de ta carte"),
        ("K7MD-9QXV-2HR", "Il manque un caractère : 3 groupes de 4."),
        ("K7MD-9QXV-2HRT-4", "Il y a un caractère de trop"),
        ("K7MD-9QXV-2HR0", "ni zéro, ni un"),
        ("BDF GHK 274", "C’est le code du tableau"),
        ("K7MD-9QXV-2HRT", "Relis-le sur ta carte"),
        ("\x00" * 12, "code"),
        ("é" * 60, "caractères de trop"),
        ("K" * 200, "C’est trop long"),
    ],
)
def test_a_card_code_that_is_none_gets_one_clear_sentence(
    world: World, page: PageClient, typed: str, words: str
) -> None:
    answer = type_card(page, typed)
    assert answer.status == 422
    assert answer.title == "Entre le code de ta carte"
    assert words in answer
    assert answer.css("[aria-invalid=true]")


def test_a_spent_an_expired_and_a_replaced_card_each_say_so(
    world: World, page: PageClient, now: datetime
) -> None:
    replaced, spent = card_of(world.lea, "a"), card_of(world.lea, "b")
    spend_card(card=Card.objects.get(voided_at=None), at=now)
    expired = card_of(world.zoe)
    Card.objects.filter(learner=world.zoe).update(
        made_at=now - timedelta(days=2), expires_at=now - timedelta(days=1)
    )
    for code, title in (
        (replaced, "Cette carte ne sert plus"),
        (spent, "Cette carte a déjà servi"),
        (expired, "Cette carte est trop vieille"),
    ):
        answer = type_card(page, code)
        assert title in answer
        assert answer.status == 422


def test_the_card_of_a_pupil_who_left_opens_one_clear_screen(world: World, page: PageClient) -> None:
    code = card_of(world.lea)
    Learner.objects.filter(pk=world.lea.pk).update(status=LearnerStatus.LEFT)
    assert type_card(page, code).title == "Ce nom n’est plus dans la liste de l’établissement"


def test_the_card_of_a_closed_account_opens_nothing_and_is_kept(world: World, page: PageClient) -> None:
    account = with_account(world.lea)
    asked = type_card(page, card_of(world.lea)).submit("Oui, c’est moi")
    Account.objects.filter(pk=account.pk).update(is_active=False)
    asked.submit(password="quatre chats gris")
    assert signed_in_as(page) is None
    account.refresh_from_db()
    assert account.check_password(PASSWORD)
    assert Card.objects.get().used_at is None


def test_someone_elses_card_records_nothing(world: World, page: PageClient) -> None:
    code = card_of(world.lea)
    answer = type_card(page, code).submit("Non, ce n’est pas moi")
    assert answer.title == "D’accord, ce n’est pas toi"
    assert "Rends la carte à l’élève de ce nom ou à ton professeur" in answer
    assert Card.objects.get().used_at is None
    assert not Attachment.objects.exists()
    assert page.open("/mot-de-passe/").title == "On reprend au début, rien n’est perdu"
    assert type_card(PageClient(), code).title == "C’est bien toi ?"


def test_two_tabs_with_one_card_let_one_in_and_tell_the_other_why(world: World) -> None:
    code, one, other = card_of(world.lea), PageClient(), PageClient()
    tabs = [type_card(tab, code).submit("Oui") for tab in (one, other)]
    assert tabs[0].submit("Entrer", password=PASSWORD).url == reverse("campaigns:mine")
    late = tabs[1].submit("Entrer", password="un autre mot de passe")
    assert late.title == "Cette carte a déjà servi"
    assert signed_in_as(other) is None
    assert Account.objects.filter(username__startswith="lea").count() == 1


def test_a_double_click_leads_to_the_same_place(world: World) -> None:
    code, one, other = card_of(world.lea), PageClient(), PageClient()
    tabs = [type_card(tab, code).submit("Oui") for tab in (one, other)]
    for tab in tabs:
        assert tab.submit("Entrer", password=PASSWORD).url == reverse("campaigns:mine")
    assert Attachment.objects.count() == 1


def test_a_page_of_another_tab_never_acts_on_the_card_opened_since(world: World, page: PageClient) -> None:
    leas = type_card(page, card_of(world.lea))
    type_card(page, card_of(world.zoe, "autre"))
    assert leas.submit("Oui").title == "On reprend au début, rien n’est perdu"
    assert not Attachment.objects.exists()


def test_the_back_button_after_entering_starts_again_without_a_loss(world: World, page: PageClient) -> None:
    asked = type_card(page, card_of(world.lea))
    chosen = asked.submit("Oui")
    chosen.submit("Entrer", password=PASSWORD)
    for old in (asked.submit("Oui"), chosen.submit("Entrer", password=PASSWORD)):
        assert old.title == "On reprend au début, rien n’est perdu"
        assert old.follow("Continuer").url == reverse("campaigns:mine")


def test_a_session_lost_in_the_middle_starts_again_and_the_card_still_opens(
    world: World, page: PageClient
) -> None:
    code = card_of(world.lea)
    chosen = type_card(page, code).submit("Oui")
    OpenSession.objects.all().delete()
    assert chosen.submit("Entrer", password=PASSWORD).title == "On reprend au début, rien n’est perdu"
    assert type_card(page, code).title == "C’est bien toi ?"


def test_a_proof_left_on_a_screen_is_forgotten_after_a_quarter_of_an_hour(
    world: World, page: PageClient
) -> None:
    type_card(page, card_of(world.lea))
    session = page.session
    session["pending"] = {
        **session["pending"],
        "at": (timezone.now() - timedelta(minutes=15, seconds=1)).isoformat(),
    }
    session.save()
    assert page.open("/c-est-moi/").title == "On reprend au début, rien n’est perdu"


def test_a_password_is_not_chosen_before_saying_yes(world: World, page: PageClient) -> None:
    type_card(page, card_of(world.lea))
    assert page.open("/mot-de-passe/").title == "On reprend au début, rien n’est perdu"


def test_a_weak_password_is_explained_and_nothing_is_lost(world: World, page: PageClient) -> None:
    chosen = type_card(page, card_of(world.lea)).submit("Oui")
    refused = chosen.submit("Entrer", password="azerty")
    assert refused.status == 422
    assert refused.css("[aria-invalid=true]")
    assert not Account.objects.filter(username="lea.martin").exists()
    assert Card.objects.get().used_at is None
    assert refused.submit("Entrer", password=PASSWORD).url == reverse("campaigns:mine")


def test_zoes_card_closes_the_session_that_lea_left_open(world: World, page: PageClient) -> None:
    type_card(page, card_of(world.lea)).submit("Oui").submit("Entrer", password=PASSWORD)
    asked = type_card(page, card_of(world.zoe, "autre"))
    assert "Zoé MARTIN-LEROY" in asked
    assert "La session de Léa était restée ouverte sur cet appareil : elle est fermée." in asked
    assert signed_in_as(page) is None
    asked.submit("Oui").submit("Entrer", password=PASSWORD)
    assert Attachment.objects.active().count() == 2


def test_an_adult_who_tries_a_card_is_stopped_and_the_card_is_kept(world: World, as_: Any) -> None:
    page = as_(world.garcao)
    answer = type_card(page, card_of(world.lea))
    assert answer.title == "Ce compte est celui d’un adulte"
    assert answer.submit("Déconnecter ce compte").url == "/"
    assert Card.objects.get().used_at is None


def test_lea_who_has_an_account_proves_it_with_her_password(
    world: World, page: PageClient, campaign: Campaign
) -> None:
    account = with_account(world.lea)
    proof = say(with_board_code(page), "Léa", "Martin", "12/03/2015").submit("Oui")
    assert proof.title == "Tu as déjà un compte"
    assert "lea.martin" in proof
    wrong = proof.submit("Continuer", proof="ce n’est pas ça")
    assert "Ce n’est pas ce mot de passe." in wrong
    arrived = wrong.submit("Continuer", proof=PASSWORD)
    assert arrived.url == reverse("campaigns:begin", kwargs={"code": CODE})
    assert signed_in_as(page) == str(account.pk)


def test_lea_who_forgot_proves_it_with_a_card_in_the_same_field(
    world: World, page: PageClient, campaign: Campaign
) -> None:
    with_account(world.lea)
    proof = say(with_board_code(page), "Léa", "Martin", "12/03/2015").submit("Oui")
    other = proof.submit("Continuer", proof=card_of(world.zoe, "autre"))
    assert "Cette carte n’est pas à ton nom" in other
    chosen = other.submit("Continuer", proof=card_of(world.lea).lower())
    assert "Ton identifiant n’a pas changé" in chosen
    arrived = chosen.submit("Entrer", password="quatre chats gris noirs")
    assert arrived.url == reverse("campaigns:begin", kwargs={"code": CODE})


def test_a_password_that_looks_like_a_card_is_still_a_password(
    world: World, page: PageClient, campaign: Campaign
) -> None:
    with_account(world.lea, password="K7MD9QXV2HRT")
    proof = say(with_board_code(page), "Léa", "Martin", "12/03/2015").submit("Oui")
    assert proof.submit("Continuer", proof="K7MD9QXV2HRT").url == reverse(
        "campaigns:begin", kwargs={"code": CODE}
    )


def test_guessing_leas_password_slows_down(world: World, page: PageClient, campaign: Campaign) -> None:
    with_account(world.lea)
    proof = say(with_board_code(page), "Léa", "Martin", "12/03/2015").submit("Oui")
    for guess in range(6):
        proof = proof.submit("Continuer", proof=f"essai numéro {guess}")
    assert "Attends" in proof
    assert "Attends" in proof.submit("Continuer", proof=PASSWORD)


def test_without_the_code_of_the_board_names_are_not_asked(world: World, page: PageClient) -> None:
    answer = page.open("/premiere-fois/")
    assert answer.url == "/"
    assert "Entre d’abord le code de ton professeur" in answer


FAILURES = {
    "nobody": ("Personne", "Inconnu", "01/01/2013"),
    "one day off": ("Léa", "Martin", "13/03/2015"),
    "day and month swapped": ("Nils", "Østergaard", "07/01/2015"),
    "another first name": ("Lou", "Martin", "12/03/2015"),
    "a pupil of another school": ("Noé", "Étienne", "20/05/2011"),
    "a pupil who left": ("Apolline", "Bœuf", "30/01/2015"),
    "homonyms born the same day": ("Inès", "Petit", "04/04/2014"),
}


def test_whoever_is_not_found_reads_the_same_page_whether_or_not_the_name_exists(
    world: World, campaign: Campaign, django_assert_max_num_queries: Any
) -> None:
    for division in ("6A", "6C"):
        world.learner(
            f"ines{division}",
            establishment=world.tilleuls,
            first_name="Inès",
            last_name="PETIT",
            division=world.divisions[division],
            birth_date=date(2014, 4, 4),
        )
    Learner.objects.filter(pk=world.learners["apolline"].pk).update(status=LearnerStatus.LEFT)
    pages = set()
    for first, last, day in FAILURES.values():
        answer = say(with_board_code(PageClient()), first, last, day)
        assert answer.title == "Nous ne te retrouvons pas encore"
        asked = HelpRequest.objects.latest("pk")
        text = answer.text.replace(asked.code, "XXXX").replace(f"{first} {last}", "NOM")
        pages.add(re.sub(r"\d\d/\d\d/\d{4}", "DATE", text))
    assert len(pages) == 1
    assert HelpRequest.objects.count() == len(FAILURES)


def test_not_being_found_costs_the_same_queries_whether_or_not_the_name_exists(
    world: World, campaign: Campaign
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    # Somebody else was not found before: a school without any failure yet asks one question less, whoever asks.
    say(with_board_code(PageClient()), "Nulle", "PERSONNE", "01/01/2014")
    counts = set()
    for first, last, day in list(FAILURES.values())[:5]:
        with_board_code(page := PageClient())
        with CaptureQueriesContext(connection) as queries:
            page.post("/premiere-fois/", {"first_name": first, "last_name": last, "birth_date": day})
        counts.add(len(queries))
    assert len(counts) == 1


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("", "Tape ta date de naissance"),
        ("hier", "comme 12/03/2014"),
        ("31/02/2014", "Ce jour n’existe pas"),
        ("12/03/2031", "Vérifie l’année"),
        ("12 zorglub 2014", "n’est pas un mois"),
        ("12/03/" + "9" * 30, "comme 12/03/2014"),
        ("1" * 90, "C’est trop long"),
        ("\x0012/03/2014", "caract"),
    ],
)
def test_a_date_that_is_none_is_explained(
    world: World, page: PageClient, campaign: Campaign, day: str, words: str
) -> None:
    answer = say(with_board_code(page), "Léa", "Martin", day)
    assert answer.status == 422
    assert words in answer


@pytest.mark.parametrize(
    "day", ["12/03/2015", "12 3 2015", "12.03.15", "12-3-2015", "12032015", "12 mars 2015", " 12 Mars 2015 "]
)
def test_a_date_is_read_as_people_write_it(
    world: World, page: PageClient, campaign: Campaign, day: str
) -> None:
    assert say(with_board_code(page), "Léa", "Martin", day).title == "C’est bien toi ?"


def test_a_retry_keeps_the_same_help_code_and_what_was_typed(
    world: World, page: PageClient, campaign: Campaign
) -> None:
    first = say(with_board_code(page), "Léa", "Martin", "13/03/2015")
    code = HelpRequest.objects.get().code
    form = first.follow("Corriger")
    assert form.css("input[name=birth_date]")[0].get("value") == "13/03/2015"
    again = say(form, "Léa", "Martin", "14/03/2015")
    assert code in again
    assert HelpRequest.objects.count() == 1
    assert say(again.follow("Corriger"), "Léa", "Martin", "12/03/2015").title == "C’est bien toi ?"


def test_one_browser_that_keeps_guessing_names_slows_down(
    world: World, page: PageClient, campaign: Campaign
) -> None:
    answer = None
    for guess in range(7):
        answer = say(with_board_code(page), "Léa", "Martin", f"{guess + 1:02}/01/2015")
    assert answer is not None
    assert answer.status == 429
    assert "Attends" in answer


def test_the_days_of_a_year_tried_from_new_browsers_never_tell_which_one_is_zoes(
    world: World, campaign: Campaign
) -> None:
    day = world.zoe.birth_date
    assert day is not None
    for rank, name in enumerate(
        ("Martin Leroy", "Martin Lerot", "MARTIN-LEROY", "Martim Leroy", "Martin Leroi")
    ):
        wrong = f"{day + timedelta(days=rank + 1):%d/%m/%Y}"
        browser = PageClient()
        assert "code d’aide" in say(with_board_code(browser), "Zoé", name, wrong)
        # Another name typed last does not hide the one that was tried.
        say(with_board_code(browser), "Personne", "Dutout", wrong)
    guesser = PageClient()
    right = say(with_board_code(guesser), "Zoe", "Martin-Leroy", f"{day:%d/%m/%Y}")
    assert right.url == "/code-d-aide/"
    assert "pending" not in guesser.session
    assert HelpRequest.objects.latest("pk").reason == "guessed"
    # Léa, whom nobody was guessing, comes in as ever.
    lea = world.lea.birth_date
    assert say(with_board_code(PageClient()), "Léa", "Martin", f"{lea:%d/%m/%Y}").title == "C’est bien toi ?"


def test_a_pupil_who_mistyped_the_date_is_found_at_the_next_try(world: World, campaign: Campaign) -> None:
    page, day = PageClient(), world.zoe.birth_date
    assert day is not None
    for rank in (3, 2, 1):
        say(with_board_code(page), "Zoé", "Martin Leroy", f"{day + timedelta(days=rank):%d/%m/%Y}")
    assert say(with_board_code(page), "Zoé", "Martin Leroy", f"{day:%d/%m/%Y}").title == "C’est bien toi ?"


def test_a_yes_to_names_that_changed_meanwhile_is_refused(
    world: World, campaign: Campaign, page: PageClient, now: datetime
) -> None:
    say(with_board_code(page), "Tom", "Durand", "01/02/2014")
    shown = HelpRequest.objects.latest("pk")
    say(with_board_code(page), "Léa", "Martin", "01/02/2014")
    current = HelpRequest.objects.latest("pk")
    assert current.pk != shown.pk
    assert current.code == shown.code
    with pytest.raises(HelpAlreadyDecided):
        accept_help(help_request=shown, learner=world.lea, by=world.boeuf, at=now)


def test_no_to_a_name_that_was_found_leads_to_a_help_code(
    world: World, page: PageClient, campaign: Campaign
) -> None:
    answer = say(with_board_code(page), "Léa", "Martin", "12/03/2015").submit("Non")
    assert answer.title == "Montre ce code à ton professeur"
    assert HelpRequest.objects.get().reason == "not-me"
    assert not Attachment.objects.exists()


def test_the_lost_pupil_answers_three_questions_and_gets_a_help_code(
    world: World, page: PageClient, campaign: Campaign
) -> None:
    page.open(f"/code/{CODE}/")
    question = page.open("/perdu/")
    for _ in range(3):
        question = question.follow("Non")
    answer = question.submit("Avoir un code d’aide")
    assert HelpRequest.objects.get().code in answer


def test_the_lost_pupil_without_a_school_is_sent_to_a_person(world: World, page: PageClient) -> None:
    assert "Lève la main" in page.open("/perdu/?question=4")
    assert page.open("/perdu/?question=pirate").status == 200
    assert page.post("/perdu/code/").status_code == 302
    assert not HelpRequest.objects.exists()


def test_noe_comes_to_a_new_school_with_the_account_he_has(
    world: World, campaign: Campaign, as_: Any, now: datetime
) -> None:
    account = with_account(world.learners["noe"])
    here = world.learner(
        "noe_ici",
        establishment=world.tilleuls,
        first_name="Noé",
        last_name="ÉTIENNE",
        division=world.divisions["5B"],
        birth_date=date(2011, 5, 20),
    )
    page = as_(account)
    form = page.open(f"/code/{CODE}/")
    assert form.url == reverse("attachments:find")
    arrived = say(form, "Noé", "Étienne", "20/05/2011").submit("Oui")
    assert arrived.url == reverse("campaigns:begin", kwargs={"code": CODE})
    assert set(Attachment.objects.active().filter(account=account).values_list("learner", flat=True)) == {
        world.learners["noe"].pk,
        here.pk,
    }


def test_noes_card_of_the_new_school_brings_his_account_along_and_is_spent(
    world: World, campaign: Campaign, as_: Any
) -> None:
    account = with_account(world.learners["noe"])
    here = world.learner(
        "noe_ici",
        establishment=world.tilleuls,
        first_name="Noé",
        last_name="ÉTIENNE",
        birth_date=date(2011, 5, 20),
    )
    page = as_(account)
    type_card(page, card_of(here)).submit("Oui")
    assert Attachment.objects.active().filter(account=account).count() == 2
    assert Card.objects.get().used_at is not None
    assert Account.objects.filter(first_name="Noé").count() == 1


def test_arriving_leads_everyone_where_they_belong(world: World, page: PageClient, as_: Any) -> None:
    assert page.get("/arrivee/").url == "/"
    assert as_(world.boeuf).get("/arrivee/").url == reverse("establishments:mine")
    account = with_account(world.lea)
    assert as_(account).get("/arrivee/").url == reverse("campaigns:mine")


def test_not_me_forgets_everything(world: World, page: PageClient) -> None:
    type_card(page, card_of(world.lea)).submit("Oui").submit("Entrer", password=PASSWORD)
    assert page.get("/pas-moi/").status_code == 405
    page.post("/pas-moi/")
    assert signed_in_as(page) is None
    assert not page.session.keys()


def test_the_roof_names_lea_and_her_class_once_she_said_yes(world: World, page: PageClient) -> None:
    asked = type_card(page, card_of(world.lea))
    assert not asked.css(".roof-me strong")
    for seen in (chosen := asked.submit("Oui"), chosen.submit("Entrer", password=PASSWORD)):
        assert "Léa MARTIN, 6A" in " ".join(seen.css(".roof-me")[0].text_content().split())
        assert "Ce n’est pas moi" in seen


def test_a_homonym_who_is_quicker_leaves_lea_her_own_identifier_to_note(
    world: World, page: PageClient
) -> None:
    chosen = type_card(page, card_of(world.lea)).submit("Oui")
    Account.objects.create(username="lea.martin")
    noted = chosen.submit("Entrer", password=PASSWORD)
    given = Attachment.objects.get().account.username
    assert given != "lea.martin"
    assert str(given) in noted
    assert noted.follow("Continuer").url == reverse("campaigns:mine")


def test_a_name_taken_between_two_screens_is_refused_in_plain_words(
    world: World, page: PageClient, campaign: Campaign, now: datetime
) -> None:
    chosen = say(with_board_code(page), "Léa", "Martin", "12/03/2015").submit("Oui")
    stranger = Account.objects.create(username="quelqu.un", first_name="Quelqu’un")
    attach(learner=world.lea, account=stranger, how=How.STAFF, by=world.boeuf, at=now)
    late = chosen.submit("Entrer", password=PASSWORD)
    assert late.title == "Ce nom a déjà un compte"
    assert Attachment.objects.count() == 1


def test_a_class_that_succeeds_leaves_no_mark_in_the_throttle(
    world: World, page: PageClient, campaign: Campaign
) -> None:
    say(with_board_code(page), "Léa", "Martin", "12/03/2015").submit("Oui").submit(
        "Entrer", password=PASSWORD
    )
    assert not SignInFailures.objects.exists()


def test_an_account_that_staff_detached_from_lea_never_comes_back_with_her_next_card(
    world: World, page: PageClient, now: datetime
) -> None:
    type_card(page, card_of(world.lea)).submit("Oui").submit("Entrer", password=PASSWORD)
    wrong = Attachment.objects.get()
    detach(attachment=wrong, why="C’était Zoé", by=world.boeuf, at=now)
    arrived = type_card(page, card_of(world.lea, "neuve")).submit("Oui")
    arrived.submit("Entrer", password="quatre chats gris noirs")
    right = Attachment.objects.active().get()
    assert right.account_id != wrong.account_id
    assert signed_in_as(page) == str(right.account_id)


def test_toms_names_close_the_session_that_lea_left_open(
    world: World, page: PageClient, campaign: Campaign
) -> None:
    form = with_board_code(page)
    say(form, "Léa", "Martin", "12/03/2015").submit("Oui").submit("Entrer", password=PASSWORD)
    asked = say(page.open("/premiere-fois/"), "Nils", "Ostergaard", "01/07/2015")
    assert "La session de Léa était restée ouverte" in asked
    arrived = asked.submit("Oui").submit("Entrer", password=PASSWORD)
    assert arrived.url == reverse("campaigns:begin", kwargs={"code": CODE})
    assert Attachment.objects.active().count() == 2
