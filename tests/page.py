"""A test client that reads each page as a careful person would, and refuses the ones that are badly built."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from urllib.parse import urljoin

from django.test import Client
from lxml import html


class Page:
    """One answer of the site, read."""

    def __init__(self, client: PageClient, response: Any) -> None:
        self.client = client
        self.response = response
        self.status = response.status_code
        self.url = response.request["PATH_INFO"] if hasattr(response, "request") else ""
        kind = response.headers.get("Content-Type", "")
        page = response.content.decode(response.charset) if kind.startswith("text/html") else ""
        self.tree = html.fromstring(page) if page else None

    @property
    def text(self) -> str:
        """What a person reads, spaces collapsed (no-break ones too)."""
        if self.tree is None:
            return ""
        return squeeze(" ".join(self.tree.itertext()))

    @property
    def title(self) -> str:
        """The h1."""
        assert self.tree is not None
        return squeeze(self.tree.findtext(".//h1") or "".join(self.tree.find(".//h1").itertext()))

    def __contains__(self, words: str) -> bool:
        return squeeze(words) in self.text

    def css(self, selector: str) -> list[Any]:
        """Elements matching a CSS selector."""
        assert self.tree is not None
        from lxml.cssselect import CSSSelector

        return CSSSelector(selector)(self.tree)

    def link(self, words: str) -> str:
        """The address behind a link whose text contains `words`."""
        for a in self.tree.iterfind(".//a[@href]"):  # type: ignore[union-attr]
            if squeeze(words) in squeeze(" ".join(a.itertext())):
                return urljoin(self.url, str(a.get("href")))
        raise AssertionError(f"No link « {words} » on {self.url}: {self.text[:600]}")

    def follow(self, words: str) -> Page:
        """Click a link."""
        return self.client.open(self.link(words))

    def submit(
        self, button: str | None = None, /, files: dict[str, Any] | None = None, **values: Any
    ) -> Page:
        """Fill the form that has this button (or the only form that has these fields) and send it."""
        form, pressed = self._form(button, values, files or {})
        data: dict[str, Any] = {}
        for key, value in form.form_values():
            data.setdefault(key, []).append(value)
        if pressed is not None and pressed.get("name"):
            data[pressed.get("name")] = [pressed.get("value") or ""]
        data.update({k: v if isinstance(v, list) else [v] for k, v in values.items()})
        data.update(files or {})
        action = (pressed is not None and pressed.get("formaction")) or form.get("action") or self.url
        if action.startswith("#"):
            action = self.url
        send = self.client.post if (form.get("method") or "get").lower() == "post" else self.client.get
        return self.client.read(send(action, data, follow=True))

    def _form(self, button: str | None, values: dict[str, Any], files: dict[str, Any]) -> tuple[Any, Any]:
        for form in self.tree.iterfind(".//form"):  # type: ignore[union-attr]
            fields = {e.get("name") for e in form.iter("input", "select", "textarea")}
            for pressed in form.iter("button"):
                says = squeeze(" ".join(pressed.itertext()))
                if button is not None and squeeze(button) in says:
                    return form, pressed
            if button is None and (values or files) and set(values) | set(files) <= fields:
                submits = [b for b in form.iter("button") if b.get("type", "submit") == "submit"]
                return form, submits[0] if submits else None
        raise AssertionError(f"No form « {button or sorted(values)} » on {self.url}: {self.text[:600]}")


class PageClient(Client):
    """The framework's client, that opens pages and checks each one."""

    def open(self, url: str, **kwargs: Any) -> Page:
        """Follow redirects and read where they end."""
        return self.read(self.get(url, follow=True, **kwargs))

    def read(self, response: Any) -> Page:
        """Read an answer; raise AssertionError when the page breaks a rule of the house."""
        if response.redirect_chain if hasattr(response, "redirect_chain") else False:
            response.request["PATH_INFO"] = response.redirect_chain[-1][0].split("?")[0]
        page = Page(self, response)
        if page.tree is not None and not page.url.startswith("/admin/"):
            check_page(page, fragment=response.request.get("HTTP_HX_REQUEST") == "true")
        return page


def check_page(page: Page, *, fragment: bool = False) -> None:
    """Refuse two h1, a repeated id, inline style or script, an unlabelled field, a link to nowhere, an open form."""
    tree, where = page.tree, page.url
    ids = Counter(e.get("id") for e in tree.iter() if isinstance(e.tag, str) and e.get("id"))
    assert not [i for i, n in ids.items() if n > 1], (
        f"{where}: repeated id {[i for i, n in ids.items() if n > 1]}"
    )
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.get("style") is None, f"{where}: inline style on <{element.tag}>"
        assert not [a for a in element.attrib if a.startswith("on")], (
            f"{where}: inline handler on <{element.tag}>"
        )
        assert element.tag != "style", f"{where}: <style>"
        assert element.tag != "script" or element.get("src"), f"{where}: inline <script>"
        assert element.tag != "a" or element.get("href"), f"{where}: a link to nowhere"
        if element.tag in {"input", "select", "textarea"} and element.get("type") not in {"hidden", "submit"}:
            assert has_name(element, tree), f"{where}: unlabelled field {element.get('name')}"
        if element.tag == "form" and (element.get("method") or "").lower() == "post":
            assert element.findall(".//input[@name='csrfmiddlewaretoken']"), (
                f"{where}: form without CSRF token"
            )
    if not fragment:
        assert len(tree.findall(".//h1")) == 1, f"{where}: {len(tree.findall('.//h1'))} h1"
        assert tree.get("lang"), f"{where}: no lang"
        assert tree.findtext(".//title"), f"{where}: no title"


def has_name(field: Any, tree: Any) -> bool:
    """Whether assistive technology has a name for this field."""
    if field.get("aria-label") or field.get("aria-labelledby"):
        return True
    if any(parent.tag == "label" for parent in field.iterancestors()):
        return True
    return bool(field.get("id")) and bool(tree.xpath("//label[@for=$id]", id=field.get("id")))


def squeeze(text: str) -> str:
    """Collapse every kind of space to one."""
    return re.sub(r"\s+", " ", text).strip()
