"""Journey 3: each situation of the leaflet, as schools know it and then the short way, with the modes the tab shows."""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount

from preau.accounts.models import ConnectionMode
from preau.attachments.models import Attachment
from preau.rehearsal.mediacentre import GAR, Mediacentre
from preau.rosters.models import Learner
from tests.journeys.conftest import Person
from tests.journeys.ent import (
    Tally,
    clicks_the_tile,
    has_identifier,
    has_identity,
    known_to_the_ent,
    one_account,
    opens_the_ent,
    tab_shows,
)
from tests.journeys.files import eleve, small_file
from tests.journeys.world import PHRASE, campaign_of, chooses_password, imports_file, prints_cards
from tests.mediacentre import pupil
from tests.world import World

IDENTIFIANT, MEDIACENTRE = "Identifiant", "Médiacentre"


def office_of(someone, world: World, target: ConnectionMode) -> Person:
    """The référente of the Tilleuls, who chose this mode."""
    world.tilleuls.target_mode = target
    world.tilleuls.save()
    return someone().signs_in_as_staff("boeuf@tilleuls.example")


def types_code(person: Person, campaign) -> Person:
    """The board's code, wherever there is a field for it."""
    person.page.locator("input[name=code]").fill(campaign.code)
    return person.presses("Continuer")


def signs_in(person: Person, username: str) -> Person:
    person.types("identifiant", username)
    person.page.locator("input[type=password]").fill(PHRASE)
    return person.presses("Entrer")


def opens_card(person: Person, code: str) -> Person:
    """The card, « C’est moi », a password."""
    person.opens("/carte/").types("Code de la carte", code).presses("Continuer").presses("Oui, c’est moi")
    return chooses_password(person)


def says_names(person: Person, learner: Learner) -> Person:
    person.types("nom de famille", learner.last_name).types("prénom", learner.first_name)
    person.types("date de naissance", f"{learner.birth_date:%d/%m/%Y}").presses("Continuer")
    return person.presses("Oui, c’est moi")


def test_no_account(someone, world: World, ent: Mediacentre) -> None:
    office = office_of(someone, world, ConnectionMode.MEDIACENTRE)
    campaign = campaign_of(world.tilleuls)
    lea, nils = known_to_the_ent(world.lea), known_to_the_ent(world.learners["nils"])
    ent.knows([lea, nils])
    tab_shows(office, world.tilleuls, world.lea)

    ent.say(granted=[])  # the school's way: the ENT says no name, the code leads to the parcours
    first = opens_the_ent(someone(phone=True), ent, nils)
    tally = Tally(first, campaign.code)
    clicks_the_tile(first, ent).follows("C’est ma première fois")
    says_names(first, world.learners["nils"]).reads("Bonjour Nils")
    types_code(first, campaign).sees_title(campaign.title)
    assert (tally.tiles, tally.acts, tally.typed) == (1, 3, 1)

    ent.say(granted=["PRE", "NOM", "DIV"])  # the short way: the tile, « C’est toi ? », one proof
    short = someone(phone=True)
    tally = Tally(short, campaign.code)
    clicks_the_tile(opens_the_ent(short, ent, lea), ent).sees_title("C’est toi, Léa")
    short.types("date de naissance", "12/03/2015").presses("Oui, c’est moi").reads("Bonjour Léa")
    assert (tally.tiles, tally.acts, tally.typed) == (1, 1, 0)
    for learner in (world.lea, world.learners["nils"]):
        tab_shows(office, world.tilleuls, learner, MEDIACENTRE)
        assert one_account(learner).username is None


