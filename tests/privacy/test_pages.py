"""The pages of personal data, as those who need them meet them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from preau.audit.models import Entry
from preau.privacy import export
from preau.privacy.models import Departure, PrivacyChoices
from preau.privacy.registry import REGISTRY
from preau.rosters.models import Learner
from tests.privacy.people import busy_lea, leave
from tests.scenarios.people import give_account
from tests.world import World

pytestmark = pytest.mark.django_db
SCHOOL = "/e/0931434D/donnees-personnelles/"


def of(learner: Learner, what: str) -> str:
    return f"/e/0931434D/eleves/{learner.pk}/{what}/"


def test_the_school_says_how_long_and_sees_who_goes_when(world: World, as_) -> None:
    leave(world.lea)
    today = timezone.localdate()
    Departure.objects.create(learner=world.lea, noticed_on=today - timedelta(days=10))
    leave(world.zoe)
    page = as_(world.boeuf).open("/e/0931434D/reglages/").follow("Données personnelles")
    assert "Léa MARTIN" in page
    assert "1 départ tout récent" in page
    done = page.submit("Enregistrer", days="45", contact="Mme Bœuf, 01 02", officer="dpd@ac-exemple.example")
    assert "C’est enregistré." in done
    chosen = PrivacyChoices.objects.get()
    assert (chosen.kept_days, chosen.contact, chosen.set_by) == (45, "Mme Bœuf, 01 02", world.boeuf)
    assert "a réglé la durée de conservation : 45 jours" in as_(world.boeuf).open("/e/0931434D/journal/")


@pytest.mark.parametrize("days", ["", "30", "91", "-1", "beaucoup", "9" * 40])
def test_never_more_than_ninety_days_nor_too_few(world: World, as_, days: str) -> None:
    page = as_(world.boeuf).open(SCHOOL).submit("Enregistrer", days=days)
    assert "Entre 31 et 90 jours" in page
    assert not PrivacyChoices.objects.exists()


@pytest.mark.parametrize("name", ["registre", "analyse", "notice"])
def test_the_papers_say_what_runs(world: World, as_, settings, now: datetime, name: str) -> None:
    settings.OPERATOR = "Rectorat de l’Exemple"
    PrivacyChoices.objects.create(
        establishment=world.tilleuls, kept_days=60, contact="la vie scolaire", officer="le DPD", set_at=now
    )
    page = as_(world.ndiaye).open(f"{SCHOOL}{name}/")
    for words in ("60 jours", "la vie scolaire", "le DPD", "Rectorat de l’Exemple", "Quatre-Tilleuls"):
        assert words in page, words
    assert page.css("[data-print]")


def test_papers_nobody_wrote_are_nowhere(world: World, as_) -> None:
    assert as_(world.boeuf).open(f"{SCHOOL}autre/").status == 404


def test_a_family_asks_for_a_copy_and_the_journal_says_so(world: World, as_, now: datetime) -> None:
    busy_lea(world, now)
    client = as_(world.boeuf)
    asked = client.open(of(world.lea, "donnees"))
    assert "123456789FJ" not in asked
    assert not Entry.objects.filter(verb="donnees-exportees").exists()
    page = asked.submit("Voir la page")
    for words in ("123456789FJ", "12/03/2015", "lea.martin", "Rattachements", "pas encore envoyés"):
        assert words in page, words
    assert "je m’appelle" not in page
    assert "nom : MARTIN ; prénom : Léa" in page
    assert "{" not in page.text
    answer = client.post(of(world.lea, "donnees"), {"format": "json"})
    told = json.loads(answer.content)
    assert told["personne"] == "Léa MARTIN"
    assert told["donnees"]["Dans la base élèves"][0]["INE"] == "123456789FJ"
    assert told["donnees"]["Réponses"] == []
    assert Entry.objects.filter(verb="donnees-exportees", learner_id=world.lea.pk).count() == 2


def test_what_is_kept_in_tables_is_said_as_people_say_it() -> None:
    row = {"last_name": "MARTIN", "birth_date": "2015-03-12", "left_on": None, "answer": "2015-03-12"}
    assert export.in_words(row) == "nom : MARTIN ; naissance : 12/03/2015 ; réponse : 2015-03-12"
    assert export.in_words({"birth_date": "le 12"}) == "naissance : le 12"
    levels = [{"competence": "1.2", "level": 3, "low": 2, "high": 4}, {"competence": "9.9", "level": 0}]
    assert export.in_words(levels).splitlines()[0] == "1.2 Gérer des données : niveau 3, entre 2 et 4"


def test_the_copy_has_every_table_that_is_declared(world: World, now: datetime) -> None:
    busy_lea(world, now)
    leave(world.lea)
    Departure.objects.create(learner=world.lea, noticed_on=timezone.localdate())
    sections = export.of_learner(Learner.objects.get(pk=world.lea.pk), own=True)
    shown = {section.model._meta.label for section in sections if section.rows}
    assert shown == {label for label, kept in REGISTRY.items() if kept.exported}


def test_lea_reads_and_takes_what_is_known_of_her(world: World, as_, now: datetime) -> None:
    account = busy_lea(world, now)
    page = as_(account).open("/moi/").follow("Mes données")
    assert "je m’appelle Léa" in page
    assert "tout cela s’efface 90 jours après" in page
    answer = page.client.post("/moi/donnees/fichier/")
    assert json.loads(answer.content)["donnees"]["Réponses"][0]["Juste"] is True
    assert "attachment" in answer.headers["Content-Disposition"]


def test_nobody_reads_somebody_else_s(world: World, as_, now: datetime) -> None:
    account = give_account(world.zoe, now, username="zoe.martin")
    assert "Léa" not in as_(account).open("/moi/donnees/")
    assert as_(world.okonkwo).post("/moi/donnees/fichier/").status_code == 404
    for who in (world.garcao, world.okonkwo, account):
        client = as_(who)
        for path in (SCHOOL, f"{SCHOOL}registre/", of(world.lea, "donnees"), of(world.lea, "effacer")):
            assert client.get(path).status_code == 404
            assert client.post(path, {"step": "erase", "name": "Léa MARTIN"}).status_code in {404, 405}
    assert as_(world.boeuf).open(of(world.learners["noe"], "donnees")).status == 404
    assert Learner.objects.filter(pk=world.lea.pk).exists()


def test_erasing_asks_to_look_twice_and_to_type_the_name(world: World, as_, now: datetime) -> None:
    give_account(world.lea, now, username="lea.martin")
    leave(world.lea)
    page = as_(world.boeuf).open(f"/e/0931434D/eleves/{world.lea.pk}/").follow("Effacer sans attendre")
    look = page.submit("Continuer")
    wrong = look.submit("Effacer pour toujours", name="Zoé MARTIN")
    assert "rien n’a été effacé" in wrong
    assert "Tapez le prénom" in wrong.submit("Effacer pour toujours", name="")
    done = wrong.submit("Effacer pour toujours", name="lea martin")
    assert "C’est effacé." in done
    assert not Learner.objects.filter(pk=world.lea.pk).exists()
    assert "a effacé un élève parti" in as_(world.boeuf).open("/e/0931434D/journal/")


def test_an_enrolled_pupil_is_not_erased_from_the_page(world: World, as_) -> None:
    page = as_(world.boeuf).open(of(world.lea, "effacer"))
    assert "Cet élève est inscrit." in page
    client = as_(world.boeuf)
    forced = client.post(of(world.lea, "effacer"), {"step": "erase", "name": "Léa MARTIN"}, follow=True)
    assert "le prochain import le ramènerait" in client.read(forced)
    assert Learner.objects.filter(pk=world.lea.pk).exists()
