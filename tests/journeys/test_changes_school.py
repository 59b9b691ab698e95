"""Journey 5: a pupil changes school, keeps the account, and neither school learns anything of the other.

Sam has no INE: his new school says where he was, and his former one lets his account follow.
"""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from preau.attachments.actions import give_usernames
from preau.attachments.models import Attachment
from preau.rosters.models import Learner, LearnerStatus
from tests.journeys.files import eleve, small_file
from tests.journeys.world import (
    PHRASE,
    campaign_of,
    checks_file,
    chooses_password,
    empty_school,
    enters_by_names,
    imports_file,
    referente,
)

NOE, AWA = "987654321GH", "012345678KE"
NOES, AWAS = date(2011, 5, 20), "02/02/2012"


def test_noe_changes_school_and_keeps_his_account_and_both_parcours(someone, tmp_path) -> None:
    tilleuls = empty_school()
    mimosas = empty_school("0180777X", "Lycée des Mimosas")
    there, here = campaign_of(tilleuls, "Bilan du collège"), campaign_of(mimosas, "Accueil au lycée")
    old_office = referente(someone, tilleuls)
    both = eleve(1, "ÉTIENNE", "Noé", f"{NOES:%d/%m/%Y}", ine=NOE), eleve(2, "DIALLO", "Awa", AWAS, ine=AWA)
    sam = eleve(3, "ROCHA", "Sam", "09/09/2011")
    imports_file(old_office, tilleuls, small_file(tmp_path, *both, sam, uai=tilleuls.uai))
    give_usernames(
        learners=Learner.objects.filter(last_name__in=["DIALLO", "ROCHA"]), by=None, at=timezone.now()
    )
    noe = someone(phone=True)
    enters_by_names(noe, there, "Étienne", "Noé", NOES).presses("Oui, c’est moi")
    chooses_password(noe).sees_title("Bilan du collège")
    mine = Attachment.objects.active().get(learner__ine=NOE)

    office = referente(someone, mimosas)
    arriving = (
        eleve(71, "ÉTIENNE", "Noé", f"{NOES:%d/%m/%Y}", ine=NOE, division="2DE3"),
        eleve(72, "DIALLO", "Awa", "03/02/2012", ine=AWA, division="2DE3"),
        eleve(73, "Rocha", "SAM", "09/09/2011", division="2DE3"),
    )
    checks_file(office, mimosas, small_file(tmp_path, *arriving, uai=mimosas.uai))
    office.reads("1 élève : compte reconnu", "1 à vérifier", "avec une autre date de naissance")
    office.reads("Garde son compte et ses résultats", "Rien n’est rattaché sans vous")
    office.does_not_read("Tilleuls", tilleuls.uai, mine.account.username, "Bilan du collège")
    assert Attachment.objects.active().filter(establishment=mimosas).count() == 0
    office.presses("Appliquer l’import").sees_title("Import appliqué").reads("compte reconnu", "1 à vérifier")
    assert Attachment.objects.active().get(establishment=mimosas).account == mine.account
    office.opens(f"/e/{mimosas.uai}/aides/").reads("Comptes à vérifier", "Awa DIALLO", "date de naissance")
    office.does_not_read("Tilleuls", tilleuls.uai)

    noe.opens("/moi/").presses("Ce n’est pas moi")
    noe.opens("/connexion/").types("identifiant", mine.account.username)
    noe.page.locator("input[type=password]").fill(PHRASE)
    noe.presses("Entrer").reads("Bonjour Noé", "Bilan du collège", "Accueil au lycée")
    noe.opens(f"/parcours/{here.code}/").sees_title("Accueil au lycée")
    noe.opens(f"/parcours/{there.code}/").sees_title("Bilan du collège")

    was = Learner.objects.get(establishment=tilleuls, ine=NOE)
    assert (was.status, Attachment.objects.active().get(learner=was).pk) == (LearnerStatus.PRESENT, mine.pk)
    for page in (f"eleves/{was.pk}/", "journal/"):
        old_office.opens(f"/e/{tilleuls.uai}/{page}").reads("Noé ÉTIENNE")
        old_office.does_not_read("Mimosas", mimosas.uai, "Accueil au lycée", "2DE3")
    answer = old_office.page.goto(f"{old_office.site}/e/{mimosas.uai}/eleves/")
    assert answer.status == 404

    elsewhere = "doublons/?vue=ailleurs"
    office.opens(f"/e/{mimosas.uai}/{elsewhere}").reads(
        "Sans INE", "SAM ROCHA, 2DE3", "c’est sa première fois"
    )
    office.types("Son établissement de l’an dernier", "quatre").presses("Chercher").everywhere()
    office.presses("Demander :").reads("réponse attendue sous 14 jours").everywhere()
    old_office.opens(f"/e/{tilleuls.uai}/{elsewhere}").reads("demande le compte de Sam ROCHA", "Vérifiez")
    old_office.does_not_read("2DE3").everywhere().presses("Accorder").reads("C’est accordé")
    sams = Attachment.objects.active().filter(learner__last_name__iexact="rocha")
    assert {one.establishment for one in sams} == {tilleuls, mimosas}
    assert len({one.account_id for one in sams}) == 1
