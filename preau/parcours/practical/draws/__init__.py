"""Figures drawn by a seed, for the items that need a long file: the name in the item's table, the function here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from preau.parcours.practical.draws import expert, journals, packs, tables, texts

DRAWS: Mapping[str, Callable[[Random], dict[str, Any]]] = {
    "agenda": tables.agenda,
    "archive": packs.archive,
    "bars": tables.bars,
    "charter": texts.charter,
    "codes": expert.codes,
    "credits": packs.credits,
    "hops": expert.hops,
    "join": expert.join,
    "loans": tables.loans,
    "merge": texts.merge,
    "page_code": texts.page_code,
    "photo_facts": journals.photo_facts,
    "ping": journals.ping,
    "printer_log": journals.printer_log,
    "seals": expert.seals,
    "screen_time": tables.screen_time,
    "sensor": tables.sensor,
    "shop": tables.shop,
    "signins": journals.signins,
    "spending": tables.spending,
    "story": texts.story,
    "survey": tables.survey,
    "tablets": tables.tablets,
    "twice": texts.twice,
    "walk": tables.walk,
}
