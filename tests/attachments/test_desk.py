"""« Doublons et presque-trouvés » : found, compared, asked, confirmed, undone; nothing of another school."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from preau.accounts.models import Account
from preau.attachments.duplicates import Why, pairs_of
from preau.attachments.merges import Merge, MergeState, SetAside
from preau.attachments.models import Conflict
from preau.audit.models import Entry
from preau.campaigns.actions import begin
from preau.campaigns.models import Campaign
from preau.establishments.models import Membership, Role
from preau.rosters.models import LearnerStatus
from tests.attachments.doubles import account_of, held, two_accounts
from tests.page import Page, PageClient
from tests.world import World

As = Callable[[Account], PageClient]
DESK = "/e/0931434D/doublons/"


@pytest.fixture
def pair(world: World, now: datetime) -> tuple[Account, Account]:
    """Zoé's two accounts."""
    return two_accounts(world.zoe, now, by=world.boeuf)


def whys(world: World) -> list[Why]:
    return [pair.why for pair in pairs_of(world.tilleuls, at=timezone.now())]


def test_zoe_is_asked_for_by_the_referente_confirmed_by_the_head_and_undone(
    world: World, pair: tuple[Account, Account], as_: As, now: datetime
) -> None:
    code = Campaign.objects.create(
        establishment=world.tilleuls,
        title="R",
        code="BDFGHK274",
        opens_at=now - timedelta(days=1),
        made_at=now,
    )
    begin(campaign=code, learner=world.zoe, account=pair[1], at=now)
    seen = as_(world.boeuf).open(DESK)
    assert seen.title == "Doublons et presque-trouvés"
    assert "Zoé MARTIN-LEROY , 5B, a deux comptes" in seen
    assert "il est rattaché à l’élève d’aujourd’hui" in seen
    assert "1, rien n’est perdu" in seen
    assert "2014" not in seen.css("main")[0].text_content()
    asked = seen.submit("Réunir : B rejoint A")
    assert "une deuxième personne a 7 jours" in asked
    assert "Confirmer" not in asked
    confirmed = as_(world.ndiaye).open(DESK).submit("Confirmer : B rejoint A")
    assert "sont réunis. Annulable pendant 30 jours" in confirmed
    pair[0].refresh_from_db()
    assert pair[0].modes == ["MEDIACENTRE", "USERNAME"]
    undone = as_(world.boeuf).open(f"{DESK}?vue=tranches").submit("Annuler la réunion")
    assert "La réunion est annulée" in undone
    assert SocialAccount.objects.get().user == pair[1]
    assert "a deux comptes" in as_(world.boeuf).open(DESK)
    journal = as_(world.boeuf).open("/e/0931434D/journal/")
    assert "a confirmé la réunion des deux comptes de Zoé MARTIN-LEROY" in journal


def test_the_other_direction_can_be_asked_and_is_what_the_second_person_sees(
    world: World, pair: tuple[Account, Account], as_: As
) -> None:
    as_(world.boeuf).open(DESK).submit("Plutôt garder B")
    merge = Merge.objects.get()
    assert (merge.kept, merge.joined) == pair[::-1]
    seen = as_(world.ndiaye).open(DESK)
    assert "a demandé de les réunir" in seen
    assert "personne ici" in " ".join(seen.css("tbody tr")[1].text_content().split()[:9])
    assert "Demande refusée" in seen.submit("Refuser")
    assert Merge.objects.get().state == MergeState.REFUSED


def test_whoever_asked_withdraws(world: World, pair: tuple[Account, Account], as_: As) -> None:
    asked = as_(world.boeuf).open(DESK).submit("Réunir : B rejoint A")
    assert "Demande retirée" in asked.submit("Retirer ma demande")
    assert Merge.objects.get().state == MergeState.WITHDRAWN


def test_a_school_with_one_person_is_told_to_invite_another(
    world: World, pair: tuple[Account, Account], as_: As
) -> None:
    assert "Il faut être deux" not in as_(world.boeuf).open(DESK)
    Membership.objects.filter(account=world.ndiaye).update(role=Role.TEACHER)
    assert "Demandez à votre chef d’établissement" in as_(world.boeuf).open(DESK)
    Membership.objects.filter(account=world.ndiaye).update(role=Role.HEAD)
    Membership.objects.filter(account=world.boeuf).update(role=Role.TEACHER)
    page = as_(world.ndiaye).open(DESK)
    assert "Il faut être deux pour réunir deux comptes" in page
    assert page.follow("Invitez une deuxième personne").status == 200


