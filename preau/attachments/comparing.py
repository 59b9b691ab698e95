"""Two accounts side by side: what each has, what would be left, and which one to keep."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from preau.accounts.models import Account, ConnectionMode
from preau.attachments.duplicates import Pair
from preau.attachments.models import Attachment
from preau.attachments.signals import Tally, accounts_counted
from preau.establishments.models import Establishment
from preau.rosters.models import Learner, LearnerStatus


@dataclass(frozen=True, slots=True)
class Side:
    """What one account is, for whoever decides; of other schools, only whether there is one."""

    account_id: int
    name: str
    username: str
    modes: tuple[str, ...]
    opens: bool  # a password was chosen, or an ENT identity is there
    last_login: datetime | None
    made_at: datetime
    learner: str  # « Zoé MARTIN-LEROY, 5B », of this school
    present: bool  # and enrolled today
    elsewhere: bool
    counts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison."""

    label: str
    first: Any
    second: Any
    after: Any
    kind: str = "text"  # or person, modes, code, when

    @property
    def differs(self) -> bool:
        """Whether it deserves a look."""
        return bool(self.first != self.second)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A pair that can be decided: sides, lines, and the choice that we would make."""

    pair: Pair
    kept: Side  # A, recommended
    joined: Side  # B
    rows: tuple[Row, ...]
    reasons: tuple[str, ...]

    @property
    def keeps_lower(self) -> bool:
        """Whether the account to keep has the smaller number of the pair's key."""
        return self.kept.account_id == self.pair.key[0]


def compare(
    establishment: Establishment, pairs: Iterable[Pair], *, kept: Collection[int] = ()
) -> list[Comparison]:
    """Compare these pairs; the same questions whatever their number.

    `kept` are accounts that somebody asked to keep: their word comes before our advice.
    """
    shown = [pair for pair in pairs if pair.shown and pair.first != pair.second]
    ids = {account for pair in shown for account in pair.key}
    if not ids:
        return []
    sides, tallies = _sides(establishment, ids)
    return [
        _compared(pair, sides[pair.first], sides[pair.second], tallies, kept)
        for pair in shown
        if pair.first in sides and pair.second in sides
    ]


def _sides(establishment: Establishment, ids: set[int]) -> tuple[dict[int, Side], list[Tally]]:
    answers: list[Any] = accounts_counted.send(sender=Account, accounts=ids, establishment=establishment)
    tallies = [tally for _, told in answers for tally in told if isinstance(tally, Tally)]
    held = (
        Attachment.objects.active().filter(account__in=ids).select_related("learner__division").order_by("pk")
    )
    here: dict[int, Learner] = {}
    elsewhere: set[int] = set()
    for one in held:
        if one.establishment_id == establishment.pk:
            here[one.account_id] = one.learner
        else:
            elsewhere.add(one.account_id)
    accounts = Account.objects.with_mode_facts().filter(pk__in=ids)
    return {one.pk: _side(one, here.get(one.pk), one.pk in elsewhere, tallies) for one in accounts}, tallies


def _side(account: Account, learner: Learner | None, elsewhere: bool, tallies: list[Tally]) -> Side:
    modes = tuple(account.modes)
    return Side(
        account_id=account.pk,
        name=f"{account.last_name.upper()} {account.first_name}".strip(),
        username=account.username or "",
        modes=modes,
        opens=account.has_usable_password() or ConnectionMode.MEDIACENTRE in modes,
        last_login=account.last_login,
        made_at=account.made_at,
        learner=_learner_words(learner),
        present=learner is not None and learner.status == LearnerStatus.PRESENT,
        elsewhere=elsewhere,
        counts=tuple(tally.counts.get(account.pk, (0, 0)) for tally in tallies),
    )


def _learner_words(learner: Learner | None) -> str:
    if learner is None:
        return ""
    if learner.status != LearnerStatus.PRESENT:
        return f"{learner.display_name}, parti"
    return f"{learner.display_name}, {learner.division.name}" if learner.division else learner.display_name


def recommend(first: Side, second: Side) -> tuple[Side, Side, tuple[str, ...]]:
    """Which account to keep, which one joins it, and why: pure.

    Today's pupil's; else the one that opens; else the one with more done; else the latest used; else the oldest.
    """
    questions = (
        (lambda side: side.present, "il est rattaché à l’élève d’aujourd’hui"),
        (lambda side: side.opens, "il s’ouvre déjà, l’autre pas encore"),
        (lambda side: sum(count for count, _ in side.counts), "il a le plus de travail derrière lui"),
        (lambda side: side.last_login.timestamp() if side.last_login else 0, "c’est le dernier utilisé"),
        (lambda side: -side.made_at.timestamp(), "c’est le plus ancien"),
        (lambda side: -side.account_id, "c’est le plus ancien"),
    )
    reasons: list[str] = []
    kept, joined = first, second
    for ask, reason in questions:
        mine, other = ask(first), ask(second)
        if mine == other:
            continue
        better, worse = (first, second) if mine > other else (second, first)
        if not reasons:
            kept, joined = better, worse
        elif better is not kept:
            continue
        reasons.append(reason)
        if len(reasons) == 2:
            break
    return kept, joined, tuple(reasons)


def _compared(
    pair: Pair, first: Side, second: Side, tallies: list[Tally], asked: Collection[int]
) -> Comparison:
    kept, joined, reasons = recommend(first, second)
    if joined.account_id in asked:
        kept, joined, reasons = joined, kept, ("c’est le choix de la demande",)
    both = [mode.value for mode in ConnectionMode if mode.value in {*kept.modes, *joined.modes}]
    last = max(filter(None, (kept.last_login, joined.last_login)), default=None)
    rows = [
        Row("Nom", kept.name, joined.name, kept.name),
        Row("Rattaché à", kept.learner, joined.learner, kept.learner or joined.learner, "person"),
        Row("Modes", list(kept.modes), list(joined.modes), both, "modes"),
        Row("Identifiant", kept.username, joined.username, kept.username or joined.username, "code"),
    ]
    for tally, mine, other in zip(tallies, kept.counts, joined.counts, strict=True):
        rows.append(Row(tally.label, _count(tally, mine), _count(tally, other), _sum(tally, mine, other)))
    if kept.elsewhere or joined.elsewhere:
        words = {True: "oui", False: "non"}
        rows.append(Row("Sert aussi ailleurs", words[kept.elsewhere], words[joined.elsewhere], "oui"))
    rows.append(Row("Dernière connexion", kept.last_login, joined.last_login, last, "when"))
    return Comparison(pair, kept, joined, tuple(rows), reasons)


def _count(tally: Tally, count: tuple[int, int]) -> str:
    many, over = count
    if not many:
        return "aucune" if tally.over.endswith("e") else "aucun"
    return f"{many}, dont {over} {tally.over}{'s' * (over > 1)}" if over else str(many)


def _sum(tally: Tally, mine: tuple[int, int], other: tuple[int, int]) -> str:
    total = (mine[0] + other[0], mine[1] + other[1])
    return f"{total[0]}, rien n’est perdu" if total[0] else _count(tally, total)
