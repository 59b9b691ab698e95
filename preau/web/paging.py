"""Pages of a long list."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

PAGE_SIZE = 30


def page_of(request: HttpRequest, rows: Any, *, size: int = PAGE_SIZE, parameter: str = "page") -> Page:
    """Cut the page that the address asks for; a missing, wrong or too large number gives the nearest page.

    `rows` is a list or an ordered QuerySet.
    """
    return Paginator(rows, size).get_page(request.GET.get(parameter))
