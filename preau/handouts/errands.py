"""Actions on a set of pupils: identifiers, cards, new codes, addresses. A large set is done by a worker, as an errand.

An errand is whole or not at all, and keeps of the codes to come only their digests: whoever reads the database, the
queue or a backup finds no code. The token stays in the browser that asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from preau.attachments.actions import convert_mails, give_usernames
from preau.establishments.models import Establishment, Membership
from preau.handouts.actions import Seal, seal, seal_batch
from preau.handouts.models import Batch, Deed, Errand, ErrandState
from preau.handouts.ways_in import still_closed, with_account
from preau.rosters.models import Learner, LearnerQuerySet
from preau.web.refusals import Refusal

if TYPE_CHECKING:
    from preau.accounts.models import Account

LARGE = 200  # pupils: beyond, a worker does it
KEPT = timedelta(days=30)
DIED_TWICE = "Le serveur s’est arrêté deux fois pendant ce travail : il n’essaiera pas une troisième fois."
BROKEN = "Une erreur de Préau a arrêté ce travail. L’hébergeur la voit dans ses tâches."
CARD_DEEDS = frozenset({Deed.CARDS, Deed.CODES, Deed.USERNAMES_AND_CARDS})


class UnderWay(Refusal):
    message = (
        "{who} a demandé la même chose à {time} pour certains de ces élèves, et ce n’est pas fini. Attendez la fin : "
        "des cartes faites deux fois s’annulent."
    )


class NoLongerStaff(Refusal):
    message = "Vous ne travaillez plus dans cet établissement : rien n’a été fait."


@dataclass(frozen=True, slots=True)
class Done:
    """What a deed did: the batch it made, if it made one, and the sentence for the staff."""

    batch: Batch | None
    words: str


@transaction.atomic
def do_deed(
    *,
    deed: Deed,
    membership: Membership,
    chosen: Sequence[int],
    sealed: Seal,
    at: datetime,
    label: str = "",
) -> Done:
    """Do this to these pupils of the school, whole or not at all. Raises the refusals of `seal_batch`."""
    by = membership.account
    pupils = Learner.objects.reached_by(membership).filter(pk__in=chosen).order_by("pk")
    words = ""
    if deed == Deed.MAILS:
        words = _converted(pupils, by=by, at=at)
    elif deed in {Deed.USERNAMES, Deed.USERNAMES_AND_CARDS}:
        words = _named(pupils, by=by, at=at)
    if deed not in CARD_DEEDS:
        return Done(None, words)
    if deed != Deed.CARDS:
        pupils = with_account(pupils) if deed == Deed.CODES else still_closed(pupils)
    batch = seal_batch(
        membership=membership, learners=list(pupils.present()), sealed=sealed, by=by, at=at, label=label
    )
    return Done(batch, words)


def _named(pupils: LearnerQuerySet, *, by: Account, at: datetime) -> str:
    given = give_usernames(learners=list(pupils), by=by, at=at)
    count = len(given.given)
    words = [f"{count} identifiant{'s' if count > 1 else ''} donné{'s' if count > 1 else ''}"]
    if given.had:
        words.append(f"{given.had} en {'avaient' if given.had > 1 else 'avait'} déjà un")
    if given.left:
        words.append(f"{given.left} {'sont partis' if given.left > 1 else 'est parti'}")
    then = " Une carte leur permettra d’entrer." if count else ""
    return f"{' ; '.join(words)}.{then}"


def _converted(pupils: LearnerQuerySet, *, by: Account, at: datetime) -> str:
    done = convert_mails(learners=list(pupils), by=by, at=at)
    count = len(done.converted)
    many = "s" if count > 1 else ""
    words = [f"{count} adresse{many} remplacée{many} par un identifiant"]
    reasons = (
        (done.old_enough, "a 15 ans et garde la sienne", "ont 15 ans et gardent la leur"),
        (done.undated, "n’a pas de date de naissance", "n’ont pas de date de naissance"),
        (done.without, "n’a pas d’adresse", "n’ont pas d’adresse"),
        (done.left, "est parti", "sont partis"),
    )
    words += [f"{number} {them if number > 1 else one}" for number, one, them in reasons if number]
    then = " Compte, mot de passe et parcours restent." if count else ""
    return f"{' ; '.join(words)}.{then}"


@transaction.atomic
def ask_errand(
    *,
    deed: Deed,
    membership: Membership,
    chosen: Sequence[int],
    token: str,
    at: datetime,
    label: str = "",
) -> Errand:
    """Have a worker do this to these pupils. The same token gives the same errand. Raises TokenUnfit, UnderWay."""
    from preau.handouts.tasks import do_errand  # the task's module knows the actions

    sealed = seal(token, count=len(chosen))
    # Two clicks, or two people, pass here one after the other.
    school = Establishment.objects.select_for_update(no_key=True).get(pk=membership.establishment_id)
    Errand.objects.filter(establishment=school, finished_at__lt=at - KEPT).delete()
    asked = Errand.objects.filter(establishment=school)
    known = asked.filter(token_digest=sealed.token_digest).first()
    if known:
        return known
    for other in asked.filter(state=ErrandState.WAITING).select_related("asked_by").order_by("pk"):
        if not set(chosen).isdisjoint(other.learner_ids):
            raise UnderWay(
                who=other.asked_by or "Quelqu’un", time=f"{timezone.localtime(other.asked_at):%H h %M}"
            )
    made = Errand.objects.create(
        establishment=school,
        deed=deed,
        label=label[:200],
        size=len(chosen),
        learner_ids=list(chosen),
        token_digest=sealed.token_digest,
        digests=b"".join(map(bytes.fromhex, sealed.digests)) if deed in CARD_DEEDS else b"",
        asked_at=at,
        asked_by=membership.account,
    )
    do_errand.enqueue(made.pk)
    return made


def run_errand(*, errand_id: int, at: datetime) -> None:
    """Do an errand that waits, in one transaction; nothing when it no longer does. A refusal ends it, and is said."""
    try:
        with transaction.atomic():
            waiting = Errand.objects.select_for_update().filter(pk=errand_id, state=ErrandState.WAITING)
            errand = waiting.first()
            if errand is None:
                return
            done = do_deed(
                deed=Deed(errand.deed),
                membership=_asker(errand),
                chosen=errand.learner_ids,
                sealed=Seal(errand.token_digest, tuple(errand.kept_digests)),
                at=at,
                label=errand.label,
            )
            waiting.update(**_ended(ErrandState.DONE, at=at), batch=done.batch, outcome=done.words)
    except Refusal as refusal:
        end_errand(errand_id=errand_id, why=refusal.message, at=at)


def end_errand(*, errand_id: int, why: str, at: datetime) -> bool:
    """Give up an errand that waits, saying why; False when it is over already, and what it did stays."""
    waiting = Errand.objects.filter(pk=errand_id, state=ErrandState.WAITING)
    return bool(waiting.update(**_ended(ErrandState.STOPPED, at=at), outcome=why))


def _ended(state: ErrandState, *, at: datetime) -> dict[str, object]:
    """The end of an errand: who was chosen and what sealed the codes are of no more use."""
    return {"state": state, "finished_at": at, "learner_ids": [], "digests": b""}


def _asker(errand: Errand) -> Membership:
    """Whoever asked, as far as they reach now."""
    found = Membership.objects.select_related("establishment", "account").filter(
        account=errand.asked_by_id, establishment=errand.establishment_id
    )
    membership = found.first()
    if membership is None:
        raise NoLongerStaff
    return membership
