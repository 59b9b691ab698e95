"""What is always true of one kind of problem."""

from __future__ import annotations

from dataclasses import dataclass

from preau.rosterfiles.pupil import Severity, Who


@dataclass(frozen=True, slots=True)
class Rule:
    """How grave a problem is and who can fix it; `sentence` takes its facts by name."""

    severity: Severity
    who: Who
    sentence: str
