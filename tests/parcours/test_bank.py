"""The starter bank, read as its authors are asked to write it."""

from __future__ import annotations

import json
import tomllib
from collections import Counter

import pytest
from jsonschema import Draft202012Validator

from preau.parcours.bank import UnknownItem, load_bank, read_bank
from preau.parcours.framework import CONTENT, LEVELS, competences, domains
from preau.parcours.items import Item, Kind, Skill, read_item
from preau.parcours.items.faults import faults
from preau.parcours.plans import RENTREE, SIXTEEN

BANK = load_bank()
SCHEMA = Draft202012Validator(json.loads((CONTENT / "schema.json").read_text("utf-8")))
FILES = [CONTENT / f"{one.slug}.toml" for one in competences().values()]
SKILL = Skill(id="1-1-x", competence="1.1", level=1, order=1, statement="Essayer")


def one_item(**told: object) -> Item:
    base = {"id": "1-1-x-1", "kind": "single", "prompt": "Que choisis-tu ?", "explanation": "Parce que."}
    return read_item({**base, **told}, SKILL)


def test_the_framework_has_five_domains_and_sixteen_competences() -> None:
    assert [len([one for one in competences().values() if one.domain == d]) for d in domains()] == [
        3,
        4,
        4,
        3,
        2,
    ]
    assert all(one.for_pupils and one.for_teachers for one in competences().values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_follows_the_schema(path) -> None:
    told = tomllib.loads(path.read_text("utf-8"))
    assert [f"{list(one.path)} {one.message[:200]}" for one in SCHEMA.iter_errors(told)] == []


def test_the_schema_refuses_a_file_without_explanation() -> None:
    told = tomllib.loads(FILES[0].read_text("utf-8"))
    del told["skills"][0]["items"][0]["explanation"]
    assert list(SCHEMA.iter_errors(told))


@pytest.mark.parametrize("item", BANK.items, ids=lambda item: item.id)
def test_no_item_has_a_fault(item: Item) -> None:
    assert faults(item) == []


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"right": "oui", "wrong": ["Oui"]}, "Deux choix sont pareils."),
        (
            {"right": "oui", "wrong": ["non"], "explanation": " "},
            "Il manque l'explication « pour progresser ».",
        ),
        ({"kind": "text", "answers": ["  "]}, "Une réponse acceptée est vide."),
        ({"kind": "number", "answer": "beaucoup"}, "« beaucoup » n'est pas un nombre."),
        ({"kind": "text"}, "Il manque : answers."),
        ({"right": "{ville}", "wrong": ["non"]}, "{ville} n'a pas de valeur dans toutes les variantes."),
        ({"right": "a", "wrong": ["b"], "draw": "rien"}, "Le tirage « rien » n'existe pas."),
        (
            {"right": "a", "wrong": ["b"], "files": [{"name": "a.png", "about": "x"}]},
            "L'image « a.png » n'a pas de texte de remplacement.",
        ),
        (
            {
                "kind": "settings",
                "settings": [{"label": "Son", "options": ["0", "1"], "start": "1", "right": "1"}],
            },
            "Tout est déjà bien réglé au départ.",
        ),
    ],
)
def test_a_faulty_item_is_told_what_is_wrong(told: dict[str, object], said: str) -> None:
    assert said in faults(one_item(**told))


def test_every_competence_has_three_levels_of_three_items() -> None:
    for code in competences():
        counts = Counter(item.skill.level for item in BANK.of_competence(code))
        assert len(counts) >= 3, code
        assert min(counts.values()) >= 3, (code, counts)
        assert set(counts) <= set(LEVELS)
        assert len({item.kind for item in BANK.of_competence(code)}) >= 4, code


def test_skills_go_from_easy_to_hard() -> None:
    for code in competences():
        levels = [skill.level for skill in BANK.chain(code)]
        assert levels == sorted(levels), code
        assert [skill.order for skill in BANK.chain(code)] == list(range(1, len(levels) + 1))


def test_every_id_is_unique_and_begins_with_its_competence() -> None:
    names = [one.id for one in (*BANK.items, *BANK.skills)]
    assert len(set(names)) == len(names)
    assert all(item.id.startswith(item.skill.competence.replace(".", "-")) for item in BANK.items)


def test_many_items_are_done_rather_than_known_and_neighbours_differ() -> None:
    practical = [item for item in BANK.items if item.practical]
    assert len(practical) >= 30
    alone = [i.id for i in practical if not i.source.get("draw") and len(i.source.get("variants", ())) < 3]
    assert alone == []


def test_the_right_choice_is_not_given_away_by_its_length() -> None:
    single = [
        item.source
        for item in BANK.items
        if item.kind == Kind.SINGLE and isinstance(item.source["wrong"], list)
    ]
    longest = [one for one in single if len(one["right"]) > 1.2 * max(map(len, one["wrong"]))]
    assert len(longest) <= len(single) // 10


def test_the_version_changes_with_the_content() -> None:
    name, content = "1-1.toml", FILES[0].read_bytes()
    assert read_bank({name: content}).version == read_bank({name: content}).version
    assert read_bank({name: content}).version != read_bank({name: content + b"\n"}).version


def test_an_id_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownItem):
        BANK.item("1-1-inconnu")
    assert BANK.item("1-1-herisson").skill.competence == "1.1"
    assert BANK.of_skill("rien") == ()


def test_the_ready_parcours_cover_the_sixteen_competences() -> None:
    for plan in (RENTREE, SIXTEEN):
        assert plan.competences == tuple(competences())
        assert (plan.lowest, plan.highest) == (LEVELS[0], LEVELS[-1])
    assert 10 <= RENTREE.minutes <= 15
