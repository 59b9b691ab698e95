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

__all__ = [
    "AlreadyApplied",
    "BrakeNeeded",
    "NotReady",
    "NotSettled",
    "ReadingFailed",
    "StaleImport",
    "apply_import",
    "drop_import",
    "read_import",
    "start_import",
]
