"""Who a visitor may be: the questions that matching asks the roster."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from rapidfuzz import fuzz, process

from preau.accounts.models import Account
from preau.attachments.codes import ALPHABET, HELP_LENGTH, kept
from preau.attachments.matching import (
    Candidate,
    Kind,
    Near,
    Typed,
    close_names,
    explain,
    nearest,
    recognise,
    same_names,
)
from preau.attachments.models import Attachment, HelpRequest, HelpState
from preau.attachments.refusals import CodeNotRead
from preau.establishments.models import Establishment, Membership
from preau.rosterfiles.names import fold
from preau.rosters.models import Learner, LearnerQuerySet

FIELDS = (
    "pk",
    "last_name",
    "usage_name",
    "first_name",
    "other_first_names",
    "birth_date",
    "division__name",
)
LOOKED_AT = 12
GUESSES = 5  # browsers; more than a pupil and those who help them ever need
GUESSES_KEPT = timedelta(days=1)
HELP_WAITS = timedelta(hours=12)
DETACHED_FOR = timedelta(days=30)
UNKNOWN = frozenset({"lost", "guessed", "not-me", "detached", "conflict"})
ALIKE = 60  # percent of a search key, only to choose whom to look at


def recognise_in_school(*, establishment: Establishment, typed: Typed) -> tuple[Kind, Learner | None]:
    """The one pupil of this school meant by what was typed; one query on (school, birth date), whoever asks."""
    born_that_day = Learner.objects.present().filter(establishment=establishment, birth_date=typed.birth_date)
    kind, found = recognise(typed, _candidates(born_that_day))
    return kind, Learner.objects.get(pk=found.pk) if found else None


def near_matches(
    *, membership: Membership, requests: Iterable[HelpRequest]
) -> list[tuple[HelpRequest, tuple[Near, ...]]]:
    """Whom each call for help may come from, among the pupils this member of staff reaches; one query in all."""
    return near_among(Learner.objects.present().reached_by(membership), requests)


def near_among(
    pupils: LearnerQuerySet, requests: Iterable[HelpRequest]
) -> list[tuple[HelpRequest, tuple[Near, ...]]]:
    """Whom each call for help may come from, among these pupils; one query in all."""
    learners = _candidates(pupils)
    keys = [_key(one) for one in learners]
    found = []
    for request in requests:
        typed = Typed(request.typed_last_name, request.typed_first_name, request.typed_birth_date)
        words = fold(f"{typed.first_name} {typed.last_name}")
        alike = process.extract(words, keys, scorer=fuzz.token_set_ratio, limit=LOOKED_AT, score_cutoff=ALIKE)
        looked_at = {learners[index].pk: learners[index] for _, _, index in alike} | {
            one.pk: one for one in learners if typed.birth_date and one.birth_date == typed.birth_date
        }
        found.append((request, nearest(typed, looked_at.values())))
    return found


def by_name(*, membership: Membership, words: str, limit: int = 8) -> list[Learner]:
    """Pupils this member of staff reaches, by words of their name; none for no word."""
    asked = fold(words).split()
    learners = Learner.objects.present().reached_by(membership).select_related("division").in_list_order()
    for word in asked:
        learners = learners.filter(search_key__contains=word)
    return list(learners[:limit]) if asked else []


def account_of(learner: Learner) -> Account | None:
    """The account attached to this pupil now."""
    attachment = Attachment.objects.active().filter(learner=learner).select_related("account").first()
    return attachment.account if attachment else None


def is_same_person(*, account: Account, learner: Learner) -> bool:
    """Whether the account that is signed in may be this pupil's: attached to them, or new here under like names.

    Only decides whether the session of whoever was on this computer is closed first; it attaches nobody.
    """
    here = (
        Attachment.objects.active().filter(account=account, establishment_id=learner.establishment_id).first()
    )
    if here is not None:
        return here.learner_id == learner.pk
    # Staff said that it was somebody else: this account never comes back by itself under that name.
    if Attachment.objects.filter(account=account, learner=learner, ended_at__isnull=False).exists():
        return False
    known = Attachment.objects.active().filter(account=account, learner__ine=learner.ine)
    if learner.ine and known.exists():
        return True  # two schools agree on the number: their files may write names and dates differently
    if account.birth_date and learner.birth_date and account.birth_date != learner.birth_date:
        return False
    typed = Typed(account.last_name, account.first_name, account.birth_date)
    candidate = candidate_of(learner)
    if same_names(typed, candidate):
        return True
    return close_names(typed, candidate) and not _is_of_a_twin(account, learner, typed)


def _is_of_a_twin(account: Account, learner: Learner, typed: Typed) -> bool:
    """Whether an account of nearly this pupil's names is more surely another's: Lina is one letter from Nina.

    Its number is another one, or somebody else of this school has exactly its names, whatever date the list gives them.
    """
    numbered = Attachment.objects.active().filter(account=account, learner__ine__isnull=False)
    if learner.ine and numbered.exclude(learner__ine=learner.ine).exists():
        return True
    word = max(fold(typed.last_name).split(), key=len, default="")
    alike = Learner.objects.present().filter(
        establishment=learner.establishment_id, search_key__contains=word
    )
    return any(same_names(typed, one) for one in _candidates(alike.exclude(pk=learner.pk)))


def is_sibling_here(*, account: Account, learner: Learner) -> bool:
    """Whether this account is already another pupil's of the same school, of the same family name.

    On a shared computer that is a sibling's account more often than a session left open.
    """
    other = (
        Attachment.objects.active()
        .filter(account=account, establishment_id=learner.establishment_id)
        .exclude(learner=learner)
        .select_related("learner")
        .first()
    )
    if other is None:
        return False
    names = {fold(learner.last_name), fold(learner.usage_name)} - {""}
    return bool(names & {fold(other.learner.last_name), fold(other.learner.usage_name)})


def was_guessed(*, learner: Learner, typed: Typed, at: datetime) -> bool:
    """Whether this pupil's names came lately from several browsers with other birth dates than the right one.

    Whoever tries the days of a year one after the other, from a new browser each time, must not learn which one is
    right: the right one then gets a help code as the wrong ones did, and a person decides.
    """
    candidate = candidate_of(learner)
    tries = (
        HelpRequest.objects.filter(
            establishment=learner.establishment_id,
            made_at__gt=at - GUESSES_KEPT,
            typed_birth_date__isnull=False,
        )
        .exclude(typed_birth_date=typed.birth_date)
        .values_list("typed_last_name", "typed_first_name", "typed_birth_date")
    )
    guesses = (Typed(*values) for values in tries)
    return sum(same_names(one, candidate) or close_names(one, candidate) for one in guesses) >= GUESSES


def was_detached(*, learner: Learner, at: datetime) -> bool:
    """Whether staff detached this pupil's account lately and nobody took the place: names alone do not attach again.

    Whoever came in under a name that was not theirs would only have to type it once more.
    """
    lately = Attachment.objects.filter(
        learner=learner, ended_at__gt=at - DETACHED_FOR, ended_by__isnull=False
    )
    return lately.exists() and not Attachment.objects.active().filter(learner=learner).exists()


def must_read_code(*, asked: HelpRequest, learner: Learner) -> bool:
    """Whether nothing but the help code tells who asks: staff must have it read to them before they say yes.

    True without names, after a doubt about the names, and for a pupil whom the names do not explain.
    """
    if asked.reason in UNKNOWN or not asked.typed_last_name:
        return True
    typed = Typed(asked.typed_last_name, asked.typed_first_name, asked.typed_birth_date)
    return explain(typed, candidate_of(learner)) is None


def check_code_was_read(*, asked: HelpRequest, learner: Learner, typed: str) -> None:
    """Where only the code tells who asks, it must have been typed; raises CodeNotRead."""
    if must_read_code(asked=asked, learner=learner) and kept(typed) != asked.code:
        raise CodeNotRead


def waiting_requests(*, establishment: Establishment, code: str = "", at: datetime) -> list[HelpRequest]:
    """Calls for help that somebody may still be waiting for: the pupil's browser forgets after an hour of silence.

    `code` looks for one call, behind however many others.
    """
    waiting = HelpRequest.objects.filter(
        establishment=establishment, state=HelpState.WAITING, made_at__gt=at - HELP_WAITS
    )
    return list((waiting.filter(code=code) if code else waiting)[:60])


def asks_for_help(typed: str, *, school: Establishment, at: datetime) -> str:
    """The help code that was typed, when somebody of this school waits with it; "" for anything else."""
    code = kept(typed)
    if len(code) != HELP_LENGTH or not set(code) <= set(ALPHABET):
        return ""
    waiting = HelpRequest.objects.filter(establishment=school, code=code, state=HelpState.WAITING)
    return code if waiting.filter(made_at__gt=at - HELP_WAITS).exists() else ""


def _candidates(learners: LearnerQuerySet) -> list[Candidate]:
    return [Candidate(*values[:-1], values[-1] or "") for values in learners.values_list(*FIELDS)]  # type: ignore[call-arg]


def candidate_of(learner: Learner) -> Candidate:
    """This pupil as matching reads them."""
    return Candidate(
        pk=learner.pk,
        last_name=learner.last_name,
        usage_name=learner.usage_name,
        first_name=learner.first_name,
        other_first_names=learner.other_first_names,
        birth_date=learner.birth_date,
    )


def _key(one: Candidate) -> str:
    return fold(f"{one.last_name} {one.usage_name} {one.first_name} {one.other_first_names}")
