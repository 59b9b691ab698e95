"""Every expected « no » of this room, each with its name and its sentence.

`message` speaks to whoever usually asks. Where a pupil may meet it too, `to_pupil` says it in their words, under
`title`; nothing was recorded when a refusal is raised.
"""

from __future__ import annotations

from preau.web.refusals import Refusal


class PupilRefusal(Refusal):
    """A refusal that a pupil may meet: one title, one sentence in « tu »."""

    title = "On ne peut pas continuer comme ça"
    to_pupil = "Rien n’est perdu. Lève la main : ton professeur va t’aider."


class LearnerTaken(PupilRefusal):
    """The pupil already has an active attachment to another account."""

    message = "Un autre compte est déjà rattaché à cet élève."
    title = "Ce nom a déjà un compte"
    to_pupil = (
        "Quelqu’un est déjà entré avec ce nom. Si c’est toi, connecte-toi ; sinon lève la main, ton "
        "professeur va t’aider."
    )


class AccountTakenHere(PupilRefusal):
    """The account is already attached to another pupil of this school."""

    message = "Ce compte est déjà rattaché à un autre élève de l’établissement."
    title = "Ce compte est celui de quelqu’un d’autre ici"
    to_pupil = (
        "Le compte ouvert sur cet ordinateur a déjà un autre nom dans ton établissement. Lève la main : "
        "ton professeur va t’aider."
    )


class LearnerLeft(PupilRefusal):
    """The pupil is no longer enrolled: account and history are kept, but no door opens."""

    message = "Cet élève a quitté l’établissement : il ne peut plus être rattaché."
    title = "Ce nom n’est plus dans la liste de l’établissement"
    to_pupil = (
        "La liste dit que tu n’es plus dans cet établissement. Rien n’est perdu. Demande à ton "
        "professeur de vérifier."
    )


class StaffAccount(PupilRefusal):
    """A member of staff walks the pupil's path: a demonstration pupil exists for that, never a real one."""

    message = "Un compte du personnel ne peut pas être rattaché à un élève."
    title = "Ce compte est celui d’un adulte"
    to_pupil = "Un compte du personnel est ouvert sur cet ordinateur. Déconnecte-le, puis recommence."


class AlreadyDetached(Refusal):
    """Somebody else detached in between."""

    message = "Ce rattachement était déjà terminé."


class TooLateToUndo(Refusal):
    """More than thirty days after the detachment."""

    message = "Ce détachement date de plus de 30 jours : il ne s’annule plus."


class NothingToUndo(Refusal):
    """The attachment is active: somebody undid the detachment in between."""

    message = "Ce détachement était déjà annulé."


class CardRefusal(PupilRefusal):
    """A card that opens no door now; `message` is what the pupil reads."""

    learner_id: int | None = None  # whose card it is, for whoever helps in the room

    @property
    def to_pupil(self) -> str:  # type: ignore[override]
        return self.message


class IncompleteCode(CardRefusal):
    """What was typed cannot be a code."""

    title = "Ce code n’est pas complet"
    message = "Relis ton code : 3 groupes de 4."


class UnknownCard(CardRefusal):
    """No card has this code."""

    title = "Nous ne connaissons pas ce code"
    message = (
        "Relis-le sur ta carte. S’il ne marche toujours pas, ton professeur peut te donner une nouvelle "
        "carte."
    )


class SpentCard(CardRefusal):
    """The card was used."""

    title = "Cette carte a déjà servi"
    message = (
        "Une carte ne sert qu’une fois. Si c’est toi qui l’as utilisée, connecte-toi avec ton "
        "identifiant et ton mot de passe. Sinon, demande une nouvelle carte à ton professeur."
    )


class ExpiredCard(CardRefusal):
    """The card is too old."""

    title = "Cette carte est trop vieille"
    message = "Sa date est dépassée. Ce n’est pas grave : ton professeur peut t’en donner une nouvelle."


