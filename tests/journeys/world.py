"""What people of several journeys do the same way."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import expect

from preau.campaigns.actions import CampaignWish, create_campaign
from preau.campaigns.models import Campaign
from preau.establishments.models import Establishment, Membership, Role
from tests.journeys.conftest import Person
from tests.world import staff

PHRASE = "trois pommes sur la mare"


def empty_school(uai: str = "0931434D", name: str = "Collège des Quatre-Tilleuls") -> Establishment:
    """A school on the first morning: its référente, nobody else."""
    school = Establishment.objects.create(uai=uai, name=name, town="Saint-Œgly")
    boeuf = staff(f"boeuf@{uai.lower()}.example", "Cécile", "Bœuf-Delaÿe")
    Membership.objects.create(account=boeuf, establishment=school, role=Role.REFERENT)
    return school


def referente(someone, school: Establishment, **how: object) -> Person:
    """The référente of this school, signed in."""
    return someone(**how).signs_in_as_staff(f"boeuf@{school.uai.lower()}.example")


def campaign_of(school: Establishment, title: str = "Parcours de rentrée") -> Campaign:
    """An open campaign for everyone."""
    now = timezone.now()
    wish = CampaignWish(title, "", now - timedelta(days=1), now + timedelta(days=30), ())
    by = Membership.objects.filter(establishment=school).select_related("account").first().account
    return create_campaign(establishment=school, wish=wish, by=by, at=now)


def checks_file(person: Person, school: Establishment, path: Path) -> Person:
    """Bring a file to the import desk and wait for what it says."""
    person.opens(f"/e/{school.uai}/import/")
    person.page.locator("input[type=file]").set_input_files(path)
    person.presses("Vérifier ce fichier", settle=False)
    expect(person.page.locator("progress")).to_have_count(0, timeout=30_000)
    return person.looks()


def imports_file(person: Person, school: Establishment, path: Path) -> Person:
    """Bring a file, read the preview, apply it."""
    checks_file(person, school, path).sees_title("Ce que cet import va changer")
    return person.presses("Appliquer l’import").sees_title("Import appliqué")


def prints_cards(person: Person, school: Establishment, name: str) -> str:
    """Prepare one pupil's card from the Élèves tab and read its code."""
    person.opens(f"/e/{school.uai}/eleves/?q={name}")
    person.page.get_by_label(f"Choisir {name}").first.check()
    person.presses("Préparer des cartes")
    return str(person.page.locator("main .code").first.inner_text())


def enters_by_names(person: Person, campaign: Campaign, last: str, first: str, born: date) -> Person:
    """The way without a card, up to « C’est bien toi ? »."""
    person.opens("/").types("Code du tableau", campaign.code).presses("Continuer").follows("première fois")
    person.types("nom de famille", last).types("prénom", first).types("date de naissance", f"{born:%d/%m/%Y}")
    return person.presses("Continuer")


def chooses_password(person: Person, phrase: str = PHRASE) -> Person:
    """Choose a password and land."""
    person.page.locator("input[type=password]").fill(phrase)
    person.page.locator("main button[type=submit]").first.click()
    return person.looks()
