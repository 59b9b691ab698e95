"""What the rooms above may listen to."""

from __future__ import annotations

from django.dispatch import Signal

# Asked before a question is shown or an answer kept: `attempt`, `at`. A listener answers with the sentence that says
# why the attempt cannot go on now, or None. What was answered stays, and may be sent.
attempt_continuing = Signal()

# Sent once, inside the transaction in which the results leave: `attempt`, `by` (an account), `at`.
attempt_sent = Signal()
