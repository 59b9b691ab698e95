"""From the bytes of a file a school exports to frozen values; no Django here.

`read_roster` never raises for what a file contains: it gives pupils and problems.
"""

from preau.rosterfiles.dates import school_year_of
from preau.rosterfiles.limits import Limits
from preau.rosterfiles.problems import CATALOGUE
from preau.rosterfiles.pupil import Problem, Pupil, PupilRef, RosterFile, Severity, Status, Who
from preau.rosterfiles.read import read_roster

__all__ = [
    "CATALOGUE",
    "Limits",
    "Problem",
    "Pupil",
    "PupilRef",
    "RosterFile",
    "Severity",
    "Status",
    "Who",
    "read_roster",
    "school_year_of",
]
