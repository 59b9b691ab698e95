"""A password a child can keep in mind and nobody can guess."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from preau.accounts.actions import choose_password
from preau.accounts.models import Account, SignInFailures
from preau.accounts.passwords import (
    MIN_BITS,
    STAFF_MIN_LENGTH,
    PasswordPolicy,
    Reader,
    bits,
    common_passwords,
    problems,
)
from tests.page import PageClient


def codes(password: str, reader: Reader = Reader.PUPIL, personal: tuple[str, ...] = ()) -> set[str]:
    return {sentence.code for sentence in problems(password, reader=reader, personal=personal)}


@pytest.mark.parametrize(
    "password",
    [
        "chevalbleupiano",
        "trois chats violets",
        "girafevolante",
        "pianogris7x",
        "Rk7bVq2mT",
        "été-glacé-zoo",
        "мойкотспитдома",
    ],
)
def test_a_pupil_may_choose(password: str) -> None:
    assert codes(password) == set()


@pytest.mark.parametrize(
    "password",
    ["", "chat", "girafe", "chevalbleu", "aaaaaaaaaaaaaaaa", "abcdefghijklmnop", "123456789012", "azertyuiopqsdf",
     "chatchatchatchat", "1111122222333334"],
)  # fmt: skip
def test_too_short_says_how_many_signs_are_missing(password: str) -> None:
    (sentence, *_) = problems(password, reader=Reader.PUPIL)
    assert sentence.code == "short"
    assert "Il manque encore" in sentence.tu


@pytest.mark.parametrize(
    "password",
    [
        "motdepasse1234",
        "Jetaimemaman!",
        "m0td3p@ss3 2026",
        "olympiquedemarseille",
        "sunshine123456",
        "LeaveMeAlone",
    ],
)
def test_what_everybody_chooses_is_refused(password: str) -> None:
    assert "common" in codes(password)


def test_of_the_known_ones_three_thousand_would_be_long_enough_for_each_reader() -> None:
    """ASVS 6.2.4: those that the rest of the policy lets pass, by twelve signs or by fifty bits."""
    known = common_passwords()
    assert sum(len(one) >= STAFF_MIN_LENGTH for one in known) > 3000
    assert sum(bits(one) >= MIN_BITS for one in known) > 3000


LEA = Account(
    username="lea.martin10", first_name="Léa-Rose", last_name="Martin", birth_date=date(2015, 3, 12)
)


@pytest.mark.parametrize(
    "password",
    ["lea-cheval-bleu", "MARTIN aime le piano", "piano12032015bleu", "girafe volante 2015", "Léa aime les pommes",
     "quatretilleuls vert"],
)  # fmt: skip
def test_what_a_friend_would_try_first_is_refused(db: None, password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        choose_password(account=LEA, password=password, at=timezone.now(), personal=["Tilleuls"])
    assert "Choisis d’autres mots" in refused.value.messages[0]


def test_a_short_first_name_inside_a_word_is_no_trouble() -> None:
    assert codes("galeriebleupiano", personal=("Léa", "Al")) == set()


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_no_text_breaks_the_policy_and_what_passes_has_fifty_bits(password: str) -> None:
    found = problems(password, reader=Reader.PUPIL, personal=["Léa", "Martin"])
    if not found:
        assert bits(password) >= MIN_BITS


def test_staff_need_twelve_and_are_told_with_vous() -> None:
    with pytest.raises(ValidationError) as refused:
        PasswordPolicy().validate("Rk7bVq2mT")
    assert refused.value.messages == ["12 caractères au moins : il en manque 3."]
    assert codes("un banc sous la pluie", Reader.STAFF) == set()


@pytest.mark.parametrize(
    "password", [" trois chats violets ", "x" * 30 + "ÉéÀ".join("abcdefghijkl"), "Rk7bVq2mT Ω"]
)
def test_a_password_is_verified_as_it_was_typed(db: None, page: PageClient, password: str) -> None:
    account = Account.objects.create(username="lea.martin", password="!")
    choose_password(account=account, password=password, at=timezone.now())
    for typed, status in ((password.strip().lower(), 200), (password[:-1], 200), (password, 302)):
        answer = page.post("/connexion/", {"identifier": "lea.martin", "password": typed})
        assert answer.status_code == status, typed


def test_as_long_as_one_wants() -> None:
    assert codes("cheval bleu piano " * 3 + "0123456789") == set()
    assert codes("é&Rk7" * 40) == {"long"}


@pytest.mark.slow_digests
def test_a_chosen_password_opens_and_forgets_the_wrong_tries(db: None) -> None:
    from preau.accounts import throttle

    account = Account.objects.create(username="lea.martin", password="!")
    now = timezone.now()
    throttle.failed(throttle.account_key("lea.martin"), at=now)
    choose_password(account=account, password="girafe volante bleue", at=now)
    account.refresh_from_db()
    assert account.check_password("girafe volante bleue")
    assert account.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1")
    assert account.password_chosen_at == now
    assert not SignInFailures.objects.exists()
