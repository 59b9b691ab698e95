"""« C’est bien toi ? », then a password, or the proof that an account is theirs."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from preau.accounts.actions import TooManyTries, WrongSignIn, check_sign_in
from preau.accounts.forms import ChoosePasswordForm
from preau.accounts.models import Account, ConnectionMode
from preau.accounts.passwords import Reader
from preau.accounts.throttle import account_key, delay_left
from preau.attachments import pending
from preau.attachments.actions import (
    Proof,
    enter_first,
    join_school,
    note_conflict,
    proposed_username,
    settle_help,
)
from preau.attachments.finding import account_of, is_same_person
from preau.attachments.forms import ProofForm
from preau.attachments.models import How
from preau.attachments.pending import Pending
from preau.attachments.refusals import (
    CardOfSomeoneElse,
    CardRefusal,
    HelpOver,
    IdentityOfAnother,
    InConflict,
    LearnerLeft,
    LearnerTaken,
    PupilRefusal,
    SpentCard,
    TwoAccounts,
)
from preau.attachments.stumbles import Stumble, tell, tell_refusal
from preau.attachments.views.find import call_for_help
from preau.attachments.views.joining import conflict_screen, identity_of, join_and_go, opens_by_itself
from preau.attachments.views.path import (
    HELP_KEY,
    card_typed,
    go_in,
    learner_of,
    make_way,
    now,
    onward,
    pupil_page,
    stop,
    way_on,
)
from preau.rosters.models import Learner, LearnerStatus


class NotMe(PupilRefusal):
    """« Non, ce n’est pas moi » : nothing is recorded, the proof is forgotten."""

    title = "D’accord, ce n’est pas toi"
    to_pupil = (
        "Rien n’est enregistré. Rends la carte à l’élève de ce nom ou à ton professeur, et demande la tienne."
    )


class StaffMistook(NotMe):
    """The staff recognised somebody else in the names that were typed."""

    to_pupil = "Rien n’est enregistré. Dis-le à ton professeur : il va te retrouver."


@require_http_methods(["GET", "HEAD", "POST"])
@pupil_page
def confirm(request: HttpRequest) -> HttpResponse:
    """Name the pupil, the class and the school; only a yes goes further."""
    at = now()
    waiting = pending.current(request, at=at)
    learner = _present(waiting)
    if request.method == "POST" and request.POST.get("moi") == "oui":
        make_way(request, learner)
        waiting = pending.keep(request, waiting, confirmed=True)
        return _after_yes(request, waiting, learner, at=at)
    if request.method == "POST":
        return _after_no(request, waiting, learner, at=at)
    facts = {
        "learner": learner,
        "waiting": waiting,
        "by_ent": identity_of(request, waiting, at=at),
        "school": learner.establishment,
        "pupil_learner": None,
    }
    return render(request, "attachments/confirm.html", facts)


def _after_yes(request: HttpRequest, waiting: Pending, learner: Learner, *, at: datetime) -> HttpResponse:
    """An account that is signed in comes along; otherwise a password to choose, or to give."""
    account = account_of(learner)
    signed_in = request.user if isinstance(request.user, Account) else None
    if account is not None and signed_in not in {None, account} and waiting.how == How.CARD:
        # Both are the pupil's by now: the card says who it is, the session was opened by whoever is here.
        met = TwoAccounts(learner=learner, other_account=signed_in)
        note_conflict(refusal=met, help_request=None, at=at)
    if identity_of(request, waiting, at=at) and opens_by_itself(waiting, account, learner):
        proof = waiting.proof()
        return join_and_go(request, learner=learner, proof=proof, account=account or signed_in, at=at)
    if account is None and signed_in is not None:
        join_school(learner=learner, account=signed_in, proof=waiting.proof(), at=at)
        pending.forget(request)
        return onward(request)
    if account is not None and account == signed_in and waiting.how != How.CARD:
        pending.forget(request)
        return onward(request)
    if account is None or waiting.how == How.CARD:
        return redirect("attachments:choose_password")
    return redirect("attachments:already")


def _after_no(request: HttpRequest, waiting: Pending, learner: Learner, *, at: datetime) -> HttpResponse:
    pending.forget(request)
    if waiting.how == How.NAMES:
        call_for_help(request, learner.establishment, typed=None, reason="not-me", at=at)
        return redirect("attachments:waiting")
    request.session.pop(HELP_KEY, None)
    if waiting.how == How.CARD:
        tell(learner.pk, Stumble.CARD_LENT, at=at)
    return stop(request, NotMe() if waiting.how == How.CARD else StaffMistook())


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@pupil_page
def choose_password(request: HttpRequest) -> HttpResponse:
    """The identifier to note, the password to choose; sending it does everything at once."""
    at = now()
    waiting = pending.current(request, at=at, confirmed=True)
    learner = _present(waiting)
    account = account_of(learner)
    form = ChoosePasswordForm(request.POST or None, reader=Reader.PUPIL)
    if request.method == "POST" and form.is_valid():
        try:
            return _enter(request, waiting, learner, form.cleaned_data["password"], at=at)
        except ValidationError as refused:
            form.add_error("password", refused)
    elif account is not None and waiting.how != How.CARD:
        return redirect("attachments:already")
    username = (account and account.username) or waiting.username or proposed_username(learner)
    if username != waiting.username:
        waiting = pending.keep(request, waiting, username=username)
    facts = {
        "form": form,
        "waiting": waiting,
        "username": username,
        "known": account is not None,
        "pupil_learner": learner,
        "school": learner.establishment,
    }
    return render(request, "attachments/choose_password.html", facts, status=422 if form.errors else 200)


def _enter(
    request: HttpRequest, waiting: Pending, learner: Learner, password: str, *, at: datetime
) -> HttpResponse:
    uai = learner.establishment.uai
    try:
        account = enter_first(
            learner=learner, proof=waiting.proof(), username=waiting.username, password=password, at=at
        )
    except (LearnerTaken, SpentCard, HelpOver):
        again = _second_click(request, learner, password, at=at)
        if again is None:
            raise
        account = again
    answer = go_in(request, account, how=waiting.how.value.lower(), uai=uai, at=at)
    if account.username == waiting.username or not request.user.is_authenticated:
        return answer
    facts = {"username": account.username, "onward": way_on(request), "pupil_learner": learner}
    return render(request, "attachments/noted.html", facts)


def _second_click(request: HttpRequest, learner: Learner, password: str, *, at: datetime) -> Account | None:
    """Whoever sent the same password twice is already in: the second answer must lead to the same place."""
    account = account_of(learner)
    if account is None or account.username is None or delay_left(account_key(account.username), at=at):
        return None
    try:
        return check_sign_in(
            request,
            identifier=account.username,
            password=password,
            establishment_id=learner.establishment_id,
            at=at,
        )
    except (WrongSignIn, TooManyTries):
        return None


@sensitive_post_parameters("proof")
@require_http_methods(["GET", "HEAD", "POST"])
@pupil_page
def already(request: HttpRequest) -> HttpResponse:
    """« Tu as déjà un compte » : its password, or the code of a card, in one field; a mistake loses nothing."""
    at = now()
    waiting = pending.current(request, at=at, confirmed=True)
    learner = _present(waiting)
    account = account_of(learner)
    if account is None:
        return redirect("attachments:choose_password")
    form = ProofForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _prove(request, waiting, learner, account, form.cleaned_data["proof"], at=at)
        except CardRefusal as refusal:
            tell_refusal(refusal, learner.pk, at=at)
            form.add_error("proof", refusal.to_pupil)
        except (WrongSignIn, TooManyTries) as refusal:
            tell_refusal(refusal, learner.pk, at=at)
            sentence = (
                "Ce n’est pas ce mot de passe." if isinstance(refusal, WrongSignIn) else refusal.message
            )
            form.add_error("proof", sentence)
    facts = {
        "form": form,
        "waiting": waiting,
        "username": account.username or "",
        "modes": account.modes,
        "by_ent": identity_of(request, waiting, at=at),
        "pupil_learner": learner,
        "school": learner.establishment,
    }
    return render(request, "attachments/already.html", facts, status=422 if form.errors else 200)


def _prove(
    request: HttpRequest, waiting: Pending, learner: Learner, account: Account, typed: str, *, at: datetime
) -> HttpResponse:
    card = card_typed(typed, at=at)
    if card is not None:
        if card.learner_id != learner.pk:
            raise CardOfSomeoneElse
        if identity_of(request, waiting, at=at):
            return join_and_go(request, learner=learner, proof=Proof(card=card), account=None, at=at)
        pending.begin(request, learner=learner, how=How.CARD, card=card, confirmed=True, at=at)
        return redirect("attachments:choose_password")
    proved = check_sign_in(
        request,
        identifier=account.username or account.email or "",
        password=typed,
        establishment_id=learner.establishment_id,
        at=at,
    )
    help_request = waiting.proof().help_request
    if identity_of(request, waiting, at=at):
        proof = Proof(help_request=help_request)
        return join_and_go(request, learner=learner, proof=proof, account=proved, at=at)
    if help_request is not None:
        settle_help(help_request=help_request, at=at)
    met = _other_account(request, learner, proved)
    answer = go_in(request, proved, how="password", uai=learner.establishment.uai, at=at)
    return conflict_screen(request, met, at=at) if met else answer


def _other_account(request: HttpRequest, learner: Learner, proved: Account) -> InConflict | None:
    """The conflict with the account that was signed in here, when both are this pupil's: the staff will see both."""
    someone = request.user
    if not isinstance(someone, Account) or someone == proved:
        return None
    if not is_same_person(account=someone, learner=learner):
        return None
    by_ent = ConnectionMode.MEDIACENTRE.value in someone.modes
    met = IdentityOfAnother if by_ent else TwoAccounts
    return met(learner=learner, other_account=someone)


def _present(waiting: Pending) -> Learner:
    """The pupil of a proof, still enrolled; raises LearnerLeft."""
    learner = learner_of(waiting)
    if learner.status != LearnerStatus.PRESENT:
        raise LearnerLeft
    return learner
