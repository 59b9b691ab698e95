"""Undo an import: everything is as if it had never been."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from preau.accounts.models import Account
from preau.attachments.actions import accept_help, attach, detach, give_usernames, make_cards
from preau.attachments.models import Attachment, Card, Conflict, HelpRequest, How, IdentityChange
from preau.attachments.stumbles import Stumble
from preau.audit.models import Entry
from preau.campaigns.actions import begin
from preau.campaigns.models import Campaign, Participation
from preau.classroom.models import Difficulty, Session
from preau.establishments.models import Membership
from preau.rosters.actions import (
    AlreadyUndone,
    ChangedByHand,
    LaterImport,
    NotApplied,
    StaleImport,
    TooLateToUndo,
    drop_import,
    mark_left,
    people_kept,
    undo_import,
)
from preau.rosters.models import Division, ImportState, Learner, RosterImport
from tests.rosters.siecle import pupil
from tests.world import World

INIGO = pupil("2001", "NUÑEZ", "Íñigo", "6D", born="01/02/2015", ine="012345678KE")


def roster() -> dict[str, list[dict[str, Any]]]:
    """Every row of the roster, its classes and its attachments."""
    rows: list[type[Model]] = [Learner, Division, Attachment]
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in rows}


def undo(office, roster_import: RosterImport) -> RosterImport:
    return undo_import(roster_import=roster_import, by=office.world.boeuf, at=office.now)


def test_every_kind_of_change_is_undone_and_the_rows_keep_their_numbers(office, world: World) -> None:
    world.learner(
        "tess",
        establishment=world.tilleuls,
        first_name="Tess",
        last_name="IO",
        local_id="1009",
        status="LEFT",
    )
    before = roster()
    file = office.file(
        INIGO,
        without=("nils",),
        lea={"division": "6E", "groups": ("6AGLA1",)},
        zoe={"first_name": "Zoë", "born": "06/11/2014"},
    )
    applied = office.apply(office.bring(file))
    assert {kind for kind in applied.counts if applied.counts[kind] == 1} >= {
        "ARRIVAL",
        "DEPARTURE",
        "CLASS_CHANGE",
        "RETURN",
    }
    office.later(days=2)
    undone = undo(office, applied)
    assert roster() == before
    assert (undone.state, undone.undone_by, undone.undone_at) == (ImportState.UNDONE, world.boeuf, office.now)
    entry = Entry.objects.get(verb="import-annule")
    assert (entry.actor_id, entry.about, entry.uai) == (
        world.boeuf.pk,
        "ElevesSansAdresses.xml",
        "0931434D",
    )


def test_two_pupils_who_exchanged_their_numbers_take_them_back(office, world: World) -> None:
    before = roster()
    applied = office.apply(office.bring(office.file(lea={"ine": world.zoe.ine}, zoe={"ine": world.lea.ine})))
    undo(office, applied)
    assert roster() == before


def test_a_number_taken_by_a_newcomer_goes_back_to_whoever_had_it(office, world: World) -> None:
    before = roster()
    stranger = pupil("1001", "ÇELİK", "Aÿse", "6C", born="30/11/2015", ine="012345678KE")
    undo(office, office.apply(office.bring(office.file(stranger, without=("lea",)))))
    assert roster() == before


def test_imports_are_undone_one_after_the_other_the_latest_first(office) -> None:
    before = roster()
    first = office.apply(office.bring(office.file(INIGO)))
    after_first = roster()
    office.later(days=1)
    second = office.apply(office.bring(office.file(INIGO, without=("nils",)), name="deuxième.xml"))
    office.later(hours=1)
    with pytest.raises(LaterImport) as refused, transaction.atomic():
        undo(office, first)
    assert refused.value.later == second
    assert "« deuxième.xml »" in refused.value.message
    undo(office, second)
    assert roster() == after_first
    undo(office, first)
    assert roster() == before


def test_a_file_that_changed_nothing_stands_on_the_import_that_made_it_so(office) -> None:
    content = office.file(INIGO)
    first = office.apply(office.bring(content))
    same = office.apply(office.bring(content, name="encore.xml"))
    with pytest.raises(LaterImport, match=r"encore\.xml"), transaction.atomic():
        undo(office, first)
    undo(office, same)
    undo(office, first)
    assert not Learner.objects.filter(ine="012345678KE").exists()


def test_after_thirty_days_it_is_too_late(office) -> None:
    applied = office.apply(office.bring(office.file(INIGO)))
    assert applied.undo_until == office.now + timedelta(days=30)
    office.later(days=30, seconds=1)
    with pytest.raises(TooLateToUndo), transaction.atomic():
        undo(office, applied)
    office.now -= timedelta(seconds=1)
    undo(office, applied)


def test_two_clicks_undo_once(office) -> None:
    applied = office.apply(office.bring(office.file(INIGO)))
    undo(office, applied)
    with pytest.raises(AlreadyUndone), transaction.atomic():
        undo(office, applied)
    assert Entry.objects.filter(verb="import-annule").count() == 1


def test_what_was_never_applied_is_not_undone(office, world: World) -> None:
    ready = office.bring(office.file(INIGO))
    with pytest.raises(NotApplied), transaction.atomic():
        undo(office, ready)
    drop_import(roster_import=ready, by=world.boeuf, at=office.now)
    with pytest.raises(NotApplied), transaction.atomic():
        undo(office, ready)


def test_what_somebody_changed_by_hand_since_is_not_lost(office, world: World) -> None:
    applied = office.apply(office.bring(office.file(INIGO)))
    mark_left(learner=world.learners["nils"], left_on=office.now.date(), by=world.boeuf, at=office.now)
    with pytest.raises(ChangedByHand), transaction.atomic():
        undo(office, applied)
    assert Learner.objects.filter(ine="012345678KE").exists()
    assert Learner.objects.gone().get() == world.learners["nils"]


def test_a_preview_made_before_the_undo_is_never_applied(office) -> None:
    first = office.apply(office.bring(office.file(INIGO)))
    preview = office.bring(office.file(INIGO, without=("nils",)))
    undo(office, first)
    again = office.apply(office.bring(office.file(INIGO, without=("lea",))))
    assert again.applied_version == 3
    with pytest.raises(StaleImport), transaction.atomic():
        office.apply(preview)


def test_a_class_that_the_import_made_goes_away_unless_something_points_at_it(office, world: World) -> None:
    newcomers = [pupil(f"30{n}", "NEUF", f"Élève{n}", f"6{letter}") for n, letter in enumerate("XYZ")]
    applied = office.apply(office.bring(office.file(*newcomers)))
    assert Division.objects.filter(pk__in=applied.made_divisions).count() == 3
    made = {division.name: division for division in Division.objects.filter(pk__in=applied.made_divisions)}
    Membership.objects.get(account=world.garcao).divisions.add(made["6X"])
    campaign = Campaign.objects.create(
        establishment=world.tilleuls, title="Essai", code="BDFGHJ234", opens_at=office.now, made_at=office.now
    )
    campaign.divisions.add(made["6Y"])
    undo(office, applied)
    assert set(Division.objects.filter(name__in=["6X", "6Y", "6Z"]).values_list("name", flat=True)) == {
        "6X",
        "6Y",
    }


def arrived(office, *more: dict[str, object]) -> tuple[RosterImport, Learner]:
    applied = office.apply(office.bring(office.file(INIGO, *more)))
    return applied, Learner.objects.get(ine="012345678KE")


def enters(learner: Learner, office) -> Account:
    account = Account.objects.create(username="inigo.nunez", first_name="Íñigo", last_name="NUÑEZ")
    attach(learner=learner, account=account, how=How.CARD, by=account, at=office.now)
    return account


def begins(learner: Learner, account: Account, office) -> Participation:
    campaign = Campaign.objects.create(
        establishment=learner.establishment,
        title="Essai",
        code="BDFGHJ235",
        opens_at=office.now,
        made_at=office.now,
    )
    return begin(campaign=campaign, learner=learner, account=account, at=office.now)


def test_a_pupil_who_came_in_meanwhile_stays_and_has_left(office, world: World) -> None:
    applied, inigo = arrived(office, pupil("2002", "DUPONT", "Ana", "6D"))
    account = enters(inigo, office)
    participation = begins(inigo, account, office)
    count, reasons = people_kept(applied, at=office.now)
    assert count == 1
    assert [kept.words for kept in reasons] == ["1 élève est déjà entré", "1 élève a commencé un parcours"]
    undo(office, applied)
    inigo.refresh_from_db()
    assert (inigo.status, inigo.left_on, inigo.division.name) == ("LEFT", None, "6D")
    assert Attachment.objects.active().get(learner=inigo).account == account
    assert Participation.objects.get(learner=inigo) == participation
    assert not Learner.objects.filter(local_id="2002").exists()
    assert applied.changes.get(kept=True).learner_id == inigo.pk
    assert Entry.objects.get(verb="import-annule").facts["kept"] == 1


def test_inigo_comes_back_to_his_row_and_his_account_with_the_right_file(office) -> None:
    applied, inigo = arrived(office)
    account = enters(inigo, office)
    undo(office, applied)
    back = office.apply(office.bring(office.file({**INIGO, "division": "6A"})))
    assert back.counts["RETURN"] == 1
    inigo.refresh_from_db()
    assert (inigo.status, inigo.division.name) == ("PRESENT", "6A")
    assert Attachment.objects.active().get(learner=inigo).account == account


def test_a_printed_card_keeps_its_pupil_so_that_it_serves_after_the_right_file(office, world: World) -> None:
    applied, inigo = arrived(office)
    expires = office.now + timedelta(days=30)
    make_cards(
        learners=[inigo],
        token="t" * 32,
        batch_number="2026-001",
        expires_at=expires,
        by=world.boeuf,
        at=office.now,
    )
    assert people_kept(applied, at=office.now)[1][0].words == "1 élève a une carte"
    undo(office, applied)
    assert Learner.objects.get(pk=inigo.pk).status == "LEFT"
    office.apply(office.bring(office.file(INIGO)))
    assert Card.objects.valid(office.now).get().learner.status == "PRESENT"


def test_a_card_that_opens_nothing_any_more_holds_nobody(office, world: World) -> None:
    applied, inigo = arrived(office)
    make_cards(
        learners=[inigo],
        token="t" * 32,
        batch_number="2026-001",
        expires_at=office.now + timedelta(days=1),
        by=world.boeuf,
        at=office.now,
    )
    office.later(days=2)
    undo(office, applied)
    assert not Learner.objects.filter(pk=inigo.pk).exists()
    assert not Card.objects.exists()


def test_an_identifier_given_or_a_yes_said_keeps_its_pupil(office, world: World) -> None:
    applied, inigo = arrived(office, pupil("2002", "DUPONT", "Ana", "6D"))
    ana = Learner.objects.get(local_id="2002")
    give_usernames(learners=[inigo], by=world.boeuf, at=office.now)
    asked = HelpRequest.objects.create(
        establishment=world.tilleuls, code="K7M4", reason="none", made_at=office.now
    )
    accept_help(help_request=asked, learner=ana, by=world.boeuf, at=office.now)
    assert people_kept(applied, at=office.now)[0] == 2
    undo(office, applied)
    assert set(Learner.objects.gone().values_list("pk", flat=True)) == {inigo.pk, ana.pk}


def test_whoever_stays_gives_a_number_back_to_whoever_had_it(office, world: World) -> None:
    # Aÿse comes with Léa's ELEVE_ID, and enters; undone, Léa has it again.
    stranger = pupil("1001", "ÇELİK", "Aÿse", "6C", born="30/11/2015", ine="012345678KE")
    applied = office.apply(office.bring(office.file(stranger, without=("lea",))))
    ayse = Learner.objects.get(ine="012345678KE")
    enters(ayse, office)
    undo(office, applied)
    ayse.refresh_from_db()
    world.lea.refresh_from_db()
    assert (ayse.status, ayse.local_id, ayse.ine) == ("LEFT", None, "012345678KE")
    assert (world.lea.status, world.lea.local_id) == ("PRESENT", "1001")


def test_whoever_stayed_after_one_undo_gives_a_number_back_at_the_next(office, world: World) -> None:
    other = "012345678KE"
    first = office.apply(office.bring(office.file(lea={"ine": other})))
    newcomer = pupil("2009", "ÇELİK", "Aÿse", "6C", born="30/11/2015", ine=world.lea.ine)
    second = office.apply(office.bring(office.file(newcomer, lea={"ine": other})))
    ayse = Learner.objects.get(local_id="2009")
    enters(ayse, office)
    undo(office, second)
    undo(office, first)
    ayse.refresh_from_db()
    lea = Learner.objects.get(pk=world.lea.pk)
    assert (ayse.status, ayse.ine, lea.ine) == ("LEFT", None, world.lea.ine)


def test_a_detached_pupil_of_the_import_was_looked_at_and_stays(office, world: World) -> None:
    applied, inigo = arrived(office)
    enters(inigo, office)
    detach(attachment=Attachment.objects.get(learner=inigo), why="pas lui", by=world.boeuf, at=office.now)
    undo(office, applied)
    assert Learner.objects.get(pk=inigo.pk).status == "LEFT"


def test_what_a_lesson_and_a_conflict_said_of_a_pupil_who_never_came_goes_with_the_import(
    office, world: World
) -> None:
    applied, inigo = arrived(office)
    lesson = Session.objects.create(
        establishment=world.tilleuls,
        division=world.divisions["6A"],
        opened_at=office.now,
        closes_at=office.now + timedelta(hours=1),
    )
    Difficulty.objects.create(session=lesson, learner=inigo, what=Stumble.values[0], at=office.now)
    Conflict.objects.create(
        establishment=world.tilleuls, kind="OTHER_SCHOOL", learner=inigo, made_at=office.now
    )
    undo(office, applied)
    assert not Learner.objects.filter(pk=inigo.pk).exists()
    assert not Conflict.objects.exists()
    assert not Difficulty.objects.exists()


def test_a_pupil_whose_ent_identity_changed_since_stays(office, world: World) -> None:
    applied, inigo = arrived(office)
    IdentityChange.objects.create(
        learner=inigo, account=world.boeuf, provider="ent", old_uid="a", made_at=office.now
    )
    undo(office, applied)
    assert Learner.objects.get(pk=inigo.pk).status == "LEFT"


def test_every_room_that_points_at_a_pupil_is_asked_before_a_row_goes(world: World) -> None:
    """A new foreign key must be held (`import_undoing`) or cleared (`import_undone`) by its room; then add it here."""
    fields = Learner._meta.get_fields(include_hidden=True)
    pointing = {
        relation.related_model.__name__
        for relation in fields
        if (relation.one_to_many or relation.one_to_one) and relation.auto_created
    }
    held = {"Attachment", "Card", "HelpRequest", "Participation", "Attempt", "IdentityChange", "Merge"}
    cleared = {"RecognitionRefusal", "Conflict", "Difficulty", "Departure", "SetAside", "Transfer"}
    # « Trial » is of the demonstration pupil, whom no import brings; the changes are the import itself.
    assert pointing == held | cleared | {"ImportChange", "Trial"}


def test_undoing_takes_a_handful_of_statements_whatever_the_size(office) -> None:
    counts = []
    for size in (3, 300):
        newcomers = [pupil(f"9{n:04}", "NOM", f"Prénom{n}", f"6{n % 9}") for n in range(size)]
        applied = office.apply(office.bring(office.file(*newcomers)))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            undo(office, applied)
        counts.append(len(queries))
    assert (
        counts[0] == counts[1] <= 50
    )  # each room that points at pupils says its word once; PostgreSQL is told how thrice
    assert Learner.objects.count() == 6
