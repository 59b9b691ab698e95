"""The words of the diagnosis: one table, read by the tab, the pupil's screen, the card, the leaflet and the files.

Staff are told *vous*, pupils *tu*. `key` never changes: addresses, files and translations rest on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Who(Enum):
    """Who acts next, as the screen says it."""

    YOU = "Vous"
    PUPIL = "Élève"
    MEDIACENTRE = "Médiacentre"
    SECRETARIAT = "Secrétariat"
    NOBODY = ""

    @property
    def key(self) -> str:
        """As an address says it."""
        return self.name.lower()


class Need(Enum):
    """What a step asks for: the words for the staff, and for the pupil."""

    ROSTER = ("la base élèves à jour", "")
    CARD = ("une carte", "ta carte")
    ENT = ("la connexion à l’ENT", "ta connexion à l’ENT")
    NAMES = (
        "le nom, le prénom et la date de naissance, ou une carte",
        "ton nom, ton prénom et ta date de naissance, ou une carte",
    )
    PASSWORD = ("l’identifiant et le mot de passe", "ton identifiant et ton mot de passe")
    MAIL_PASSWORD = ("l’adresse mail et le mot de passe", "ton adresse mail et ton mot de passe")
    PASSWORD_OR_CARD = ("le mot de passe d’avant, ou une carte", "ton mot de passe d’avant, ou une carte")
    GAR = ("l’attribution de la ressource dans le GAR", "")
    SIECLE = ("le dossier de l’élève dans SIECLE ou ONDE", "")

    def __init__(self, label: str, pupil: str) -> None:
        self.label = label
        self.pupil = pupil


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a pupil is: a row of the leaflet, or what comes before and after it."""

    key: str
    label: str
    why: str
    pupil_why: str = ""


NO_ACCOUNT = Situation(
    "NO_ACCOUNT",
    "Sans compte",
    "Aucun compte n’est encore rattaché à cet élève.",
    "Tu n’as pas encore de compte ici.",
)
MEDIACENTRE_TO_MEDIACENTRE = Situation(
    "MEDIACENTRE_TO_MEDIACENTRE",
    "Médiacentre → Médiacentre",
    "Le compte s’ouvre déjà par le Médiacentre, ce qui convient à l’établissement.",
    "Ton compte s’ouvre déjà par le Médiacentre.",
)
MEDIACENTRE_TO_USERNAME = Situation(
    "MEDIACENTRE_TO_USERNAME",
    "Médiacentre → Identifiant",
    "Le compte s’ouvre par le Médiacentre, et l’établissement a choisi l’identifiant.",
    "Ton compte s’ouvre par le Médiacentre. Cette année, on entre ici avec un identifiant.",
)
USERNAME_TO_USERNAME = Situation(
    "USERNAME_TO_USERNAME",
    "Identifiant → Identifiant",
    "Le compte a un identifiant ou une adresse, ce qui suffit dans cet établissement.",
    "Tu as déjà un compte.",
)
USERNAME_TO_MEDIACENTRE = Situation(
    "USERNAME_TO_MEDIACENTRE",
    "Identifiant → Médiacentre",
    "Le compte a un identifiant ou une adresse, mais l’établissement a choisi le Médiacentre.",
    "Tu as déjà un compte. Cette année, on entre ici par le Médiacentre.",
)
MAIL_TOO_YOUNG = Situation(
    "MAIL_TOO_YOUNG",
    "Mail avant 15 ans",
    "Le compte s’ouvre avec une adresse mail, ce qui n’est pas permis avant 15 ans.",
    "Avant 15 ans, on n’utilise pas d’adresse e-mail ici.",
)
TO_DECIDE = Situation(
    "TO_DECIDE",
    "Compte à vérifier",
    "Un compte existe peut-être déjà pour cet élève, mais rien ne le dit avec certitude.",
)
DONE = Situation("DONE", "C’est fait", "L’élève est entré comme l’établissement l’a choisi.", "C’est fait !")
NOT_ENROLLED = Situation(
    "NOT_ENROLLED",
    "Absent de la base élèves",
    "La base élèves ne connaît pas cet élève.",
    "Nous ne te retrouvons pas encore.",
)
GONE = Situation(
    "GONE",
    "Parti",
    "L’élève a quitté l’établissement : son compte et son histoire sont gardés.",
    "Tu n’es plus dans cet établissement.",
)
LEAFLET = (
    NO_ACCOUNT,
    MEDIACENTRE_TO_MEDIACENTRE,
    MEDIACENTRE_TO_USERNAME,
    USERNAME_TO_USERNAME,
    USERNAME_TO_MEDIACENTRE,
)
SITUATIONS = (*LEAFLET, MAIL_TOO_YOUNG, TO_DECIDE, DONE, NOT_ENROLLED, GONE)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: who does it, what, why it helps; `pupil` is what the pupil is told meanwhile, in *tu*."""

    key: str
    who: Who
    label: str
    pupil: str
    why: str = ""
    pupil_why: str = ""
    needs: tuple[Need, ...] = ()

    @property
    def by(self) -> str:
        """Who acts, in the screen's word."""
        return self.who.value


