"""The sentences that pupils read, and their translations.

`python scripts/translations.py` puts new sentences into preau/locale/*/LC_MESSAGES/django.po, with nothing said yet,
takes away those nobody says any more, and compiles the .mo files kept beside them: a school needs no gettext.
`--check` changes nothing and fails when something is missing.
"""

from __future__ import annotations

import ast
import inspect
import io
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "preau" / "locale"
LANGUAGES = ("en", "ar", "uk", "tr", "pt")
NO_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # a real one would make two people's work conflict
# Babel's rule for Arabic puts 11 to 99 with 100: this one is CLDR's, and Django's.
PLURALS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
}
TEMPLATES = (
    *("attachments/templates/attachments", "campaigns/templates/campaigns", "accounts/templates/accounts"),
    *("web/templates/web/components", "web/templates", "web/templates/web", "web/templates/web/pages/parts"),
    *("parcours/templates/parcours", "parcours/templates/parcours/items"),
)
# Pages that adults read too: what is in a tag is said in every language, the rest is in French.
SHARED = (
    *(
        "accounts/own_sessions.html",
        "accounts/parts/sessions.html",
        "privacy/own.html",
        "privacy/notice.html",
    ),
    *("web/pages/help.html", "web/pages/privacy.html", "results/mine.html"),
)
# Sentences that these modules say to pupils; those to adults are in *vous*.
MODULES = (
    *(
        f"attachments/views/{name}.py"
        for name in ["path", "card", "find", "confirm", "identity", "joining", "ways", "arrive", "password"]
    ),
    *(
        "attachments/actions/cards.py",
        "attachments/forms.py",
        "campaigns/views/pupil.py",
        "campaigns/forms.py",
    ),
    *("accounts/actions.py", "accounts/views.py", "accounts/passwords.py", "web/templatetags/preau_ui.py"),
    *("accounts/open_sessions.py", "parcours/items/check.py"),
)
ADULTS = re.compile(r'extends "web/(staff|sign_in|print)\.html"')
TAGS = {"note": (1,), "error_summary": (1,), "page_words": (0,), "pager": (1,)}
VOUS = re.compile(r"\b(?!chez\b|assez\b)\w+ez\b|\b[Vv]ous\b|\b[Vv]otre\b|\b[Vv]os\b")
SENTENCE = re.compile(r"[A-ZÉÀÇ«].* .*[.!?»]")
# Words of components and forms that no template spells out.
WORDS = (
    "Essais",
    "Un navigateur",
    "cette session",
    "Fermer",
    "Médiacentre",
    "Identifiant",
    "Mail",
    "Par la tuile de ton ENT",
    "Essayer encore",
)

# What these searches find and no pupil reads.
NOT_SAID = {
    " :",
    "123",
    "pupil",
    "Pourquoi ?",
    "Ce champ est obligatoire.",
    "Cette action n’est pas possible.",
} | {"Le dernier jour vient avant le premier.", "C’est fait : {count} sessions fermées."}

Sentences = dict[str, str | None]  # a sentence, and its plural when it counts something


def sentences() -> Sentences:
    """Everything a pupil may read, as the pages ask for it."""
    found: Sentences = dict.fromkeys(WORDS)
    for one in (
        *(*_in_templates(), *_in_forms(), *_in_refusals(), *_in_modules(), *_in_diagnosis()),
        *(*_in_parcours(), *_in_what_is_kept()),
    ):
        if one in NOT_SAID:
            continue
        found.update([one] if isinstance(one, tuple) else [(one, None)])
    return found


def _in_templates() -> Iterator[Any]:
    from django.template.loader import get_template

    for folder in TEMPLATES:
        base = ROOT / "preau" / folder
        for path in sorted(
            base.glob("**/*.html" if folder.startswith(("attach", "camp", "acc")) else "*.html")
        ):
            if (
                ADULTS.search(path.read_text("utf-8"))
                or path.name.startswith(("desk", "_passkey"))
                or path.name
                in {
                    "413.html",
                    "503.html",
                    "messages.html",
                }
            ):
                continue
            name = str(path.relative_to(next(p for p in path.parents if p.name == "templates")))
            if name not in SHARED:
                yield from _in_nodes(get_template(name).template.nodelist)  # type: ignore[attr-defined]
    for name in SHARED:
        yield from _in_nodes(get_template(name).template.nodelist)  # type: ignore[attr-defined]


