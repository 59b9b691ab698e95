"""`preau read`, as typed in a terminal."""

import json
import os
import subprocess
import sys

import pytest

from preau.rosterfiles.command import main
from tests.rosterfiles.siecle_file import eleve, noe, siecle, structures, written, zipped

PLACED = [structures("1", "6A", ("6LATIN", "G"))]
GOOD = written(siecle(eleve(PRENOM2="Zoë", NOM_USAGE="CŒUR"), placed=PLACED))


def typed(*arguments, encoding="ascii"):
    """Run the command in a terminal that knows nothing but ASCII."""
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        [sys.executable, "-m", "preau", "read", *map(str, arguments)],
        capture_output=True,
        check=False,
        env=environment,
        timeout=60,
    )


@pytest.fixture
def export(tmp_path):
    def write(content=GOOD, name="ElevesSansAdresses.xml"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_json_is_exactly_what_was_agreed(export):
    done = typed(export(), "--json", "--today", "2026-09-20")
    assert (done.returncode, done.stderr) == (0, b"")
    said = json.loads(done.stdout.decode("utf-8"))
    assert list(said) == ["source", "uai", "school_year", "exported_on", "pupils", "problems"]
    assert (said["source"], said["uai"], said["school_year"]) == ("siecle", "0931434D", 2026)
    assert said["exported_on"] == "2026-09-10"
    assert said["problems"] == []
    assert list(said["pupils"][0].items()) == [
        ("local_id", "1"),
        ("ine", "123456789FJ"),
        ("last_name", "MARTIN"),
        ("usage_name", "CŒUR"),
        ("first_name", "Léa"),
        ("other_first_names", ["Zoë"]),
        ("birth_date", "2014-05-03"),
        ("division", "6A"),
        ("groups", ["6LATIN"]),
        ("status", "PRESENT"),
        ("left_on", None),
    ]


def test_json_of_a_problem(export, capsys):
    path = export(written(siecle(eleve(ID_NATIONAL=""), placed=PLACED)))
    assert main([str(path), "--json", "--today", "2026-09-20"]) == 0
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert list(problem) == ["severity", "code", "who", "pupil", "line", "message"]
    assert problem["pupil"] == {"local_id": "1", "name": "MARTIN Léa", "division": "6A"}
    assert (problem["severity"], problem["code"], problem["who"]) == ("TODO", "INE_MISSING", "SECRETARIAT")


def test_a_file_of_another_school_or_year_lists_everybody_and_succeeds(export, capsys):
    path = export()
    assert main([str(path), "--json", "--uai", "0180777X", "--year", "2027", "--today", "2026-09-20"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [problem["code"] for problem in said["problems"]] == ["UAI_OTHER_SCHOOL", "YEAR_OLDER"]
    assert {problem["severity"] for problem in said["problems"]} == {"REFUSED"}
    assert len(said["pupils"]) == 1


@pytest.mark.parametrize("content", [b"", GOOD[:300], b"%PDF-", zipped(), b"<BEE_STRUCTURES/>"])
def test_an_unreadable_file_lists_nobody_and_fails(export, content):
    done = typed(export(content), "--json")
    assert (done.returncode, done.stderr) == (1, b"")
    said = json.loads(done.stdout)
    assert (said["uai"], said["school_year"], said["exported_on"], said["pupils"]) == (None, None, None, [])
    assert said["problems"][0]["severity"] == "REFUSED"
    assert typed(export(content)).returncode == 1


def test_plain_text_counts_classes_and_hides_national_numbers(export):
    path = export(
        written(siecle(eleve(), noe(DATE_SORTIE="01/09/2026"), noe("3", ID_NATIONAL=""), placed=PLACED))
    )
    done = typed(path, "--today", "2026-09-20")
    text = done.stdout.decode("utf-8")
    assert done.returncode == 0
    assert "2 présents, 1 sorti." in text
    assert "6A (1), sans classe (1)" in text
    assert "[INE_MISSING] (ligne" in text
    assert "23456789" not in text


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--nope",),
        ("a", "b"),
        ("x.xml", "--uai", "0750001A"),
        ("x.xml", "--year", "26"),
        ("x.xml", "--today", "hier"),
    ],
)
def test_wrong_use_is_two_with_a_sentence(arguments):
    done = typed(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"preau read")
    assert b"Traceback" not in done.stderr


def test_a_file_that_cannot_be_opened_is_said(tmp_path):
    for path in (tmp_path / "absent.xml", tmp_path, tmp_path / "absent\udcff.xml"):
        done = typed(path)
        assert done.returncode == 2
        assert b"preau read" in done.stderr
        assert b"Traceback" not in done.stderr


def test_a_forbidden_file_is_said(export, monkeypatch, capsys):
    def forbidden(*_, **__):
        raise PermissionError(
            13, "Permission denied"
        )  # what the system answers, even when root runs the tests

    path = export()
    monkeypatch.setattr("pathlib.Path.open", forbidden)
    monkeypatch.setattr("builtins.open", forbidden)
    assert main([str(path)]) == 2
    assert "preau read" in capsys.readouterr().err


def test_whoever_stops_listening_hears_no_complaint(export):
    many = [noe(str(at), ID_NATIONAL=f"{at:08d}") for at in range(5_000)]
    path = export(written(siecle(*many)))
    command = f'"{sys.executable}" -m preau read "{path}" --json | head -c 10'
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=60)
    assert done.stdout == b'{"source":'
    assert done.stderr == b""


def test_reading_loads_no_framework(export):
    code = f"""
import sys
from preau.__main__ import main
status = main(["preau", "read", {str(export())!r}])
assert status == 0
assert not [name for name in sys.modules if name.split(".")[0] == "django"]
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_broken_output_is_a_sentence(export):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "preau", "read", str(export())],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_list_is_read_like_an_export(export):
    rows = "Nom;Prénom;Né(e) le;Classe;INE\r\nMARTIN;Léa;03/05/2014;6A;123456789FJ\r\n"
    done = typed(export(rows.encode("cp1252"), "liste.xml"), "--json", "--today", "2026-09-20")
    assert (done.returncode, done.stderr) == (0, b"")
    said = json.loads(done.stdout.decode("utf-8"))
    assert list(said) == ["source", "uai", "school_year", "exported_on", "pupils", "problems"]
    assert (said["source"], said["uai"], said["school_year"]) == ("table", None, None)
    assert list(said["pupils"][0].values()) == [
        *(None, "123456789FJ", "MARTIN", None, "Léa", [], "2014-05-03", "6A", [], "PRESENT", None)
    ]
    assert [problem["code"] for problem in said["problems"]] == ["UAI_MISSING", "YEAR_MISSING"]


def test_a_table_whose_columns_are_unknown_lists_nobody(export):
    done = typed(export(b"Salle;Places\n101;30\n"), "--json")
    assert done.returncode == 1
    said = json.loads(done.stdout.decode("utf-8"))
    assert (said["source"], said["pupils"], said["problems"][0]["code"]) == ("table", [], "COLUMNS_UNKNOWN")
