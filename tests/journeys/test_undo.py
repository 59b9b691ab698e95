"""Journey 8, its end: undo brings everything back. Journey 5: a pupil of another school is recognised."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from preau.accounts.models import Account
from preau.attachments.actions import attach
from preau.attachments.models import Attachment, How
from preau.rosters.models import ImportChange, Learner
from tests.journeys.files import siecle_zip
from tests.journeys.world import checks_file, empty_school, imports_file, referente
from tests.world import enrol


def test_half_the_school_left_by_mistake_and_comes_back_exactly(someone, tmp_path) -> None:
    school = empty_school()
    boeuf = referente(someone, school, phone=True)
    imports_file(boeuf, school, siecle_zip(tmp_path, uai=school.uai, pupils=60))
    before = list(Learner.objects.order_by("pk").values())
    checks_file(boeuf, school, siecle_zip(tmp_path, uai=school.uai, pupils=30))
    boeuf.page.locator("input[name=confirmation]").fill("30 départs")
    boeuf.presses("Appliquer l’import").sees_title("Import appliqué")
    assert Learner.objects.present().count() == 30
    boeuf.page.get_by_role("link", name="Annuler cet import").click()
    boeuf.looks().sees_title("Annuler cet import").reads("30 élèves partis reviennent", "annulable jusqu’au")
    boeuf.presses("Annuler cet import").sees_title("Import annulé")
    assert list(Learner.objects.order_by("pk").values()) == before
    boeuf.opens(f"/e/{school.uai}/import/").reads("Annulé", "jusqu’au")


def test_a_pupil_changes_school_and_is_recognised(someone, tmp_path) -> None:
    tilleuls = empty_school()
    mimosas = empty_school("0180777X", "Lycée des Mimosas")
    okonkwo = referente(someone, mimosas)
    checks_file(okonkwo, mimosas, siecle_zip(tmp_path, uai=mimosas.uai))
    okonkwo.reads("Aucun élève de ce fichier n’a de compte reconnu")
    newcomer = ImportChange.objects.filter(after__ine__isnull=False).order_by("pk")[0].after
    pupil = enrol(
        tilleuls,
        newcomer["first_name"],
        newcomer["last_name"],
        ine=newcomer["ine"],
        birth_date=date.fromisoformat(newcomer["birth_date"]),
    )
    account = Account.objects.create(username="un.eleve")
    attach(learner=pupil, account=account, how=How.CARD, by=account, at=timezone.now())
    okonkwo.opens(okonkwo.page.url).reads("1 élève", "compte reconnu", pupil.first_name)
    okonkwo.presses("Appliquer l’import").sees_title("Import appliqué").reads("compte reconnu").looks()
    assert "Tilleuls" not in okonkwo.page.content()
    assert Attachment.objects.active().filter(account=account).count() == 2
