"""What a parcours asks, for whoever wants to see it first: its questions, each as a pupil has it, tried for nothing."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Membership
from preau.parcours.access import plan_of, questions_of
from preau.parcours.bank import UnknownItem, load_bank
from preau.parcours.editions import skills_of
from preau.parcours.framework import competences
from preau.parcours.items import (
    AnswerRefused,
    Item,
    Outcome,
    UnknownResource,
    check,
    present,
    resource,
)
from preau.parcours.looking_back import anything
from preau.parcours.models import OWN
from preau.parcours.plans import Plan
from preau.parcours.views.player import given_in, sent_file

DRAWS = 20  # how many variants one may look at


@require_GET
@staff_page
def plan(request: HttpRequest, uai: str, which: str) -> HttpResponse:
    """The questions of a parcours, one competence at a time, the easiest first."""
    membership = access.member(request.user, uai=uai)
    shown = plan_of(membership, which)
    code = request.GET.get("competence") or shown.competences[0]
    if code not in shown.competences:
        raise Http404
    bank = load_bank()
    skills = skills_of(bank, competences=[code], lowest=shown.lowest, highest=shown.highest)
    facts = {
        "plan": shown,
        "which": which,
        "competence": competences()[code],
        "all": [competences()[one] for one in shown.competences],
        "skills": [(skill, [_line(item) for item in bank.of_skill(skill.id)]) for skill in skills],
        "own": [_line(row.item) for row in questions_of(membership).filter(competence=code)]
        if shown.own
        else [],
        "section": "campaigns",
    }
    return render(request, "parcours/preview/plan.html", facts)


def _line(item: Item) -> dict[str, Any]:
    return {"id": item.id, "prompt": present(item, _seed(1)).prompt, "practical": item.practical}


def _seed(draw: int) -> str:
    return f"apercu-{draw}"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def question(request: HttpRequest, uai: str, which: str, item: str) -> HttpResponse:
    """One question as a pupil has it; an answer is judged and kept nowhere."""
    membership = access.member(request.user, uai=uai)
    shown, draw = plan_of(membership, which), _draw(request)
    one = _item(membership, shown, item)
    facts: dict[str, Any] = {"error": "", "outcome": None}
    status = 200
    if request.method == "POST":
        try:
            facts["outcome"] = check(one, _seed(draw), given_in(request.POST))
        except AnswerRefused as refusal:
            facts["error"], status = refusal.message, 422
    place = {"uai": uai, "which": which, "item": item}
    facts |= {
        "plan": shown,
        "which": which,
        "item": one,
        "question": present(one, _seed(draw)),
        "expected": _expected(one, draw),
        "competence": competences()[one.skill.competence],
        "draw": draw,
        "another": draw % DRAWS + 1 if {"draw", "variants"} & set(one.source) else None,
        "resources": reverse("parcours:preview_file", kwargs=place | {"draw": draw, "name": "x"})[:-1],
        "neighbours": _neighbours(shown, one),
        "section": "campaigns",
    }
    return render(request, "parcours/preview/question.html", facts, status=status)


def _expected(item: Item, draw: int) -> Outcome:
    return check(item, _seed(draw), anything(present(item, _seed(draw))))


def _neighbours(shown: Plan, item: Item) -> dict[str, str | None]:
    """The question before and the one after, in the same competence."""
    bank, code = load_bank(), item.skill.competence
    skills = skills_of(bank, competences=[code], lowest=shown.lowest, highest=shown.highest)
    names = [one.id for skill in skills for one in bank.of_skill(skill.id)]
    place = names.index(item.id) if item.id in names else -1
    before = names[place - 1] if place > 0 else None
    after = names[place + 1] if 0 <= place < len(names) - 1 else None
    return {"before": before, "after": after}


def _item(membership: Membership, shown: Plan, name: str) -> Item:
    """One that this parcours may ask, of the starter bank or of this school; 404 for any other."""
    found: Item | None = None
    if name.startswith(OWN):
        found = next((row.item for row in questions_of(membership) if row.item.id == name), None)
    else:
        with suppress(UnknownItem):
            found = load_bank().item(name)
    if found is None or found.skill.competence not in shown.competences:
        raise Http404
    return found


def _draw(request: HttpRequest) -> int:
    asked = request.GET.get("tirage", "1")
    if not asked.isascii() or not asked.isdecimal() or not 1 <= int(asked[:4]) <= DRAWS:
        raise Http404
    return int(asked)


@require_GET
@staff_page
def file(request: HttpRequest, uai: str, which: str, item: str, draw: int, name: str) -> HttpResponse:
    """A file of a question, in the variant that is looked at."""
    membership = access.member(request.user, uai=uai)
    one = _item(membership, plan_of(membership, which), item)
    try:
        return sent_file(resource(one, _seed(min(draw, DRAWS)), name))
    except UnknownResource:
        raise Http404 from None
