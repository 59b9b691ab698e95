"""What the rooms above may want to hear."""

from django.dispatch import Signal

# A colleague joined a school, or was given other classes. Arguments: membership, divisions (the names of the
# classes, as typed: list[str]), by, at. Sent inside the transaction. Only a TEACHER's classes matter.
joined = Signal()
