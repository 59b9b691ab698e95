"""Zoé has two accounts: found, asked for by the référente, confirmed by the head; she has both ways in; then undone."""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from tests.attachments.doubles import PASSWORD, two_accounts
from tests.journeys.world import campaign_of
from tests.world import World

DESK = "/e/0931434D/doublons/"


def test_two_accounts_become_one_by_two_people_and_two_again(someone, world: World) -> None:
    campaign_of(world.tilleuls)
    kept, joined = two_accounts(world.zoe, timezone.now(), by=world.boeuf)
    boeuf = someone(phone=True).signs_in_as_staff("boeuf@tilleuls.example")
    boeuf.opens("/e/0931434D/aides/").follows("Doublons").sees_title("Doublons et presque-trouvés")
    boeuf.reads("Zoé MARTIN-LEROY", "Compte A", "Compte B", "Après")
    boeuf.presses("Réunir : B rejoint A").reads("une deuxième personne a 7 jours", "Retirer ma demande")
    boeuf.does_not_read("Refuser")  # her own request: she may only take it back

    ndiaye = someone(dark=True).signs_in_as_staff("ndiaye@tilleuls.example")
    ndiaye.opens(DESK).reads("Cécile BŒUF-DELAŸE a demandé de les réunir")
    ndiaye.presses("Confirmer : B rejoint A").reads("sont réunis", "Annulable pendant 30 jours")

    zoe = someone(phone=True).opens("/connexion/").types("identifiant", str(kept.username))
    zoe.page.locator("input[type=password]").fill(PASSWORD)
    zoe.presses("Entrer").reads("Bonjour Zoé")
    ndiaye.opens(f"/e/0931434D/eleves/{world.zoe.pk}/").reads("Médiacentre", "Identifiant")
    assert SocialAccount.objects.get().user == kept

    ndiaye.opens(DESK).follows("Déjà tranchés").reads("deux comptes réunis", "confirmée par Moussa N’DIAYE")
    ndiaye.presses("Annuler la réunion").reads("La réunion est annulée")
    assert SocialAccount.objects.get().user == joined
    boeuf.opens(DESK).reads("a deux comptes", "Réunir")
    ndiaye.opens("/e/0931434D/journal/").reads("a confirmé la réunion", "a annulé la réunion")
