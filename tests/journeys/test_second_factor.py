"""A référente adds a passkey of her computer, and enters with it."""

from __future__ import annotations

import pytest

from tests.journeys.world import empty_school, referente

pytestmark = pytest.mark.journey


def test_she_adds_a_passkey_and_enters_with_it(someone) -> None:
    person = referente(someone, empty_school())
    devtools = person.page.context.new_cdp_session(person.page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    # A passkey is for a name, not for a number: the same server, by its name.
    person.site = person.site.replace("127.0.0.1", "localhost")
    person.opens("/personnel/").types("Adresse", "boeuf@0931434d.example")
    person.page.locator("input[type=password]").fill("quatre tilleuls et un banc")
    person.presses("Se connecter")
    person.opens("/personnel/compte/").follows("Deuxième preuve").follows("Ajouter une clé d’accès")
    person.types("Nom de cette clé", "Ordinateur du bureau").presses("Ajouter une clé d’accès", settle=False)
    person.sees_title("Vos codes de secours").follows("Je les ai gardés").reads("Ordinateur du bureau")
    person.presses("Se déconnecter")
    person.opens("/personnel/").types("Adresse", "boeuf@0931434d.example")
    person.page.locator("input[type=password]").fill("quatre tilleuls et un banc")
    person.presses("Se connecter").sees_title("Encore une preuve")
    person.presses("Utiliser ma clé d’accès", settle=False)
    person.page.wait_for_url("**/e/**")
    person.looks()
