"""The school's own questions: write one and see it as a pupil would, bring some in, take them out."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from preau.establishments import access
from preau.establishments.access import staff_page
from preau.parcours import own_questions as deeds
from preau.parcours.access import may_put_away, question_to_change, questions_of
from preau.parcours.bank import licence, load_bank
from preau.parcours.exchange import write_questions
from preau.parcours.exchange.shape import NOWHERE
from preau.parcours.exchange.writing import Written
from preau.parcours.framework import competences
from preau.parcours.items import present, read_item
from preau.parcours.models import SchoolItem
from preau.parcours.question_forms import KINDS, ImportForm, QuestionForm, initial_of
from preau.web.paging import page_of
from preau.web.refusals import Refusal

SECTION = {"section": "campaigns"}
FORMATS = ("gift", "qti", "json")


@require_GET
@staff_page
def questions(request: HttpRequest, uai: str) -> HttpResponse:
    """Every question of the school, the newest last in its competence."""
    membership = access.member(request.user, uai=uai)
    page = page_of(request, questions_of(membership).select_related("made_by"))
    for row in page:
        row.may_change = may_put_away(membership, row) and row.source["kind"] in dict(KINDS)
        row.competence_name = competences()[row.competence].name
        row.kind_name = dict(KINDS).get(row.source["kind"], "Régler")
    return render(request, "parcours/questions/list.html", {"page": page, **SECTION})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def write(request: HttpRequest, uai: str) -> HttpResponse:
    """Write a question; « Voir » shows it without keeping it."""
    membership = access.member(request.user, uai=uai)
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and "voir" not in request.POST:
        try:
            deeds.add_questions(
                establishment=membership.establishment, competence=form.cleaned_data["competence"],
                sources=[form.source], by=membership.account, at=timezone.now(),
            )  # fmt: skip
        except Refusal as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, "La question est gardée.")
            return redirect("parcours:questions", uai=uai)
    return _editor(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def change(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Change a question; who wrote it, or who runs the school."""
    membership = access.member(request.user, uai=uai)
    question = question_to_change(membership, pk)
    if question.source["kind"] not in dict(KINDS):
        raise Http404
    form = QuestionForm(request.POST or None, initial=initial_of(question.competence, question.source))
    if request.method == "POST" and form.is_valid() and "voir" not in request.POST:
        deeds.change_question(
            question=question, competence=form.cleaned_data["competence"], source=form.source,
            by=membership.account, at=timezone.now(),
        )  # fmt: skip
        messages.success(request, "La question est changée.")
        return redirect("parcours:questions", uai=uai)
    return _editor(request, form, question)


def _editor(request: HttpRequest, form: QuestionForm, row: SchoolItem | None = None) -> HttpResponse:
    source = form.source if form.is_bound and not form.errors else row.source if row else None
    shown = present(read_item({"id": "essai", **source}, NOWHERE), "essai") if source else None
    facts = {"form": form, "question": shown, "row": row, "resources": "", **SECTION}
    return render(request, "parcours/questions/form.html", facts, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def bring_in(request: HttpRequest, uai: str) -> HttpResponse:
    """Bring in a file: what fits is kept, what does not is said with its line."""
    membership = access.member(request.user, uai=uai)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = deeds.add_questions(
                establishment=membership.establishment, competence=form.cleaned_data["competence"],
                sources=form.reading.sources, by=membership.account, at=timezone.now(),
            )  # fmt: skip
        except Refusal as refused:
            form.add_error(None, refused.message)
        else:
            facts = {"made": len(made), "problems": form.reading.problems, **SECTION}
            return render(request, "parcours/questions/imported.html", facts)
    return render(
        request,
        "parcours/questions/import.html",
        {"form": form, **SECTION},
        status=422 if form.errors else 200,
    )


@require_GET
@staff_page
def take_out(request: HttpRequest, uai: str, to: str) -> HttpResponse:
    """Every question of the school in one file."""
    membership = access.member(request.user, uai=uai)
    if to not in FORMATS:
        raise Http404
    return _file(write_questions([row.item for row in questions_of(membership)], to=to))


@require_GET
@staff_page
def take_starter_bank(request: HttpRequest, uai: str, to: str) -> HttpResponse:
    """The questions that come with Préau, under CC BY 4.0, in one file; those that need a page or a file stay here."""
    access.member(request.user, uai=uai)
    if to not in FORMATS:
        raise Http404
    written = write_questions(load_bank().items, to=to, notice=licence())
    return _file(replace(written, filename=f"preau-{written.filename}"))


def _file(written: Written) -> HttpResponse:
    response = HttpResponse(written.content, content_type=written.content_type)
    response["Content-Disposition"] = f'attachment; filename="{written.filename}"'
    return response


@require_POST
@staff_page
def put_away(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Put one away."""
    membership = access.member(request.user, uai=uai)
    deeds.put_question_away(
        question=question_to_change(membership, pk), by=membership.account, at=timezone.now()
    )
    messages.success(request, "La question est rangée.")
    return redirect("parcours:questions", uai=uai)
