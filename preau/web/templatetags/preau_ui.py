"""Components of the pages, one tag each; docs/composants.md shows them all.

The HTML lives in templates/web/components: this file only prepares what they show.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    Field,
    RadioSelect,
    Select,
)
from django.template.context import RequestContext
from django.template.defaultfilters import stringfilter
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeData, SafeString, mark_safe
from django.utils.translation import get_language, get_language_info, gettext, override

from preau.web import french
from preau.web.language import FRENCH, in_french

register = template.Library()

ICON_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MODES = {
    "MEDIACENTRE": ("grid-3x3-gap-fill", "Médiacentre"),
    "USERNAME": ("person-badge", "Identifiant"),
    "EMAIL": ("envelope", "Mail"),
}
NOTE_ICONS = {
    "info": "info-circle-fill",
    "ok": "check-circle-fill",
    "warn": "exclamation-triangle-fill",
    "bad": "x-circle-fill",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw a Bootstrap icon; the word beside it speaks, so it is hidden from screen readers."""
    if not ICON_NAME.fullmatch(name):
        raise template.TemplateSyntaxError(f"not an icon name: {name!r}")
    return format_html('<i class="bi bi-{}" aria-hidden="true"></i>', name)


@register.inclusion_tag("web/components/modes.html")
def modes(account_modes: Iterable[str] | None) -> dict[str, Any]:
    """Show the modes of connection as icon + word, always in the same order; none is « aucun »."""
    held = {str(mode) for mode in account_modes or ()}
    return {"modes": [MODES[mode] for mode in MODES if mode in held]}


def _share(part: int, total: int) -> str:
    """Percentage written with a point: it becomes an SVG attribute, whatever the language."""
    return f"{max(0, min(part, total)) * 100 / total:.1f}%" if total > 0 and part > 0 else ""


@register.inclusion_tag("web/components/bar.html")
def bar(full: int, attached: int, total: int, size: str = "") -> dict[str, Any]:
    """Draw the progress of a class: `full` connected, `attached` attached (connected included), of `total`.

    `size` is "lg" or nothing. Hidden from screen readers: the same figures stand beside it.
    """
    height = 20 if size == "lg" else 14
    return {
        "height": height,
        "inner": height - 1,
        "large": size == "lg",
        "full": _share(full, total),
        "attached": _share(attached, total),
    }


@register.inclusion_tag("web/components/legend.html")
def legend(full: int, attached: int, total: int) -> dict[str, Any]:
    """Explain the bar with its three figures; same arguments as `bar`. One a page."""
    return {"full": full, "waiting": max(attached - full, 0), "todo": max(total - attached, 0)}


@register.inclusion_tag("web/components/columns.html")
def columns(points: Sequence[tuple[str, int]], height: int = 120, every: int = 7) -> dict[str, Any]:
    """Draw one column a point, (label, number), with a label under one in `every`, the last one included.

    Hidden from screen readers: the same figures stand in a table beside it.
    """
    most, width = max((number for _, number in points), default=0), 100 / max(len(points), 1)
    drawn = []
    for index, (label, number) in enumerate(points):
        tall = round(number * (height - 20) / most) if most else 0
        labelled = (len(points) - 1 - index) % every == 0
        drawn.append(
            {
                "x": f"{index * width + width * 0.15:.2f}%",
                "middle": f"{(index + 0.5) * width:.2f}%",
                "width": f"{width * 0.7:.2f}%",
                "y": height - tall,
                "tall": max(tall, 2) if number else 0,
                "label": label if labelled else "",
                "anchor": "end" if index == len(points) - 1 else "middle",
                "number": number if number == most else None,
            }
        )
    return {"columns": drawn, "height": height, "full": height + 22, "base": f"{height}.5"}


@register.inclusion_tag("web/components/step.html")
def step(who: str = "", label: str = "") -> dict[str, Any]:
    """Show who acts next and what; without a label, nothing to do."""
    return {"who": who, "label": label, "you": str(who) == "Vous"}


def _control_class(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, CheckboxInput | RadioSelect | CheckboxSelectMultiple):
        return "form-check-input"
    return "form-select" if isinstance(widget, Select) else "form-control"


