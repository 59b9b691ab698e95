"""What is asked for many pupils at once: counted first, done by a worker, whole or not at all, read once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks.signals import task_finished
from django_tasks_db.models import DBTaskResult

from preau.attachments.models import Attachment, Card
from preau.establishments.models import Membership
from preau.handouts import errands
from preau.handouts.actions import new_token, prepare_batch
from preau.handouts.models import Batch, Deed, Errand, ErrandState
from preau.web.lifeline import WorkerGone
from tests.page import Page, PageClient
from tests.scenarios.people import give_account
from tests.world import World

pytestmark = pytest.mark.django_db
TAB, CARDS = "/e/0931434D/eleves/", "/e/0931434D/cartes/"
CODE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b")


@pytest.fixture(autouse=True)
def _three_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("scenarios.views.pupils", "handouts.views.batches"):
        monkeypatch.setattr(f"preau.{module}.LARGE", 2)


@pytest.fixture
def boeuf(as_: Callable[..., PageClient], world: World) -> PageClient:
    return as_(world.boeuf)


def asks(client: PageClient, action: str) -> Page:
    """Everybody of the school is chosen; what will happen is said first."""
    answer = client.post(TAB + "action/", {"action": action, "all": "1", "token": new_token()})
    return client.read(answer)


def sure(page: Page) -> Page:
    return page.submit(page.css("main form button.btn-primary")[0].text_content())


def test_the_count_comes_first_then_the_work_then_the_codes_once(
    world: World, boeuf: PageClient, tasks_now: Callable[[], int]
) -> None:
    prepare_batch(
        membership=Membership.objects.get(account=world.boeuf),
        learners=[world.lea],
        token=new_token(),
        by=world.boeuf,
        at=timezone.now(),
    )
    foretold = asks(boeuf, "cartes")
    assert foretold.title == "Préparer des cartes pour 5 élèves ?"
    assert "5 recevront une carte" in foretold
    assert "1 carte déjà préparée n’ouvrira plus rien" in foretold
    assert "ont déjà choisi leur mot de passe" not in foretold
    assert not Errand.objects.exists()
    waiting = sure(foretold)
    assert "Dans la file d’attente" in waiting
    assert Card.objects.count() == 1
    assert "Dans la file" in boeuf.open(waiting.url)  # reloaded
    assert tasks_now() == 1
    done = boeuf.open(waiting.url)
    assert "5 cartes prêtes" in done
    assert not CODE.search(done.text)
    shown = done.submit("Afficher et imprimer")
    assert len(set(CODE.findall(shown.text))) == 5
    assert CODE.search(shown.submit("CSV").response.content.decode())
    once = boeuf.open(waiting.url)
    assert "Ses codes ne peuvent plus être affichés" in once
    assert "Voir le lot" in once


def test_nothing_that_is_kept_reads_a_code(
    world: World, boeuf: PageClient, tasks_now: Callable[[], int]
) -> None:
    token = new_token()
    data = {"action": "cartes", "all": "1", "token": token, "sure": "1"}
    boeuf.post(TAB + "action/", data)
    (errand,) = Errand.objects.all()
    assert len(bytes(errand.digests)) == 5 * 32
    (task,) = DBTaskResult.objects.all()
    assert task.args_kwargs == {"args": [errand.pk], "kwargs": {}}
    assert token not in repr(Errand.objects.values())
    tasks_now()
    errand.refresh_from_db()
    assert (errand.learner_ids, bytes(errand.digests)) == ([], b"")
    assert errand.batch is not None


def test_another_browser_follows_nothing_and_reads_nothing(
    world: World, as_: Callable[..., PageClient], tasks_now: Callable[[], int]
) -> None:
    page = sure(asks(as_(world.boeuf), "cartes"))
    assert as_(world.ndiaye).get(page.url).status_code == 404
    tasks_now()
    assert "Ses codes ne peuvent plus être affichés" in as_(world.boeuf).open(page.url)


def test_a_class_of_many_is_an_errand_too_and_prints_again(
    boeuf: PageClient, tasks_now: Callable[[], int]
) -> None:
    page = boeuf.open(CARDS).submit("Préparer les 5 cartes")
    assert "en cours" in page
    tasks_now()
    assert len(set(CODE.findall(boeuf.open(page.url).submit("Afficher").text))) == 5
    again = boeuf.open(f"{CARDS}{Batch.objects.get().number}/").submit("Réimprimer")
    assert "en cours" in again
    tasks_now()
    assert Card.objects.filter(voided_at=None).count() == 5
    assert Card.objects.count() == 10


@pytest.mark.parametrize(
    ("action", "will", "spared", "said"),
    [
        ("cartes", "1 parmi eux ont déjà choisi leur mot de passe", "", "5 cartes prêtes"),
        ("identifiants", "4 recevront un identifiant", "1 ont déjà un identifiant", "4 identifiants donnés"),
        ("codes", "1 recevront un nouveau code", "4 n’ont pas encore de compte", "1 carte prête"),
        (
            "identifiants-cartes",
            "4 recevront une carte",
            "1 ont déjà choisi leur mot de passe",
            "4 cartes prêtes",
        ),
        ("mails", "Rien ne changerait", "5 n’ont pas d’adresse", ""),
    ],
)
def test_each_action_says_what_it_will_touch_then_does_it(
    world: World,
    boeuf: PageClient,
    tasks_now: Callable[[], int],
    action: str,
    will: str,
    spared: str,
    said: str,
) -> None:
    give_account(world.lea, timezone.now(), username="lea.martin")
    foretold = asks(boeuf, action)
    assert will in foretold
    assert spared in foretold
    if not said:
        assert not foretold.css("main form button.btn-primary")
        return
    page = sure(foretold)
    tasks_now()
    assert said in boeuf.open(page.url)


def test_two_clicks_are_one_errand_and_two_people_wait_for_each_other(
    world: World, as_: Callable[..., PageClient], tasks_now: Callable[[], int]
) -> None:
    boeuf, ndiaye = as_(world.boeuf), as_(world.ndiaye)
    foretold = asks(boeuf, "cartes")
    assert sure(foretold).url == sure(foretold).url
    refused = sure(asks(ndiaye, "codes" if Attachment.objects.exists() else "cartes"))
    assert "a demandé la même chose" in refused
    assert Errand.objects.count() == 1
    tasks_now()
    assert "en cours" in sure(asks(ndiaye, "cartes"))


def test_an_errand_given_up_changes_nothing_and_one_that_is_done_cannot_be(
    boeuf: PageClient, tasks_now: Callable[[], int]
) -> None:
    page = sure(asks(boeuf, "cartes"))
    given_up = page.submit("Abandonner")
    assert "rien n’a changé" in given_up
    tasks_now()
    assert not Card.objects.exists()
    second = sure(asks(boeuf, "cartes"))
    tasks_now()
    assert "Trop tard" in second.submit("Abandonner")
    assert Card.objects.count() == 5


def test_whoever_left_the_school_meanwhile_gets_nothing(
    world: World, boeuf: PageClient, tasks_now: Callable[[], int]
) -> None:
    sure(asks(boeuf, "cartes"))
    Membership.objects.filter(account=world.boeuf).delete()
    tasks_now()
    errand = Errand.objects.get()
    assert (errand.state, errand.outcome) == (ErrandState.STOPPED, errands.NoLongerStaff.message)
    assert not Card.objects.exists()


def test_a_worker_that_dies_twice_leaves_a_sentence(boeuf: PageClient) -> None:
    page = sure(asks(boeuf, "cartes"))
    task = DBTaskResult.objects.get()
    task.set_failed(WorkerGone())
    task_finished.send(sender=object, task_result=task.task_result)
    said = boeuf.open(page.url)
    assert "s’est arrêté deux fois" in said
    assert "Aucun élève n’a été touché" in said


def test_an_errand_that_nobody_takes_says_so_and_old_ones_are_forgotten(
    world: World, boeuf: PageClient
) -> None:
    page = sure(asks(boeuf, "cartes"))
    Errand.objects.update(asked_at=timezone.now() - timedelta(minutes=5))
    assert "Personne ne s’en occupe" in boeuf.open(page.url)
    later = timezone.now() + errands.KEPT + timedelta(days=1)
    page.submit("Abandonner")
    errands.ask_errand(
        deed=Deed.USERNAMES,
        membership=Membership.objects.get(account=world.boeuf),
        chosen=[world.lea.pk],
        token=new_token(),
        at=later,
    )
    assert Errand.objects.count() == 1