def _in_nodes(nodes: Any) -> Iterator[Any]:
    from django.template.base import Node, VariableNode
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    for node in nodes.get_nodes_by_type(Node):
        if isinstance(node, TranslateNode):
            literal = node.filter_expression.var
            if isinstance(literal, str):
                yield str(literal)
            elif getattr(literal, "literal", None):
                yield str(literal.literal)
        elif isinstance(node, BlockTranslateNode):
            singular = node.render_token_list(node.singular)[0]
            yield (singular, node.render_token_list(node.plural)[0]) if node.plural else singular
        elif isinstance(node, VariableNode):
            expression = node.filter_expression
            if isinstance(expression.var, str) and any(f[0].__name__ == "typo" for f in expression.filters):
                yield str(expression.var)
        elif hasattr(node, "func"):
            yield from _in_tag(node)
            if hasattr(node, "nodelist"):  # of a {% note %}: the framework does not go in by itself
                yield from _in_nodes(node.nodelist)


def _in_tag(node: Any) -> Iterator[str]:
    name = node.func.__name__
    literals = [arg.var if isinstance(arg.var, str) else None for arg in node.args]
    named = {key: arg.var for key, arg in node.kwargs.items() if isinstance(arg.var, str)}
    for place in TAGS.get(name, ()):
        if place < len(literals) and literals[place]:
            yield str(literals[place])
    if name in {"door", "door_deed"}:
        yield from (str(text) for text in literals[2:] if text)
    for key in ("help", "label", "title"):
        if named.get(key):
            yield str(named[key])


def _in_forms() -> Iterator[str]:
    from preau.accounts import forms as accounts
    from preau.accounts.passwords import COMMON, HELP, PERSONAL, TOO_LONG
    from preau.attachments import forms as attachments
    from preau.campaigns.forms import CodeForm

    theirs = [accounts.PupilSignInForm, accounts.EmailForm, CodeForm]
    theirs += [one for name, one in inspect.getmembers(attachments, inspect.isclass) if name.endswith("Form")]
    for form in theirs:
        if form.__name__ == "DetachForm":
            continue
        for field in form.base_fields.values():
            yield from (str(text) for text in (field.label, field.help_text) if text)
            asked = {"required", "max_length", "invalid"} & set(field.error_messages)
            for text in (str(field.error_messages[name]) for name in asked):
                if SENTENCE.fullmatch(text) and not VOUS.search(text) and "%(" not in text:
                    yield text
    yield from (one.tu for one in (COMMON, PERSONAL, TOO_LONG, HELP))
    yield from ("Écris un mot de passe.", "C’est trop long.", "Mot de passe actuel", "Nouveau mot de passe")


def _in_refusals() -> Iterator[str]:
    from preau.accounts import actions as accounts
    from preau.accounts.providers import refusals as providers
    from preau.attachments import pending, refusals
    from preau.attachments.views import confirm, identity, ways
    from preau.campaigns import actions as campaigns
    from preau.parcours import actions as parcours
    from preau.parcours.items import shape
    from preau.web.refusals import Refusal

    rooms = (accounts, providers, refusals, pending, confirm, identity, ways, campaigns, parcours, shape)
    for module in rooms:
        for _, one in inspect.getmembers(module, inspect.isclass):
            if not issubclass(one, Refusal) or one is Refusal:
                continue
            told = issubclass(one, refusals.PupilRefusal) and not issubclass(one, refusals.CardRefusal)
            if module is refusals and not issubclass(
                one, (refusals.PupilRefusal, refusals.LastWay, refusals.WayGone)
            ):
                continue
            for name in ("title", "to_pupil") if told else ("title", "message"):
                text = getattr(one, name, "")
                if isinstance(text, str) and text and not VOUS.search(text):
                    yield text


