"""What can be done with a roster file, one verb a file."""

from preau.rosters.actions.answer_questions import SamePersonTwice, answer_questions
from preau.rosters.actions.apply_import import (
    AlreadyApplied,
    BrakeNeeded,
    DeparturesHeld,
    Frozen,
    NotReady,
    NotSettled,
    OlderFile,
    StaleImport,
    apply_import,
)
from preau.rosters.actions.by_hand import (
    AlreadyLeft,
    DepartureToCome,
    DivisionElsewhere,
    Identity,
    InePresent,
    NamesakeHere,
    NotLeft,
    add_learner,
    correct_learner,
    mark_back,
    mark_left,
)
from preau.rosters.actions.drop_import import drop_import
from preau.rosters.actions.give_up_reading import give_up_reading
from preau.rosters.actions.read_import import ReadingFailed, read_import
from preau.rosters.actions.say_columns import FileForgotten, forget_files, say_columns
from preau.rosters.actions.set_calendar import DaysInDisorder, set_calendar
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
    "AlreadyLeft",
    "AlreadyUndone",
    "BrakeNeeded",
    "ChangedByHand",
    "DaysInDisorder",
    "DepartureToCome",
    "DeparturesHeld",
    "DivisionElsewhere",
    "FileForgotten",
    "Frozen",
    "Identity",
    "InePresent",
    "Kept",
    "LaterImport",
    "NamesakeHere",
    "NotApplied",
    "NotLeft",
    "NotReady",
    "NotSettled",
    "OlderFile",
    "ReadingFailed",
    "SamePersonTwice",
    "StaleImport",
    "TooLateToUndo",
    "add_learner",
    "answer_questions",
    "apply_import",
    "correct_learner",
    "drop_import",
    "forget_files",
    "give_up_reading",
    "mark_back",
    "mark_left",
    "people_kept",
    "read_import",
    "refuse_undo",
    "say_columns",
    "set_calendar",
    "start_import",
    "undo_import",
]