def test_two_pupils_are_set_aside_and_brought_back_and_later_comes_back_by_itself(
    world: World, pair: tuple[Account, Account], as_: As
) -> None:
    desk = as_(world.boeuf).open(DESK)
    assert "Aucun élève n’a deux comptes" in desk.submit("Ce sont deux élèves")
    decided = as_(world.boeuf).open(f"{DESK}?vue=tranches")
    assert "ce sont deux élèves" in decided
    assert "a deux comptes" in decided.submit("Remettre à trancher")
    as_(world.boeuf).open(DESK).submit("Plus tard")
    assert not pairs_of(world.tilleuls, at=timezone.now())
    assert pairs_of(world.tilleuls, at=timezone.now() + timedelta(days=8))
    verbs = set(Entry.objects.values_list("verb", flat=True))
    assert {"doublon-ecarte", "doublon-remis"} <= verbs


def test_a_page_left_open_decides_about_nothing_else(
    world: World, pair: tuple[Account, Account], as_: As
) -> None:
    old = as_(world.boeuf).open(DESK)
    as_(world.ndiaye).open(DESK).submit("Ce sont deux élèves")
    assert "Ce cas vient de changer" in old.submit("Réunir : B rejoint A")
    assert not Merge.objects.exists()


def test_only_whoever_runs_this_school_reaches_the_desk(
    world: World, pair: tuple[Account, Account], as_: As, page: PageClient
) -> None:
    as_(world.boeuf).open(DESK).submit("Réunir : B rejoint A")
    merge = Merge.objects.get()
    addresses = [
        f"{DESK}eleves/{world.zoe.pk}/",
        f"{DESK}reunions/{merge.pk}/",
        f"{DESK}reunions/{merge.pk}/annuler/",
        f"{DESK}ecartes/1/",
        f"/e/0931434D/transferts/eleves/{world.zoe.pk}/",
        "/e/0931434D/transferts/1/",
        "/e/0931434D/transferts/1/retirer/",
    ]
    for who in (world.garcao, world.okonkwo):
        client = as_(who)
        assert client.get(DESK).status_code == 404
        assert {client.post(one, {"geste": "confirmer"}).status_code for one in addresses} == {404}
    own = as_(world.okonkwo)
    for one in addresses[:3]:
        assert own.post(one.replace("0931434D", "0180777X"), {"geste": "confirmer"}).status_code == 404
    assert page.get(DESK).status_code == 302
    assert as_(world.ndiaye).get(addresses[1]).status_code == 405


@pytest.mark.parametrize("values", [{}, {"geste": "x"}, {"geste": "premier", "paire": "9-9"}, {"paire": "é"}])
def test_bad_input_does_nothing(
    world: World, pair: tuple[Account, Account], as_: As, values: dict[str, str]
) -> None:
    answer = as_(world.boeuf).post(f"{DESK}eleves/{world.zoe.pk}/", values)
    assert answer.status_code in {302, 404}
    for wrong in ("?eleve=²", "?eleve=99999999999999999999", "?vue=x", "?page=-1"):
        assert as_(world.boeuf).get(DESK + wrong).status_code == 200
    assert not Merge.objects.exists()
    assert not SetAside.objects.exists()


def test_two_records_with_the_same_folded_names_and_day_are_found_but_not_two_pupils_of_today(
    world: World, now: datetime
) -> None:
    values = {
        "establishment": world.tilleuls,
        "first_name": "Zoe",
        "last_name": "Martin Leroy",
        "birth_date": date(2014, 11, 5),
    }
    held(world.zoe, account_of(world.zoe, "zoe"), now)
    other = world.learner("zoe2", **values, ine="111111111GA")
    held(other, account_of(other, "zoe2"), now)
    assert whys(world) == []  # two INEs of today: a homonym born the same day
    other.status = LearnerStatus.LEFT
    other.save()
    assert whys(world) == [Why.TWO_ROWS]
    assert pairs_of(world.tilleuls, at=now)[0].learner_id == world.zoe.pk