NOTHING = Step("NOTHING", Who.NOBODY, "", "Tu n’as rien d’autre à faire pour entrer")
ADD_PUPIL = Step(
    "ADD_PUPIL",
    Who.YOU,
    "Ajouter l’élève à la base",
    "Montre ton code d’aide à ton professeur",
    "Préau n’ouvre qu’aux élèves de la base : importez-la de nouveau, ou ajoutez l’élève à la main.",
    "Il peut t’ajouter en une minute.",
    (Need.ROSTER,),
)
DECIDE = Step(
    "DECIDE",
    Who.YOU,
    "Vérifier le compte déjà connu",
    "Demande une carte à ton professeur",
    "Regardez d’abord : une carte ouvrirait un second compte.",
    "Il vérifie d’abord si tu as déjà un compte.",
)
GIVE_CARD = Step(
    "GIVE_CARD",
    Who.YOU,
    "Donner une carte",
    "Demande une carte à ton professeur",
    "Avec une carte, l’élève entre et choisit son mot de passe.",
    "Avec elle, tu entres et tu choisis ton mot de passe.",
    (Need.CARD,),
)
GIVE_USERNAME = Step(
    "GIVE_USERNAME",
    Who.YOU,
    "Donner un identifiant",
    "Demande ton identifiant à ton professeur",
    "L’identifiant s’ajoute au même compte ; une carte l’ouvre.",
    "Il s’ajoute au même compte : tu gardes tout.",
    (Need.CARD,),
)
CONVERT_MAIL = Step(
    "CONVERT_MAIL",
    Who.YOU,
    "Convertir en identifiant",
    "Demande un identifiant à ton professeur",
    "L’identifiant remplace l’adresse : l’élève garde son compte.",
    "Il remplace ton adresse : tu gardes ton compte.",
    (Need.CARD,),
)
UNBLOCK = Step(
    "UNBLOCK",
    Who.YOU,
    "Débloquer, ou donner un nouveau code",
    "Attends une minute, ou demande un nouveau code",
    "Trop de mots de passe faux ont été tapés.",
    "Ce n’est pas grave : lève la main.",
)
TYPE_CARD = Step(
    "TYPE_CARD",
    Who.PUPIL,
    "Taper le code de sa carte",
    "Tape le code de ta carte",
    "Sa carte est prête, et n’a pas encore servi.",
    "Ta carte ne sert qu’une fois.",
    (Need.CARD,),
)
SHOW_TILE = Step(
    "SHOW_TILE",
    Who.MEDIACENTRE,
    "Distribuer la tuile aux élèves",
    "Ouvre la tuile Médiacentre de ton ENT",
    "Le Médiacentre n’a encore envoyé aucun élève de l’établissement : vérifiez que la tuile est distribuée.",
    "Si tu ne vois pas la tuile Préau dans ton ENT, dis-le à ton professeur.",
    (Need.GAR,),
)
OPEN_TILE = Step(
    "OPEN_TILE",
    Who.PUPIL,
    "Ouvrir la tuile Médiacentre",
    "Ouvre la tuile Médiacentre de ton ENT",
    "Préau y reconnaît l’élève, ou lui demande une preuve sur le même écran.",
    "Préau t’y reconnaît, ou te demande une preuve.",
    (Need.ENT,),
)
SIGN_IN = Step(
    "SIGN_IN",
    Who.PUPIL,
    "Se connecter avec son identifiant",
    "Connecte-toi avec ton identifiant",
    "Le compte est prêt ; s’il a oublié son mot de passe, donnez-lui une carte.",
    "Mot de passe oublié ? Demande un nouveau code à ton professeur.",
    (Need.PASSWORD,),
)
SIGN_IN_BY_MAIL = Step(
    "SIGN_IN_BY_MAIL",
    Who.PUPIL,
    "Se connecter avec son adresse mail",
    "Connecte-toi avec ton adresse mail",
    "Le compte est prêt ; s’il a oublié son mot de passe, donnez-lui une carte.",
    "Mot de passe oublié ? Demande un nouveau code à ton professeur.",
    (Need.MAIL_PASSWORD,),
)
CONFIRM_CLASS = Step(
    "CONFIRM_CLASS",
    Who.SECRETARIAT,
    "Confirmer la classe",
    NOTHING.pupil,
    "Le fichier ne donne pas sa classe.",
    needs=(Need.SIECLE,),
)
ADD_INE = Step(
    "ADD_INE",
    Who.SECRETARIAT,
    "Ajouter l’INE",
    NOTHING.pupil,
    "Le fichier ne donne pas son INE : l’an prochain, Préau ne le reconnaîtrait pas tout seul.",
    needs=(Need.SIECLE,),
)
ADD_BIRTH_DATE = Step(
    "ADD_BIRTH_DATE",
    Who.SECRETARIAT,
    "Compléter la date de naissance",
    NOTHING.pupil,
    "Le fichier ne donne pas sa date de naissance : sans elle, pas d’entrée sans carte.",
    needs=(Need.SIECLE,),
)
# In the order of the ladder: what opens a door first.
STEPS = (
    ADD_PUPIL,
    DECIDE,
    GIVE_CARD,
    GIVE_USERNAME,
    CONVERT_MAIL,
    UNBLOCK,
    TYPE_CARD,
    SHOW_TILE,
    OPEN_TILE,
    SIGN_IN,
    SIGN_IN_BY_MAIL,
    CONFIRM_CLASS,
    ADD_INE,
    ADD_BIRTH_DATE,
    NOTHING,
)