def test_mediacentre_to_mediacentre(someone, world: World, ent: Mediacentre) -> None:
    office = office_of(someone, world, ConnectionMode.MEDIACENTRE)
    campaign = campaign_of(world.tilleuls)
    lea, zoe = known_to_the_ent(world.lea), known_to_the_ent(world.zoe)
    before = pupil("avant", "Zoé", "MARTIN-LEROY", "CM2", uai=world.mimosas.uai)
    has_identity(world.lea, lea)
    has_identity(world.zoe, before, uai=world.mimosas.uai)
    ent.knows([lea, zoe])

    known = someone(phone=True)
    tally = Tally(known, campaign.code)
    clicks_the_tile(opens_the_ent(known, ent, lea), ent).reads("Bonjour Léa")
    types_code(known, campaign).sees_title(campaign.title)
    assert (tally.tiles, tally.acts, tally.typed) == (1, 1, 1)

    account = Attachment.objects.active().get(learner=world.zoe).account
    changed = opens_the_ent(someone(phone=True), ent, zoe)
    tally = Tally(changed, campaign.code)
    # The tile of this very parcours: that is where she goes, one proof later.
    changed.opens(f"/mediacentre/{GAR}/?code={campaign.code}").sees_title("C’est toi, Zoé")
    changed.types("date de naissance", "5 novembre 2014").presses("Oui, c’est moi").sees_title(campaign.title)
    assert (tally.tiles, tally.acts, tally.typed) == (1, 1, 0)
    assert one_account(world.zoe) == account
    assert SocialAccount.objects.get(user=account).uid == zoe.ido
    for learner in (world.lea, world.zoe):
        tab_shows(office, world.tilleuls, learner, MEDIACENTRE)


def test_mediacentre_to_username(someone, world: World, ent: Mediacentre) -> None:
    office = office_of(someone, world, ConnectionMode.USERNAME)
    campaign = campaign_of(world.tilleuls)
    lea, nils = known_to_the_ent(world.lea), known_to_the_ent(world.learners["nils"])
    accounts = {
        one: has_identity(one, who) for one, who in ((world.lea, lea), (world.learners["nils"], nils))
    }
    ent.knows([lea])
    tab_shows(office, world.tilleuls, world.lea, MEDIACENTRE)

    # The school's way: identifiers in bulk, cards in bulk, and the code of the board.
    office.page.get_by_label("Choisir Léa").first.check()
    office.presses("Donner un identifiant")
    card = prints_cards(office, world.tilleuls, "Léa")
    old = someone(phone=True)
    tally = Tally(old, card, campaign.code)
    opens_card(old, card).reads("Bonjour Léa")
    types_code(old, campaign).sees_title(campaign.title)
    assert tally.typed == 2

    office.opens(f"/e/{world.tilleuls.uai}/eleves/?q=Nils")  # the short way: one action gives both
    office.page.get_by_label("Choisir Nils").first.check()
    office.page.get_by_text("Autres actions").click()
    office.presses("Identifiant et carte")
    card = str(office.page.locator("main .code").first.inner_text())
    short = someone(phone=True)
    tally = Tally(short, card, campaign.code)
    opens_card(short, card).reads("Bonjour Nils")
    assert (tally.tiles, tally.acts, tally.typed) == (0, 3, 1)  # the card, « C’est moi », a password
    for learner, account in accounts.items():
        tab_shows(office, world.tilleuls, learner, MEDIACENTRE, IDENTIFIANT)
        assert one_account(learner) == account
    clicks_the_tile(opens_the_ent(someone(), ent, lea), ent).reads("Bonjour Léa").does_not_read("C’est toi")


