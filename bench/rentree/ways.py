"""The pupil's path, step by step, as the pages lead it: the same deeds, asked in the same order as the views ask them.

Each function is a generator: it yields the seconds a step takes, or an `Ask`, and receives the time it is then.
"""

from __future__ import annotations

from datetime import datetime
from random import Random

from allauth.socialaccount.models import SocialAccount, SocialLogin

from bench.rentree.browser import GivesUp, Steps, Visit
from bench.rentree.people import EMAIL, USERNAME, rates
from bench.rentree.world import PROVIDER
from preau.accounts import identities, throttle
from preau.accounts.actions import TooManyTries, WrongSignIn, check_sign_in
from preau.accounts.identities import Hints, Profile
from preau.accounts.models import Account, ConnectionMode
from preau.attachments.actions import (
    Proof,
    accept_help,
    ask_for_help,
    enter_first,
    join_identity,
    join_school,
    note_conflict,
    open_card,
    proposed_username,
)
from preau.attachments.arriving import arriving, learner_here, mark_likely
from preau.attachments.failed_tries import note_failed_try
from preau.attachments.finding import (
    account_of,
    is_same_person,
    near_among,
    recognise_in_school,
    was_detached,
    was_guessed,
)
from preau.attachments.matching import Kind, Near
from preau.attachments.models import Attachment, Card, How
from preau.attachments.pending import Pending
from preau.attachments.refusals import (
    CardRefusal,
    IdentityOfAnother,
    InConflict,
    PupilRefusal,
    TwoAccounts,
)
from preau.attachments.views.identity import WrongBirthDate, _check_birth_date, _kind
from preau.attachments.views.joining import opens_by_itself as _opens
from preau.handouts.actions import new_token, prepare_batch
from preau.rosters.models import Learner

NAMES, CARD, STAFF = How.NAMES, How.CARD, How.STAFF


def board_code(visit: Visit) -> Steps:
    at = yield visit.takes("taper_le_code_du_tableau")
    while visit.befalls("doigts", "code_mal_recopie"):
        at = yield visit.takes("relire", "taper_le_code_du_tableau")
    return at


# ── Cards ─────────────────────────────────────────────────────────────────


def by_card(visit: Visit) -> Steps:
    """Type its code, say « C’est moi », choose a password."""
    card = yield from _typed_card(visit)
    at = yield visit.takes("lire_et_dire_oui")
    return (yield from after_yes(visit, card.learner, Proof(card=card), at))


def _typed_card(visit: Visit):  # type: ignore[no-untyped-def]
    """The card of whoever holds it; a neighbour's is given back on reading the name."""
    fresh = visit.person.id in visit.world.kept_cards
    if not fresh and visit.lesson == 1 and visit.always("memoire", "carte_du_voisin"):
        yield visit.takes("taper_la_carte", "lire_et_dire_oui")
        if visit.always("memoire", "echange_entre_eux"):
            yield visit.takes("retrouver_sa_carte")
        else:
            yield visit.call("echanger_des_cartes")
    while True:
        at = yield visit.takes("taper_la_carte")
        try:
            return open_card(visit.copied(visit.card), at)
        except CardRefusal:
            yield visit.takes("relire")


def new_card(visit: Visit) -> Steps:
    """One tap on the board of the lesson, or the leaflet's new password; without them, the office, another day."""
    yield from _asked_card(visit)
    return (yield from by_card(visit))


def _asked_card(visit: Visit) -> Steps:
    rules = visit.world.rules
    if rules.short and not (rules.one_tap and rules.cards):
        raise GivesUp
    at = yield visit.call("code_en_un_geste" if rules.short else "nouveau_mot_de_passe")
    give_card(visit, at)
    return at


def give_card(visit: Visit, at: datetime) -> None:
    """What the button of the lesson, or the office, does."""
    member = visit.office.referent
    made = prepare_batch(
        membership=member, learners=[visit.learner], token=new_token(), by=member.account, at=at
    )
    visit.world.cards[visit.person.id] = made.cards[0].code
    visit.world.kept_cards.add(visit.person.id)


# ── Passwords ─────────────────────────────────────────────────────────────


