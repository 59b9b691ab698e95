"""A teacher writes questions, sees them as a pupil would, brings some in and takes them out."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from preau.audit.models import Entry
from preau.parcours import own_questions
from preau.parcours.bank import load_bank
from preau.parcours.items import check
from preau.parcours.models import SchoolItem
from preau.parcours.own_questions import TooManyQuestions, add_questions
from tests.parcours.solving import right_answer

HOME = "/e/0931434D/questions/"
WRITTEN = {
    "competence": "1.2", "kind": "single", "prompt": "Quel fichier est une image ?",
    "good": "chat.jpg", "bad": "chat.mp3\nchat.ods", "explanation": "L’extension dit le type.",
}  # fmt: skip
SOURCE = {"kind": "text", "prompt": "Le petit de la vache ?", "answers": ["veau"], "explanation": "Un veau."}


@pytest.fixture
def garcao(world, as_):
    return as_(world.garcao)


def kept(world, by=None) -> SchoolItem:
    return add_questions(
        establishment=world.tilleuls,
        competence="1.1",
        sources=[SOURCE],
        by=by or world.garcao,
        at=timezone.now(),
    )[0]


def test_he_writes_a_question_after_seeing_it_as_a_pupil_would(garcao) -> None:
    page = garcao.open(HOME).follow("Écrire une question").submit("Voir comme un élève", **WRITTEN)
    assert "Ce que voit l’élève" in page
    assert len(page.css("fieldset[disabled] input[name='answer']")) == 3
    assert not SchoolItem.objects.exists()
    page = page.submit("Garder cette question")
    assert "Quel fichier est une image" in page
    question = SchoolItem.objects.get()
    assert (question.level, question.calibrated, question.competence) == (None, False, "1.2")
    assert check(question.item, 1, right_answer(question.item, 1)).right
    assert Entry.objects.filter(verb="questions-ajoutees").count() == 1


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("multiple", "a\nb", "c"),
        ("text", "veau", ""),
        ("number", "12,5", ""),
        ("order", "un\ndeux\ntrois", ""),
        ("match", "Paris = France\nOslo = Norvège", "Suède"),
    ],
)
def test_every_kind_is_written_kept_and_shown_again(garcao, kind: str, good: str, bad: str) -> None:
    fields = {**WRITTEN, "kind": kind, "good": good, "bad": bad}
    page = garcao.open(HOME + "nouvelle/").submit("Garder cette question", **fields).follow("Voir et changer")
    assert page.css("textarea[name='good']")[0].text.strip().replace(".", ",") == good
    item = SchoolItem.objects.get().item
    assert check(item, 1, right_answer(item, 1)).right


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"good": ""}, "au moins une bonne réponse"),
        ({"bad": ""}, "au moins une mauvaise réponse"),
        ({"bad": "Chat.jpg"}, "Deux choix sont pareils"),
        ({"explanation": ""}, "Expliquez la réponse"),
        ({"kind": "number", "good": "beaucoup"}, "n’est pas un nombre"),
        ({"kind": "match", "good": "Paris"}, "Paris = France"),
        ({"kind": "order", "good": "un"}, "au moins deux lignes"),
        ({"competence": "9.9"}, "Choisissez dans la liste"),
        ({"prompt": "x" * 5000}, "300"),
        ({"good": "   \n  "}, "au moins une bonne réponse"),
    ],
)
def test_a_question_that_cannot_be_asked_is_not_kept(garcao, change: dict[str, str], said: str) -> None:
    page = garcao.read(garcao.post(HOME + "nouvelle/", {**WRITTEN, **change}))
    assert page.status == 422
    assert said in page
    assert not SchoolItem.objects.exists()


def test_he_brings_in_a_gift_file_and_reads_what_was_left_out(garcao) -> None:
    gift = b"Capitale ? {=Rome ~Milan}\n\nRaconte. {}\n"
    page = garcao.open(HOME + "importer/").submit(
        "Importer", competence="1.1", files={"file": SimpleUploadedFile("q.txt", gift)}
    )
    assert "1 question importée" in page
    assert "Ligne 3." in page
    assert SchoolItem.objects.get().source["right"] == "Rome"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"<quiz>", b"rien", b"{}"])
def test_a_file_that_is_not_one_is_refused(garcao, content: bytes) -> None:
    file = SimpleUploadedFile("q.txt", content)
    page = garcao.read(garcao.post(HOME + "importer/", {"competence": "1.1", "file": file}))
    assert page.status in {200, 422}
    assert not SchoolItem.objects.exists()


@pytest.mark.parametrize(("to", "start"), [("gift", b"::"), ("qti", b"PK"), ("json", b"{")])
def test_he_takes_them_out(garcao, world, to: str, start: bytes) -> None:
    kept(world)
    response = garcao.get(f"{HOME}exporter/{to}/")
    assert response.content.startswith(start)
    assert "attachment" in response["Content-Disposition"]
    assert garcao.get(f"{HOME}exporter/exe/").status_code == 404


def test_a_colleague_reads_it_but_only_its_author_or_who_runs_the_school_changes_it(world, as_) -> None:
    question = kept(world, by=world.boeuf)
    teacher = as_(world.garcao)
    assert "Le petit de la vache" in teacher.open(HOME)
    assert teacher.get(f"{HOME}{question.pk}/").status_code == 404
    assert teacher.post(f"{HOME}{question.pk}/ranger/").status_code == 404
    page = as_(world.ndiaye).open(HOME).submit("Ranger")
    assert "Le petit de la vache" not in page


def test_another_school_does_not_know_that_it_exists(world, as_) -> None:
    question = kept(world)
    stranger = as_(world.okonkwo)
    for address in ("", f"{question.pk}/", "exporter/json/", "nouvelle/", "importer/"):
        assert stranger.get(HOME + address).status_code == 404
    assert stranger.post(f"/e/0180777X/questions/{question.pk}/ranger/").status_code == 404


def test_changing_a_question_loses_its_calibration(garcao, world) -> None:
    question = kept(world)
    SchoolItem.objects.update(calibrated=True, level=3)
    garcao.open(f"{HOME}{question.pk}/").submit(
        "Garder cette question", prompt="Le petit de la jument ?", good="poulain"
    )
    question.refresh_from_db()
    assert (question.calibrated, question.level, question.source["answers"]) == (False, None, ["poulain"])


def test_a_level_without_calibration_is_refused_by_the_database(world) -> None:
    question = kept(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        SchoolItem.objects.filter(pk=question.pk).update(level=3)


def test_there_is_an_end_to_what_a_school_keeps(world, monkeypatch) -> None:
    monkeypatch.setattr(own_questions, "MOST", 1)
    kept(world)
    with pytest.raises(TooManyQuestions):
        kept(world)


def test_the_starter_bank_never_holds_a_school_s_question(world) -> None:
    kept(world)
    assert not any(item.id.startswith("ecole-") for item in load_bank().items)


def test_the_list_costs_the_same_for_one_or_thirty(garcao, world, django_assert_max_num_queries) -> None:
    kept(world)
    garcao.open(HOME)
    with django_assert_max_num_queries(9) as few:
        garcao.get(HOME)
    add_questions(
        establishment=world.tilleuls,
        competence="1.1",
        sources=[SOURCE] * 29,
        by=world.boeuf,
        at=timezone.now(),
    )
    with django_assert_max_num_queries(len(few)):
        garcao.get(HOME)
