"""The component tags: what they show, and that nothing typed by people becomes HTML."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory

from preau.web.paging import page_of

EVIL = "<script>alert('&')</script>"


def show(source: str, **context: Any) -> str:
    return Template("{% load preau_ui %}" + source).render(Context(context))


class CardForm(forms.Form):
    card = forms.CharField(label="Code de la carte", help_text="Trois groupes de quatre.")
    password = forms.CharField(label="Mot de passe", widget=forms.PasswordInput, required=False)
    way = forms.ChoiceField(
        label="Façon d’entrer", choices=[("a", "Carte"), ("b", "ENT")], widget=forms.RadioSelect
    )
    told = forms.BooleanField(label="C’est dit", required=False)
    division = forms.ChoiceField(label="Classe", choices=[("6A", "6A")], required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("card") == "SPENT":
            raise forms.ValidationError("Cette carte a déjà servi.")
        return data


def test_modes_are_said_in_the_same_order_whatever_the_order_given() -> None:
    html = show("{% modes held %}", held=["EMAIL", "USERNAME", "MEDIACENTRE"])
    assert html.index("Médiacentre") < html.index("Identifiant") < html.index("Mail")


@pytest.mark.parametrize("held", [None, [], ()])
def test_a_pupil_without_any_way_in_reads_aucun(held: Any) -> None:
    assert "aucun" in show("{% modes held %}", held=held)


def test_a_bar_keeps_its_figures_in_attributes_with_a_point() -> None:
    html = show("{% bar 214 308 337 'lg' %}")
    assert 'width="63.5%"' in html
    assert 'width="91.4%"' in html
    assert "style" not in html


def test_an_empty_class_has_a_hollow_bar() -> None:
    for source in ("{% bar 0 0 27 %}", "{% bar 0 0 0 %}"):
        assert "bar-full" not in show(source)
        assert "hatch" not in show(source)


def test_the_legend_adds_up_to_the_school() -> None:
    html = show("{% legend 214 308 337 %}")
    assert all(f">{figure}</strong>" in html for figure in (214, 94, 29))


def test_only_the_step_that_is_yours_takes_the_accent() -> None:
    assert "who-you" in show("{% step 'Vous' 'Donner une carte' %}")
    assert "who-you" not in show("{% step 'Élève' 'Ouvrir la tuile' %}")
    assert "Rien à faire" in show("{% step %}")


@pytest.mark.parametrize(
    "source",
    [
        "{% step evil evil %}",
        "{% door evil 'postcard' evil evil %}",
        "{% empty 'people' evil evil %}{{ evil }}{% endempty %}",
        "{% note 'warn' title=evil %}{{ evil }}{% endnote %}",
        "{{ someone|person }}",
        "{{ evil|typo }}",
    ],
)
def test_what_people_typed_never_becomes_html(source: str) -> None:
    someone = SimpleNamespace(last_name=EVIL, usage_name="", first_name=EVIL)
    html = show(source, evil=EVIL, someone=someone)
    assert "<script" not in html.lower()
    assert "&lt;script" in html.lower()


def test_an_icon_name_cannot_smuggle_an_attribute() -> None:
    with pytest.raises(TemplateSyntaxError):
        show("{% icon name %}", name='x" onclick="y')


def test_a_list_says_the_usage_name_first_in_capitals() -> None:
    someone = SimpleNamespace(last_name="Martin", usage_name="Œuvrard", first_name="Maëlys")
    assert show("{{ someone|person }}", someone=someone) == '<b>ŒUVRARD</b> <span class="given">Maëlys</span>'


def test_a_missing_code_is_told_beside_its_field_and_tied_to_it() -> None:
    html = show("{% field form.card code=4 %}", form=CardForm({}))
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_card-err id_card-aide"' in html
    assert 'id="id_card-err"' in html
    assert 'id="id_card-aide"' in html
    assert 'data-groups="4"' in html
    assert "code-field is-invalid" in html


def test_a_quiet_field_has_no_error_and_says_when_it_is_optional() -> None:
    html = show("{% field form.password eye=True %}{% field form.division optional=False %}", form=CardForm())
    assert html.count("(facultatif)") == 1
    assert "data-show-password" in html
    assert "aria-invalid" not in html
    assert "form-select" in html


def test_choices_are_a_named_group() -> None:
    html = show("{% field form.way %}{% field form.told %}", form=CardForm())
    assert "<legend" in html
    assert 'for="id_way_0"' in html
    assert 'class="form-check-input"' in html


def test_the_summary_leads_to_each_field_and_names_it() -> None:
    html = show("{% error_summary form %}{% field form.way %}", form=CardForm({}))
    assert "Deux choses à corriger" in html
    assert 'href="#id_card"' in html
    assert 'href="#id_way_0"' in html
    assert 'id="id_way_0"' in html
    assert "Code de la carte\u00a0: ce champ" in html


def test_one_general_refusal_is_its_own_title() -> None:
    html = show("{% error_summary form %}", form=CardForm({"card": "SPENT", "way": "a"}))
    assert html.count("Cette carte a déjà servi.") == 1


def test_a_good_form_has_no_summary() -> None:
    assert not show("{% error_summary form %}", form=CardForm({"card": "K7MD", "way": "a"})).strip()
    assert not show("{% error_summary form %}", form=CardForm()).strip()


def asked(address: str) -> HttpRequest:
    return RequestFactory().get(address)


def test_the_pager_keeps_the_search_and_says_where_one_is() -> None:
    request = asked("/?q=L%C3%A9a&page=2")
    html = show("{% pager page %}", request=request, page=page_of(request, list(range(337))))
    assert "Élèves 31 à 60 sur 337" in html
    assert 'href="?q=L%C3%A9a&amp;page=1"' in html
    assert 'href="?q=L%C3%A9a&amp;page=3"' in html


@pytest.mark.parametrize(
    ("number", "shown"), [("0", 1), ("-1", 1), ("99", 3), ("x", 1), ("", 1), ("2", 2), ("9" * 5000, 1)]
)
def test_a_wrong_page_number_gives_the_nearest_page(number: str, shown: int) -> None:
    assert page_of(asked(f"/?page={number}"), list(range(70))).number == shown


def test_one_page_needs_no_buttons_and_an_empty_list_no_pager() -> None:
    assert "btn" not in show("{% pager page %}", page=Paginator([1], 30).page(1))
    assert "nav" not in show("{% pager page %}", page=Paginator([], 30).page(1))


def test_zero_is_singular_in_french() -> None:
    assert show("{{ 0|plural }}{{ 1|plural }}") == ""
    assert show("journ{{ 2|plural:'al,aux' }} journ{{ 1|plural:'al,aux' }}") == "journaux journal"


def test_a_moment_is_told_at_the_hour_of_the_school_not_of_the_server() -> None:
    summer, winter = datetime(2024, 7, 1, 22, 30, tzinfo=UTC), datetime(2024, 1, 1, 23, 30, tzinfo=UTC)
    assert show("{{ a|when }} {{ b|when }}", a=summer, b=winter) == "2\u00a0juillet 2024 2\u00a0janvier 2024"


def test_never_is_a_word_and_unknown_a_dash() -> None:
    assert show("{{ none|when }} {{ none|french_int }}", none=None) == "jamais —"
    assert show("{{ 2026|school_year }} {{ label|school_year }}", label="2025–2026") == "2026–2027 2025–2026"
