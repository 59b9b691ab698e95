"""What nobody but the school can say of a file: is this pupil the one we know? And what each answer changes.

Pure. An open question touches nobody: the pupil of the file does not arrive, whoever they may be does not leave.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from preau.rosters.rows import Change, Known, Row, change_of_seen, change_of_unseen


class Candidate(NamedTuple):
    """Somebody known whom the pupil may be, with what becomes of them."""

    learner_id: int
    before: Row
    same: Row  # their row if the pupil is them
    other: Row  # their row if nobody of the file is them, before leaving
    stays: bool  # even so: gone already, or in the file in some uncertain way
    reasons: tuple[str, ...]


class Question(NamedTuple):
    """« Est-ce la même personne ? » about one pupil of a file."""

    rank: int
    row: Row  # of the pupil, if they are nobody known
    candidates: tuple[Candidate, ...]
    plain: bool  # one candidate, for this question only, of the same names, and class if it is said


def changes_of(questions: Collection[Question], answers: Mapping[int, int | None]) -> list[Change]:
    """What becomes of everybody asked about; an answer is a learner's number, or None for « nobody known ».

    A second pupil said to be the same person, or an answer that is no candidate, is as good as no answer.
    """
    chosen: dict[int, int] = {}
    told: set[int] = set()
    for question in questions:
        if question.rank not in answers:
            continue
        who = answers[question.rank]
        if who is None:
            told.add(question.rank)
        elif who not in chosen and any(each.learner_id == who for each in question.candidates):
            told.add(question.rank)
            chosen[who] = question.rank
    held = {
        each.learner_id for question in questions if question.rank not in told for each in question.candidates
    }
    changes: dict[int, Change | None] = {}
    arrivals = []
    for question in questions:
        if question.rank in told and answers[question.rank] is None:
            arrivals.append(change_of_seen(None, question.row))
        for each in question.candidates:
            person = Known(each.learner_id, each.before)
            if chosen.get(each.learner_id) == question.rank:
                changes[each.learner_id] = change_of_seen(person, each.same)
            elif each.learner_id not in chosen:
                stays = each.stays or each.learner_id in held
                changes[each.learner_id] = change_of_unseen(person, each.other, stays=stays, left_on=None)
    return [change for change in (*changes.values(), *arrivals) if change is not None]
