"""What a chosen password must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preau.accounts.models import Account


class PasswordPolicy:
    """Placeholder until the accounts room is furnished."""

    def validate(self, password: str, user: Account | None = None) -> None:
        return

    def get_help_text(self) -> str:
        return ""
