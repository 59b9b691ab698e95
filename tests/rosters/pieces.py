"""Pieces of work that go wrong; other processes read this module, so it holds nothing of the framework."""

from __future__ import annotations

import os
import signal
import time


def die_on_three(piece: int) -> int:
    """A piece of work that takes its process with it."""
    if piece == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return piece * 10


def say_and_sleep(_: int) -> None:
    """A piece of work that says who does it, and never ends."""
    print(os.getpid(), flush=True)
    time.sleep(60)
