"""Staff look at the questions of a parcours and try them; nothing of it is kept."""

from __future__ import annotations

import pytest
from django.utils import timezone

from preau.parcours.bank import load_bank
from preau.parcours.items import Kind, present
from preau.parcours.models import Answer, Attempt, Parcours
from preau.parcours.own_questions import add_questions
from tests.parcours.pupils import right_answer_of, short_campaign
from tests.parcours.solving import wrong_answer


def place(world, end: str = "") -> str:
    return f"/e/{world.tilleuls.uai}/parcours/rentree/questions/{end}"


def test_a_teacher_sees_the_questions_before_her_pupils_and_tries_one(as_, world) -> None:
    garcao = as_(world.garcao)
    page = garcao.open(f"/e/{world.tilleuls.uai}/parcours/").follow("Voir les questions")
    assert "1.1 Mener une recherche" in page
    question = page.follow("Tu veux savoir ce que mangent les hérissons")
    assert "hérisson alimentation" in question
    item = load_bank().item("1-1-herisson")
    labels = [one.label for one in present(item, "apercu-1").choices]
    right = str(labels.index("hérisson alimentation") + 1)
    assert "Juste :" in question.submit("Essayer cette réponse", answer=right)
    assert "Pas encore :" in question.submit("Essayer cette réponse", answer=str(int(right) % 4 + 1))
    empty = question.submit("Essayer cette réponse")
    assert (empty.status, "Choisis une réponse." in empty) == (422, True)
    assert "Quels mots de cette phrase" in question.follow("La suivante")
    assert not Attempt.objects.exists()
    assert not Answer.objects.exists()


def test_another_variant_has_another_file(as_, world) -> None:
    garcao = as_(world.garcao)
    one = garcao.open(place(world, "1-3-emprunts/"))
    other = one.follow("Une autre variante")
    files = [garcao.get(page.link("emprunts.csv")).content for page in (one, other)]
    assert files[0] != files[1]
    assert files[0].startswith(b"\xef\xbb\xbfDate;Titre")


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_shown_and_tried(as_, world, kind) -> None:
    item = next(one for one in load_bank().items if one.kind == kind)
    page = as_(world.garcao).open(place(world, f"{item.id}/"))
    tried = page.submit("Essayer cette réponse", **right_answer_of(item, "apercu-1"))
    assert "Juste :" in tried
    assert "Pas encore :" in page.submit("Essayer cette réponse", **wrong_answer(item, "apercu-1"))


def test_a_composed_parcours_shows_its_own_questions_too(as_, world) -> None:
    source = {"kind": "text", "prompt": "Qui tient le CDI ?", "answers": ["Mme Roy"], "explanation": "Elle."}
    for school, by in ((world.tilleuls, world.boeuf), (world.mimosas, world.okonkwo)):
        add_questions(establishment=school, competence="1.1", sources=[source], by=by, at=timezone.now())
    short_campaign(world)
    Parcours.objects.update(own=2)
    base = f"/e/{world.tilleuls.uai}/parcours/{Parcours.objects.get().pk}/questions/"
    garcao = as_(world.garcao)
    assert "Juste" in garcao.open(base).follow("Qui tient le CDI ?").submit("Essayer", answer="mme roy")
    theirs = world.mimosas.school_items.get()
    assert garcao.get(f"{base}ecole-{theirs.pk}/").status_code == 404
    assert as_(world.okonkwo).get(base.replace(world.tilleuls.uai, world.mimosas.uai)).status_code == 404


@pytest.mark.parametrize(
    "end", ["?competence=9.9", "rien/", "ecole-x/", "1-1-herisson/?tirage=0", "1-1-herisson/?tirage=x",
            "1-1-herisson/1/rien.csv", "1-3-emprunts/99/rien.csv"],
)  # fmt: skip
def test_a_forged_address_is_not_found(as_, world, end) -> None:
    assert as_(world.garcao).get(place(world, end)).status_code == 404
    assert as_(world.garcao).get(f"/e/{world.tilleuls.uai}/parcours/autre/questions/").status_code == 404
