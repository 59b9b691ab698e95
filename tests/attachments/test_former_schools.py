"""A pupil without INE comes from another school: it is asked for the account, and nobody learns who is known there."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from preau.accounts.models import Account
from preau.accounts.signals import tidying
from preau.attachments.actions import (
    ask_again,
    ask_former_school,
    ask_merge,
    ask_transfer,
    confirm_merge,
    ignore_transfer,
    refuse_transfer,
    release,
    say_first_time,
    withdraw_transfer,
)
from preau.attachments.actions.former_school import MOST_A_DAY
from preau.attachments.actions.transfer import expire_transfers
from preau.attachments.duplicates import Why, pairs_of
from preau.attachments.merges import Transfer, TransferState
from preau.attachments.models import Attachment
from preau.attachments.newcomers import MOST_WITHOUT_INE, newcomers_without_ine, reached_at, schools_named
from preau.attachments.refusals import (
    AskedElsewhere,
    NoBirthDate,
    OwnSchool,
    TooManyRequests,
    TransferRefusal,
)
from preau.audit.models import Entry
from preau.establishments.models import Establishment, Membership, Role
from preau.privacy.actions import erase
from preau.privacy.export import of_learner
from preau.rosters.models import Learner, LearnerStatus
from preau.web.refusals import Refusal
from tests.attachments.doubles import PASSWORD, account_of, held
from tests.page import Page, PageClient
from tests.world import World

As = Callable[[Account], PageClient]
HERE, THERE = "/e/0931434D/doublons/?vue=ailleurs", "/e/0180777X/doublons/?vue=ailleurs"
DECIDED = "/e/0931434D/doublons/?vue=tranches"
BORN = date(2012, 5, 20)
NAMES = {"first_name": "Ilan", "last_name": "ALMÉIDA ROCHA", "birth_date": BORN}


@pytest.fixture(autouse=True)
def others_are_known(world: World, now: datetime) -> None:
    """Whoever else has no INE at the Tilleuls was here last year with an account."""
    for rank, learner in enumerate(Learner.objects.filter(establishment=world.tilleuls, ine=None)):
        one = held(learner, account_of(learner, f"deja.la{rank}"), now)
        Attachment.objects.filter(pk=one.pk).update(made_at=now - timedelta(days=400))


@pytest.fixture
def ilan(world: World) -> Learner:
    """New at the Tilleuls, without INE; another spelling of the same names than over there."""
    names = {**NAMES, "last_name": "Almeida-Rocha"}
    return world.learner("ilan", establishment=world.tilleuls, division=world.divisions["6C"], **names)


@pytest.fixture
def before(world: World, now: datetime) -> Account:
    """The account that Ilan had at the Mimosas, which he left."""
    learner = world.learner("avant", establishment=world.mimosas, status=LearnerStatus.LEFT, **NAMES)
    account = account_of(learner, "ilan.dalmeida", password=PASSWORD, at=now)
    held(learner, account, now)
    return account


def look_for(page: Page, words: str) -> Page:
    return page.submit("Chercher l’établissement de Ilan ALMEIDA-ROCHA", ecole=words)


def asked_by(client: PageClient, words: str = "mimosas") -> Page:
    return look_for(client.open(HERE), words).submit("Demander : Lycée des Mimosas")


def test_ilan_s_former_school_is_named_says_yes_and_he_keeps_his_account(
    world: World, ilan: Learner, before: Account, as_: As
) -> None:
    page = as_(world.boeuf).open(HERE)
    assert "Sans INE : ont-ils déjà un compte ?" in page
    sent = asked_by(as_(world.boeuf))
    assert "Demande envoyée pour Ilan ALMEIDA-ROCHA : réponse attendue sous 14 jours." in sent
    assert "Lycée des Mimosas : demandé" in sent
    theirs = as_(world.okonkwo).open(THERE)
    assert "Collège des Quatre-Tilleuls demande le compte de Ilan ALMÉIDA ROCHA" in theirs
    assert "Vérifiez que c’est le même élève" in theirs
    assert "Refuser" not in theirs
    for word in ("6C", "2012", "Bœuf"):
        assert word not in theirs.css("main")[0].text_content()
    theirs.submit("Accorder")
    assert Attachment.objects.active().get(learner=ilan).account == before
    assert "ALMEIDA" not in as_(world.boeuf).open(HERE)


def test_a_pupil_with_an_ine_since_and_without_one_there_is_the_same_pupil(
    world: World, ilan: Learner, before: Account, now: datetime
) -> None:
    ilan.ine = "123456789FK"
    assert reached_at(world.mimosas, ilan)
    Learner.objects.filter(pk=world.learners["avant"].pk).update(ine="111111111GA")
    assert reached_at(world.mimosas, ilan) is None
    ilan.ine = None
    assert reached_at(world.mimosas, ilan)


# What the Mimosas may hold of Ilan, that must not be told.
def _nobody(_: World, there: Learner, __: datetime) -> None:
    there.delete()


def _homonyms(world: World, _: Learner, __: datetime) -> None:
    world.learner("lui", establishment=world.mimosas, **NAMES)


def _other_day(_: World, there: Learner, __: datetime) -> None:
    Learner.objects.filter(pk=there.pk).update(birth_date=BORN + timedelta(days=1))


def _no_account(_: World, there: Learner, __: datetime) -> None:
    there.attachments.all().delete()


def _closed(_: World, there: Learner, __: datetime) -> None:
    Account.objects.filter(attachments__learner=there).update(is_active=False)


def _an_adult(world: World, there: Learner, _: datetime) -> None:
    account = Account.objects.get(attachments__learner=there)
    Membership.objects.create(account=account, establishment=world.mimosas, role=Role.TEACHER)


def _known(*_: object) -> None:
    """Ilan, alone, with his account."""


HELD = (_known, _nobody, _homonyms, _other_day, _no_account, _closed, _an_adult)
NUMBERS = re.compile(r'/transferts/\d+/|csrfmiddlewaretoken" value="\w+"|nonce[-="]+[\w+/=-]+|ref[-=\w"]+')


def told(world: World, client: PageClient) -> tuple[object, ...]:
    """Everything that whoever asks can see: the answer, both pages, the journal, the pupil's page, the export."""
    looked = look_for(client.open(HERE), "0180777X")
    with CaptureQueriesContext(connection) as queries:
        sent = looked.submit("Demander : Lycée des Mimosas")
    count = len(queries)  # before another request empties the list
    pages = [sent, client.open(HERE), client.open(DECIDED), client.open("/e/0931434D/journal/")]
    pages.append(client.open(f"/e/0931434D/eleves/{world.learners['ilan'].pk}/"))
    words = [NUMBERS.sub("", one.css("main")[0].text_content()) for one in pages]
    lines = list(Entry.objects.filter(uai="0931434D").order_by("pk").values_list("verb", "about", "facts"))
    kept = [row for section in of_learner(world.learners["ilan"]) for row in section.rows]
    return words, lines, kept, count