def test_twins_and_siblings_are_not_found(world: World, now: datetime) -> None:
    for rank, name in enumerate(("Anna", "Ania")):
        twin = world.learner(
            name, establishment=world.tilleuls, first_name=name, last_name="ROUX", birth_date=date(2014, 1, 1)
        )
        held(twin, account_of(twin, f"roux{rank}"), now)
    assert whys(world) == []


def test_of_another_school_only_that_an_account_exists(world: World, as_: As, now: datetime) -> None:
    there = world.learner(
        "there", establishment=world.mimosas, first_name="Zozo", last_name="SECRET", ine=world.zoe.ine
    )
    held(there, account_of(there, "zozo.secret", uid="s"), now)
    held(world.zoe, account_of(world.zoe, "zoe.ici"), now)
    page = as_(world.boeuf).open(DESK)
    assert "a un autre compte ailleurs" in page
    for word in ("Zozo", "SECRET", "zozo.secret", "Mimosas", "0180777X", "Médiacentre"):
        assert word.lower() not in page.css("main")[0].text_content().lower()
    assert "B rejoint A" not in page
    pair = pairs_of(world.tilleuls, at=now)[0]
    values = {"geste": "premier", "paire": "{}-{}".format(*pair.key)}
    assert as_(world.boeuf).post(f"{DESK}eleves/{world.zoe.pk}/", values).status_code == 404
    assert not Merge.objects.exists()


def test_one_account_with_two_ines_is_told_and_may_be_right(world: World, as_: As, now: datetime) -> None:
    account = account_of(world.zoe, "zoe")
    held(world.zoe, account, now)
    there = world.learner(
        "there", establishment=world.mimosas, first_name="Zoé", last_name="MARTIN", ine="111111111GA"
    )
    held(there, account, now)
    page = as_(world.boeuf).open(DESK)
    assert "un compte, deux INE" in page
    assert "111111111GA" not in page.response.content.decode()
    assert page.follow("détacher Zoé").status == 200
    assert "Aucun élève" in page.submit("C’est le même élève")


def test_a_case_of_the_ent_is_compared_from_the_calls_and_its_code_opens_it(
    world: World, as_: As, now: datetime
) -> None:
    kept, other = account_of(world.zoe, "zoe"), account_of(world.zoe, uid="x")
    held(world.zoe, kept, now)
    asked = world.tilleuls.help_requests.create(code="K7M4", reason="conflict", made_at=timezone.now())
    Conflict.objects.create(
        establishment=world.tilleuls,
        kind="LEARNER_TAKEN",
        learner=world.zoe,
        account=kept,
        other_account=other,
        help_request=asked,
        made_at=now,
    )
    helps = reverse("attachments:help_requests", args=["0931434D"])
    assert "Comparer et réunir" not in as_(world.garcao).open(f"{helps}?code=k7m4")
    assert "Deux comptes pour un élève" in as_(world.garcao).open(f"{helps}?code=k7m4")
    page = as_(world.boeuf).open(f"{helps}?code=k7m4").follow("Comparer et réunir")
    assert "L’élève a prouvé que les deux comptes" in page
    page.submit("Réunir : B rejoint A")
    as_(world.ndiaye).open(DESK).submit("Confirmer : B rejoint A")
    assert Conflict.objects.get().seen_by == world.ndiaye


def test_the_desk_asks_the_same_questions_for_one_case_or_for_ten(
    world: World, as_: As, now: datetime
) -> None:
    client, counts = as_(world.boeuf), []

    def look() -> Page:
        with CaptureQueriesContext(connection) as queries:
            page = client.open(DESK)
        counts.append(len(queries))
        return page

    for rank in range(10):
        learner = world.learner(
            f"p{rank}", establishment=world.tilleuls, first_name="Ana", last_name=f"P{rank}"
        )
        two_accounts(learner, now, by=world.boeuf)
        if rank in {0, 9}:
            look()
    assert counts[0] == counts[1]
    assert counts[0] <= 30
