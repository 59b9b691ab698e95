"""An e-mail address, from the fifteenth birthday on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from preau.accounts.models import Account
from tests.page import PageClient
from tests.world import PASSWORD


def pupil(born: date | None, username: str = "noe.etienne") -> Account:
    account = Account(username=username, first_name="Noé", last_name="Étienne", birth_date=born)
    account.set_password(PASSWORD)
    account.save()
    return account


def fifteen_years_before(day: date) -> date:
    return date(day.year - 15, day.month, min(day.day, 28) if day.month == 2 else day.day)


def test_a_pupil_of_14_is_refused_in_words_and_keeps_the_identifier(as_, db) -> None:
    noe = pupil(fifteen_years_before(timezone.localdate()) + timedelta(days=1))
    form = as_(noe).open("/moi/").follow("adresse e-mail")
    refused = form.submit("Ajouter", email="noe@exemple.example", password=PASSWORD)
    assert "Avant 15 ans, on n’utilise pas d’adresse e-mail ici" in refused
    assert Account.objects.get(pk=noe.pk).email is None


def test_the_same_one_day_later_enters_with_either(as_, db) -> None:
    noe = pupil(fifteen_years_before(timezone.localdate()))
    done = as_(noe).open("/moi/adresse/").submit("Ajouter", email="Noe@Exemple.example", password=PASSWORD)
    assert "C’est fait" in done
    assert "Mail" in done
    form = PageClient().open("/connexion/")
    assert "noe@exemple.example" in form.submit("Entrer", identifier="NOE@exemple.example", password=PASSWORD)


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("noe@exemple.example", "pas le bon", "Ce n’est pas ton mot de passe"),
        ("noe@", PASSWORD, "n’est pas complète"),
        ("prise@exemple.example", PASSWORD, "ne peut pas être utilisée ici"),
    ],
)
def test_what_is_refused_is_said_beside_the_field(as_, db, email, password, words) -> None:
    Account.objects.create(email="prise@exemple.example")
    noe = pupil(date(2008, 1, 1))
    refused = as_(noe).open("/moi/adresse/").submit("Ajouter", email=email, password=password)
    assert refused.status == 422
    assert words in refused
    assert Account.objects.get(pk=noe.pk).email is None


def test_staff_have_nothing_to_add_here(as_, world) -> None:
    assert as_(world.boeuf).get("/moi/adresse/").status_code == 302