@pytest.mark.parametrize("what", HELD[1:], ids=lambda what: what.__name__.strip("_"))
def test_whoever_asks_sees_the_same_whether_or_not_he_is_known_there(
    world: World,
    ilan: Learner,
    before: Account,
    as_: As,
    now: datetime,
    clock: Callable[[datetime], None],
    what: Callable[..., None],
) -> None:
    clock(now)  # pages tell the minute, and it may pass between the two looks
    client, there = as_(world.boeuf), world.learners["avant"]
    client.open(HERE)
    with transaction.atomic():
        known = told(world, client)
        assert Transfer.objects.get().account == before
        assert known[-1]
        transaction.set_rollback(True)
    what(world, there, now)
    assert told(world, client) == known
    one = Transfer.objects.get()
    assert (one.named, one.holder, one.account, one.waits) == (world.mimosas, None, None, True)
    assert "Aucun établissement ne vous demande" in as_(world.okonkwo).open(THERE)


def test_silence_looks_the_same_too_and_expires_on_the_same_day(
    world: World, ilan: Learner, before: Account, as_: As, now: datetime
) -> None:
    asked_by(as_(world.boeuf))
    as_(world.okonkwo).open(THERE).submit("Ne pas répondre")
    assert "réponse attendue sous 14" in as_(world.boeuf).open(HERE)
    # Over there he is erased: the request waits on, as if it had found nobody.
    erase(learner=world.learners["avant"], by=world.okonkwo, at=timezone.now())
    one = Transfer.objects.get()
    assert (one.state, one.holder, one.account) == (TransferState.IGNORED, None, None)
    assert "réponse attendue sous 14" in as_(world.boeuf).open(HERE)
    tidying.send(sender=None, at=timezone.now() + timedelta(days=14, seconds=1))
    again = as_(world.boeuf).open(HERE)
    assert "n’a pas répondu à la demande" in again
    asked_by(as_(world.boeuf))
    assert Transfer.objects.filter(state=TransferState.ASKED).count() == 1


