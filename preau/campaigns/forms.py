"""The code of the board, and the form of a campaign."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, URLValidator
from django.utils import timezone

from preau.attachments.forms import TOO_LONG
from preau.campaigns.actions import CampaignWish
from preau.campaigns.codes import normalise_code
from preau.campaigns.models import CampaignKind
from preau.establishments.models import Membership
from preau.parcours.access import parcours_of
from preau.parcours.models import Parcours
from preau.parcours.plans import RENTREE, SIXTEEN, Plan
from preau.rosters.models import Division
from preau.web.french import says_something

YEARS = range(2000, 2101)
UNLISTED = "Choisissez des classes de la liste."
NO_DAY = "Choisissez une date : jour, mois, année."
NO_TITLE = "Donnez un titre : les élèves le verront."


class CodeForm(forms.Form):
    """One field, forgiving."""

    code = forms.CharField(
        label="Code du tableau",
        max_length=40,
        error_messages={
            "required": "Écris le code que ton professeur a mis au tableau.",
            "max_length": TOO_LONG,
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "go"}),
    )

    def clean_code(self) -> str:
        code = normalise_code(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError("Relis ton code : il a 6 lettres, puis 3 chiffres.")
        return code


class DayInput(forms.DateInput):
    """A day, by the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ClassesField(forms.ModelMultipleChoiceField):
    """Classes by their numbers; one that no database can hold is no class, rather than an error of ours."""

    def clean(self, value: Any) -> Any:
        if any(len(str(number)) > 18 for number in value or ()):
            raise forms.ValidationError(UNLISTED, code="invalid_choice")
        return super().clean(value)


class CampaignForm(forms.Form):
    """A campaign: title, address of the parcours, days, classes."""

    title = forms.CharField(
        label="Titre",
        max_length=120,
        error_messages={
            "required": NO_TITLE,
            "max_length": "Ce titre est trop long : gardez 120 signes au plus.",
        },
    )
    opens = forms.ChoiceField(
        label="Ce que le code ouvre",
        required=False,
        widget=forms.RadioSelect(),
        error_messages={"invalid_choice": "Choisissez un parcours de la liste."},
    )
    parcours_url = forms.CharField(
        label="Adresse d’un autre site",
        max_length=500,
        required=False,
        error_messages={"max_length": "Cette adresse est trop longue : gardez 500 signes au plus."},
        widget=forms.URLInput(attrs={"inputmode": "url", "spellcheck": "false"}),
    )
    opens_on = forms.DateField(
        label="Ouvre le",
        widget=DayInput(),
        error_messages={"required": "Choisissez le premier jour.", "invalid": NO_DAY},
    )
    closes_on = forms.DateField(
        label="Dernier jour", widget=DayInput(), required=False, error_messages={"invalid": NO_DAY}
    )
    divisions = ClassesField(
        label="Classes",
        queryset=Division.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        error_messages={"invalid_choice": UNLISTED, "invalid_pk_value": UNLISTED},
    )
    auto_send = forms.BooleanField(
        label="Les résultats s’envoient tout seuls à la fin, sans que l’élève ait à le demander",
        required=False,
    )
    several_tries = forms.BooleanField(label="Un élève peut recommencer après avoir terminé", required=False)

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.membership = membership
        divisions = Division.objects.filter(establishment_id=membership.establishment_id)
        if not membership.runs:
            divisions = divisions.filter(pk__in=membership.divisions.values("pk"))
        self.fields["divisions"].queryset = divisions  # type: ignore[attr-defined]
        self.composed = {f"parcours-{one.pk}": one for one in self._composed()}
        self.fields["opens"].choices = [  # type: ignore[attr-defined]
            (CampaignKind.RENTREE.value, _told(RENTREE)),
            (CampaignKind.SIXTEEN.value, _told(SIXTEEN)),
            *((name, _told(one.plan)) for name, one in self.composed.items()),
            (CampaignKind.ADDRESS.value, "Un autre site : Éléa, Pix, une page de l’ENT…"),
        ]

    def _composed(self) -> list[Parcours]:
        """What the school can choose now, and what this campaign opens already."""
        rows = list(parcours_of(self.membership))
        kept = self.initial.get("parcours")
        return rows if kept is None or kept in rows else [*rows, kept]

    def clean_title(self) -> str:
        title = str(self.cleaned_data["title"])
        if not says_something(title):
            raise forms.ValidationError(NO_TITLE)
        return title

    def clean_parcours_url(self) -> str:
        url = str(self.cleaned_data["parcours_url"]).strip()
        if url and "://" not in url:
            url = f"https://{url}"
        if url:
            try:
                MaxLengthValidator(500)(url)  # the scheme above counts
                URLValidator(schemes=["https", "http"])(url)
            except forms.ValidationError:
                raise forms.ValidationError(
                    "Cette adresse n’est pas complète : copiez-la depuis votre navigateur."
                ) from None
        return url

    def clean_divisions(self) -> list[Division]:
        chosen = list(self.cleaned_data["divisions"])
        if not chosen and not self.membership.runs:
            raise forms.ValidationError("Choisissez au moins une de vos classes.")
        return chosen

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for name in ("opens_on", "closes_on"):
            # A year typed by half is no day of a school, and the farthest ones cannot be told in UTC.
            if said.get(name) and said[name].year not in YEARS:
                self.add_error(name, "Relisez l’année.")
        if said.get("opens_on") and said.get("closes_on") and said["closes_on"] < said["opens_on"]:
            self.add_error("closes_on", "Le dernier jour vient avant le premier.")
        return said

    def _opened(self) -> tuple[str, Parcours | None]:
        """What the code opens: an address that was written says enough."""
        chosen = self.cleaned_data["opens"]
        if self.cleaned_data["parcours_url"] or not chosen:
            return CampaignKind.ADDRESS, None
        composed = self.composed.get(chosen)
        return (CampaignKind.COMPOSED, composed) if composed else (chosen, None)

    @property
    def wish(self) -> CampaignWish:
        """What was asked, typed; days begin and end at midnight, Paris time."""
        said = self.cleaned_data
        ends = said["closes_on"]
        kind, parcours = self._opened()
        return CampaignWish(
            title=said["title"].strip(),
            parcours_url=said["parcours_url"],
            opens_at=timezone.make_aware(datetime.combine(said["opens_on"], time.min)),
            closes_at=timezone.make_aware(datetime.combine(ends, time(23, 59, 59))) if ends else None,
            divisions=said["divisions"],
            several_tries=said["several_tries"],
            kind=kind,
            parcours=parcours,
            auto_send=said["auto_send"],
        )


def _told(plan: Plan) -> str:
    """« Rentrée : 16 compétences, 16 questions au plus, environ 11 minutes »."""
    count = len(plan.competences)
    many = "s" if count > 1 else ""
    return f"{plan.title} : {count} compétence{many}, {plan.length} questions au plus, environ {plan.minutes} minutes"
