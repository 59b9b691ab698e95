"""An adult walks the pupil's path with a pupil who is nobody."""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta

from django.core.management import call_command

from preau.accounts.models import Account
from preau.attachments.models import Attachment
from preau.classroom.demonstration import TRIAL_LASTS, forget_trials, start_trial
from preau.establishments.models import DEMONSTRATION_UAI, Establishment, Membership
from preau.rosterfiles.identifiers import check_uai
from preau.rosters.models import Learner
from tests.classroom.conftest import PHRASE, enters_with_card
from tests.page import PageClient
from tests.world import World

UAI = "0931434D"


def teaching(world: World) -> Membership:
    return Membership.objects.get(account=world.garcao)


def code_on(page) -> str:
    return re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", page.text).group()


def test_a_teacher_tries_the_whole_path_and_no_figure_nor_export_moves(world: World, as_) -> None:
    runner = as_(world.boeuf)

    def figures() -> list[str]:
        tabs = [runner.open(f"/e/{UAI}/eleves/").text, runner.post(f"/e/{UAI}/eleves/export/").content]
        home = runner.open(f"/e/{UAI}/").text
        return [re.sub(r"\d+ h \d+|connexions? .*", "", str(one)) for one in (*tabs, home)]

    before, schools = figures(), set(Establishment.objects.real())
    garcao = as_(world.garcao)
    page = garcao.open(f"/e/{UAI}/seances/").follow("Essayer comme un élève").submit("Préparer un élève")
    code = code_on(page)
    here = page.submit("Essayer ici", card=code)
    assert here.title == "J’ai une carte" or "carte" in here.title
    assert "_auth_user_id" not in garcao.session
    client = enters_with_card(code)
    page = client.open("/moi/")
    assert "Parcours de démonstration" in page
    assert "DÉMONSTRATION" in page
    assert figures() == before
    assert set(Establishment.objects.real()) == schools


def test_the_way_by_names_finds_the_demonstration_pupil(world: World, now: datetime) -> None:
    trial = start_trial(membership=teaching(world), rng=random.Random(1), at=now)
    client = PageClient()
    client.open(f"/code/{trial.campaign.code}/")
    page = client.open("/premiere-fois/").submit(
        "Continuer",
        first_name=trial.learner.first_name,
        last_name="demonstration",
        birth_date=f"{trial.learner.birth_date:%d/%m/%Y}",
    )
    page.submit("Oui, c’est moi").submit(password=PHRASE)
    assert "Parcours de démonstration" in client.open("/moi/")


def test_each_trial_starts_from_nothing_and_leaves_nothing(world: World, now: datetime) -> None:
    first = start_trial(membership=teaching(world), rng=random.Random(1), at=now)
    enters_with_card(first.card_code)
    before = Account.objects.count()
    second = start_trial(membership=teaching(world), rng=random.Random(2), at=now)
    assert list(Learner.objects.filter(establishment__uai=DEMONSTRATION_UAI)) == [second.learner]
    assert Account.objects.count() == before - 1
    assert forget_trials(at=now + TRIAL_LASTS - timedelta(seconds=1)) == 0
    Learner.objects.filter(pk=second.learner.pk).update(first_name="Lou")
    assert forget_trials(at=now + TRIAL_LASTS) == 1
    assert not Learner.objects.filter(establishment__uai=DEMONSTRATION_UAI).exists()


def test_two_adults_try_at_once_and_one_who_leaves_the_school_leaves_no_pupil(
    world: World, now: datetime
) -> None:
    rng = random.Random(3)
    garcao = start_trial(membership=teaching(world), rng=rng, at=now)
    boeuf = start_trial(membership=Membership.objects.get(account=world.boeuf), rng=rng, at=now)
    assert garcao.learner != boeuf.learner
    assert garcao.campaign == boeuf.campaign
    teaching(world).delete()
    call_command("tidy")
    assert list(Learner.objects.filter(establishment__uai=DEMONSTRATION_UAI)) == [boeuf.learner]


def test_nobody_works_in_the_school_of_demonstration_and_its_number_is_well_made(
    world: World, as_, now: datetime
) -> None:
    start_trial(membership=teaching(world), rng=random.Random(4), at=now)
    assert check_uai(DEMONSTRATION_UAI).valid
    for someone in (world.garcao, world.boeuf, world.ndiaye):
        assert as_(someone).get(f"/e/{DEMONSTRATION_UAI}/eleves/").status_code == 404
    assert not Membership.objects.filter(establishment__uai=DEMONSTRATION_UAI).exists()


def test_an_account_that_is_also_somebody_is_not_taken_away(world: World, now: datetime) -> None:
    trial = start_trial(membership=teaching(world), rng=random.Random(5), at=now)
    enters_with_card(trial.card_code)
    account = Attachment.objects.get(learner=trial.learner).account
    Attachment.objects.create(
        learner=world.lea, establishment=world.tilleuls, account=account, made_at=now, made_how="CARD"
    )
    forget_trials(at=now + TRIAL_LASTS)
    assert Account.objects.filter(pk=account.pk).exists()


def test_a_stranger_gets_no_demonstration(world: World, as_) -> None:
    assert as_(world.okonkwo).post(f"/e/{UAI}/essayer/").status_code == 404
    assert not Establishment.objects.filter(uai=DEMONSTRATION_UAI).exists()
