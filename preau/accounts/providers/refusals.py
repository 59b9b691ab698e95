"""Why an arrival is refused: a reason for the log, that quotes nothing, and a sentence for the person."""

from __future__ import annotations

from enum import StrEnum

from preau.web.refusals import Refusal


class Reason(StrEnum):
    """What the log says; nothing of what was received is ever in it."""

    TOO_LARGE = "too-large"
    UNREADABLE = "unreadable"
    DOCTYPE = "doctype"
    COMMENT = "comment-inside"
    SHAPE = "unexpected-shape"
    ALGORITHM = "algorithm"
    ENCRYPTED = "encrypted"
    UNOPENED = "unopened"
    IN_CLEAR = "in-clear"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    RECIPIENT = "recipient"
    DESTINATION = "destination"
    CLOCK = "clock"
    STATUS = "provider-said-no"
    STATE = "state"
    NONCE = "nonce"
    SUBJECT = "subject"
    TICKET = "ticket"
    INVALID = "invalid"
    NO_IDENTIFIER = "no-identifier"
    TWO_IDENTIFIERS = "two-identifiers"
    ODD_IDENTIFIER = "odd-identifier"


class WayOut(StrEnum):
    """The one thing to do on the screen of a refusal, before the other ways in."""

    AGAIN = "again"  # by the same ENT
    ELSEWHERE = "elsewhere"  # another way in
    SIGN_OUT = "sign-out"  # whoever is in leaves, then again
    ACCOUNT = "account"  # an adult's own page
    SHOW = "show"  # the screen, to an adult


# The request itself makes no sense: 400. Anything else is a no: 403.
MALFORMED = {Reason.TOO_LARGE, Reason.UNREADABLE, Reason.DOCTYPE, Reason.SHAPE}


class ArrivalRefused(Refusal):
    """What the provider sent does not hold; the person may simply click the tile again."""

    out = WayOut.AGAIN
    title = "Ton ENT n’a pas pu te faire entrer"
    message = (
        "La connexion venue de l’ENT n’a pas pu être vérifiée. Rien n’est perdu : retourne dans ton ENT et "
        "clique de nouveau sur Préau, ou entre d’une autre façon."
    )
    status = 403

    def __init__(self, reason: Reason = Reason.INVALID) -> None:
        self.reason = reason
        self.status = 400 if reason in MALFORMED else 403
        super().__init__(None)


class TooLate(ArrivalRefused):
    """The request we made is not known in this browser: too old, used already, made elsewhere, or never made."""

    title = "Cette arrivée ne marche plus"
    message = (
        "Elle a déjà servi, elle a attendu plus de dix minutes, ou elle vient d’un autre navigateur. "
        "Retourne dans ton ENT et clique de nouveau sur Préau."
    )

    def __init__(self) -> None:
        super().__init__(Reason.STATE)


class ProviderDown(Refusal):
    """The provider does not answer, or not in time."""

    out = WayOut.AGAIN
    title = "L’ENT ne répond pas en ce moment"
    message = "Ce n’est pas toi. Réessaie dans quelques minutes, ou entre d’une autre façon."
    status = 503

    def __init__(self, why: str = "") -> None:
        self.why = why  # for the log and the host: which machine, and what happened
        super().__init__(None)


class ProviderUnset(Refusal):
    """Whoever administers the server has not finished setting this provider up."""

    out = WayOut.ELSEWHERE
    title = "Cette façon d’entrer n’est pas prête"
    message = (
        "Le réglage de cette connexion n’est pas terminé. Entre d’une autre façon, ou demande à un adulte."
    )
    status = 503


class SettingRefused(Exception):
    """A setting of a provider that cannot work; the sentence is for whoever administers the server."""


class StaffSignedIn(Refusal):
    """A pupil's identity arrives where a member of staff is signed in."""

    out = WayOut.SIGN_OUT
    title = "Un adulte est connecté sur cet ordinateur"
    message = (
        "L’ENT envoie un élève, mais c’est le compte d’un adulte qui est ouvert ici. Rien n’a changé : "
        "l’adulte ferme d’abord sa connexion, puis l’élève entre."
    )
    status = 409


class NotInvited(Refusal):
    """An adult's identity that no account of the staff has linked."""

    out = WayOut.ACCOUNT
    title = "Votre compte Préau n’est pas encore relié"
    message = (
        "L’ENT dit que vous n’êtes pas élève. Si vous travaillez dans l’établissement, entrez avec votre adresse et "
        "votre mot de passe, puis reliez l’ENT depuis « Mon compte ». Sans invitation, demandez-la au chef "
        "d’établissement. Un parent n’a pas de compte ici."
    )
    status = 403


class IdentityElsewhere(Refusal):
    """The identity to link opens another account already."""

    out = WayOut.ACCOUNT
    title = "Cette connexion de l’ENT ouvre déjà un autre compte"
    message = "Rien n’a changé. Vérifiez que c’est bien votre session de l’ENT qui est ouverte."
    status = 409


class WrongKind(Refusal):
    """A pupil's identity on an adult's account, or the reverse: the ENT changed its mind on who this is."""

    out = WayOut.SHOW
    title = "Cette connexion de l’ENT et ce compte ne vont pas ensemble"
    message = "L’ENT n’annonce pas la même personne que d’habitude. Montre cet écran à un adulte de l’établissement."
    status = 403


class AccountOver(Refusal):
    """The account of this identity was closed."""

    out = WayOut.SHOW
    title = "Ce compte est fermé"
    message = "Montre cet écran à un adulte de l’établissement : lui seul peut le rouvrir."
    status = 403
