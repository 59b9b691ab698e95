"""What can be done with a roster file, one verb a file."""

from preau.rosters.actions.apply_import import (
    AlreadyApplied,
    BrakeNeeded,
    NotReady,
    NotSettled,
    StaleImport,
    apply_import,
)
from preau.rosters.actions.drop_import import drop_import
from preau.rosters.actions.read_import import ReadingFailed, read_import
from preau.rosters.actions.start_import import start_import
from preau.rosters.actions.undo_import import (
    AlreadyUndone,
    ChangedByHand,
    Kept,
    LaterImport,
    NotApplied,
    TooLateToUndo,
    people_kept,
    refuse_undo,
    undo_import,
)

__all__ = [
    "AlreadyApplied",
    "AlreadyUndone",
    "BrakeNeeded",
    "ChangedByHand",
    "Kept",
    "LaterImport",
    "NotApplied",
    "NotReady",
    "NotSettled",
    "ReadingFailed",
    "StaleImport",
    "TooLateToUndo",
    "apply_import",
    "drop_import",
    "people_kept",
    "read_import",
    "refuse_undo",
    "start_import",
    "undo_import",
]
