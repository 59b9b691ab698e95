"""The pupils of an import whose account is known from another school, and those about whom there is a doubt.

rentree.md §2 « Recognised at import ». What is asked of the database is set-based and the same before the import is
applied (its preview) and while it is; what is decided from it is pure. Nothing of another school ever leaves here: not
its name, not what it knows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connection

from preau.accounts.models import Account
from preau.attachments.models import Doubt, How, RecognitionRefusal
from preau.audit.actions import record_many
from preau.rosters.models import RosterImport
from preau.rosters.statements import change_rows


class Claim(NamedTuple):
    """A pupil of the file, and an account attached elsewhere to somebody with the same INE.

    `agrees`: the birth date is the same there. `ines`: how many different INEs the account carries.
    """

    learner_id: int
    first_name: str
    last_name: str
    division: str | None
    account_id: int
    agrees: bool
    ines: int
    taken_here: bool
    detached_here: bool
    of_staff: bool

    @property
    def name(self) -> str:
        """« Zoé MARTIN-LEROY »."""
        return f"{self.first_name} {self.last_name.upper()}"


@dataclass(frozen=True, slots=True)
class Recognition:
    """Who is recognised, by which account; and who is not, and why."""

    known: list[Claim]
    doubts: list[tuple[Claim, Doubt]]


def recognise(claims: Iterable[Claim]) -> Recognition:
    """Decide for every pupil: pure.

    Only an account about which nothing at all is doubtful is given back; the rest waits for a person.
    """
    rows = sorted(claims, key=attrgetter("learner_id", "account_id"))
    claimed = Counter(claim.account_id for claim in rows)
    known: list[Claim] = []
    doubts: list[tuple[Claim, Doubt]] = []
    for _, group in groupby(rows, key=attrgetter("learner_id")):
        mine = list(group)
        doubt = _doubt(mine, claimed)
        if doubt is None:
            known.append(mine[0])
        else:
            doubts.append((mine[0], doubt))
    return Recognition(known, doubts)


def _doubt(mine: list[Claim], claimed: Counter[int]) -> Doubt | None:
    claim = mine[0]
    reasons = (
        (len(mine) > 1, Doubt.SEVERAL_ACCOUNTS),
        (not claim.agrees, Doubt.BIRTH_DATE),
        (claim.of_staff, Doubt.STAFF_ACCOUNT),
        (claim.taken_here, Doubt.TAKEN_HERE),
        (claim.ines > 1, Doubt.SEVERAL_INES),
        (claim.detached_here, Doubt.DETACHED_HERE),
        (claimed[claim.account_id] > 1, Doubt.CLAIMED_TWICE),
    )
    return next((doubt for holds, doubt in reasons if holds), None)


def claims_of(roster_import: RosterImport) -> list[Claim]:
    """The claims of an import, READY or being applied, in one query; pupils who have an account here claim nothing.

    An attachment ended elsewhere is nobody's any more: a person said there that the account was not this pupil's. One
    whose pupil has left that school is as good as any.
    """
    school = roster_import.establishment_id
    with connection.cursor() as cursor:
        cursor.execute(_CLAIMS.format(rows=_rows()), [roster_import.pk, school, school])
        return [_claim(row) for row in cursor.fetchall()]


def _claim(row: tuple[Any, ...]) -> Claim:
    """SQLite says 0 and 1."""
    return Claim._make([*row[:5], bool(row[5]), row[6], *map(bool, row[7:])])


def _rows() -> str:
    names = ("ine", "birth_date", "status", "first_name", "last_name", "usage_name", "division")
    return change_rows("after", names)


# The INE comes first: few pupils are known elsewhere, and everything else is asked about those alone.
_CLAIMS = """
    WITH known AS (
        SELECT r.learner_id, MAX(r.first_name) AS first_name, MAX(r.last_name) AS last_name,
               MAX(r.usage_name) AS usage_name, MAX(r.division) AS division, a.account_id,
               MAX(CASE WHEN o.birth_date = r.birth_date THEN 1 ELSE 0 END) AS agrees
        FROM {rows} r
        JOIN rosters_learner o ON o.ine = r.ine
        JOIN attachments_attachment a ON a.learner_id = o.id AND a.ended_at IS NULL
        JOIN accounts_account p ON p.id = a.account_id AND p.is_active
        WHERE r.kind <> 'DEPARTURE' AND r.status = 'PRESENT' AND r.birth_date IS NOT NULL
            AND o.establishment_id <> %s
            AND NOT EXISTS (
                SELECT 1 FROM attachments_attachment t WHERE t.learner_id = r.learner_id AND t.ended_at IS NULL)
        GROUP BY r.learner_id, a.account_id
    )
    SELECT k.learner_id, k.first_name, COALESCE(NULLIF(k.usage_name, ''), k.last_name), k.division, k.account_id,
           k.agrees,
           (SELECT COUNT(DISTINCT l.ine) FROM attachments_attachment t JOIN rosters_learner l ON l.id = t.learner_id
            WHERE t.account_id = k.account_id AND t.ended_at IS NULL AND l.ine IS NOT NULL),
           EXISTS (SELECT 1 FROM attachments_attachment t
            WHERE t.account_id = k.account_id AND t.ended_at IS NULL AND t.establishment_id = %s),
           EXISTS (SELECT 1 FROM attachments_attachment t
            WHERE t.account_id = k.account_id AND t.learner_id = k.learner_id),
           EXISTS (SELECT 1 FROM establishments_membership m WHERE m.account_id = k.account_id)
    FROM known k"""


def attach_known(roster_import: RosterImport, *, by: Account | None, at: datetime) -> Recognition:
    """Attach whom an import being applied recognises, and keep why it does not dare for the others.

    Must run in the transaction that applies. Nobody's attachment ends or moves; a pupil who comes in at the same
    moment with a card goes first.
    """
    found = recognise(claims_of(roster_import))
    attached = _insert(roster_import, found.known, by=by, at=at) if found.known else set()
    people = [(one.learner_id, one.name) for one in found.known if one.learner_id in attached]
    uai = roster_import.establishment.uai
    record_many(verb="rattache", at=at, by=by, uai=uai, people=people, how=How.IMPORT.value)
    RecognitionRefusal.objects.bulk_create(
        [
            RecognitionRefusal(
                learner_id=claim.learner_id, roster_import=roster_import, reason=doubt, made_at=at
            )
            for claim, doubt in found.doubts
        ],
        batch_size=4000,
    )
    return found


def _insert(roster_import: RosterImport, known: list[Claim], *, by: Account | None, at: datetime) -> set[int]:
    """Insert all these attachments in one statement, but for those that somebody was quicker to make; who has one."""
    pairs = json.dumps([[claim.learner_id, claim.account_id] for claim in known])
    facts = [
        roster_import.establishment_id,
        connection.ops.adapt_datetimefield_value(at),
        by.pk if by is not None else None,
        How.IMPORT.value,
        roster_import.pk,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT[connection.vendor], [*facts, pairs])
        return {learner_id for (learner_id,) in cursor.fetchall()}


# « WHERE true »: without it SQLite reads ON CONFLICT as the condition of a join.
_INSERT = {
    vendor: f"""
    INSERT INTO attachments_attachment
        (learner_id, account_id, establishment_id, made_at, made_by_id, made_how, roster_import_id, ended_why)
    SELECT {pair}, %s, {moment}, {person}, %s, %s, '' FROM {pairs} WHERE true
    ON CONFLICT DO NOTHING RETURNING learner_id"""  # noqa: S608 - nothing but the words below
    for vendor, pair, moment, person, pairs in (
        ("sqlite", "value ->> 0, value ->> 1", "%s", "%s", "json_each(%s)"),
        (
            "postgresql",
            "(value ->> 0)::bigint, (value ->> 1)::bigint",
            "%s::timestamptz",
            "%s::bigint",
            "jsonb_array_elements(%s::jsonb)",
        ),
    )
}