def test_username_to_username(someone, world: World, tmp_path, ent: Mediacentre) -> None:
    office = office_of(someone, world, ConnectionMode.USERNAME)
    campaign = campaign_of(world.tilleuls)
    noe = has_identifier(world.learners["noe"])  # at the Mimosas
    lea = has_identifier(world.lea)
    Attachment.objects.active().get(learner=world.lea).delete()

    old = someone(phone=True).opens("/")  # the school's way: the code attaches
    tally = Tally(old, campaign.code)
    types_code(old, campaign).follows("J’ai déjà un identifiant")
    says_names(signs_in(old, lea.username), world.lea).sees_title(campaign.title)
    assert (tally.tiles, tally.typed) == (0, 1)

    born = world.learners["noe"].birth_date  # the short way: recognised before he arrives
    row = eleve(9, "ÉTIENNE", "Noé", f"{born:%d/%m/%Y}", ine="987654321GH")
    here = [eleve(n, one.last_name, one.first_name, f"{one.birth_date:%d/%m/%Y}", ine=one.ine or "",
                  division=one.division.name)
            for n, one in enumerate(world.tilleuls.learners.select_related("division"), 1001)]  # fmt: skip
    imports_file(office, world.tilleuls, small_file(tmp_path, *here, row, uai=world.tilleuls.uai))
    short = someone(phone=True).opens("/connexion/")
    tally = Tally(short, campaign.code)
    signs_in(short, noe.username).reads("Bonjour Noé")
    assert (tally.tiles, tally.acts, tally.typed) == (0, 1, 0)  # attached before he arrived
    types_code(short, campaign).sees_title(campaign.title)
    arrived = Learner.objects.get(establishment=world.tilleuls, first_name="Noé")
    assert one_account(arrived) == noe
    for learner in (world.lea, arrived):
        tab_shows(office, world.tilleuls, learner, IDENTIFIANT)


def test_username_to_mediacentre_the_school_s_way(someone, world: World, ent: Mediacentre) -> None:
    office = office_of(someone, world, ConnectionMode.MEDIACENTRE)
    one, two = campaign_of(world.tilleuls, "Premier code"), campaign_of(world.tilleuls, "Second code")
    account, lea = has_identifier(world.lea), known_to_the_ent(world.lea)
    ent.knows([lea])
    ent.say(granted=[])

    pupil_ = someone(phone=True)
    tally = Tally(pupil_, one.code, two.code)
    types_code(pupil_.opens("/"), one).follows("J’ai déjà un identifiant")
    signs_in(pupil_, account.username).sees_title(one.title)
    tab_shows(office, world.tilleuls, world.lea, IDENTIFIANT)
    pupil_.opens("/moi/").presses("Ce n’est pas moi")

    clicks_the_tile(opens_the_ent(pupil_, ent, lea), ent).follows("C’est ma première fois")
    says_names(pupil_, world.lea).sees_title("Tu as déjà un compte")
    pupil_.page.locator("input[name=proof]").fill(PHRASE)
    pupil_.presses("Réunir et continuer").reads("Bonjour Léa")  # and not signed out
    types_code(pupil_, two).sees_title(two.title)
    clicks_the_tile(pupil_, ent).sees_title(two.title)  # in at once, where she was going
    assert (tally.tiles, tally.typed) == (2, 2)
    tab_shows(office, world.tilleuls, world.lea, MEDIACENTRE, IDENTIFIANT)
    assert one_account(world.lea) == account


def test_username_to_mediacentre_the_short_way_is_one_step_and_no_code(
    someone, world: World, ent: Mediacentre
) -> None:
    office = office_of(someone, world, ConnectionMode.MEDIACENTRE)
    campaign = campaign_of(world.tilleuls)
    account, lea = has_identifier(world.lea), known_to_the_ent(world.lea)
    ent.knows([lea])
    short = someone(phone=True)
    tally = Tally(short, campaign.code)
    clicks_the_tile(opens_the_ent(short, ent, lea), ent).sees_title("C’est toi, Léa").reads(account.username)
    short.page.locator("input[name=proof]").fill(PHRASE)
    short.presses("Réunir et continuer").reads("Bonjour Léa", "entrer par l’ENT ou avec ton identifiant")
    assert (tally.tiles, tally.acts, tally.typed) == (1, 1, 0)  # one step, no code
    tab_shows(office, world.tilleuls, world.lea, MEDIACENTRE, IDENTIFIANT)
    assert one_account(world.lea) == account
