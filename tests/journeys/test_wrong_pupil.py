"""Journey 6: the wrong pupil attached; staff detach, the right one attaches, undo is possible, the journal tells."""

from __future__ import annotations

from datetime import date

from preau.attachments.models import Attachment
from preau.rosters.models import Learner
from tests.journeys.files import eleve, small_file
from tests.journeys.world import (
    campaign_of,
    chooses_password,
    empty_school,
    enters_by_names,
    imports_file,
    prints_cards,
    referente,
)


def test_nils_entered_as_leo_and_everything_is_put_right(someone, tmp_path) -> None:
    school = empty_school()
    boeuf = referente(someone, school)
    pupils = [eleve(1, "MARTIN", "Léo", "12/03/2015"), eleve(2, "MARTIN", "Nils", "12/03/2015")]
    imports_file(boeuf, school, small_file(tmp_path, *pupils, uai=school.uai))
    rentree = campaign_of(school)
    leo = Learner.objects.get(first_name="Léo")

    nils = someone(phone=True)
    enters_by_names(nils, rentree, "Martin", "Leo", date(2015, 3, 12)).reads("Léo MARTIN")
    chooses_password(nils.presses("Oui, c’est moi")).sees_title("Parcours de rentrée")

    real_leo = someone(phone=True)
    enters_by_names(real_leo, rentree, "MARTIN", "Léo", date(2015, 3, 12)).presses("Oui, c’est moi")
    real_leo.reads("Tu as déjà un compte").types("mot de passe, ou le code", "je ne sais pas")
    real_leo.presses("Continuer").reads("Ce n’est pas ce mot de passe")

    boeuf.opens(f"/e/{school.uai}/eleves/{leo.pk}/").follows("détacher")
    boeuf.ticks("Un autre élève est entré avec ce nom").presses("Détacher Léo").reads("annul")
    assert not Attachment.objects.active().exists()
    nils.opens("/moi/").reads("pas encore rattaché")

    code = prints_cards(boeuf, school, "Léo MARTIN")
    real_leo.opens("/carte/").types("Code de la carte", code).presses("Continuer").presses("Oui, c’est moi")
    chooses_password(real_leo, "une girafe sous le préau")
    now = Attachment.objects.active().get()
    assert now.learner == leo
    assert now.account != Attachment.objects.exclude(pk=now.pk).get().account

    boeuf.opens(f"/e/{school.uai}/journal/").reads("Léo MARTIN", "détach", "rattach")


def test_a_detachment_made_by_mistake_is_undone(someone, tmp_path) -> None:
    school = empty_school()
    boeuf = referente(someone, school)
    imports_file(
        boeuf, school, small_file(tmp_path, eleve(1, "ŒUVRARD", "Maëlys", "28/02/2014"), uai=school.uai)
    )
    rentree = campaign_of(school)
    maelys = someone(phone=True)
    enters_by_names(maelys, rentree, "oeuvrard", "maelys", date(2014, 2, 28)).presses("Oui, c’est moi")
    chooses_password(maelys)
    attachment = Attachment.objects.active().get()
    page = f"/e/{school.uai}/eleves/{attachment.learner_id}/"
    boeuf.opens(page).follows("détacher").ticks("C’était un essai").presses("Détacher Maëlys")
    boeuf.opens(page).presses("Rattacher de nouveau")
    assert Attachment.objects.active().get() == attachment
    maelys.opens("/moi/").reads("Bonjour Maëlys", "Parcours de rentrée")


def test_two_pupils_one_computer_never_mix(someone, tmp_path) -> None:
    school = empty_school()
    boeuf = referente(someone, school)
    pupils = [eleve(1, "DIALLO", "Awa", "02/02/2014"), eleve(2, "ROUX", "Tom", "03/03/2014")]
    imports_file(boeuf, school, small_file(tmp_path, *pupils, uai=school.uai))
    awa_code, tom_code = (prints_cards(boeuf, school, name) for name in ("Awa DIALLO", "Tom ROUX"))
    shared = someone()
    for name, code in (("Awa", awa_code), ("Tom", tom_code)):
        shared.opens("/carte/").types("Code de la carte", code).presses("Continuer")
        shared.presses("Oui, c’est moi")
        chooses_password(shared, f"le banc rouge de {code[:4]}")
        shared.opens("/moi/").reads(f"Bonjour {name}")
    assert Attachment.objects.active().values("account").distinct().count() == 2
    shared.presses("Ce n’est pas moi")
    shared.opens("/moi/")
    shared.does_not_read("Bonjour Tom")