class VoidedCard(CardRefusal):
    """A newer card replaced it, or the school cancelled its batch."""

    title = "Cette carte ne sert plus"
    message = (
        "Une carte plus récente l’a remplacée. Prends la dernière que ton professeur t’a donnée, ou "
        "demandes-en une autre."
    )


class CardOfSomeoneElse(CardRefusal):
    """The card is valid but not for the pupil who is proving who they are; it is not spent."""

    title = "Cette carte est celle de quelqu’un d’autre"
    message = (
        "Cette carte n’est pas à ton nom. Rien n’est enregistré : rends-la à ton professeur et demande "
        "la tienne."
    )


class HelpAlreadyDecided(Refusal):
    """Another member of staff answered first, or the pupil no longer waits."""

    message = "Cette demande d’aide a déjà reçu une réponse."


class HelpOver(PupilRefusal):
    """The yes of the staff was used already, or is too old."""

    message = "Cette demande d’aide est terminée."
    title = "On reprend au début"
    to_pupil = "Rien n’est perdu. Retape ton nom, puis montre ton nouveau code d’aide."


class IdentityOver(PupilRefusal):
    """The ENT identity no longer waits: ten minutes passed, it was used, or the session was lost."""

    title = "On repart de ton ENT"
    to_pupil = (
        "Dix minutes ont passé, ou c’est déjà fait. Rien n’est perdu : retourne dans ton ENT et clique de "
        "nouveau sur la tuile Préau."
    )


class AdultIdentity(PupilRefusal):
    """The ENT says that this person is not a pupil."""

    message = "Une identité d’adulte ne peut pas être rattachée à un élève."
    title = "Ton ENT dit que tu n’es pas un élève"
    to_pupil = "Une session d’adulte est ouverte dans l’ENT. Ferme-la, puis recommence avec la tienne."


class OldAccountClosed(PupilRefusal):
    """Only the school opens it again."""

    title = "Ton compte est fermé"
    to_pupil = "Rien n’est perdu. Lève la main : ton établissement peut le rouvrir."


class InConflict(PupilRefusal):
    """Two things cannot both be true: a person decides; `facts` are what `note_conflict` keeps."""

    title = "Quelqu’un doit vérifier avec toi"
    kind = ""


class TwoAccounts(InConflict):
    """The pupil has an account, and proved another one."""

    kind = "LEARNER_TAKEN"
    message = "Un autre compte est déjà rattaché à cet élève."
    to_pupil = "Ton nom a déjà un autre compte ici. Rien n’est perdu, aucun des deux n’est effacé."


class AccountOfAnother(InConflict):
    """The account that was proved is another pupil's in this school."""

    kind = "ACCOUNT_TAKEN"
    message = "Ce compte est déjà rattaché à un autre élève de l’établissement."
    to_pupil = "Ce compte a déjà un autre nom dans ton établissement. Rien n’est changé."


class IdentityOfAnother(InConflict):
    """The ENT identity was given to another account meanwhile."""

    kind = "IDENTITY_TAKEN"
    message = "Cette entrée par l’ENT est déjà reliée à un autre compte."
    to_pupil = "Ton entrée par l’ENT est déjà reliée à un autre compte. Rien n’est changé."


class OtherSchool(InConflict):
    """The ENT speaks of another school than the pupil's."""

    kind = "OTHER_SCHOOL"
    message = "L’ENT dit que cet élève est dans un autre établissement."
    to_pupil = "Ton ENT et ta carte ne parlent pas du même établissement. Rien n’est changé."


class LastWay(Refusal):
    """The last way in is never removed."""

    message = "C’est ta seule façon d’entrer : ajoutes-en une autre avant de retirer celle-ci."


class WayGone(Refusal):
    """Another tab removed it already."""

    message = "Cette façon d’entrer n’est déjà plus là."


class NothingToRestore(Refusal):
    """The change was undone already, or is too old."""

    message = "Ce remplacement ne s’annule plus : il date de plus de 30 jours, ou c’est déjà fait."


