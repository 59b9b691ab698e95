"""The command `preau`, typed wrong and right."""

from __future__ import annotations

import pytest

from preau.__main__ import HELP, main


def test_preau_alone_says_what_it_can_do_in_french(capsys) -> None:
    assert main(["preau"]) == 0
    assert capsys.readouterr().out == HELP


def test_a_command_that_does_not_exist_is_wrong_use_and_says_where_to_look(capsys) -> None:
    assert main(["preau", "improter"]) == 2
    said = capsys.readouterr()
    assert "improter" in said.err
    assert "preau help" in said.err


@pytest.mark.parametrize("typed", [["read"], ["read", "a", "b"], ["read", "--what", "a"]])
def test_reading_nothing_or_too_much_is_wrong_use(typed, capsys) -> None:
    assert main(["preau", *typed]) == 2
    assert "FICHIER" in capsys.readouterr().err


def test_every_command_of_the_help_exists() -> None:
    from django.core.management import get_commands

    named = {line.split()[1] for line in HELP.splitlines() if line.startswith("  preau ")}
    assert named <= {*get_commands(), "read", "generate-roster"}
