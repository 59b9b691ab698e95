"""The head invites, colleagues join, nobody is left without a head."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from preau.accounts.models import Account
from preau.audit.models import Entry
from preau.establishments.actions import (
    InvitationUsed,
    LastHead,
    accept,
    change_role,
    invite,
    remove_member,
    withdraw,
)
from preau.establishments.models import Establishment, Invitation, Membership, Role
from preau.establishments.signals import joined
from tests.page import Page, PageClient
from tests.world import PASSWORD, World

NEW = "un banc vert sous la pluie"


def invited(world: World, email: str = "kone@tilleuls.example", role: str = Role.TEACHER, **more) -> str:
    """The path of a fresh invitation to the Tilleuls."""
    at = more.pop("at", timezone.now())
    made = invite(establishment=world.tilleuls, email=email, role=role, by=world.ndiaye, at=at, **more)
    return f"/e/invitation/{made.token}/"


def joins(page: PageClient, path: str, password: str = NEW) -> Page:
    return page.open(path).submit("Entrer", first_name="Awa", last_name="Koné", password=password)


def test_the_head_invites_a_teacher_who_chooses_a_password_and_reaches_her_classes(
    world: World, as_, page: PageClient, settings
) -> None:
    settings.MAIL_CONFIGURED = False
    heard = []
    joined.connect(lambda **facts: heard.append(facts["divisions"]), weak=False, dispatch_uid="test")
    form = as_(world.ndiaye).open(f"/e/{world.tilleuls.uai}/equipe/").follow("Inviter un collègue")
    shown = form.submit(
        "Créer l’invitation", email="Kone@tilleuls.example", role="TEACHER", divisions="6A; 5B , 6A"
    )
    joined.disconnect(dispatch_uid="test")
    link = shown.css("#lien")[0].get("value")
    assert link.startswith(settings.SITE_URL)
    joined.connect(lambda **facts: heard.append(facts["divisions"]), weak=False, dispatch_uid="test")
    joins(page, link.removeprefix(settings.SITE_URL))
    joined.disconnect(dispatch_uid="test")
    assert heard == [["6A", "5B"]]
    awa = Account.objects.get(email="kone@tilleuls.example")
    assert page.session["_auth_user_id"] == str(awa.pk)
    assert awa.check_password(NEW)
    assert Membership.objects.get(account=awa).role == Role.TEACHER
    assert not Invitation.objects.filter(digest__contains=link.rsplit("/", 2)[1]).exists()


def test_with_mail_the_link_also_leaves_by_mail_and_no_task_keeps_it(world: World, as_, settings) -> None:
    from django_tasks_db.models import DBTaskResult

    settings.MAIL_CONFIGURED = True
    form = as_(world.ndiaye).open(f"/e/{world.tilleuls.uai}/equipe/inviter/")
    shown = form.submit("Créer l’invitation", email="kone@tilleuls.example", role="REFERENT")
    assert shown.css("#lien")[0].get("value") in mail.outbox[0].body
    assert not DBTaskResult.objects.exists()


def test_a_weak_or_personal_password_is_explained(world: World, page: PageClient) -> None:
    path = invited(world)
    assert "12 caractères au moins" in joins(page, path, "court")
    assert "Choisissez d’autres mots" in joins(page, path, "quatre tilleuls fleuris")
    assert not Account.objects.filter(email="kone@tilleuls.example").exists()
    assert "Écrivez votre prénom" in page.open(path).submit("Entrer", password=NEW)


def test_a_colleague_with_an_account_elsewhere_proves_it(world: World, page: PageClient) -> None:
    path = invited(world, "okonkwo@mimosas.example", Role.REFERENT)
    form = page.open(path)
    assert "Vous avez déjà un compte" in form
    assert "Ce n’est pas le mot de passe" in form.submit("Entrer", password="un autre mot de passe")
    assert not Membership.objects.filter(account=world.okonkwo, establishment=world.tilleuls).exists()
    form.submit("Entrer", password=PASSWORD)
    assert Membership.objects.filter(account=world.okonkwo).count() == 2


def test_a_head_cannot_take_the_account_of_somebody_elses_colleague(world: World, page: PageClient) -> None:
    """An invitation replaces a password only for somebody who works here and nowhere else."""
    form = page.open(invited(world, "okonkwo@mimosas.example"))
    form.submit("Entrer", password=NEW)
    world.okonkwo.refresh_from_db()
    assert world.okonkwo.check_password(PASSWORD)
    assert "_auth_user_id" not in page.session


def test_a_forgotten_password_is_replaced_by_a_new_invitation(world: World, page: PageClient) -> None:
    form = page.open(invited(world, "boeuf@tilleuls.example", Role.REFERENT))
    assert form.title == "Choisissez un nouveau mot de passe"
    form.submit("Entrer", password=NEW)
    world.boeuf.refresh_from_db()
    assert world.boeuf.check_password(NEW)
    assert Membership.objects.get(account=world.boeuf).role == Role.REFERENT


def test_signed_in_already_one_press_is_enough(world: World, as_) -> None:
    client = as_(world.okonkwo)
    client.open(invited(world, "okonkwo@mimosas.example")).submit("Rejoindre l’équipe")
    assert Membership.objects.filter(account=world.okonkwo).count() == 2


def test_somebody_else_at_the_computer_is_told(world: World, as_) -> None:
    client = as_(world.okonkwo)
    path = invited(world)
    told = client.read(client.get(path))
    assert (told.status, told.title) == (409, "Un autre compte est ouvert ici")
    assert told.submit("Me déconnecter et continuer").title == "Rejoindre Collège des Quatre-Tilleuls"


def test_a_pupil_never_becomes_staff(world: World, as_) -> None:
    pupil = Account.objects.create(username="lea.martin", email="lea@exemple.fr")
    client = as_(pupil)
    answer = client.open(invited(world, "lea@exemple.fr")).submit("Rejoindre l’équipe")
    assert answer.status == 409
    assert "compte d’élève" in answer
    assert not Membership.objects.filter(account=pupil).exists()


@pytest.mark.parametrize("what", ["invented", "used", "expired", "withdrawn", "replaced"])
def test_a_closed_invitation_says_why(world: World, page: PageClient, what: str) -> None:
    path = invited(world, at=timezone.now() - timedelta(days=8)) if what == "expired" else invited(world)
    said = {
        "invented": "n’existe pas",
        "used": "a déjà servi",
        "expired": "elle valait sept jours",
        "withdrawn": "annulée ou remplacée",
        "replaced": "annulée ou remplacée",
    }[what]
    if what == "invented":
        path = "/e/invitation/nimporte-quoi/"
    elif what == "used":
        joins(PageClient(), path)
    elif what == "withdrawn":
        withdraw(invitation=Invitation.objects.get(), by=world.ndiaye, at=timezone.now())
    elif what == "replaced":
        invited(world)
    answer = page.open(path)
    assert answer.status == 410
    assert said in answer


def test_a_double_click_joins_once(world: World) -> None:
    made = invite(
        establishment=world.tilleuls,
        email="okonkwo@mimosas.example",
        role="TEACHER",
        by=None,
        at=timezone.now(),
    )
    accept(invitation=made.invitation, account=world.okonkwo, at=timezone.now())
    with pytest.raises(InvitationUsed):
        accept(invitation=made.invitation, account=world.okonkwo, at=timezone.now())


def test_the_only_head_cannot_leave_nor_step_down(world: World, as_) -> None:
    head = Membership.objects.get(account=world.ndiaye)
    with pytest.raises(LastHead):
        remove_member(membership=head, by=world.ndiaye, at=timezone.now())
    with pytest.raises(LastHead):
        change_role(membership=head, role=Role.TEACHER, by=world.ndiaye, at=timezone.now())
    client = as_(world.ndiaye)
    refused = client.open(f"/e/{world.tilleuls.uai}/equipe/{head.pk}/retirer/").submit("Retirer Moussa")
    assert "Il faut au moins un chef d’établissement" in refused
    refused = client.open(f"/e/{world.tilleuls.uai}/equipe/{head.pk}/").submit("Enregistrer", role="TEACHER")
    assert "Il faut au moins un chef d’établissement" in refused


def test_with_a_second_head_the_first_may_leave(world: World, as_) -> None:
    colleague = Membership.objects.get(account=world.boeuf)
    client = as_(world.ndiaye)
    client.open(f"/e/{world.tilleuls.uai}/equipe/{colleague.pk}/").submit("Enregistrer", role="HEAD")
    mine = Membership.objects.get(account=world.ndiaye)
    gone = client.open(f"/e/{world.tilleuls.uai}/equipe/{mine.pk}/retirer/").submit("Retirer Moussa")
    assert "aucun établissement" in gone
    verbs = list(Entry.objects.filter(uai=world.tilleuls.uai).values_list("verb", flat=True))
    assert {"role-change", "equipe-retrait"} <= set(verbs)


def test_removing_a_colleague_twice_changes_nothing_more(world: World, as_) -> None:
    colleague = Membership.objects.get(account=world.garcao)
    client = as_(world.ndiaye)
    url = f"/e/{world.tilleuls.uai}/equipe/{colleague.pk}/retirer/"
    client.open(url).submit("Retirer Rui")
    assert client.post(url)["Location"] == f"/e/{world.tilleuls.uai}/equipe/"
    assert as_(world.garcao).get(f"/e/{world.tilleuls.uai}/equipe/").status_code == 404


def test_withdrawing_from_the_page(world: World, as_) -> None:
    path = invited(world)
    as_(world.ndiaye).open(f"/e/{world.tilleuls.uai}/equipe/").submit("Annuler l’invitation de")
    assert PageClient().open(path).status == 410


@pytest.mark.parametrize(
    "values",
    [
        {"email": "kone@", "role": "TEACHER"},
        {"email": "", "role": "KING"},
        {"email": "a\x00@b.fr", "role": ""},
    ],
)
def test_a_bad_invitation_is_explained(world: World, as_, values: dict[str, str]) -> None:
    client = as_(world.ndiaye)
    answer = client.read(client.post(f"/e/{world.tilleuls.uai}/equipe/inviter/", values))
    assert answer.status == 200
    assert answer.css("[data-error-summary]")


def test_settings_change_the_school_and_the_journal_says_so(world: World, as_) -> None:
    client = as_(world.boeuf)
    form = client.open(f"/e/{world.tilleuls.uai}/reglages/")
    for nothing in ("", "\u200b", "🎒"):
        assert "Écrivez le nom" in form.submit("Enregistrer", name=nothing)
    form.submit("Enregistrer", name="Collège du Tilleul", target_mode="MEDIACENTRE")
    school = Establishment.objects.get(pk=world.tilleuls.pk)
    assert (school.name, school.target_mode, school.uai) == ("Collège du Tilleul", "MEDIACENTRE", "0931434D")
    form.submit("Enregistrer", name="Collège du Tilleul", target_mode="MEDIACENTRE")
    assert Entry.objects.filter(verb="reglages-changes").count() == 1


def test_the_command_opens_a_school_and_prints_the_link(db: None, page: PageClient, settings) -> None:
    out = StringIO()
    call_command("create-school", "0751234j", "Lycée du Préau", head="moi@exemple.fr", stdout=out)
    link = out.getvalue().splitlines()[-1]
    joins(page, link.removeprefix(settings.SITE_URL))
    assert Membership.objects.get(establishment__uai="0751234J").role == Role.HEAD


@pytest.mark.parametrize(
    ("uai", "head"), [("0931434E", "moi@exemple.fr"), ("x", "moi@exemple.fr"), ("0751234J", "moi")]
)
def test_the_command_refuses_a_wrong_number_or_address(db: None, uai: str, head: str) -> None:
    with pytest.raises(CommandError):
        call_command("create-school", uai, "Lycée", head=head)
    assert not Establishment.objects.exists()


def test_the_administrator_opens_a_school_from_the_admin(db: None, page: PageClient, settings) -> None:
    root = Account.objects.create_superuser("racine", PASSWORD)
    page.force_login(root, backend="allauth.account.auth_backends.AuthenticationBackend")
    for path in ("/admin/", "/admin/establishments/establishment/add/", "/admin/accounts/account/"):
        seen = page.get(path)
        assert seen.status_code == 200
        assert b"<script>" not in seen.content
        assert b" style=" not in seen.content
    inline = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    values = {
        "uai": "0751234j",
        "name": "Lycée",
        "town": "",
        "target_mode": "USERNAME",
        "head_email": "a@b.fr",
    }
    saved = page.post("/admin/establishments/establishment/add/", {**values, **inline}, follow=True)
    assert f"{settings.SITE_URL}/e/invitation/" in saved.content.decode()
    assert page.get(f"/admin/accounts/account/{root.pk}/change/").status_code == 200
    school = Establishment.objects.get()
    assert page.get(f"/admin/establishments/establishment/{school.pk}/change/").status_code == 200


def test_an_address_that_no_mailbox_has_is_asked_again(world: World, as_) -> None:
    endless = "kone@" + f"{'b' * 60}." * 4 + "college.example"
    path = f"/e/{world.tilleuls.uai}/equipe/inviter/"
    asked = as_(world.ndiaye).post(path, {"email": endless, "role": Role.TEACHER, "divisions": ""})
    assert "email" in asked.context["form"].errors
    assert not Invitation.objects.exists()


def test_the_administrator_gives_no_mail_to_a_pupil_and_no_role_behind_the_journal(
    world: World, page: PageClient
) -> None:
    root = Account.objects.create_superuser("racine", PASSWORD)
    page.force_login(root, backend="allauth.account.auth_backends.AuthenticationBackend")
    pupil = Account.objects.create(username="lea.martin", first_name="Léa", birth_date="2015-03-12")
    values = {"email": "lea@exemple.fr", "first_name": "Léa", "last_name": "MARTIN", "is_active": "on"}
    page.post(f"/admin/accounts/account/{pupil.pk}/change/", values)
    pupil.refresh_from_db()
    assert (pupil.email, pupil.last_name) == (None, "MARTIN")
    school, teaching = world.tilleuls, Membership.objects.get(account=world.garcao)
    inline = {
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": teaching.pk,
        "memberships-0-establishment": school.pk,
        "memberships-0-role": "HEAD",
        "memberships-0-DELETE": "on",
    }
    values = {"name": "Collège", "town": "", "target_mode": "USERNAME", "head_email": ""}
    page.post(f"/admin/establishments/establishment/{school.pk}/change/", {**values, **inline})
    teaching.refresh_from_db()
    assert teaching.role == Role.TEACHER
    line = Entry.objects.get(verb="reglages-changes")
    assert (line.uai, line.actor_id, line.facts) == (school.uai, root.pk, {"changed": ["name", "town"]})
