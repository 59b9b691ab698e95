"""« J’arrive de l’ENT » : the one screen between an identity that nobody has yet and the pupil's account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from preau.accounts import identities, throttle
from preau.accounts.actions import TooManyTries, WrongSignIn, check_sign_in
from preau.accounts.identities import PendingIdentity, Profile
from preau.accounts.models import Account
from preau.attachments import pending
from preau.attachments.actions import Proof
from preau.attachments.actions.identities import is_renewed, is_unowned
from preau.attachments.arriving import (
    Arriving,
    arriving,
    is_identity_of,
    learner_here,
    mark_likely,
    remember_school,
)
from preau.attachments.codes import normalise_card_code
from preau.attachments.finding import account_of, is_same_person, was_detached
from preau.attachments.forms import BirthForm, CardOnlyForm, FirstProofForm, ProofForm, read_birth_date
from preau.attachments.models import Card, How
from preau.attachments.refusals import (
    CardOfSomeoneElse,
    CardRefusal,
    IdentityOver,
    LearnerTaken,
    OtherSchool,
    StaffAccount,
    UnknownCard,
)
from preau.attachments.views.joining import conflict_screen, join_and_go
from preau.attachments.views.path import (
    card_typed,
    close_session,
    go_in,
    is_staff,
    make_way,
    now,
    onward,
    pupil_page,
    school_of,
)
from preau.rosters.models import Learner
from preau.web.refusals import Refusal

FORMS = {"password": ProofForm, "birth": BirthForm, "card": CardOnlyForm}


class WrongBirthDate(Refusal):
    """Not the birth date that the roster has."""

    message = "Ce n’est pas la date que ton établissement connaît. Vérifie-la, ou demande une carte."


@sensitive_post_parameters("proof", "password")
@require_http_methods(["GET", "HEAD", "POST"])
@pupil_page
def identity(request: HttpRequest) -> HttpResponse:
    """Whatever the pupil must say or prove, on one screen; a mistake loses nothing and signs nobody out."""
    at = now()
    try:
        here = arriving(request, at=at, key=request.POST.get("key", "") if request.method == "POST" else None)
    except IdentityOver:
        if _joined_already(request):  # the second click, or the back button
            return onward(request)
        raise
    if here.waiting.profile is not Profile.PUPIL:
        return render(request, "attachments/identity_adult.html", {"here": here})
    if isinstance(request.user, Account) and is_staff(request.user):
        raise StaffAccount
    if here.elsewhere:
        return render(request, "attachments/identity_elsewhere.html", {"here": here})
    remember_school(request, here)
    deed = DEEDS.get(request.POST.get("geste", "")) if request.method == "POST" else None
    return deed(request, here, at) if deed else _screen(request, here, at)


def _joined_already(request: HttpRequest) -> bool:
    return request.user.is_authenticated and SocialAccount.objects.filter(user=request.user.pk).exists()


def _screen(request: HttpRequest, here: Arriving, at: datetime) -> HttpResponse:
    """The page that this visitor needs now."""
    mine = learner_here(request.user, here) if isinstance(request.user, Account) else None
    if mine is not None and here.likely in {None, mine}:
        return _show(request, "attachments/identity_join.html", here, {"learner": mine})
    if mine is not None:
        return _show(request, "attachments/identity_doubt.html", here, {"learner": mine})
    return _prove(request, here, at) if here.likely else _first(request, here, at)


def _show(
    request: HttpRequest, template: str, here: Arriving, facts: dict[str, object], *, wait: bool = False
) -> HttpResponse:
    form = facts.get("form")
    status = 429 if wait else 422 if getattr(form, "errors", None) else 200
    return render(request, template, {"here": here, "wait": wait, **facts}, status=status)


def _join(request: HttpRequest, here: Arriving, at: datetime) -> HttpResponse:
    """« Oui, réunir » : the account that is signed in was proved already."""
    account = request.user
    mine = learner_here(account, here) if isinstance(account, Account) else None
    if mine is None or not isinstance(account, Account):
        return redirect("attachments:identity")
    return join_and_go(request, learner=mine, proof=Proof(), account=account, at=at)


def _not_mine(request: HttpRequest, here: Arriving, at: datetime) -> HttpResponse:
    """« Non » : forget the identity, and go on as before."""
    identities.forget(request)
    messages.info(request, "D’accord : l’entrée par l’ENT n’est pas reliée à ton compte.")
    return onward(request)


def _not_me(request: HttpRequest, here: Arriving, at: datetime) -> HttpResponse:
    """« Ce n’est pas moi » : the likely pupil is somebody else; the proof comes first."""
    mark_likely(request, here.waiting, None)
    return redirect("attachments:identity")


def _switch(request: HttpRequest, here: Arriving, at: datetime) -> HttpResponse:
    """The one who comes from the ENT goes on; the other pupil's session is closed."""
    close_session(request)
    return redirect("attachments:identity")