def test_a_no_is_not_even_offered_where_it_would_tell_that_he_was_there(
    world: World, ilan: Learner, before: Account, as_: As, now: datetime
) -> None:
    one = ask_former_school(learner=ilan, school=world.mimosas, by=world.boeuf, at=timezone.now())
    address = f"/e/0180777X/transferts/{one.pk}/"
    assert as_(world.okonkwo).post(address, {"geste": "refuser"}).status_code == 404
    one.refresh_from_db()
    assert one.state == TransferState.ASKED


def test_he_made_a_second_account_meanwhile_and_both_are_merged_by_two_people(
    world: World, ilan: Learner, before: Account, as_: As, now: datetime
) -> None:
    here = account_of(ilan, "ilan.ici")
    held(ilan, here, timezone.now())
    assert list(newcomers_without_ine(world.tilleuls, at=timezone.now())) == [ilan]
    at = timezone.now()
    asked_by(as_(world.boeuf))
    as_(world.okonkwo).open(THERE).submit("Accorder")
    assert [pair.why for pair in pairs_of(world.tilleuls, at=at)] == [Why.RELEASED]
    merge = ask_merge(learner=ilan, kept=before, joined=here, by=world.boeuf, at=at)
    confirm_merge(merge=merge, by=world.ndiaye, at=at)
    assert Attachment.objects.active().get(learner=ilan).account == before
    assert not newcomers_without_ine(world.tilleuls, at=at)


def test_whom_the_question_is_not_about(world: World, ilan: Learner, before: Account, now: datetime) -> None:
    at = timezone.now()

    def asked() -> list[Learner]:
        return list(newcomers_without_ine(world.tilleuls, at=at))

    assert asked() == [ilan]
    one = held(ilan, before, at)  # came in with the account of the Mimosas
    assert asked() == []
    one.delete()
    one = held(ilan, account_of(ilan, "ilan.ici"), at)
    assert asked() == [ilan]
    Attachment.objects.filter(pk=one.pk).update(made_at=at - timedelta(days=400))  # was here last year
    assert asked() == []
    one.delete()
    Learner.objects.filter(pk=ilan.pk).update(ine="123456789FK")
    assert asked() == []
    Learner.objects.filter(pk=ilan.pk).update(ine=None, status=LearnerStatus.LEFT)
    assert asked() == []


def test_it_is_his_first_time_and_the_question_can_be_asked_again(
    world: World, ilan: Learner, as_: As
) -> None:
    page = as_(world.boeuf).open(HERE)
    assert "Entre établissements 1" in page
    done = page.submit("Non, c’est sa première fois (Ilan ALMEIDA-ROCHA)")
    assert "C’est noté" in done
    assert "Entre établissements 0" in done
    assert "Déjà tranchés 1" in done
    say_first_time(learner=ilan, by=world.ndiaye, at=timezone.now())  # said twice, by two people
    assert Transfer.objects.get().asked_by == world.boeuf
    again = as_(world.boeuf).open(DECIDED).submit("Reposer la question pour Ilan ALMEIDA-ROCHA")
    assert "Rien n’a encore été tranché" in again
    assert "Entre établissements 1" in as_(world.boeuf).open(HERE)
    verbs = list(Entry.objects.filter(uai="0931434D").order_by("pk").values_list("verb", flat=True))
    assert verbs[-2:] == ["premiere-fois", "premiere-fois-annulee"]
    gone = reverse("attachments:first_time_undo", args=["0931434D", 1])
    assert as_(world.boeuf).post(gone).status_code == 404


def test_somebody_asks_all_the_same_after_a_first_time(
    world: World, ilan: Learner, before: Account, as_: As, now: datetime
) -> None:
    say_first_time(learner=ilan, by=world.boeuf, at=now)
    page = as_(world.boeuf).open(f"/e/0931434D/eleves/{ilan.pk}/").follow("Venu·e d’un autre établissement")
    look_for(page, "villeneuve").submit("Demander : Lycée des Mimosas")
    assert Transfer.objects.get().account == before
    with pytest.raises(AskedElsewhere):
        say_first_time(learner=ilan, by=world.boeuf, at=timezone.now())


