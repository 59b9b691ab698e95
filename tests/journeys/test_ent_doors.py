"""The ENT's other protocols, its refusals, adults, and leaving: once, since both databases would say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.socialaccount.models import SocialApp
from django.utils import timezone
from playwright.sync_api import expect

from preau.accounts.models import Account
from preau.accounts.second_factor import factors
from preau.attachments.models import Attachment
from preau.rehearsal.mediacentre import Mediacentre
from tests.accounts.providers import gar
from tests.journeys.conftest import Person
from tests.journeys.ent import clicks_the_tile, has_identity, known_to_the_ent, one_account, opens_the_ent
from tests.mediacentre import teacher
from tests.world import PASSWORD, World

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def is_refused(person: Person, title: str, *, by: str = "SAML", status: int = 403) -> Person:
    """The tile leads to a page that says no, on our side."""
    person.page.get_by_role("link", name=by).click()
    person.page.wait_for_url(f"{person.site}/**")
    expect(person.page.locator("h1")).to_contain_text(title)
    if status >= 500:
        assert [one.split()[0] for one in person.complaints] == [str(status)]
        person.complaints.clear()
    return person.looks().everywhere()


@pytest.mark.parametrize("by", ["OpenID", "CAS"])
def test_the_other_protocols_bring_lea_too(someone, world: World, ent: Mediacentre, by: str) -> None:
    known = known_to_the_ent(world.lea)
    ent.knows([known])
    lea = opens_the_ent(someone(), ent, known)
    if by == "CAS":
        lea.page.get_by_role("link", name="CAS").click()
        lea.page.get_by_label("Se connecter en tant que").select_option(known.id)
        lea.page.get_by_role("button", name="Entrer dans l’ENT").click()
        lea.page.wait_for_url(f"{lea.site}/arrivee/ent/")
        lea.looks().follows("C’est ma première fois")
        lea.types("nom de famille", "Martin").types("prénom", "Léa").types("date de naissance", "12/03/2015")
        lea.presses("Continuer")
    else:
        clicks_the_tile(lea, ent, by=by).types("date de naissance", "12/03/2015")
    lea.presses("Oui, c’est moi").reads("Bonjour Léa")
    if by == "CAS":  # leaving the ENT leaves Préau too
        lea.page.goto(f"{ent.cas}/logout")
        lea.opens("/moi/").does_not_read("Bonjour Léa")


def test_a_pupil_is_refused_in_words_and_leaves_an_ent_that_stays_open(
    someone, world: World, ent: Mediacentre
) -> None:
    known, odd = known_to_the_ent(world.lea), known_to_the_ent(world.zoe, ido="pas hexadécimal")
    ent.knows([known, odd])
    is_refused(opens_the_ent(someone(), ent, odd), "Ton ENT n’a pas pu te faire entrer")
    lea = someone().opens("/mediacentre/").sees_title("Par où arrives-tu").everywhere()
    lea.opens("/mediacentre/ent/retour/?state=x&ticket=y").sees_title("ne marche plus").everywhere()

    account = has_identity(world.lea, known)
    clicks_the_tile(opens_the_ent(lea, ent, known), ent).reads("Bonjour Léa")
    lea.opens("/mediacentre/gar/acs/suite/").reads("Continuer sur ma page").everywhere()  # the back button
    lea.follows("Continuer sur ma page").presses("Ce n’est pas moi").reads("L’ENT est encore ouvert")
    assert lea.everywhere().opens("/moi/").page.url.endswith("/connexion/?next=/moi/")
    lea.opens("/deconnexion/?ent=gar").follows("Retourner dans Médiacentre", elsewhere=True)
    ent.say(down="back")  # the browser still gets through, Préau does not
    is_refused(lea, "L’ENT ne répond pas", by="OpenID", status=503)
    ent.say(down=False)
    Account.objects.filter(pk=account.pk).update(is_active=False)
    is_refused(opens_the_ent(lea, ent, known), "Ce compte est fermé")
    Account.objects.filter(pk=account.pk).update(is_active=True)
    ent.knows([replace(known, pro="National_ens")])
    is_refused(opens_the_ent(lea, ent, known), "ne vont pas ensemble")


def test_a_colleague_links_the_ent_and_enters_with_the_second_factor(
    someone, world: World, ent: Mediacentre
) -> None:
    at = timezone.now() - timedelta(days=3)
    code = format_hotp_value(hotp_value(SECRET, int(at.timestamp()) // factors.STEP))
    codes = factors.add_application(account=world.boeuf, secret=SECRET, code=code, at=at)
    lea, cecile = known_to_the_ent(world.lea), teacher("t1", "Cécile", "Bœuf", uai=world.tilleuls.uai)
    ent.knows([lea, cecile])
    her = opens_the_ent(someone(), ent, cecile)
    is_refused(her, "pas encore relié").follows("Entrer avec mon adresse")
    her.types("Adresse", "boeuf@tilleuls.example").page.locator("input[type=password]").fill(PASSWORD)
    her.presses("Se connecter").types("code", codes[0]).presses("Entrer").sees_title(
        "Mon compte"
    ).everywhere()
    her.presses("Relier Médiacentre", settle=False).page.wait_for_url("**/personnel/compte/")
    her.reads("Relié le").everywhere().presses("Se déconnecter").reads("L’ENT est encore ouvert")

    clicks_the_tile(her, ent).sees_title("Encore une preuve").everywhere()
    her.opens("/personnel/compte/").sees_title("Connexion du personnel")  # the tile alone opened nothing
    clicks_the_tile(her, ent).types("code", codes[1]).presses("Entrer").sees_title("Rentrée")
    # A pupil clicks the tile on the computer that she left.
    is_refused(opens_the_ent(her, ent, lea), "Un adulte est connecté")
    her.presses("Fermer la connexion").sees_title("La connexion est fermée").everywhere()
    her.page.get_by_role("link", name="Entrer par Médiacentre").click()
    her.sees_title("C’est toi, Léa")
    assert not Attachment.objects.exists()


def test_an_arrival_needs_no_mouse(someone, world: World, ent: Mediacentre) -> None:
    known = known_to_the_ent(world.lea)
    ent.knows([known])
    lea = opens_the_ent(someone(), ent, known)
    lea.page.get_by_role("link", name="SAML").focus()
    lea.page.keyboard.press("Enter")
    lea.sees_title("C’est toi, Léa")
    lea.goes_by_keyboard("date de naissance", typing="12/03/2010", enter=True).reads("pas la date")
    lea.goes_by_keyboard("date de naissance", typing="12/03/2015")
    lea.goes_by_keyboard("Oui, c’est moi", enter=True).reads("Bonjour Léa")
    assert one_account(world.lea).modes == ["MEDIACENTRE"]
    lea.goes_by_keyboard("Voir, ajouter, retirer", enter=True).sees_title("Mes façons d’entrer")
    lea.goes_by_keyboard("Ce n’est pas moi", enter=True).reads("L’ENT est encore ouvert")


def test_whoever_hosts_reads_what_is_wrong_with_each_setting(someone, ent: Mediacentre) -> None:
    Account.objects.create_superuser("root", PASSWORD)
    short, over, other = gar.pair("short", days=12), gar.pair("old", days=-3), gar.pair("somebody")
    nobody = {"sso": "https://127.0.0.1:9/sso"}  # answers at once that nobody is there
    well = gar.metadata(gar.pair("gar").certificate_text, **nobody)
    wrong = {
        "bientot": gar.app(metadata=well, key=short.key_pem, certificate=short.certificate_pem)["settings"],
        "fini": gar.app(metadata=gar.metadata(over.certificate_text, **nobody))["settings"],
        "melange": gar.app(metadata=well, key=other.key_pem)["settings"],
        "absent": {"metadata": "/nulle/part.xml"},
    }
    for slug, settings in wrong.items():
        SocialApp.objects.create(
            provider="saml", provider_id=slug, name=f"GAR {slug}", client_id=slug, settings=settings
        )
    SocialApp.objects.create(
        provider="cas", provider_id="vide", name="ENT vide", client_id="vide", settings={}
    )
    host = someone().signs_in_as_staff("root").opens("/admin/mediacentre/")
    host.reads("Tout est en ordre", "expire dans 12 jours", "a expiré", "ne vont pas ensemble")
    host.reads("ne peut pas être lu", "manque").everywhere()
    unset = someone()
    unset.page.goto(f"{unset.site}/mediacentre/vide/")
    assert [one.split()[0] for one in unset.complaints] == ["503"]
    unset.complaints.clear()
    unset.sees_title("pas prête").everywhere().follows("J’ai une carte")
