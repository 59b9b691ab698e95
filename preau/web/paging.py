"""Pages of a long list."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

PAGE_SIZE = 30


def page_of(
    request: HttpRequest,
    rows: Any,
    *,
    size: int = PAGE_SIZE,
    parameter: str = "page",
    count: int | None = None,
) -> Page[Any]:
    """Cut the page that the address asks for; a missing, wrong or too large number gives the nearest.

    `rows` is a list or an ordered QuerySet; `count`, if the reader knows it, spares a query.
    """
    paginator = Paginator(rows, size)
    if count is not None:
        paginator.count = count
    try:
        asked = int(request.GET.get(parameter, ""))
    except ValueError:
        asked = 1
    return paginator.page(max(1, min(asked, paginator.num_pages)))