def by_password(visit: Visit) -> Steps:
    """An identifier and a password; whoever forgot them asks for a card, or makes a second account without a word."""
    if visit.knows_password or (visit.card and visit.remembers):
        account = yield from _signed_in(visit, visit.old_account)
        visit.user = account
        at = yield 0.0
        if Attachment.objects.opening().filter(account=account, learner=visit.learner).exists():
            visit.comes_in(account)
            return at
        return (yield from by_names(visit))
    yield visit.takes("identifiant_et_mot_de_passe", "relire")
    if account_of(visit.learner) is not None:
        return (yield from new_card(visit))
    if visit.world.rules.linked or visit.always("memoire", "refait_un_compte"):
        return (yield from by_names(visit))
    # Nothing links the old account to the list: the adult who comes finds nobody, and the office will look further.
    yield visit.call("chercher_dans_la_liste")
    raise GivesUp


def _signed_in(visit: Visit, account: Account | None):  # type: ignore[no-untyped-def]
    """What the page of connection does, until the fingers agree."""
    assert account is not None
    while True:
        at = yield visit.takes("identifiant_et_mot_de_passe")
        typed = visit.person.password + ("x" if visit.befalls("doigts", "mot_de_passe_mal_tape") else "")
        try:
            return check_sign_in(
                visit.request,
                identifier=account.username or account.email or "",
                password=typed,
                establishment_id=visit.office.establishment.pk,
                at=at,
            )
        except WrongSignIn:
            yield visit.takes("relire")
        except TooManyTries as wait:
            yield wait.delay.total_seconds()


# ── Names ─────────────────────────────────────────────────────────────────


def by_names(visit: Visit, *, by_ent: bool = False) -> Steps:
    """Names and birth date; three tries, then a hand is raised."""
    if visit.world.rules.short and not by_ent:
        yield from board_code(visit)
    for _ in range(rates()["doigts"]["essais"]):
        at = yield visit.takes("taper_ses_noms")
        found = _recognised(visit, at)
        if found is not None:
            at = yield visit.takes("lire_et_dire_oui")
            if found.pk == visit.learner.pk:
                _make_way(visit, found)
                return (yield from after_yes(visit, found, Proof(), at, by_ent=by_ent))
            _call(visit, None, "not-me", at)
            break
        yield visit.takes("relire")
    return (yield from _helped(visit, by_ent=by_ent))


def _recognised(visit: Visit, at: datetime) -> Learner | None:
    school, typed, rules = visit.office.establishment, visit.fingers(), visit.world.rules
    kind, learner = recognise_in_school(establishment=school, typed=typed)
    if kind is Kind.CLOSE and not (rules.forgiving and rules.short):
        kind, learner = Kind.NONE, None
    if learner is not None and not was_guessed(learner=learner, typed=typed, at=at):
        if not was_detached(learner=learner, at=at):
            return learner
        kind = Kind.NONE
    throttle.failed(throttle.school_key(school.pk), at=at)
    note_failed_try(establishment=school, typed=typed, at=at)
    _call(visit, typed, kind.value, at)
    return None


def _call(visit: Visit, typed, reason: str, at: datetime) -> None:  # type: ignore[no-untyped-def]
    visit.calling = ask_for_help(
        establishment=visit.office.establishment,
        typed=typed,
        reason=reason,
        account=visit.user,
        waiting=visit.calling,
        rng=Random(f"{visit.person.id}/{visit.lesson}/{visit.drawn}"),
        at=at,
    )


def _helped(visit: Visit, *, by_ent: bool) -> Steps:
    """The teacher types the help code: the pupil is among the near ones, or looked for in the list."""
    assert visit.calling is not None
    at = yield 0.0
    near: tuple[Near, ...] = ()
    if visit.world.rules.near and visit.world.rules.short:
        at = yield visit.call("regarder_un_appel")
        pupils = Learner.objects.present().filter(division=visit.learner.division_id)
        near = near_among(pupils, [visit.calling])[0][1]
    if visit.learner.pk not in {one.candidate.pk for one in near}:
        at = yield visit.call("chercher_dans_la_liste")
    by = visit.office.referent.account
    said = accept_help(help_request=visit.calling, learner=visit.learner, by=by, at=at)
    at = yield visit.takes("lire_et_dire_oui")
    _make_way(visit, visit.learner)
    return (yield from after_yes(visit, visit.learner, Proof(help_request=said), at, by_ent=by_ent))


def _make_way(visit: Visit, learner: Learner) -> None:
    """What `make_way` does: whoever was still on this computer goes out, unless it may be the same person."""
    if not visit.world.rules.makes_way:
        return
    if visit.user is not None and not is_same_person(account=visit.user, learner=learner):
        visit.user = None


# ── « C’est moi » ─────────────────────────────────────────────────────────


