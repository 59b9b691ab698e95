"""`preau import`, for whoever looks after the server."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from preau.audit.models import Entry
from preau.rosters.models import Learner, RosterImport
from tests.rosters.siecle import file_of, pupil
from tests.world import World

INIGO = pupil("2001", "NUÑEZ", "Íñigo", "6D", born="01/02/2015", ine="012345678KE")


def school_year(at: datetime) -> int:
    return at.year if at.month >= 8 else at.year - 1


@pytest.fixture
def run(tmp_path: Path, capsys) -> Callable[..., tuple[int, str, str]]:
    """Exit status, output and errors of the command on this content."""

    def run(content: bytes, *options: str, uai: str = "0931434D") -> tuple[int, str, str]:
        path = tmp_path / "ElevesSansAdresses.xml"
        path.write_bytes(content)
        status = 0
        try:
            call_command("import", str(path), "--uai", uai, *options)
        except SystemExit as stop:
            status = int(stop.code)
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def content(office) -> bytes:
    return file_of(
        *office.unchanged("nils"),
        INIGO,
        year=school_year(timezone.localtime()),
        exported=timezone.localdate(),
    )


def test_a_preview_writes_nothing_at_all(run, content) -> None:
    status, out, err = run(content)
    assert (status, err) == (0, "")
    assert "Arrivée : Íñigo NUÑEZ, 6D" in out
    assert "Départ : Nils ØSTERGAARD, 6A" in out
    assert "Rien n’est encore appliqué : 1 départ, 1 arrivée." in out
    assert not RosterImport.objects.exists()


def test_applying_is_done_and_journalled_as_the_machine(run, content, tasks_now) -> None:
    status, out, _ = run(content, "--apply", "--json")
    said = json.loads(out)
    assert (status, said["applied"], said["refusal"]) == (0, True, None)
    assert said["counts"]["ARRIVAL"] == 1
    assert "012345678KE" not in out
    assert "2015" not in out
    assert Learner.objects.get(ine="012345678KE").first_name == "Íñigo"
    assert Entry.objects.get(verb="import-applique").actor == ""
    assert tasks_now() == 0


def test_a_refused_file_exits_with_one(run, office) -> None:
    old = file_of(*office.unchanged(), year=2020)
    for options in ((), ("--apply",)):
        status, out, err = run(old, *options)
        assert status == 1
        assert "l’an dernier" in out
        assert "ne peut pas être importé" in err
    status, out, _ = run(b"<html>", "--json")
    assert (status, json.loads(out)["problems"][0]["code"]) == (1, "HTML_PAGE")


def test_the_brake_wants_its_sentence_here_too(run, office, world: World) -> None:
    for number in range(12):
        world.learner(
            f"k{number}",
            establishment=world.tilleuls,
            first_name="Kim",
            last_name="KO",
            local_id=f"3{number:03}",
        )
    here = [one for one in office.unchanged() if not str(one["local_id"]).startswith("30")]
    content = file_of(*here, year=school_year(timezone.localtime()))
    status, _, err = run(content, "--apply")
    assert status == 1
    assert "12 départs" in err
    assert run(content, "--apply", "--confirm", "12 départs")[0] == 0


@pytest.mark.parametrize(
    ("uai", "sentence"),
    [("0931434X", "Vouliez-vous dire 0931434D"), ("0870050G", "n’est pas dans Préau"), ("", "--uai")],
)
def test_wrong_use_exits_with_two(run, world, content, uai, sentence) -> None:
    status, out, err = run(content, uai=uai)
    assert (status, out) == (2, "")
    assert sentence in err


def test_a_missing_file_exits_with_two(world, capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        call_command("import", "/nulle/part.zip", "--uai", "0931434D")
    assert stop.value.code == 2
    assert "n’existe pas" in capsys.readouterr().err