def _prove(request: HttpRequest, here: Arriving, at: datetime) -> HttpResponse:
    """« C’est toi, Léa, de la 5A ? », and one proof in one field."""
    learner = here.likely
    if learner is None:
        return _first(request, here, at)
    owner = account_of(learner)
    if owner is not None and is_identity_of(owner, here.waiting):  # another tab was quicker
        return join_and_go(request, learner=learner, proof=Proof(), account=owner, at=at)
    kind = _kind(owner, learner, here.waiting, at=at)
    sent = request.POST.get("geste") == "prouver"
    form = FORMS[kind](request.POST if sent else None)
    wait = False
    if form.is_valid():
        try:
            return _join_proved(request, learner, owner, kind, form.cleaned_data["proof"], at=at)
        except (CardRefusal, WrongSignIn, WrongBirthDate, TooManyTries, LearnerTaken) as refusal:
            wait = isinstance(refusal, TooManyTries)
            form.add_error("proof", _words(refusal))
        except ValidationError as problem:
            form.add_error("proof", problem)
    facts = {
        "form": form,
        "kind": kind,
        "known": owner is not None or request.user.is_authenticated,
        "learner": learner,
        "school": learner.establishment,
        "pupil_learner": None,
        "username": owner.username if owner else "",
        "by_mail": owner is not None and owner.username is None,
    }
    return _show(request, "attachments/identity_proof.html", here, facts, wait=wait)


def _words(refusal: Refusal) -> str:
    if isinstance(refusal, WrongSignIn):
        return "Ce n’est pas ce mot de passe."
    return str(getattr(refusal, "to_pupil", refusal.message))


def _kind(owner: Account | None, learner: Learner, waiting: PendingIdentity, *, at: datetime) -> str:
    """What proves that the pupil whom the ENT names is here: a password, a birth date, or only a card."""
    if owner is not None and owner.has_usable_password():
        return "password"
    free = owner is None or is_unowned(owner, learner) or is_renewed(owner, learner, waiting, at=at)
    known = learner.birth_date is not None and not was_detached(learner=learner, at=at)
    return "birth" if free and known else "card"


def _join_proved(
    request: HttpRequest, learner: Learner, owner: Account | None, kind: str, typed: str, *, at: datetime
) -> HttpResponse:
    """Tell the proofs apart; raises what a card, a password or a date can be refused for."""
    card = card_typed(typed, at=at)
    if card is not None:
        if card.learner_id != learner.pk:
            raise CardOfSomeoneElse
        proof, account = Proof(card=card), owner or _companion(request, learner)
    elif owner is not None and owner.has_usable_password():
        name = owner.username or owner.email or ""
        school = learner.establishment_id
        account = check_sign_in(request, identifier=name, password=typed, establishment_id=school, at=at)
        proof = Proof()
    else:
        if kind == "card":
            raise UnknownCard
        _check_birth_date(learner, typed, at=at)
        # Under lock, `join_identity` looks again whether somebody owns the account meanwhile.
        proof, account = Proof(), None if owner else _companion(request, learner)
    return join_and_go(request, learner=learner, proof=proof, account=account, at=at)