def after_yes(visit: Visit, learner: Learner, proof: Proof, at: datetime, *, by_ent: bool = False) -> Steps:
    """What the page does after a yes: join, come along, choose a password, or prove an account."""
    _make_way(visit, learner)
    account, signed_in = account_of(learner), visit.user
    if account is not None and signed_in not in {None, account} and proof.how == CARD:
        _note(TwoAccounts(learner=learner, other_account=signed_in), at)
    waiting = Pending(learner.pk, proof.how, at, "")
    if by_ent and _opens(waiting, account, learner):
        return _joins(visit, learner, proof, account or signed_in, at)
    if account is None and signed_in is not None:
        join_school(learner=learner, account=signed_in, proof=proof, at=at)
        visit.comes_in(signed_in)
        return at
    if account is not None and account == signed_in and proof.how != CARD:
        visit.comes_in(account)
        return at
    if account is None or proof.how == CARD:
        return (yield from _first_password(visit, learner, proof, known=account is not None))
    return (yield from _proves(visit, learner, account, proof, by_ent=by_ent))


def _first_password(visit: Visit, learner: Learner, proof: Proof, *, known: bool) -> Steps:
    if not known and (yield from _says_old_account(visit)):
        return (yield from _joins_old_account(visit, learner, proof))
    at = yield visit.takes("choisir_un_mot_de_passe")
    account = enter_first(
        learner=learner,
        proof=proof,
        username=proposed_username(learner),
        password=visit.person.password,
        at=at,
    )
    visit.world.chosen.add(account.pk)
    visit.comes_in(account)
    return at


def _says_old_account(visit: Visit):  # type: ignore[no-untyped-def]
    """Whether they sign in with last year's account first, as the page offers."""
    yield 0.0
    asked = visit.world.rules.short and visit.world.rules.asks_old
    return asked and visit.knows_password and visit.always("memoire", "se_souvient_d_un_compte")


def _joins_old_account(visit: Visit, learner: Learner, proof: Proof) -> Steps:
    account = yield from _signed_in(visit, visit.old_account)
    at = yield 0.0
    visit.user = account
    _make_way(visit, learner)
    if visit.user is None:
        return (yield from _first_password_alone(visit, learner, proof))
    join_school(learner=learner, account=account, proof=proof, at=at)
    visit.comes_in(account)
    return at


def _first_password_alone(visit: Visit, learner: Learner, proof: Proof) -> Steps:
    at = yield visit.takes("choisir_un_mot_de_passe")
    name, words = proposed_username(learner), visit.person.password
    account = enter_first(learner=learner, proof=proof, username=name, password=words, at=at)
    visit.world.chosen.add(account.pk)
    visit.comes_in(account)
    return at


def _proves(visit: Visit, learner: Learner, account: Account, proof: Proof, *, by_ent: bool) -> Steps:
    """« Tu as déjà un compte » : its password, or a card."""
    if visit.opens(account):
        yield from _signed_in(visit, account)
        at = yield 0.0
        if by_ent:
            return _joins(visit, learner, Proof(help_request=proof.help_request), account, at)
        someone = visit.user
        if someone not in {None, account} and is_same_person(account=someone, learner=learner):
            by_identity = ConnectionMode.MEDIACENTRE.value in someone.modes
            met = IdentityOfAnother if by_identity else TwoAccounts
            _note(met(learner=learner, other_account=someone), at)
        visit.comes_in(account)
        return at
    if not visit.card:
        yield from _asked_card(visit)
    card: Card = yield from _typed_card(visit)
    at = yield 0.0
    if by_ent:
        return _joins(visit, learner, Proof(card=card), None, at)
    return (yield from after_yes(visit, learner, Proof(card=card), at))


# ── The tile ──────────────────────────────────────────────────────────────


def by_tile(visit: Visit) -> Steps:
    """Click in the ENT: in at once when the identity is known, else one proof."""
    at = yield visit.takes("tuile")
    uid = visit.person.uid(now=True)
    known = SocialAccount.objects.filter(provider=PROVIDER, uid=uid).select_related("user").first()
    if known is not None:
        visit.user = known.user
        if Attachment.objects.opening().filter(account=known.user, learner=visit.learner).exists():
            visit.comes_in(known.user)
            return at
        return (yield from by_names(visit))
    if visit.person.moved and visit.always("ent", "dit_l_ancienne_ecole"):
        return (yield from (by_card(visit) if visit.card else by_names(visit)))
    _hold(visit, uid, at)
    if (
        visit.world.rules.short
        and not visit.world.rules.one_proof
        and visit.person.before in {USERNAME, EMAIL}
    ):
        at = yield from board_code(visit)
        at = yield visit.takes("formulaire_du_deuxieme_code", "tuile")
        _hold(visit, uid, at)
    return (yield from _one_proof(visit, at))


