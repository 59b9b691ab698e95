"""Who is who between the roster and a file: pure, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from preau.rosterfiles.pupil import Pupil, Status
from preau.rosters.diff import Diff, compare
from preau.rosters.rows import Change, Known, Row, row_of


def lea(**changes: object) -> Pupil:
    """Léa as SIECLE says her, but for `changes`."""
    pupil = Pupil(
        local_id="1001",
        ine="123456789FJ",
        ine_alias=None,
        last_name="MARTIN",
        usage_name=None,
        first_name="Léa",
        other_first_names=(),
        birth_date=date(2015, 3, 12),
        division="6A",
        division_key="6a",
        groups=(),
        status=Status.PRESENT,
        left_on=None,
        entered_on=None,
        line=1,
    )
    return replace(pupil, **changes)  # type: ignore[arg-type]


def known(*pupils: Pupil) -> list[Known]:
    return [Known(number, row_of(pupil)) for number, pupil in enumerate(pupils, 1)]


def only(diff: Diff) -> Change:
    (change,) = diff.changes
    return change


ZOE = lea(
    local_id="1003",
    ine="000000001KG",
    last_name="MARTIN-LEROY",
    first_name="Zoé",
    birth_date=date(2014, 11, 5),
)


def test_lea_as_she_was_is_no_change() -> None:
    assert compare(known(lea()), [lea()]) == Diff([], 1, 1, [], 1, 1)


def test_a_corrected_ine_is_the_same_lea() -> None:
    change = only(compare(known(lea()), [lea(ine="012345678KE")]))
    assert (change.kind, change.learner_id, change.after.ine) == ("CORRECTION", 1, "012345678KE")


def test_lea_enrolled_again_under_another_number_is_found_by_her_ine() -> None:
    change = only(compare(known(lea()), [lea(local_id="5555")]))
    assert (change.kind, change.learner_id, change.after.local_id) == ("CORRECTION", 1, "5555")


def test_lea_known_by_her_older_ine_is_found_and_takes_the_new_one() -> None:
    old = lea(ine="1234567890A", local_id="7")
    change = only(compare(known(old), [lea(ine_alias="1234567890A")]))
    assert (change.kind, change.learner_id, change.after.ine) == ("CORRECTION", 1, "123456789FJ")


def test_a_number_given_to_a_stranger_is_not_lea() -> None:
    stranger = lea(ine="012345678KE", last_name="ÇELİK", first_name="Aÿse", birth_date=date(2014, 1, 1))
    diff = compare(known(lea()), [stranger])
    assert {change.kind: change.learner_id for change in diff.changes} == {"ARRIVAL": None, "DEPARTURE": 1}
    (gone,) = [change for change in diff.changes if change.kind == "DEPARTURE"]
    assert (gone.before.local_id, gone.after.local_id) == ("1001", None)


def test_an_ine_given_to_a_stranger_is_not_lea_either() -> None:
    stranger = lea(local_id="9", last_name="ÇELİK", first_name="Aÿse", birth_date=date(2014, 1, 1))
    diff = compare(known(lea()), [stranger, lea(ine=None)])
    changes = {change.kind: change for change in diff.changes}
    assert changes["CORRECTION"].learner_id == 1  # Léa, by ELEVE_ID; her INE is the other's now
    assert changes["CORRECTION"].after.ine is None
    assert changes["ARRIVAL"].after.ine == "123456789FJ"


def test_twins_whose_ine_were_exchanged_stay_themselves() -> None:
    leo = lea(local_id="1002", ine="012345678KE", first_name="Léo")
    diff = compare(known(lea(), leo), [lea(ine="012345678KE"), replace(leo, ine="123456789FJ")])
    after = {change.learner_id: change.after for change in diff.changes}
    assert (after[1].first_name, after[1].ine) == ("Léa", "012345678KE")
    assert (after[2].first_name, after[2].ine) == ("Léo", "123456789FJ")


def test_two_pupils_of_the_file_that_claim_lea_are_not_both_her() -> None:
    by_ine, by_number = lea(local_id="5"), lea(ine="012345678KE", first_name="Lea-Marie")
    diff = compare(known(lea()), [by_number, by_ine])
    changes = {change.kind: change for change in diff.changes}
    assert (changes["CORRECTION"].learner_id, changes["CORRECTION"].after.local_id) == (1, "5")
    assert changes["ARRIVAL"].after.local_id == "1001"


def test_an_exit_date_is_a_departure_on_that_day() -> None:
    change = only(compare(known(lea()), [lea(status=Status.LEFT, left_on=date(2026, 8, 31), division=None)]))
    assert (change.kind, change.after.left_on, change.after.division) == ("DEPARTURE", "2026-08-31", "6A")


def test_a_stranger_who_left_does_not_arrive() -> None:
    assert compare([], [lea(status=Status.LEFT)]).changes == []


def test_lea_who_had_left_comes_back() -> None:
    gone = lea(status=Status.LEFT, left_on=date(2026, 1, 5))
    change = only(compare(known(gone), [lea(division="5B", division_key="5b")]))
    assert (change.kind, change.before.left_on, change.after.left_on) == ("RETURN", "2026-01-05", None)


def test_whoever_had_left_and_is_still_gone_is_not_mentioned() -> None:
    gone = lea(status=Status.LEFT, left_on=None)
    assert compare(known(gone), []) == Diff([], 0, 0, [], 0, 0)
    assert compare(known(gone), [replace(gone, left_on=date(2026, 1, 5))]).changes == []


def test_a_new_class_and_a_new_name_make_one_line_that_tells_both() -> None:
    change = only(compare(known(lea()), [lea(division="6C", division_key="6c", last_name="MARTÍN")]))
    assert change.kind == "CLASS_CHANGE"
    assert (change.before.last_name, change.after.last_name) == ("MARTIN", "MARTÍN")


def test_another_spelling_of_the_class_is_no_change() -> None:
    assert compare(known(lea()), [lea(division="6 A ".strip())]).unchanged == 1


def test_what_the_file_does_not_say_is_not_forgotten() -> None:
    assert compare(known(lea()), [lea(ine=None, birth_date=None)]).changes == []


def test_a_blocked_pupil_is_left_alone() -> None:
    diff = compare(known(lea(), ZOE), [ZOE], [lea(local_id="8")])
    assert (diff.changes, diff.unchanged) == ([], 2)


def test_a_class_that_leaves_whole_is_named() -> None:
    leo = lea(local_id="2", ine=None, first_name="Léo", division="6C", division_key="6c")
    assert compare(known(lea(), leo), [lea()]).emptied == ["6C"]


def test_what_is_too_long_is_cut_and_too_long_an_ine_is_none() -> None:
    row = row_of(lea(last_name="A" * 300, ine="1" * 12, other_first_names=("B" * 150, "C" * 150)))
    assert (len(row.last_name), row.ine, len(row.other_first_names)) == (100, None, 210)


NUMBERS = st.sampled_from([None, "1", "2", "3", "4"])
PUPILS = st.lists(
    st.builds(
        lea,
        local_id=NUMBERS,
        ine=NUMBERS,
        ine_alias=NUMBERS,
        last_name=st.sampled_from(["MARTIN", "MARTÍN", "ÇELİK"]),
        first_name=st.sampled_from(["Léa", "Zoé"]),
        birth_date=st.sampled_from([None, date(2015, 3, 12), date(2014, 1, 1)]),
        division=st.just("6A"),
        division_key=st.sampled_from(["6a", "6b"]),
        status=st.sampled_from(Status),
    ),
    max_size=6,
)


def roster_after(before: list[Known], diff: Diff) -> list[Known]:
    """The roster once the changes are applied."""
    rows = dict(before)
    new = max(rows, default=0)
    for change in diff.changes:
        if change.learner_id is None:
            new += 1
            rows[new] = change.after
        else:
            assert rows[change.learner_id] == change.before
            rows[change.learner_id] = change.after
    return [Known(number, row) for number, row in rows.items()]


def numbers_are_unique(roster: list[Known]) -> bool:
    for name in ("ine", "local_id"):
        held = [getattr(person.row, name) for person in roster if getattr(person.row, name) is not None]
        if len(held) != len(set(held)):
            return False
    return True


@given(PUPILS, PUPILS, PUPILS)
def test_any_files_in_a_row_keep_numbers_unique_and_a_file_read_again_changes_nothing(
    first: list[Pupil], second: list[Pupil], blocked: list[Pupil]
) -> None:
    roster = roster_after([], compare([], first))
    assert numbers_are_unique(roster)
    diff = compare(roster, second, blocked)
    touched = [change.learner_id for change in diff.changes if change.learner_id is not None]
    assert len(touched) == len(set(touched))
    after = roster_after(roster, diff)
    assert numbers_are_unique(after)
    present = sum(pupil.status is Status.PRESENT for pupil in second)
    assert sum(person.row.status == "PRESENT" for person in after) >= present - len(diff.questions)
    assert {change.learner_id for change in diff.changes if change.kind != "CORRECTION"}.isdisjoint(
        diff.asked_about
    )


def unambiguous(pupils: list[Pupil]) -> list[Pupil]:
    """Pupils as the reader gives them: no number twice, each with its own."""
    return [replace(pupil, local_id=f"L{n}", ine=f"I{n}") for n, pupil in enumerate(pupils)]


@given(PUPILS, PUPILS)
def test_the_same_file_twice_changes_nothing(first: list[Pupil], second: list[Pupil]) -> None:
    roster = roster_after([], compare([], first))
    file = unambiguous(second)
    after = roster_after(roster, compare(roster, file))
    assert compare(after, file).changes == []


def test_a_row_can_be_compared_as_it_is_written() -> None:
    assert isinstance(row_of(lea()), Row)
    assert row_of(lea()).birth_date == "2015-03-12"