class OldIdentityTaken(Refusal):
    """Somebody else has the old identity now."""

    message = "L’ancienne identité est maintenant reliée à un autre compte : rien n’a été changé."


class IdentityNotHere(Refusal):
    """The identity left this account meanwhile, or the pupil has no account any more."""

    message = "Cette entrée par l’ENT n’ouvre plus ce compte : rien n’a été changé."


class IdentityElsewhere(Refusal):
    """The other account is somebody's, here or in another school: its ways in are not for this school to give."""

    message = (
        "L’autre compte sert déjà à quelqu’un : son entrée par l’ENT ne peut pas être donnée d’ici. Détachez-le "
        "d’abord, ou réunissez les deux comptes. Rien n’a été changé."
    )


class CodeNotRead(Refusal):
    """Staff say who asks without having had the help code read to them."""

    message = "Tapez d’abord le code d’aide que l’élève lit sur son écran : c’est lui qui dit qui demande."


class MergeAsked(Refusal):
    """Another merge of this pupil waits for its answer."""

    message = "Une autre réunion attend déjà une réponse pour cet élève : répondez-y d’abord."


class MergeOver(Refusal):
    """Answered, withdrawn, too old; or an account was closed or detached in between."""

    message = "Cette réunion n’est plus possible : elle a reçu sa réponse, ou les comptes ont changé depuis."


class NeedsSecondPerson(Refusal):
    """Whoever asked cannot confirm."""

    message = "Il faut une deuxième personne : vous ne pouvez pas confirmer votre propre demande."


class OtherPerson(Refusal):
    """One of the accounts is another pupil's here."""

    message = (
        "Un des deux comptes est celui d’un autre élève d’ici : si c’est une erreur, détachez-le d’abord. Rien n’a été "
        "fait."
    )


class LivesElsewhere(Refusal):
    """The account that would close is in use in another school: it, or the pupil, must agree first."""

    message = (
        "Ce compte sert aussi dans un autre établissement : l’élève doit le prouver, ou cet établissement l’accorder. "
        "Rien n’a été fait."
    )


class BothElsewhere(Refusal):
    """Both accounts are pupils of one other school, which alone can tell."""

    message = "Les deux comptes servent dans un même autre établissement : c’est à lui de les réunir."


class MergeTooLate(Refusal):
    """More than thirty days after the merge."""

    message = "Cette réunion date de plus de 30 jours : elle ne s’annule plus."


class NothingToPart(Refusal):
    """Somebody undid it in between."""

    message = "Cette réunion était déjà annulée."


class LaterMerge(Refusal):
    """The kept account was merged into a third one since."""

    message = "Le compte gardé a été réuni avec un autre depuis : annulez d’abord cette réunion-là."


class JoinedAccount(Refusal):
    """The account was merged into another one: only undoing the merge brings it back."""

    message = "Ce compte a été réuni avec un autre : annulez plutôt la réunion, dans « Doublons »."


class TransferRefusal(Refusal):
    """The request between schools cannot be made or answered."""

    message = "Cette demande n’est plus possible : elle a reçu une réponse, ou elle est trop ancienne."


class AskedElsewhere(Refusal):
    """A request waits already about this pupil."""

    message = "Une demande attend déjà pour cet élève : retirez-la d’abord."


class NoBirthDate(Refusal):
    """Nothing to compare but a name."""

    message = "Votre liste n’a pas sa date de naissance : corrigez-la d’abord, la demande en a besoin."


class OwnSchool(Refusal):
    """The school that asks was named."""

    message = "C’est votre propre établissement : nommez celui où l’élève était avant."


class TooManyRequests(Refusal):
    """So many names in one day look like a search."""

    message = "Votre établissement a déjà fait 40 demandes sans réponse depuis hier : les prochaines attendront demain."


class DetachedLately(PupilRefusal):
    """Staff detached an account of this pupil less than thirty days ago: names alone do not attach again."""

    title = "Ton professeur doit vérifier avec toi"
    to_pupil = "Tape ton nom de nouveau : tu auras un code d’aide à montrer, ou demande une carte."