def test_an_ine_that_comes_later_is_asked_about_after_a_first_time(
    world: World, ilan: Learner, before: Account, now: datetime
) -> None:
    say_first_time(learner=ilan, by=world.boeuf, at=now)
    Learner.objects.filter(pk__in=[ilan.pk, world.learners["avant"].pk]).update(ine="123456789FK")
    ilan.refresh_from_db()
    assert ask_transfer(learner=ilan, by=world.boeuf, at=now).account == before


def test_two_clicks_are_one_request_and_another_school_waits_until_it_is_taken_back(
    world: World, ilan: Learner, before: Account, as_: As, now: datetime
) -> None:
    third = Establishment.objects.create(uai="0750001U", name="Collège des Lilas")
    page = look_for(as_(world.boeuf).open(HERE), "mimosas")
    page.submit("Demander : Lycée des Mimosas")
    page.submit("Demander : Lycée des Mimosas")
    first = Transfer.objects.get()
    with pytest.raises(AskedElsewhere):
        ask_former_school(learner=ilan, school=third, by=world.boeuf, at=now)
    as_(world.boeuf).open(HERE).submit("Retirer la demande")
    with pytest.raises(TransferRefusal):
        release(transfer=first, by=world.okonkwo, at=now)
    assert ask_former_school(learner=ilan, school=third, by=world.boeuf, at=now).named == third


def test_what_is_refused_says_why_and_depends_on_nobody_there(
    world: World, ilan: Learner, as_: As, now: datetime
) -> None:
    with pytest.raises(OwnSchool):
        ask_former_school(learner=ilan, school=world.tilleuls, by=world.boeuf, at=now)
    ilan.birth_date = None
    with pytest.raises(NoBirthDate):
        ask_former_school(learner=ilan, school=world.mimosas, by=world.boeuf, at=now)
    ilan.birth_date, ilan.status = BORN, LearnerStatus.LEFT
    with pytest.raises(TransferRefusal):
        ask_former_school(learner=ilan, school=world.mimosas, by=world.boeuf, at=now)
    address = reverse("attachments:former_school_ask", args=["0931434D", ilan.pk])
    for wrong in ("", "x", "0000000A", "0750001U"):
        assert as_(world.boeuf).post(address, {"ecole": wrong}).status_code == 404
    for wrong in ("&pour=²", "&pour=99999999999999999999", f"&pour={ilan.pk}&ecole=zz", "&ecole=mimosas"):
        assert as_(world.boeuf).get(HERE + wrong).status_code == 200
    assert not Transfer.objects.exists()


def test_a_school_that_asks_all_day_long_is_stopped_until_tomorrow(
    world: World, ilan: Learner, before: Account, as_: As
) -> None:
    at = timezone.now()
    for _ in range(MOST_A_DAY):
        one = ask_former_school(learner=ilan, school=world.mimosas, by=world.boeuf, at=at)
        withdraw_transfer(transfer=one, by=world.boeuf, at=at)
    with pytest.raises(TooManyRequests):
        ask_former_school(learner=ilan, school=world.mimosas, by=world.boeuf, at=at)
    assert "déjà fait 40 demandes" in look_for(as_(world.boeuf).open(HERE), "mimosas").submit("Demander :")
    tomorrow = at + timedelta(days=1)
    assert ask_former_school(learner=ilan, school=world.mimosas, by=world.boeuf, at=tomorrow)
    assert Entry.objects.filter(verb="compte-cherche", uai="0931434D").count() == MOST_A_DAY + 1


def test_a_school_is_found_by_its_number_or_by_words_of_its_name_and_town(world: World) -> None:
    def named(said: str) -> list[Establishment]:
        return schools_named(said, other_than=world.tilleuls)

    for said in ("0180777x", " 0180777 X", "mimosas", "lycee mimo", "Villeneuve l'hay", "LYCÉE DES MIMOSAS"):
        assert named(said) == [world.mimosas], said
    for said in ("", "ly", "0931434D", "tilleuls", "0180777A", "mimosas paris", "demonstration", "%"):
        assert named(said) == [], said


def test_a_list_without_any_ine_asks_nobody_pupil_by_pupil(world: World, ilan: Learner, as_: As) -> None:
    for rank in range(MOST_WITHOUT_INE):
        world.learner(f"r{rank}", establishment=world.tilleuls, first_name="Ana", last_name=f"P{rank:02}")
    page = as_(world.boeuf).open(HERE)
    assert "Votre liste ne donne pas d’INE" in page
    assert "Entre établissements 0" in page
    own = as_(world.boeuf).open(f"/e/0931434D/eleves/{ilan.pk}/").follow("Venu·e d’un autre établissement")
    assert "Non, c’est sa première fois (Ilan ALMEIDA-ROCHA)" in own
    assert "Ana P00" not in own