def _hold(visit: Visit, uid: str, at: datetime) -> None:
    person = visit.person
    login = SocialLogin(account=SocialAccount(provider=PROVIDER, uid=uid))
    identities.hold(
        visit.request,
        login,
        uais=(visit.office.establishment.uai,),
        profile=Profile.PUPIL,
        hints=Hints(person.first_names[0], person.last_name, (person.division,)),
        at=at,
    )


def _one_proof(visit: Visit, at: datetime) -> Steps:
    """The screen of the ENT's arrivals."""
    here = arriving(visit.request, at=at)
    if visit.user is not None and learner_here(visit.user, here) not in {None, visit.learner}:
        at = yield visit.takes("lire_et_dire_oui")  # « ce n’est pas moi » : the other session is closed
        visit.user = None
    if here.likely is not None and here.likely.pk != visit.learner.pk:
        at = yield visit.takes("lire_et_dire_oui")
        mark_likely(visit.request, here.waiting, None)
        here = arriving(visit.request, at=at)
    if here.likely is None:
        return (yield from _nobody_likely(visit))
    learner, owner = here.likely, account_of(here.likely)
    kind = _kind(owner, learner, here.waiting, at=at)
    if kind == "password" and visit.opens(owner):
        account = yield from _signed_in(visit, owner)
        at = yield 0.0
        return _joins(visit, learner, Proof(), account, at)
    if kind == "birth":
        if owner is None and (yield from _says_old_account(visit)):
            visit.user = yield from _signed_in(visit, visit.old_account)
        for _ in range(rates()["doigts"]["essais"]):
            at = yield visit.takes("une_preuve")
            if (yield from _right_birth_date(visit, learner, at)):
                at = yield 0.0
                return _joins(visit, learner, Proof(), None if owner else _companion(visit, learner), at)
    if not visit.card:
        yield from _asked_card(visit)
    card = yield from _typed_card(visit)
    at = yield visit.takes("lire_et_dire_oui")
    return _joins(visit, learner, Proof(card=card), owner or _companion(visit, learner), at)


def _right_birth_date(visit: Visit, learner: Learner, at: datetime):  # type: ignore[no-untyped-def]
    """What the screen says of the date; whoever was wrong waits, then reads it again."""
    while True:
        try:
            _check_birth_date(learner, f"{visit.fingers().birth_date:%d/%m/%Y}", at=at)
        except WrongBirthDate:
            yield visit.takes("relire")
            return False
        except TooManyTries as wait:
            at = yield wait.delay.total_seconds()
        else:
            return True


def _companion(visit: Visit, learner: Learner) -> Account | None:
    someone = visit.user
    return someone if someone is not None and is_same_person(account=someone, learner=learner) else None


def _nobody_likely(visit: Visit) -> Steps:
    """A card, an identifier with its password, or names."""
    if visit.card:
        card = yield from _typed_card(visit)
        at = yield visit.takes("lire_et_dire_oui")
        return (yield from after_yes(visit, visit.learner, Proof(card=card), at, by_ent=True))
    if visit.knows_password and visit.world.rules.asks_old:
        account = yield from _signed_in(visit, visit.old_account)
        at = yield 0.0
        mine = learner_here(account, arriving(visit.request, at=at))
        if mine is not None:
            return _joins(visit, mine, Proof(), account, at)
        visit.user = account
    return (yield from by_names(visit, by_ent=True))


def _joins(visit: Visit, learner: Learner, proof: Proof, account: Account | None, at: datetime) -> datetime:
    """Everything at once, or the screen of a conflict, that the office settles."""
    try:
        identities.held(visit.request, at=at)
    except identities.IdentityGone:  # the teacher was long to come: the tile again
        _hold(visit, visit.person.uid(now=True), at)
    was_here = visit.user
    same = was_here is not None and is_same_person(account=was_here, learner=learner)
    try:
        joined = join_identity(visit.request, learner=learner, proof=proof, account=account, at=at)
    except (InConflict, PupilRefusal) as refusal:
        visit.world.refuse(refusal)
        if isinstance(refusal, InConflict):
            _note(refusal, at)
        raise GivesUp from refusal
    if same and was_here != joined:
        _note(TwoAccounts(learner=learner, other_account=was_here), at)
    visit.comes_in(joined)
    return at


def _note(met: InConflict, at: datetime) -> None:
    """What the page keeps for the staff; the desk shows both accounts."""
    note_conflict(refusal=met, help_request=None, at=at)
