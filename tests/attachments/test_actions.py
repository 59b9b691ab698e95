"""Who is attached to whom, cards, identifiers: what is done, what is refused, what the database itself refuses."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from preau.accounts.actions import NewAccount, make_accounts
from preau.accounts.models import Account
from preau.attachments.actions import (
    Proof,
    attach,
    code_of,
    detach,
    enter_first,
    give_usernames,
    make_cards,
    open_card,
    spend_card,
    undo_detach,
)
from preau.attachments.codes import show
from preau.attachments.models import Attachment, Card, How
from preau.attachments.refusals import (
    AccountTakenHere,
    AlreadyDetached,
    ExpiredCard,
    IncompleteCode,
    LearnerLeft,
    LearnerTaken,
    NothingToUndo,
    SpentCard,
    StaffAccount,
    TooLateToUndo,
    UnknownCard,
    VoidedCard,
)
from preau.audit.models import Entry
from preau.rosters.models import Learner, LearnerStatus
from tests.world import World

TOKEN = "un secret que seule la page connaît"
MONTH = timedelta(days=30)


def account_of(learner: Learner, now: datetime) -> Account:
    return make_accounts([NewAccount(learner.first_name, learner.last_name, learner.birth_date)], at=now)[0]


def card_for(learner: Learner, now: datetime, token: str = TOKEN, by: Account | None = None) -> str:
    made = make_cards(
        learners=[learner], token=token, batch_number="2026-001", expires_at=now + MONTH, by=by, at=now
    )
    return made[0].code


def leave(learner: Learner) -> None:
    Learner.objects.filter(pk=learner.pk).update(status=LearnerStatus.LEFT)


def test_lea_is_attached_once_however_often_it_is_said(world: World, now: datetime) -> None:
    account = account_of(world.lea, now)
    first = attach(learner=world.lea, account=account, how=How.STAFF, by=world.boeuf, at=now)
    again = attach(learner=world.lea, account=account, how=How.STAFF, by=world.boeuf, at=now)
    assert first.pk == again.pk
    assert first.establishment_id == world.tilleuls.pk
    assert list(Entry.objects.filter(verb="rattache").values_list("about", "actor_id")) == [
        ("Léa MARTIN", world.boeuf.pk)
    ]


def test_another_account_cannot_take_lea(world: World, now: datetime) -> None:
    attach(learner=world.lea, account=account_of(world.lea, now), how=How.CARD, by=None, at=now)
    with pytest.raises(LearnerTaken):
        attach(learner=world.lea, account=account_of(world.zoe, now), how=How.CARD, by=None, at=now)


def test_one_account_is_one_pupil_in_a_school_but_may_be_one_more_in_another(
    world: World, now: datetime
) -> None:
    account = account_of(world.lea, now)
    attach(learner=world.lea, account=account, how=How.CARD, by=None, at=now)
    with pytest.raises(AccountTakenHere):
        attach(learner=world.zoe, account=account, how=How.CARD, by=None, at=now)
    attach(learner=world.learners["noe"], account=account, how=How.CARD, by=None, at=now)
    assert Attachment.objects.active().filter(account=account).count() == 2


def test_the_database_itself_refuses_two_attachments_of_one_pupil_or_one_account(
    world: World, now: datetime
) -> None:
    account, other = account_of(world.lea, now), account_of(world.zoe, now)
    made = attach(learner=world.lea, account=account, how=How.CARD, by=None, at=now)
    for learner, someone in ((world.lea, other), (world.zoe, account)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Attachment.objects.create(
                learner=learner, establishment=world.tilleuls, account=someone, made_at=now, made_how=How.CARD
            )
    made.ended_at = now
    made.save()
    Attachment.objects.create(
        learner=world.lea, establishment=world.tilleuls, account=other, made_at=now, made_how=How.CARD
    )


def test_a_pupil_who_left_and_a_teacher_are_refused(world: World, now: datetime) -> None:
    leave(world.lea)
    with pytest.raises(LearnerLeft):
        attach(learner=world.lea, account=account_of(world.lea, now), how=How.CARD, by=None, at=now)
    with pytest.raises(StaffAccount):
        attach(learner=world.zoe, account=world.garcao, how=How.CARD, by=None, at=now)


def test_the_wrong_pupil_is_detached_the_right_one_attached_and_the_journal_tells_it_all(
    world: World, now: datetime
) -> None:
    zoes = account_of(world.zoe, now)
    wrong = attach(learner=world.lea, account=zoes, how=How.CARD, by=zoes, at=now)
    detach(attachment=wrong, why="C’était Zoé", by=world.boeuf, at=now)
    with pytest.raises(AlreadyDetached):
        detach(attachment=wrong, why="encore", by=world.ndiaye, at=now)
    attach(learner=world.zoe, account=zoes, how=How.STAFF, by=world.boeuf, at=now)
    with pytest.raises(AccountTakenHere):
        undo_detach(attachment=wrong, by=world.boeuf, at=now)
    wrong.refresh_from_db()
    assert (wrong.ended_why, wrong.ended_by) == ("C’était Zoé", world.boeuf)
    verbs = Entry.objects.filter(learner_id__in=[world.lea.pk, world.zoe.pk]).order_by("pk")
    assert list(verbs.values_list("verb", "about")) == [
        ("rattache", "Léa MARTIN"),
        ("detache", "Léa MARTIN"),
        ("rattache", "Zoé MARTIN-LEROY"),
    ]


def test_a_detachment_is_undone_for_thirty_days_and_no_more(world: World, now: datetime) -> None:
    made = attach(learner=world.lea, account=account_of(world.lea, now), how=How.CARD, by=None, at=now)
    detach(attachment=made, why="", by=world.boeuf, at=now)
    made.refresh_from_db()
    with pytest.raises(TooLateToUndo):
        undo_detach(attachment=made, by=world.boeuf, at=now + timedelta(days=30, seconds=1))
    undone = undo_detach(attachment=made, by=world.boeuf, at=now + timedelta(days=29))
    assert undone.ended_at is None
    with pytest.raises(NothingToUndo):
        undo_detach(attachment=undone, by=world.boeuf, at=now + timedelta(days=29))


def test_a_detachment_is_not_undone_once_another_account_is_lea(world: World, now: datetime) -> None:
    made = attach(learner=world.lea, account=account_of(world.lea, now), how=How.CARD, by=None, at=now)
    detach(attachment=made, why="", by=world.boeuf, at=now)
    attach(learner=world.lea, account=account_of(world.lea, now), how=How.CARD, by=None, at=now)
    with pytest.raises(LearnerTaken):
        undo_detach(attachment=made, by=world.boeuf, at=now)


def test_a_card_opens_typed_in_any_case_with_or_without_dashes(world: World, now: datetime) -> None:
    code = card_for(world.lea, now)
    for typed in (code, show(code), show(code).lower(), f"  {code[:4]} {code[4:]} "):
        assert open_card(typed, now).learner == world.lea


def test_no_code_is_kept_anywhere(world: World, now: datetime) -> None:
    code = card_for(world.lea, now)
    card = Card.objects.get()
    kept = " ".join(str(value) for value in vars(card).values())
    assert code not in kept
    assert TOKEN not in kept
    assert all(code not in str(entry.facts) for entry in Entry.objects.all())


def test_each_card_that_opens_nothing_says_why(world: World, now: datetime) -> None:
    old = card_for(world.lea, now, token="premier")
    new = card_for(world.lea, now, token="second")
    for code, refusal in (
        (old, VoidedCard),
        (new[:-1], IncompleteCode),
        ("2" * 12, UnknownCard),
        ("", IncompleteCode),
    ):
        with pytest.raises(refusal):
            open_card(code, now)
    with pytest.raises(ExpiredCard):
        open_card(new, now + MONTH)
    spend_card(card=open_card(new, now), at=now)
    with pytest.raises(SpentCard):
        open_card(new, now)


def test_a_card_of_a_pupil_who_left_opens_nothing_and_none_is_made_for_them(
    world: World, now: datetime
) -> None:
    code = card_for(world.lea, now)
    leave(world.lea)
    with pytest.raises(LearnerLeft):
        open_card(code, now)
    made = make_cards(
        learners=[world.lea, world.zoe],
        token="x",
        batch_number="2026-002",
        expires_at=now + MONTH,
        by=None,
        at=now,
    )
    assert [card.learner for card in made] == [world.zoe]


def test_a_card_is_spent_once_even_from_two_tabs(world: World, now: datetime) -> None:
    code = card_for(world.lea, now)
    one_tab, other_tab = open_card(code, now), open_card(code, now)
    spend_card(card=one_tab, at=now)
    with pytest.raises(SpentCard):
        spend_card(card=other_tab, at=now)


def test_the_database_itself_refuses_two_open_cards_and_a_card_that_expires_before_it_is_made(
    world: World, now: datetime
) -> None:
    card_for(world.lea, now)
    values = {"batch_number": "x", "rank": 1, "made_at": now}
    with pytest.raises(IntegrityError), transaction.atomic():
        Card.objects.create(learner=world.lea, digest="d", expires_at=now + MONTH, **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Card.objects.create(learner=world.zoe, digest="e", expires_at=now, **values)


def test_the_same_token_prints_the_same_cards_again(world: World, now: datetime) -> None:
    learners = [world.zoe, world.lea]
    made = make_cards(
        learners=learners,
        token=TOKEN,
        batch_number="2026-007",
        expires_at=now + MONTH,
        by=world.boeuf,
        at=now,
    )
    kept = Card.objects.filter(batch_number="2026-007").order_by("rank")
    assert [(card.learner, card.rank, code_of(card, TOKEN)) for card in kept] == [
        (card.learner, card.rank, card.code) for card in made
    ]
    assert [code_of(card, "autre") for card in kept] == [None, None]


def test_cards_made_under_an_older_key_still_open(world: World, now: datetime, settings) -> None:
    settings.CARD_KEYS = ["ancienne"]
    code = card_for(world.lea, now)
    settings.CARD_KEYS = ["nouvelle", "ancienne"]
    assert open_card(code, now).learner == world.lea
    assert code_of(Card.objects.get(), TOKEN) == code


def test_a_class_gets_its_cards_in_as_many_queries_as_one_pupil(
    world: World, now: datetime, django_assert_num_queries
) -> None:
    pupils = [world.lea, world.zoe, world.learners["nils"], world.learners["maelys"]]
    for learners in (pupils[:1], pupils):
        with django_assert_num_queries(7):
            make_cards(
                learners=learners,
                token=str(learners),
                batch_number="b",
                expires_at=now + MONTH,
                by=None,
                at=now,
            )


def test_a_class_gets_identifiers_and_who_had_one_keeps_it(world: World, now: datetime) -> None:
    attach(learner=world.zoe, account=account_of(world.zoe, now), how=How.CARD, by=None, at=now)
    leave(world.learners["apolline"])
    homonym = world.learner("lea2", establishment=world.tilleuls, first_name="Léa", last_name="Martin")
    asked = [world.lea, homonym, world.zoe, world.learners["apolline"]]
    done = give_usernames(learners=asked, by=world.boeuf, at=now)
    names = [account.username for _, account in done.given]
    assert names[0] == "lea.martin"
    assert len(set(names)) == 2
    assert (done.had, done.left) == (1, 1)
    again = give_usernames(learners=asked, by=world.boeuf, at=now)
    assert (again.given, again.had, again.left) == ([], 3, 1)


def test_an_account_that_came_by_mail_gets_an_identifier_beside_it(world: World, now: datetime) -> None:
    account = Account.objects.create(email="lea@exemple.fr", first_name="Léa", last_name="Martin")
    attach(learner=world.lea, account=account, how=How.STAFF, by=None, at=now)
    done = give_usernames(learners=[world.lea], by=world.boeuf, at=now)
    account.refresh_from_db()
    assert account.username == "lea.martin"
    assert account.modes == ["USERNAME", "EMAIL"]
    assert [learner for learner, _ in done.given] == [world.lea]


def test_identifiers_cost_the_same_number_of_queries_for_one_or_for_many(world: World, now: datetime) -> None:
    counts = []
    for pupils in ([world.lea], [world.zoe, world.learners["nils"], world.learners["maelys"]]):
        with CaptureQueriesContext(connection) as queries:
            give_usernames(learners=pupils, by=None, at=now)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_lea_enters_for_the_first_time_and_all_is_done_together(world: World, now: datetime) -> None:
    card = open_card(card_for(world.lea, now), now)
    account = enter_first(
        learner=world.lea,
        proof=Proof(card=card),
        username="lea.martin",
        password="trois souris vertes",
        at=now,
    )
    assert account.username == "lea.martin"
    assert account.check_password("trois souris vertes")
    assert Attachment.objects.active().get().made_how == How.CARD
    card.refresh_from_db()
    assert card.used_at == now


def test_a_spent_card_leaves_no_account_behind(world: World, now: datetime) -> None:
    card = open_card(card_for(world.lea, now), now)
    spend_card(card=card, at=now)
    before = Account.objects.count()
    with pytest.raises(SpentCard):
        enter_first(
            learner=world.lea, proof=Proof(card=card), username="", password="trois souris vertes", at=now
        )
    assert Account.objects.count() == before


def test_names_alone_never_open_an_account_that_exists(world: World, now: datetime) -> None:
    attach(learner=world.lea, account=account_of(world.lea, now), how=How.CARD, by=None, at=now)
    with pytest.raises(LearnerTaken):
        enter_first(learner=world.lea, proof=Proof(), username="", password="trois souris vertes", at=now)
