"""What the rooms above may want to hear."""

from django.dispatch import Signal

# A member of staff entered, with their password or by their ENT. Arguments: account, at, request,
# by_ent (False when absent).
staff_signed_in = Signal()
# The daily tidying: each room forgets what has faded. Argument: at.
tidying = Signal()
# An identity nobody has yet arrived and waits. Arguments: request, pending, hints (to be used now and never kept).
identity_held = Signal()
