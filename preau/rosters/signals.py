"""What the rooms above may listen to."""

from django.dispatch import Signal

# Sent once, inside the transaction that applies: `roster_import`, `by` (an account, or None for the machine), `at`.
# A listener that raises undoes the whole import.
import_applied = Signal()
