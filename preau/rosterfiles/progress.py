"""How far a reading is: said now and then, whatever number of files it goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

Progress = Callable[[int, int], None]
_MOST_REPORTS = 100


class Meter:
    """Counts the bytes as they go by and tells `progress` (bytes done, bytes in all), a hundred times at most."""

    def __init__(self, size: int, progress: Progress | None) -> None:
        self._size = size
        self._progress = progress
        self._step = max(1, size // (_MOST_REPORTS - 1))
        self._done = self._due = 0

    def over(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks."""
        for chunk in chunks:
            yield chunk
            self._done += len(chunk)
            if self._progress is not None and (self._done >= self._due or self._done == self._size):
                self._progress(min(self._done, self._size), self._size)
                self._due = self._done + self._step