def _in_modules() -> Iterator[str]:
    for name in MODULES:
        tree = ast.parse((ROOT / "preau" / name).read_text("utf-8"))
        said = {
            id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)
        }  # docstrings are said to nobody
        pieces = {
            id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "gettext" and node.args:
                if isinstance(node.args[0], ast.Constant):
                    yield node.args[0].value
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                if id(node) not in said | pieces and SENTENCE.fullmatch(text) and not VOUS.search(text):
                    yield text


def _in_diagnosis() -> Iterator[str]:
    from preau.scenarios import words
    from preau.scenarios.leaflets import SENTENCES

    yield from SENTENCES
    for situation in words.SITUATIONS:
        yield from filter(None, (situation.pupil_why,))
    for step in words.STEPS:
        yield from filter(None, (step.pupil, step.pupil_why))
    yield from (need.pupil for need in words.Need if need.pupil)
    yield from ("jamais",)


def _in_parcours() -> Iterator[Any]:
    """What surrounds the questions; the questions themselves are in French."""
    from preau.accounts.open_sessions import CLOSED as SESSIONS
    from preau.accounts.open_sessions import WAYS_IN
    from preau.campaigns.receivers import CLOSED
    from preau.parcours import framework
    from preau.parcours.items.present import LEGENDS

    yield from (one.name for one in framework.competences().values())
    yield from LEGENDS.values()
    yield from (*WAYS_IN.values(), "avec le mot de passe", CLOSED, SESSIONS)


def _in_what_is_kept() -> Iterator[str]:
    """« Mes données »: the titles, the labels, and the words of what was chosen from a list."""
    from preau.accounts.models import ConnectionMode
    from preau.attachments import models
    from preau.attachments.merges import MergeState, TransferState
    from preau.attachments.stumbles import Stumble
    from preau.privacy import export
    from preau.rosters.models import ChangeKind, LearnerStatus

    tree = ast.parse(Path(export.__file__).read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Section", "_section"}:
            yield from (one.value for one in node.args[1:2] if isinstance(one, ast.Constant))
        elif isinstance(node, ast.Dict):
            texts = [one.value for one in node.keys if isinstance(one, ast.Constant)]
            yield from (text for text in texts if text[0].isupper())
    yield from (*export.COLUMNS.values(), export.MEASURED, "oui", "non", "demandé", "pas encore envoyés")
    chosen = (models.How, models.HelpState, models.ConflictKind, models.Doubt, MergeState, TransferState)
    for choices in (*chosen, Stumble, LearnerStatus, ChangeKind, ConnectionMode):
        yield from (str(label) for label in choices.labels)


def path_of(language: str) -> Path:
    """Where the translations into this language are kept."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """The translations as they are."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def renewed(language: str, wanted: Sentences) -> Catalog:
    """The same, with every sentence that is said now and no other."""
    known = read(language) if path_of(language).exists() else Catalog(locale=language)
    made = Catalog(
        locale=language, project="Préau", version="0.1.0", fuzzy=False, charset="utf-8", creation_date=NO_DAY
    )
    made.mime_headers = [  # no date, no name: the file changes only when its sentences do
        ("Project-Id-Version", "Préau"), ("MIME-Version", "1.0"), ("Language", language),
        ("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit"),
        ("Plural-Forms", PLURALS.get(language, made.plural_forms)),
    ]  # fmt: skip
    for one, plural in sorted(wanted.items()):
        old = known.get(one)
        key = (one, plural) if plural else one
        nothing = ("",) * made.num_plurals if plural else ""
        flags = ["python-format"] if "%(" in one else []
        made.add(key, old.string if old and old.string else nothing, flags=flags)
    return made


def compiled(catalog: Catalog) -> bytes:
    """What the pages read."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def main() -> int:
    """Bring the files up to date, or say what is not."""
    wanted, faults = sentences(), 0
    for language in LANGUAGES:
        catalog = renewed(language, wanted)
        missing = [
            one.id for one in catalog if one.id and not (all(one.string) if one.pluralizable else one.string)
        ]
        faults += len(missing)
        print(f"{language} : {len(catalog)} phrases, {len(missing)} à traduire")
        if "--check" not in sys.argv:
            path_of(language).parent.mkdir(parents=True, exist_ok=True)
            with path_of(language).open("wb") as file:
                write_po(file, catalog, width=120, omit_header=False, sort_output=False)
            path_of(language).with_suffix(".mo").write_bytes(compiled(catalog))
    return 1 if faults and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "preau.settings")
    django.setup()
    sys.exit(main())
