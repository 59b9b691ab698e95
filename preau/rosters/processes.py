"""One piece of work after another, shared among processes; however a piece ends, the others go on.

Nothing of the framework is imported here: a new process reads this module before it is set up.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection as pipes
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def each_done(
    work: Callable[[Piece], Result], pieces: Sequence[Piece], *, processes: int, database: str
) -> Generator[tuple[Piece, Result | None], None, None]:
    """Yield each piece with what came of it, as soon as it is known; None when its process was killed, twice.

    `work` is a function of a module, and lets no exception out. One process is this one. `database` is the name of
    the one that the others open. Closing the iterator lets the pieces under way end, and begins no other.
    """
    if processes == 1:
        for piece in pieces:
            yield piece, work(piece)
        return
    waiting = deque(pieces)
    while waiting:
        # A killed process breaks its pool: each piece that was in it is tried again alone, so that only the one
        # that kills is lost.
        for piece in (yield from _shared(work, waiting, processes, database)):
            if (yield from _shared(work, deque([piece]), 1, database)):
                yield piece, None


def _shared(
    work: Callable[[Piece], Result], waiting: deque[Piece], processes: int, database: str
) -> Generator[tuple[Piece, Result], None, list[Piece]]:
    """Empty `waiting`; the pieces that were in the pool when one of its processes was killed."""
    pool = ProcessPoolExecutor(
        min(processes, len(waiting)),
        mp_context=multiprocessing.get_context("spawn"),  # connections do not survive a fork
        initializer=_begin,
        initargs=(database,),
    )
    running: dict[Future[Result], Piece] = {}
    try:
        while waiting or running:
            while waiting and len(running) < 2 * processes:
                running[pool.submit(work, waiting[0])] = waiting[0]
                waiting.popleft()
            done = wait(running, return_when=FIRST_COMPLETED).done
            for future in done:
                if future.exception() is None:
                    yield running.pop(future), future.result()
            if any(future in running for future in done):
                return list(running.values())
    except BrokenProcessPool:
        return list(running.values()) or [waiting.popleft()]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return []


def _begin(database: str) -> None:
    """Set a new process up: Ctrl-C is for its parent to hear, and it never outlives it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = (
        database  # the parent's, whatever the settings say: tests have theirs
    )
    django.setup()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        pipes.wait([parent.sentinel])
        os._exit(1)  # what was not committed is as if it had never been
