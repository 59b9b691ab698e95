"""The command `preau`: reading files needs no database, everything else is a management command."""

from __future__ import annotations

import os
import sys


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    argv = list(sys.argv if argv is None else argv)
    verb = argv[1] if len(argv) > 1 else "help"
    if verb == "read":
        from preau.rosterfiles.command import main as read

        return read(argv[2:])
    if verb == "generate-roster":
        from preau.rosterfiles.generate_command import main as generate

        return generate(argv[2:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "preau.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(argv)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
