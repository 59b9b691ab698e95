"""What becomes of every table that leads to a person: a table that is not written here fails a test."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Fate(Enum):
    """What erasing a pupil does to a table."""

    ERASED = "effacé avec l’élève"
    EMPTIED = "gardé sans le nom ni le lien"
    KEPT = "ne dit rien d’un élève"


@dataclass(frozen=True, slots=True)
class Kept:
    """The fate of one table, whether one's own export shows it, and why."""

    fate: Fate
    why: str
    exported: bool = False


_OF_STAFF = "acte du personnel : qui l’a fait devient inconnu quand son compte s’efface"

REGISTRY: dict[str, Kept] = {
    # The pupil, and what the pupil did.
    "rosters.Learner": Kept(Fate.ERASED, "fiche de la base élèves", exported=True),
    "accounts.Account": Kept(Fate.ERASED, "compte, s’il n’ouvre aucun autre établissement", exported=True),
    "attachments.Attachment": Kept(Fate.ERASED, "rattachements", exported=True),
    "attachments.Card": Kept(Fate.ERASED, "cartes (empreintes des codes)", exported=True),
    "attachments.HelpRequest": Kept(Fate.ERASED, "appels à l’aide", exported=True),
    "attachments.IdentityChange": Kept(Fate.ERASED, "entrées par l’ENT remplacées", exported=True),
    "attachments.Conflict": Kept(Fate.ERASED, "comptes en conflit", exported=True),
    "attachments.Merge": Kept(Fate.ERASED, "réunions de deux comptes", exported=True),
    "attachments.SetAside": Kept(Fate.ERASED, "doublons écartés", exported=True),
    "attachments.Transfer": Kept(Fate.ERASED, "demandes de transfert d’un compte", exported=True),
    "attachments.RecognitionRefusal": Kept(Fate.ERASED, "comptes non reconnus", exported=True),
    "campaigns.Participation": Kept(Fate.ERASED, "participations", exported=True),
    "parcours.Attempt": Kept(Fate.ERASED, "essais d’un parcours", exported=True),
    "parcours.Answer": Kept(Fate.ERASED, "réponses", exported=True),
    "classroom.Difficulty": Kept(Fate.ERASED, "difficultés pendant une séance, 7 jours", exported=True),
    "classroom.Trial": Kept(Fate.ERASED, "élèves de démonstration : inventés"),
    "privacy.Departure": Kept(Fate.ERASED, "jour où le départ a été vu", exported=True),
    "socialaccount.SocialAccount": Kept(Fate.ERASED, "identité de l’ENT ou du GAR", exported=True),
    "socialaccount.SocialToken": Kept(Fate.ERASED, "jamais écrit (SOCIALACCOUNT_STORE_TOKENS)"),
    "account.EmailAddress": Kept(Fate.ERASED, "adresses, quand la bibliothèque en écrit"),
    "account.EmailConfirmation": Kept(Fate.ERASED, "confirmations d’adresse, de même"),
    "accounts.OpenSession": Kept(Fate.ERASED, "sessions ouvertes", exported=True),
    "accounts.Account_groups": Kept(Fate.ERASED, "droits de l’administration du serveur"),
    "accounts.Account_user_permissions": Kept(Fate.ERASED, "droits de l’administration du serveur"),
    "mfa.Authenticator": Kept(Fate.ERASED, "second facteur du personnel"),
    "rosters.ImportChange": Kept(Fate.ERASED, "ce qu’un import a changé pour l’élève", exported=True),
    # What speaks of a pupil among others.
    "rosters.ImportQuestion": Kept(Fate.EMPTIED, "questions d’un aperçu : celles de l’élève s’effacent"),
    "rosters.RosterImport": Kept(Fate.EMPTIED, "nombres gardés, remarques de l’élève effacées"),
    "rosters.PendingFile": Kept(Fate.KEPT, "tableau en attente, 24 heures au plus"),
    "audit.Entry": Kept(Fate.EMPTIED, "journal : le nom devient « élève effacé »", exported=True),
    # What staff made: the account may be gone, the thing stays.
    "establishments.Membership": Kept(Fate.KEPT, "équipe"),
    "establishments.Invitation": Kept(Fate.KEPT, "invitations, un an"),
    "rosters.ImportCalendar": Kept(Fate.KEPT, _OF_STAFF),
    "rosters.Division": Kept(Fate.KEPT, "classes et leurs enseignants"),
    "rosters.Division_teachers": Kept(Fate.KEPT, "classes et leurs enseignants"),
    "parcours.Parcours": Kept(Fate.KEPT, _OF_STAFF),
    "parcours.SchoolItem": Kept(Fate.KEPT, _OF_STAFF),
    "handouts.Batch": Kept(Fate.KEPT, "lots de cartes : combien, par qui"),
    "handouts.Errand": Kept(Fate.KEPT, "travaux sur une sélection : les numéros s’oublient à la fin"),
    "campaigns.Campaign": Kept(Fate.KEPT, _OF_STAFF),
    "campaigns.Campaign_divisions": Kept(Fate.KEPT, "classes d’une campagne"),
    "scenarios.WeeklyDigest": Kept(Fate.KEPT, "résumé demandé par une personne de l’équipe"),
    "classroom.Session": Kept(Fate.KEPT, "séances et leurs nombres"),
    "privacy.PrivacyChoices": Kept(Fate.KEPT, _OF_STAFF),
    "admin.LogEntry": Kept(Fate.KEPT, "actes de l’administration du serveur ; aucun élève n’y entre"),
}
