"""What an item shows, how an answer is judged, the files and pages that go with it."""

from preau.parcours.items.check import check
from preau.parcours.items.present import present
from preau.parcours.items.resources import resource, simulated
from preau.parcours.items.shape import (
    AnswerRefused,
    Item,
    Kind,
    Outcome,
    Question,
    Resource,
    Skill,
    UnknownResource,
    read_item,
)

__all__ = [
    "AnswerRefused", "Item", "Kind", "Outcome", "Question", "Resource", "Skill", "UnknownResource",
    "check", "present", "read_item", "resource", "simulated",
]  # fmt: skip