def _kind(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "choices"
    return "check" if isinstance(widget, CheckboxInput) else "control"


@register.inclusion_tag("web/components/field.html")
def field(
    bound: BoundField,
    help: str | None = None,  # noqa: A002 - the word of the template
    label: str | None = None,
    eye: bool = False,
    code: int = 0,
    optional: bool = True,
) -> dict[str, Any]:
    """Render a form field: label above, help below, error under it, tied together for screen readers.

    `eye` adds « Voir » to a password; `code` is the size of the groups that dashes cut while typing;
    `optional=False` keeps « (facultatif) » away, where every field is (filters).
    """
    identifier = bound.id_for_label or bound.auto_id
    help_text = bound.help_text if help is None else help
    described = [f"{identifier}-err"] if bound.errors else []
    described += [f"{identifier}-aide"] if help_text else []
    widget = bound.field.widget
    classes = [widget.attrs.get("class", ""), _control_class(bound)]
    attrs: dict[str, Any] = {"id": bound.auto_id}
    if code:
        classes.append("code-field")
        attrs |= {"data-groups": code, "autocapitalize": "characters", "spellcheck": "false"}
        attrs |= {"enterkeyhint": "go", "autocomplete": widget.attrs.get("autocomplete", "off")}
    if bound.errors:
        classes.append("is-invalid")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    attrs["class"] = " ".join(filter(None, classes))
    kind = _kind(bound)
    return {
        "bound": bound,
        "kind": kind,
        "id": identifier,
        "group_id": bound.auto_id,
        "label": gettext(str(bound.label if label is None else label)),
        "help": help_text,
        "control": bound.as_widget(attrs=attrs) if kind != "choices" else "",
        "choices": bound.subwidgets if kind == "choices" else (),
        "described": attrs.get("aria-describedby", ""),
        "eye": eye,
        "facultative": optional and kind != "check" and not bound.field.required,
    }


def _anchor(bound: BoundField) -> str:
    """The control that a link of the summary leads to: for choices, the first one."""
    if _kind(bound) == "choices":
        return f"{bound.auto_id}_0"
    return bound.id_for_label or bound.auto_id


def _named_errors(bound: BoundField) -> list[str]:
    """The errors of a field, with its label when the sentence does not say what is missing."""
    vague = str(Field.default_error_messages["required"])
    errors = [str(error) for error in bound.errors]
    return [f"{bound.label} : {error.lower()}" if error == vague else error for error in errors]


@register.inclusion_tag("web/components/error_summary.html")
def error_summary(form: BaseForm, title: str = "") -> dict[str, Any]:
    """Sum up what to correct, with a link to each field; page.js gives it the focus. Nothing if all is well.

    An error of the whole form, alone, is its own title.
    """
    if not form.is_bound or not form.errors:
        return {"shown": False}
    fields = [bound for bound in form if bound.errors]
    general = [str(error) for error in form.non_field_errors()]
    count = len(fields) + len(general)
    if not title and not fields and len(general) == 1:
        title, general = general[0], []
    links = [(_anchor(bound), _named_errors(bound)) for bound in fields]
    return {
        "shown": True,
        "title": title or (french.things_to_correct(count) if in_french() else gettext("À corriger")),
        "general": general,
        "links": links,
        "anchor": form.prefix or "erreurs",
    }


@register.simple_block_tag(end_name="endnote")
def note(content: str, kind: str = "info", title: str = "", alert: bool = False) -> SafeString:
    """Put a banner around some HTML: info, ok, warn or bad; `alert=True` only for an error just made."""
    context = {"content": content, "kind": kind, "icon": NOTE_ICONS[kind], "title": title, "alert": alert}
    return render_to_string("web/components/note.html", context)


@register.simple_block_tag(end_name="endempty")
def empty(content: str, icon: str, title: str, text: str = "", level: int = 2) -> SafeString:
    """Show an empty state: what is missing, a sentence that reassures, and the action as the content."""
    context = {"content": content, "icon": icon, "title": title, "text": text, "level": level}
    return render_to_string("web/components/empty.html", context)


@register.inclusion_tag("web/components/door.html")
def door(url: str, icon: str, title: str, text: str = "") -> dict[str, str]:
    """Draw one door to another way, an item of `<ul class="doors">`."""
    return {"url": url, "icon": icon, "title": str(title), "text": str(text)}


@register.inclusion_tag("web/components/door_deed.html", takes_context=True)
def door_deed(context: RequestContext, url: str, icon: str, title: str, text: str = "") -> dict[str, Any]:
    """Draw a door that begins something by opening: it posts."""
    return {**door(url, icon, title, text), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("web/components/languages.html", takes_context=True)
def languages(context: RequestContext) -> dict[str, Any]:
    """Let a pupil read the page in another language; nothing where the page is only in French."""
    request = context.get("request")
    if request is None or not getattr(request, "speaks", False):
        return {"languages": ()}
    return {
        "languages": settings.LANGUAGES,
        "current": get_language(),
        "here": request.get_full_path() if request.method in {"GET", "HEAD"} else request.path,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("web/components/pager.html", takes_context=True)
def pager(
    context: RequestContext, page: Page[Any], things: str = "Élèves", parameter: str = "page"
) -> dict[str, Any]:
    """Say « Élèves 1 à 30 sur 337 » and lead to the pages around; the rest of the address is kept."""
    request = context.get("request")
    query = request.GET.copy() if request else None

    def address(number: int) -> str:
        if query is None:
            return f"?{parameter}={number}"
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "things": things,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }


@register.filter
def when(moment: datetime | date | None) -> str:
    """Say a moment or a day as people do; never is « jamais »."""
    if not moment:
        return gettext("jamais")
    if not in_french():
        return date_format(
            timezone.localtime(moment) if isinstance(moment, datetime) else moment, "DATE_FORMAT"
        )
    now = timezone.localtime()
    if isinstance(moment, datetime):
        return french.moment_words(timezone.localtime(moment), now=now)
    return french.day_words(moment, today=now.date())


@register.filter
def day(moment: datetime | date) -> str:
    """Say a whole date: « 1er septembre 2026 »."""
    one = timezone.localdate(moment) if isinstance(moment, datetime) else moment
    return french.spelled(one) if in_french() else date_format(one, "DATE_FORMAT")


@register.filter
def person(someone: Any) -> SafeString:
    """Write NOM in bold capitals, then Prénom, as lists do; the usage name goes before the birth name."""
    last_name = getattr(someone, "usage_name", "") or someone.last_name
    return format_html('<b>{}</b> <span class="given">{}</span>', last_name.upper(), someone.first_name)


@register.filter
def mark(account: Any) -> str:
    """Tell one account from another within a browser, and say nothing of either."""
    return salted_hmac("preau.web.mark", str(account.pk)).hexdigest()[:16]


@register.filter
def french_int(number: int | None) -> str:
    """Write 20000 as 20 000; unknown is a dash."""
    return "—" if number is None else french.group_digits(int(number))


@register.filter
def plural(number: int, endings: str = "s") -> str:
    """Give the ending of a French plural, which starts at two: s, or `journ{{ n|plural:"al,aux" }}`."""
    one, _, many = endings.rpartition(",")
    return many if abs(int(number)) >= 2 else one


@register.filter
def school_year(first_year: int | str) -> str:
    """Write the school year that starts in 2026 as 2026–2027; a label already written passes."""
    return french.school_year_words(first_year) if isinstance(first_year, int) else first_year


@register.simple_tag(takes_context=True)
def said_in_french(context: RequestContext) -> SafeString:
    """Mark what stays in French on a page that speaks another language, for voices and for the side one reads from."""
    return SafeString("" if _language(context) == FRENCH else ' lang="fr" dir="ltr"')


@register.simple_tag(takes_context=True)
def page_words(context: RequestContext, text: str, bare: bool = False) -> str:
    """Say words of ours in the language of the page, among a question that stays in French.

    `bare` where no tag may stand, as in an `<option>`.
    """
    language = _language(context)
    with override(language):
        said = gettext(text)
    if language == FRENCH or said == text:
        return french.typeset(text)
    side = "rtl" if get_language_info(language)["bidi"] else "ltr"
    return said if bare else format_html('<span lang="{}" dir="{}">{}</span>', language, side, said)


def _language(context: RequestContext) -> str:
    """The page's own: a `{% language %}` block around may speak another for a while."""
    return str(context.get("page_language") or get_language() or FRENCH)


@register.filter
@stringfilter
def typeset(text: str) -> str:
    """Put the no-break spaces and apostrophes of French into what is said in French only, a question for instance."""
    return french.typeset(text)


@register.filter(is_safe=True)
@stringfilter
def typo(text: str) -> str:
    """Say a text in the language of the page; in French, with its no-break spaces and apostrophes.

    Trusted HTML only changes between its tags. What has no translation, a name or a staff's sentence, stays as it is.
    """
    text = gettext(text)  # stays safe when it was
    if not in_french():
        return text
    if isinstance(text, SafeData):  # it was safe, and only spaces change
        return mark_safe(french.typeset_html(text))
    return french.typeset(text)