def _companion(request: HttpRequest, learner: Learner) -> Account | None:
    """The account that is signed in and may be this pupil's from another school: it comes along."""
    someone = request.user
    return (
        someone if isinstance(someone, Account) and is_same_person(account=someone, learner=learner) else None
    )


def _check_birth_date(learner: Learner, typed: str, *, at: datetime) -> None:
    """Compare with the roster; whoever tries one day after the other waits longer and longer."""
    day = read_birth_date(typed, today=timezone.localdate(at))
    key = throttle.account_key(f"naissance {learner.pk}")
    delay = throttle.delay_left(key, at=at)
    if delay:
        raise TooManyTries(delay)
    if day != learner.birth_date:
        throttle.failed(key, at=at)
        raise WrongBirthDate


def _first(request: HttpRequest, here: Arriving, at: datetime) -> HttpResponse:
    """Nobody is likely: the proof says who it is. A card alone, or an identifier and its password."""
    signed_in = isinstance(request.user, Account)
    sent = request.POST.get("geste") == "premiere"
    form = (CardOnlyForm if signed_in else FirstProofForm)(request.POST if sent else None)
    wait = False
    if form.is_valid():
        field = "proof" if signed_in else "identifier"
        try:
            return _find_proved(request, here, form.cleaned_data, field, at=at)
        except OtherSchool as refusal:
            return conflict_screen(request, refusal, at=at)
        except CardRefusal as refusal:
            form.add_error(field, refusal.to_pupil)
        except (WrongSignIn, TooManyTries) as refusal:
            wait = isinstance(refusal, TooManyTries)
            form.add_error("password", refusal.message)
        except ValidationError as problem:
            form.add_error("password", problem)
    facts: dict[str, object] = {"form": form, "school": school_of(request), "signed_in": signed_in}
    return _show(request, "attachments/identity_first.html", here, facts, wait=wait)


def _find_proved(
    request: HttpRequest, here: Arriving, typed: dict[str, str], field: str, *, at: datetime
) -> HttpResponse:
    card = card_typed(typed[field], at=at)
    if card is not None:
        return _with_card(request, here, card, at=at)
    if field == "proof" or (not typed["password"] and normalise_card_code(typed[field])):
        raise UnknownCard
    if not typed["password"]:
        raise ValidationError("Écris ton mot de passe.")
    school = school_of(request)
    account = check_sign_in(
        request,
        identifier=typed[field],
        password=typed["password"],
        establishment_id=school.pk if school else None,
        at=at,
    )
    if is_staff(account):
        raise StaffAccount
    mine = learner_here(account, here)
    if mine is not None:
        return join_and_go(request, learner=mine, proof=Proof(), account=account, at=at)
    # Their account, but not of this school yet: in, and one more proof on the same page.
    return go_in(request, account, how="password", uai="", at=at)


def _with_card(request: HttpRequest, here: Arriving, card: Card, *, at: datetime) -> HttpResponse:
    """The card names the pupil: « C’est bien toi ? », then everything at once."""
    if not here.fits(card.learner):
        raise OtherSchool(learner=card.learner)
    make_way(request, card.learner)
    key = here.waiting.key
    pending.begin(request, learner=card.learner, how=How.CARD, card=card, identity=key, at=at)
    return redirect("attachments:confirm")


DEEDS: dict[str, Callable[[HttpRequest, Arriving, datetime], HttpResponse]] = {
    "reunir": _join,
    "pas-la-mienne": _not_mine,
    "pas-moi": _not_me,
    "changer": _switch,
    "prouver": _prove,
    "premiere": _first,
}
