"""How chosen passwords are kept."""

from __future__ import annotations

import os
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

# A hash walks through 19 MiB: several at once in one process only push each other out of the processor's cache,
# some 10 % dearer each. `preau serve` starts two processes for the pages; they share the cores.
_AT_ONCE = BoundedSemaphore(max(1, (os.cpu_count() or 1) // 2))


class Argon2id(Argon2PasswordHasher):
    """Argon2id at 19 MiB, t=2, p=1 (OWASP Password Storage Cheat Sheet).

    The framework's default (100 MiB, p=8) allows ten sign-ins a second on two cores: a class would queue.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """The hash to keep, in its turn."""
        with _AT_ONCE:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Whether this is the password, in its turn."""
        with _AT_ONCE:
            return super().verify(password, encoded)
