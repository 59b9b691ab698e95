"""Questions to take elsewhere: GIFT, QTI 2.1, or JSON as Préau reads it back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from preau.parcours.exchange.gift import write_gift
from preau.parcours.exchange.qti import write_qti
from preau.parcours.exchange.reading import FIELDS, FORMAT
from preau.parcours.items import Item
from preau.parcours.items.variants import variant

SEED = "export"


@dataclass(frozen=True, slots=True)
class Written:
    """A file to download, and how many questions its format could not hold."""

    content: bytes
    content_type: str
    filename: str
    left_out: int


def write_questions(items: Sequence[Item], *, to: str, notice: str = "") -> Written:
    """These items as « gift », « qti » or « json »; those that need a file, a page or a setting stay out of all three.

    An item with variants goes out as one of them. `notice` is the licence they leave under, which goes along.
    """
    told = {item.id: variant(item, SEED) for item in items if not item.practical}
    left_out = len(items) - len(told)
    if to == "json":
        questions = [_fields(one) for one in told.values()]
        licence = {"licence": notice} if notice else {}
        content = json.dumps(
            {"format": FORMAT, "version": 1, **licence, "questions": questions}, ensure_ascii=False, indent=1
        )
        return Written(content.encode(), "application/json", "questions.json", left_out)
    if to == "qti":
        return Written(write_qti(told, notice=notice), "application/zip", "questions-qti.zip", left_out)
    texts = [write_gift(one, title=item_id) for item_id, one in told.items()]
    kept = [text for text in texts if text is not None]
    said = "".join(f"// {line}\n" for line in notice.splitlines())
    content = "\n".join([said, *kept] if said else kept)
    return Written(
        content.encode(), "text/plain; charset=utf-8", "questions.gift.txt", len(items) - len(kept)
    )


def _fields(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key in FIELDS}
