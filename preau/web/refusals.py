"""A refusal is an expected "no", with a name and a sentence; anything else that goes wrong is a bug."""

from __future__ import annotations


class Refusal(Exception):
    """Base of every refusal; `message` is the French sentence shown to the person who asked."""

    message = "Cette action n’est pas possible."

    def __init__(self, message: str | None = None, /, **facts: object) -> None:
        self.facts = facts
        if message is not None:
            self.message = message
        elif facts:
            self.message = self.message.format(**facts)
        super().__init__(self.message)
