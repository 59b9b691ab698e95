"""« En cas d’incident »: say what it closes, ask to type the name, do it, say what was closed."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from preau.accounts.second_factor.sure import sure_page
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Establishment
from preau.rosters.models import Division
from preau.scenarios.incident import close_everything
from preau.web.french import typeset


class IncidentForm(forms.Form):
    """Who, how far, and the word that shows one has read."""

    where = forms.ModelChoiceField(
        label="Pour qui",
        queryset=Division.objects.none(),
        required=False,
        empty_label="Tout l’établissement",
        error_messages={"invalid_choice": "Choisissez une classe de la liste."},
    )
    passwords = forms.BooleanField(label="Annuler aussi les mots de passe des élèves", required=False)
    word = forms.CharField(
        label="Pour confirmer, écrivez le nom de la classe, ou l’UAI pour tout l’établissement",
        max_length=40,
        error_messages={"required": "Écrivez-le pour confirmer.", "max_length": "C’est trop long."},
    )

    def __init__(self, *args: object, establishment: Establishment, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.establishment = establishment
        self.fields["where"].queryset = establishment.divisions.order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        """The word must name what was chosen."""
        said = super().clean() or self.cleaned_data
        division: Division | None = said.get("where")
        wanted = division.name if division else self.establishment.uai
        if "where" in said and "word" in said and said["word"].strip().casefold() != wanted.casefold():
            self.add_error("word", f"Pour confirmer, écrivez exactement : {wanted}.")
        return said


@staff_page
@sure_page
@require_http_methods(["GET", "HEAD", "POST"])
def incident(request: HttpRequest, uai: str) -> HttpResponse:
    """A card list was lost, a password went round the playground: close, then hand out again."""
    membership = access.runner(request.user, uai=uai)
    form = IncidentForm(request.POST or None, establishment=membership.establishment)
    if not form.is_valid():
        return render(request, "scenarios/incident.html", {"form": form})
    division = form.cleaned_data["where"]
    closed = close_everything(
        establishment=membership.establishment,
        division=division,
        passwords=form.cleaned_data["passwords"],
        by=membership.account,
        at=timezone.now(),
    )
    where = typeset(f"la {division.name}" if division else "tout l’établissement")
    facts = {
        "closed": closed,
        "division": division,
        "where": where,
        "passwords": form.cleaned_data["passwords"],
    }
    return render(request, "scenarios/incident_done.html", facts)
