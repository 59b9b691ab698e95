"""Rows chosen on several pages of a list, as one form sends them."""

from django.http import QueryDict

MOST = 10_000


def chosen_ids(data: QueryDict, *, row: str = "chosen", others: str = "chosen_elsewhere") -> list[int]:
    """Read the ids ticked on this page and those kept by selection.js from the other pages.

    The ids come from outside: filter them through the QuerySet of what the reader may reach. One field holds
    all those of other pages, so that a whole school stays under Django's limit of fields. What is no number
    is ignored.
    """
    words = [*data.getlist(row), *data.get(others, "").split(",")]
    ids = {int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 19}
    return sorted(ids)[:MOST]
