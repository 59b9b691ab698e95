"""The files of a whole academy, brought in one night."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from preau.establishments.models import Establishment
from preau.rosterfiles import bundle
from preau.rosterfiles.generate import generate_roster
from preau.rosterfiles.identifiers import make_uai
from preau.rosters import academy
from preau.rosters.models import ImportState, Learner, PendingFile, RosterImport
from preau.rosters.processes import each_done
from tests.rosters.pieces import die_on_three

UAIS = [make_uai(f"09300{number:02}") for number in range(6)]
Run = Callable[..., tuple[int, str]]


def export(uai: str, *, pupils: int = 20, back: int = 0, **wish: Any) -> bytes:
    """The export of a school, made today; `back` years ago."""
    today = timezone.localtime()
    year = (today.year if today.month >= 8 else today.year - 1) - back
    stamp = datetime(today.year - back, today.month, min(today.day, 28), 7, 58)  # noqa: DTZ001 - the school's clock
    # Numbers of pupils are of the whole country: a seed for each school.
    return generate_roster(
        pupils=pupils, seed=int(uai[:7]), school_year=year, exported_at=stamp, uai=uai, **wish
    )


def zip_of(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.fixture
def run(capsys) -> Run:
    """Exit status and output of the command, in this process unless it is said otherwise."""

    def run(*arguments: object, processes: int = 1) -> tuple[int, str]:
        status = 0
        try:
            call_command("import", *map(str, arguments), "--processes", str(processes))
        except SystemExit as stop:
            status = int(stop.code)
        out, err = capsys.readouterr()
        return status, out + err

    return run


def build_academy() -> None:
    for number, uai in enumerate(UAIS):
        Establishment.objects.create(uai=uai, name=f"Collège n° {number}")


@pytest.fixture
def schools(db: None) -> None:
    build_academy()


def fill(folder: Path) -> Path:
    """Six good schools, and four files that nobody should import."""
    folder.mkdir(exist_ok=True)
    for uai in UAIS:
        (folder / f"ExportXML_{uai}.zip").write_bytes(export(uai))
    return folder


def lines_of(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_six_schools_come_in_and_four_wrong_files_stop_nobody(tmp_path, schools, run) -> None:
    for uai in (last_year := make_uai("0930071")), (corrupt := make_uai("0930072")):
        Establishment.objects.create(uai=uai, name="Collège")
    folder = fill(tmp_path / "depot")
    unknown = make_uai("0930070")
    (folder / "inconnu.zip").write_bytes(export(unknown))
    (folder / "ancien.zip").write_bytes(export(last_year, back=1))
    (folder / f"{corrupt}.zip").write_bytes(export(corrupt)[:-500])
    (folder / "lettre.pdf").write_bytes(b"%PDF-1.7 a letter")
    (folder / ".DS_Store").write_bytes(b"x")
    status, out = run(folder, "--apply")
    assert status == 1
    assert out.count("appliqué, ") == 6
    assert f"{UAIS[0]} Collège n° 0 : appliqué, 20 arrivées." in out.replace("\u00a0", " ")
    assert f"{unknown} " in out
    assert "n’est pas dans Préau" in out
    assert "l’an dernier" in out
    assert "PDF" in out
    assert "10 fichiers\u00a0: 6 appliqués, 4 refusés." in out
    assert Learner.objects.count() == 120
    # What somebody can see on the screen of the school is in its history.
    states = dict(RosterImport.objects.values_list("establishment__uai", "state"))
    assert states == dict.fromkeys(UAIS, "APPLIED") | {last_year: "REFUSED", corrupt: "REFUSED"}
    assert not PendingFile.objects.exists()


def test_nobody_is_named_in_what_is_printed(tmp_path, schools, run) -> None:
    folder = fill(tmp_path / "depot")
    for options in ((), ("--apply",), ("--json",)):
        _, out = run(folder, *options)
        names = set(Learner.objects.values_list("last_name", flat=True))
        assert not any(name in out for name in names)
        assert not any(ine in out for ine in Learner.objects.values_list("ine", flat=True) if ine)
    assert names


def test_without_apply_the_counts_are_said_and_nothing_is_written(tmp_path, schools, run) -> None:
    status, out = run(fill(tmp_path / "depot"))
    assert status == 0
    assert out.count("prêt à appliquer, 20 arrivées") == 6
    assert "6 prêts à appliquer." in out
    assert not RosterImport.objects.exists()
    assert not Learner.objects.exists()


def test_the_same_command_again_passes_what_is_done_and_takes_the_new_file(tmp_path, schools, run) -> None:
    folder = fill(tmp_path / "depot")
    assert run(folder, "--apply")[0] == 0
    later = export(UAIS[2], changes=0.1, change_seed=1)
    (folder / f"ExportXML_{UAIS[2]}.zip").write_bytes(later)
    status, out = run(folder, "--apply", "--json")
    *lines, summary = lines_of(out)
    assert status == 0
    assert {line["uai"]: line["outcome"] for line in lines} == dict.fromkeys(UAIS, "skipped") | {
        UAIS[2]: "applied"
    }
    assert summary["summary"]["skipped"] == 5
    status, out = run(folder, "--apply", "--again")
    assert "6 sans changement." in out
    # Not the newest any more: the former file of the school is not taken for applied.
    (folder / f"ExportXML_{UAIS[2]}.zip").write_bytes(export(UAIS[2]))
    assert "5 déjà appliqués" in run(folder, "--apply")[1]


def test_a_killed_run_goes_on_where_it_was(tmp_path, schools, run) -> None:
    folder = fill(tmp_path / "depot")
    sources = academy.sources_in([folder])
    lines = academy.import_all(sources, wish=academy.Wish(apply=True), processes=1)
    assert [next(lines).outcome, next(lines).outcome] == ["applied", "applied"]
    lines.close()
    assert "4 appliqués, 2 déjà appliqués" in run(folder, "--apply")[1]


def test_a_zip_of_zips_is_as_many_schools(tmp_path, schools, run) -> None:
    inner = {f"{uai}/ExportXML_ElevesSansAdresses.zip": export(uai) for uai in UAIS[:3]}
    bare = zipfile.ZipFile(io.BytesIO(export(UAIS[3]))).read("ElevesSansAdresses.xml")
    path = tmp_path / "academie.zip"
    path.write_bytes(zip_of(**inner, **{f"{UAIS[3]}/ElevesSansAdresses.xml": bare}))
    status, out = run(path, "--apply")
    assert (status, out.count("appliqué, 20 arrivées")) == (0, 4)
    assert set(RosterImport.objects.values_list("file_name", flat=True)) == {
        "ExportXML_ElevesSansAdresses.zip",
        "ElevesSansAdresses.xml",
    }


def test_an_ordinary_zip_of_siecle_is_one_file(tmp_path, schools, run) -> None:
    xml = zipfile.ZipFile(io.BytesIO(export(UAIS[0]))).read("ElevesSansAdresses.xml")
    with_neighbours = zip_of(**{"ElevesSansAdresses.xml": xml, "Structures.xml": b"<BEE_STRUCTURES/>"})
    for content in (export(UAIS[0]), with_neighbours, xml):
        assert bundle.members_of(io.BytesIO(content)) == []
    path = tmp_path / "un.zip"
    path.write_bytes(export(UAIS[0]))
    status, out = run(path, "--apply")  # a school is named for a single file, as ever
    assert status == 2
    assert "--uai" in out


def test_a_zip_bomb_inside_is_refused_alone(tmp_path, schools, run) -> None:
    path = tmp_path / "academie.zip"
    bomb = zip_of(**{"ElevesSansAdresses.xml": b" " * 30_000_000})
    path.write_bytes(zip_of(**{f"{UAIS[0]}.zip": bomb, f"{UAIS[1]}.zip": export(UAIS[1])}))
    status, out = run(path, "--apply")
    assert status == 1
    assert "1 appliqué, 1 refusé" in out


def test_too_much_in_all_is_no_zip_of_schools(tmp_path, schools, run, monkeypatch) -> None:
    monkeypatch.setattr(bundle, "BUNDLE_INFLATED_BYTES", 1000)
    path = tmp_path / "academie.zip"
    path.write_bytes(zip_of(**{f"{uai}.zip": export(uai) for uai in UAIS[:2]}))
    assert run(path, tmp_path, "--apply")[0] == 1
    assert not Learner.objects.exists()


def test_two_different_files_of_a_school_are_for_somebody_to_choose(tmp_path, schools, run) -> None:
    (tmp_path / "a.zip").write_bytes(export(UAIS[0]))
    (tmp_path / "b.zip").write_bytes(export(UAIS[0], changes=0.1, change_seed=2))
    (tmp_path / "c.zip").write_bytes(export(UAIS[1]))
    (tmp_path / "d.zip").write_bytes(export(UAIS[1]))
    status, out = run(tmp_path, "--apply")
    assert status == 1
    assert "1 appliqué, 1 déjà appliqué, 2 refusés" in out
    assert "gardez le bon" in out
    assert set(Learner.objects.values_list("establishment__uai", flat=True)) == {UAIS[1]}


def test_many_departures_wait_for_the_referent_and_only_there(tmp_path, schools, run) -> None:
    folder = fill(tmp_path / "depot")
    assert run(folder, "--apply")[0] == 0
    school = Establishment.objects.get(uai=UAIS[0])
    Learner.objects.bulk_create(
        Learner(establishment=school, last_name="KO", first_name="Kim", local_id=f"k{n}", search_key="ko kim")
        for n in range(15)
    )
    (folder / f"ExportXML_{UAIS[0]}.zip").write_bytes(export(UAIS[0], changes=0.1, change_seed=1))
    (folder / f"ExportXML_{UAIS[1]}.zip").write_bytes(export(UAIS[1], changes=0.1, change_seed=1))
    for _ in range(2):  # run again, it still waits
        status, out = run(folder, "--apply")
        assert status == 1
        assert f"{UAIS[0]} Collège n° 0\u00a0: à confirmer dans Préau, " in out
        waiting = RosterImport.objects.get(state=ImportState.READY)
        assert waiting.establishment == school
    assert Learner.objects.filter(establishment=school, status="PRESENT").count() == 35
    assert "1 à confirmer dans Préau" in out


def test_a_list_says_its_school_by_its_name_and_waits_for_somebody(tmp_path, schools, run) -> None:
    rows = "Nom;Prénom;Classe;Né(e) le\nNUÑEZ;Íñigo;6D;01/02/2015\nKO;Kim;6D;03/02/2015\n".encode()
    (tmp_path / f"{UAIS[0]}.csv").write_bytes(rows)
    (tmp_path / "eleves.csv").write_bytes(rows)
    status, out = run(tmp_path, "--apply")
    assert status == 1
    assert f"{UAIS[0]} Collège n° 0\u00a0: à confirmer dans Préau" in out
    assert "donnez-lui son UAI pour nom" in out
    assert not Learner.objects.exists()
    assert run(tmp_path / f"{UAIS[0]}.csv", tmp_path / f"{UAIS[0]}.csv", "--apply", "--settled")[0] == 0
    assert Learner.objects.count() == 2


def test_an_error_of_ours_is_a_line_and_not_the_end(tmp_path, schools, run, monkeypatch) -> None:
    real = academy.start_import

    def start(**how: Any) -> RosterImport:
        if how["establishment"].uai == UAIS[0]:
            raise ValueError("MARTIN Léa")
        return real(**how)

    monkeypatch.setattr(academy, "start_import", start)
    status, out = run(fill(tmp_path / "depot"), "--apply")
    assert status == 1
    assert "5 appliqués, 1 interrompu" in out
    assert "MARTIN" not in out


def test_wrong_use_exits_with_two(tmp_path, schools, run) -> None:
    (tmp_path / "vide").mkdir()
    file = tmp_path / "a.zip"
    file.write_bytes(export(UAIS[0]))
    for arguments in (
        (tmp_path / "vide",),
        (tmp_path, tmp_path / "absent"),
        (file, file, "--uai", UAIS[0]),
        (file, file, "--confirm", "12 départs"),
    ):
        assert run(*arguments, "--apply")[0] == 2
    assert run(tmp_path, "--apply", processes=0)[0] == 2
    assert not RosterImport.objects.exists()


def test_a_killed_process_loses_its_own_piece_only(db: None) -> None:
    done = dict(
        each_done(die_on_three, range(6), processes=2, database=str(connection.settings_dict["NAME"]))
    )
    assert done == {0: 0, 1: 10, 2: 20, 3: None, 4: 40, 5: 50}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_processes_bring_six_schools_side_by_side(tmp_path, run) -> None:
    build_academy()
    status, out = run(fill(tmp_path / "depot"), "--apply", processes=2)
    assert (status, out.count("appliqué, 20 arrivées")) == (0, 6)
    assert Learner.objects.count() == 120
    assert "6 déjà appliqués" in run(tmp_path / "depot", "--apply", processes=2)[1]


@pytest.mark.django_db(transaction=True)
def test_two_processes_take_turns_on_a_database_with_one_writer(tmp_path, run) -> None:
    build_academy()
    status, out = run(fill(tmp_path / "depot"), "--apply", processes=2)
    assert (status, "6 appliqués." in out) == (0, True)
    assert Learner.objects.count() == 120


@pytest.mark.django_db(transaction=True)
def test_stopped_with_ctrl_c_it_says_how_to_go_on(tmp_path) -> None:
    build_academy()
    folder = tmp_path / "depot"
    folder.mkdir()
    # The first school is small, the others long enough for the signal to find them at work.
    for place, uai in enumerate(sorted(UAIS)):
        (folder / f"{uai}.zip").write_bytes(export(uai, pupils=5000 if place else 40))
    command = [sys.executable, "-c", STOPPABLE, str(connection.settings_dict["NAME"]), str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as started:
        assert started.stdout is not None
        first = started.stdout.readline()
        os.killpg(started.pid, signal.SIGINT)  # as a terminal does: to the command and to its processes
        out, err = started.communicate(timeout=300)
    assert "appliqué, 40 arrivées" in first
    assert (started.returncode, "Relancez la même commande" in err) == (130, True)
    assert "Traceback" not in err
    assert set(RosterImport.objects.values_list("state", flat=True)) == {"APPLIED"}
    assert RosterImport.objects.count() < 6 or out.count("appliqué,") == 5


@pytest.mark.django_db(transaction=True)
def test_processes_never_outlive_a_killed_command(tmp_path) -> None:
    name = str(connection.settings_dict["NAME"])
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPERS, name], stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        child = int(started.stdout.readline())
        started.kill()
    for _ in range(600):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("the process is still there")


STOPPABLE = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background would have it ignored
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "preau.settings")
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from django.core.management import call_command
if __name__ == "__main__":
    call_command("import", sys.argv[2], "--apply")
"""
SLEEPERS = """
import os, sys, time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "preau.settings")
from preau.rosters.processes import each_done
from tests.rosters.pieces import say_and_sleep
if __name__ == "__main__":
    list(each_done(say_and_sleep, [1], processes=2, database=sys.argv[1]))
"""