def test_the_page_asks_the_same_questions_for_one_pupil_or_for_twenty(
    world: World, ilan: Learner, as_: As
) -> None:
    client, counts = as_(world.boeuf), []
    client.open(HERE)
    for rank in range(20):
        if rank in {0, 19}:
            with CaptureQueriesContext(connection) as queries:
                client.open(HERE)
            counts.append(len(queries))
        other = world.learner(
            f"r{rank}", establishment=world.tilleuls, first_name="Ana", last_name=f"P{rank}", birth_date=BORN
        )
        ask_former_school(learner=other, school=world.mimosas, by=world.boeuf, at=timezone.now())
    assert counts[0] == counts[1]
    assert counts[0] <= 30


@pytest.mark.parametrize(
    "values",
    [
        {},  # asks nobody
        {"state": "FIRST", "named": "there"},
        {"named": "there", "holder": "there"},  # a school, and nobody of it
        {"named": "there", "account": "account", "holder_learner": "avant"},
        {"named": "other", "holder": "there", "account": "account", "holder_learner": "avant"},
        {"named": "here"},
    ],
)
def test_the_database_refuses_a_request_that_means_nothing(
    world: World, ilan: Learner, before: Account, now: datetime, values: dict[str, str]
) -> None:
    other = Establishment.objects.create(uai="0750001U", name="Collège des Lilas")
    known = {"there": world.mimosas, "here": world.tilleuls, "other": other, "account": before}
    known["avant"] = world.learners["avant"]
    given_ = {name: known.get(value, value) for name, value in values.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.create(establishment=world.tilleuls, learner=ilan, asked_at=now, **given_)


DEEDS = ("ask", "ask another", "withdraw", "first", "again", "silence", "no", "erased", "a day", "15 days")


@example(deeds=["ask", "erased", "withdraw"])
@example(deeds=["ask", "no", "ask another", "15 days"])
@example(deeds=["ask", "silence", "ask", "15 days", "first"])
@given(deeds=st.lists(st.sampled_from(DEEDS), max_size=7))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_on_both_sides_looks_the_same_until_somebody_says_yes(
    world: World, ilan: Learner, before: Account, now: datetime, deeds: list[str]
) -> None:
    other = Establishment.objects.get_or_create(uai="0750001U", defaults={"name": "Collège des Lilas"})[0]

    def seen() -> list[object]:
        at, looks = now, list[object]()
        for deed in deeds:
            try:
                at = _done(deed, world, ilan, other, at)
            except Refusal as refusal:
                looks.append(type(refusal))
            rows = Transfer.objects.filter(learner=ilan).order_by("pk")
            looks.append([(one.named_id, one.waits or one.state, one.asked_at) for one in rows])
        return looks

    lives = []
    for known in (True, False):
        with transaction.atomic():
            if not known:
                Attachment.objects.filter(account=before).delete()
            lives.append(seen())
            transaction.set_rollback(True)
    assert lives[0] == lives[1]


def _done(deed: str, world: World, ilan: Learner, other: Establishment, at: datetime) -> datetime:
    """One deed of either side, when it is possible; the time afterwards."""
    later = {"a day": timedelta(days=1), "15 days": timedelta(days=15)}.get(deed, timedelta())
    expire_transfers(at=at + later)
    sent = Transfer.objects.filter(learner=ilan).order_by("-pk").first()
    received = Transfer.objects.waiting(at).filter(holder=world.mimosas).first()
    there = Learner.objects.filter(pk=world.learners["avant"].pk).first()
    here, theirs = {"by": world.boeuf, "at": at}, {"by": world.okonkwo, "at": at}
    with suppress(*([TransferRefusal] if deed == "no" else [])):
        if deed.startswith("ask"):
            ask_former_school(learner=ilan, school=world.mimosas if deed == "ask" else other, **here)
        elif deed == "first":
            say_first_time(learner=ilan, **here)
        elif deed in {"withdraw", "again"} and sent:
            withdraw_transfer(transfer=sent, **here) if deed == "withdraw" else ask_again(said=sent, **here)
        elif deed in {"silence", "no"} and received:
            (ignore_transfer if deed == "silence" else refuse_transfer)(transfer=received, **theirs)
        elif deed == "erased" and there:
            erase(learner=there, **theirs)
    return at + later
