"""Invented schools look like real ones, and are the same every time."""

import io
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import etree

from preau.rosterfiles.generate import XML_NAME, generate_roster, write_roster_xml
from preau.rosterfiles.generate_command import main
from preau.rosterfiles.generate_oddities import ODDITIES
from preau.rosterfiles.generate_pupils import letters
from preau.rosterfiles.identifiers import ine_kind, ine_problem
from preau.rosterfiles.names import fold

EXPORTED_AT = datetime(2026, 9, 14, 17, 5, 9, tzinfo=UTC)
SECTIONS = ["ELEVES", "OPTIONS", "STRUCTURES", "BOURSES", "ADRESSES"]


def xml_of(pupils: int = 300, seed: int = 7, **wish) -> bytes:
    content = generate_roster(
        pupils=pupils, seed=seed, school_year=2026, exported_at=wish.pop("exported_at", EXPORTED_AT), **wish
    )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == [XML_NAME]
        return archive.read(XML_NAME)


def tree_of(pupils: int = 300, seed: int = 7, **wish):
    return etree.fromstring(
        xml_of(pupils, seed, **wish), etree.XMLParser(resolve_entities=False, no_network=True)
    )


def pupils_of(root) -> list:
    return root.findall("DONNEES/ELEVES/ELEVE")


def divisions_of(root) -> dict[str, list[str]]:
    return {
        one.get("ELEVE_ID").strip(): [
            structure.findtext("CODE_STRUCTURE") or ""
            for structure in one.findall("STRUCTURE")
            if structure.findtext("TYPE_STRUCTURE") == "D"
        ]
        for one in root.findall("DONNEES/STRUCTURES/STRUCTURES_ELEVE")
    }


@pytest.mark.parametrize("pupils", [0, 1, 31, 500])
def test_a_school_of_any_size_is_well_formed_and_complete(pupils: int) -> None:
    root = tree_of(pupils)

    assert root.tag == "BEE_ELEVES"
    assert root.get("VERSION") == "3.0"
    assert root.findtext("PARAMETRES/UAJ") == "0999001W"
    assert root.findtext("PARAMETRES/ANNEE_SCOLAIRE") == "2026"
    assert root.findtext("PARAMETRES/DATE_EXPORT") == "14/09/2026"
    assert root.findtext("PARAMETRES/HORODATAGE") == "14/09/2026 17:05:09"
    assert [section.tag for section in root.find("DONNEES")] == SECTIONS
    assert len(pupils_of(root)) == pupils
    assert len(divisions_of(root)) == pupils


def test_every_pupil_has_a_number_of_her_own_and_a_right_one() -> None:
    pupils = pupils_of(tree_of(2000))
    recent = [pupil.findtext("INE_RNIE") for pupil in pupils]
    older = [pupil.findtext("INE_BEA") for pupil in pupils if pupil.findtext("INE_BEA")]

    assert len(set(recent)) == 2000
    assert {(ine_kind(ine), ine_problem(ine)) for ine in recent} == {("RNIE", None)}
    assert len(set(older)) == len(older) > 200
    assert {(ine_kind(ine), ine_problem(ine)) for ine in older} == {("BEA", None)}
    assert len({pupil.get("ELEVE_ID") for pupil in pupils}) == 2000
    assert all(pupil.findtext("ID_NATIONAL") == pupil.findtext("INE_RNIE") for pupil in pupils)


def test_two_schools_share_no_pupil() -> None:
    ours = {pupil.findtext("INE_RNIE") for pupil in pupils_of(tree_of(500))}
    theirs = {pupil.findtext("INE_RNIE") for pupil in pupils_of(tree_of(500, uai="0870050G"))}

    assert not ours & theirs


@pytest.mark.parametrize(
    "wish", [{}, {"oddities": True}, {"changes": 0.3, "change_seed": 4}, {"kind": "lycee"}]
)
def test_the_same_wish_gives_the_same_bytes(wish) -> None:
    wish = {"pupils": 200, "seed": 3, "school_year": 2026, "exported_at": EXPORTED_AT, **wish}

    assert generate_roster(**wish) == generate_roster(**wish)
    assert generate_roster(**wish) != generate_roster(**{**wish, "seed": 4})


def test_another_machine_gives_the_same_bytes(tmp_path: Path) -> None:
    arguments = ["--pupils", "120", "--oddities", "--changes", "0.2", "--date", "01/09/2026", "--xml", "-o"]
    command = [sys.executable, "-m", "preau", "generate-roster", *arguments]
    for number in ("1", "2"):
        subprocess.run(
            [*command, tmp_path / number],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": number},
        )

    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_names_of_all_kinds_survive_the_old_encoding() -> None:
    content = xml_of(3000)
    text = content.decode("iso-8859-15")
    names = [element.text for element in tree_of(3000).iter("NOM_DE_FAMILLE", "PRENOM", "PRENOM2", "PRENOM3")]

    assert content.startswith(b'<?xml version="1.0" encoding="ISO-8859-15"?>')
    assert "?" not in text.split("?>", 1)[1]
    assert {"Œ", "œ", "ç", "É", "Ÿ", "'", "-", " "} - set("".join(names)) <= {"œ"}
    assert any("--" in name for name in names)
    assert any(name.startswith(("DE LA ", "VAN DER ")) for name in names)
    assert {"coeurdoux", "l hay", "laetitia"} <= {fold(name) for name in names}


def test_classes_are_of_the_size_people_know() -> None:
    for kind, codes in (("college", ("6A", "5B", "4C", "3D")), ("lycee", ("2A", "1S2", "TG3"))):
        sizes = Counter(code for [code] in divisions_of(tree_of(600, kind=kind)).values())

        assert set(codes) <= set(sizes)
        assert 20 <= min(sizes.values()) <= max(sizes.values()) <= 35


def test_class_names_go_on_after_z() -> None:
    assert [letters(number) for number in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]


def test_class_and_group_codes_fit_the_field_even_in_a_whole_academy() -> None:
    root = tree_of(20_000, kind="lycee", changes=0.01, change_seed=900)

    assert max(len(code.text) for code in root.find("DONNEES/STRUCTURES").iter("CODE_STRUCTURE")) <= 8


def test_pupils_are_of_the_age_of_their_class() -> None:
    root = tree_of(400)
    classes = divisions_of(root)
    for pupil in pupils_of(root):
        day, month, year = map(int, pupil.findtext("DATE_NAISS").split("/"))
        level = classes[pupil.get("ELEVE_ID")][0][0]

        assert date(year, month, day)
        assert 2026 - year - {"6": 11, "5": 12, "4": 13, "3": 14}[level] in (-1, 0, 1)


def test_there_are_twins_and_homonyms() -> None:
    pupils = pupils_of(tree_of(300))
    families = Counter((pupil.findtext("NOM_DE_FAMILLE"), pupil.findtext("DATE_NAISS")) for pupil in pupils)
    names = Counter((pupil.findtext("NOM_DE_FAMILLE"), pupil.findtext("PRENOM")) for pupil in pupils)

    assert max(families.values()) >= 2
    assert max(names.values()) >= 2


def test_a_record_weighs_what_a_real_one_weighs() -> None:
    assert 2400 <= len(xml_of(1000)) / 1000 <= 2900


def test_last_year_s_class_is_there_to_trap_careless_readers() -> None:
    root = tree_of(100)
    classes = divisions_of(root)

    for pupil in pupils_of(root):
        assert pupil.findtext("SCOLARITE_AN_DERNIER/CODE_STRUCTURE") not in classes[pupil.get("ELEVE_ID")]


def test_every_oddity_is_sown_once_in_the_first_pupils() -> None:
    root = tree_of(len(ODDITIES) * 3, oddities=True)
    pupils = pupils_of(root)
    classes = divisions_of(root)
    numbers = Counter(pupil.findtext("ID_NATIONAL") for pupil in pupils)
    left = [pupil.findtext("DATE_SORTIE") for pupil in pupils if pupil.findtext("DATE_SORTIE")]
    days = {datetime.strptime(day, "%d/%m/%Y").replace(tzinfo=UTC).date() for day in left}
    births = {pupil.findtext("DATE_NAISS") for pupil in pupils}

    assert numbers[None]
    assert max(count for number, count in numbers.items() if number) == 2
    assert {"KEY", "TYPING", None} <= {ine_problem(number) for number in numbers if number}
    assert min(days) < EXPORTED_AT.date() < max(days)
    assert EXPORTED_AT.date() in days
    assert any(fold("".join(codes)).startswith("inactif") for codes in classes.values())
    assert [] in classes.values()
    assert {pupil.get("ELEVE_ID") for pupil in pupils} - set(classes)
    assert {None, ""} <= births
    assert any(birth and "-" in birth for birth in births)
    assert any("?" in pupil.findtext("NOM_DE_FAMILLE") for pupil in pupils)
    assert any(code != code.strip() for codes in classes.values() for code in codes)
    assert any(pupil.findtext("NOM_USAGE") == pupil.findtext("NOM_DE_FAMILLE") for pupil in pupils)


def test_a_later_file_shows_the_share_of_changes_asked_for() -> None:
    before, after = (
        tree_of(500),
        tree_of(500, changes=0.1, change_seed=2, exported_at=datetime(2026, 10, 5, 8, tzinfo=UTC)),
    )
    old = {pupil.get("ELEVE_ID"): pupil for pupil in pupils_of(before)}
    new = {pupil.get("ELEVE_ID"): pupil for pupil in pupils_of(after)}
    stayed = old.keys() & new.keys()
    old_classes, new_classes = divisions_of(before), divisions_of(after)

    assert len(old.keys() - new.keys()) == 20
    assert len(new.keys() - old.keys()) == 10
    assert sum(old_classes[sid] != new_classes[sid] for sid in stayed) == 10
    assert sum(new[sid].findtext("DATE_SORTIE") == "04/10/2026" for sid in stayed) == 10
    assert sum(identity(old[sid]) != identity(new[sid]) for sid in stayed) == 10
    assert all(old[sid].findtext("INE_RNIE") == new[sid].findtext("INE_RNIE") for sid in stayed)
    assert len({pupil.findtext("INE_RNIE") for pupil in new.values()}) == len(new)


def test_the_share_of_changes_is_exact_whatever_the_seed() -> None:
    before = {pupil.get("ELEVE_ID") for pupil in pupils_of(tree_of(120))}

    for change_seed in range(8):
        after = {
            pupil.get("ELEVE_ID") for pupil in pupils_of(tree_of(120, changes=0.25, change_seed=change_seed))
        }
        assert len(before - after) == 12


def identity(pupil) -> tuple[str, str]:
    return pupil.findtext("NOM_DE_FAMILLE"), pupil.findtext("DATE_NAISS")


def test_another_export_day_changes_nobody() -> None:
    before = xml_of(200).split(b"<DONNEES>")[1]

    assert before == xml_of(200, exported_at=datetime(2027, 3, 1, tzinfo=UTC)).split(b"<DONNEES>")[1]


@pytest.mark.parametrize(
    "wrong", [{"pupils": -1}, {"uai": "0750001A"}, {"uai": "0870050g"}, {"changes": 1.5}, {"school_year": 26}]
)
def test_an_impossible_school_is_refused_before_a_byte_is_written(wrong) -> None:
    out = io.BytesIO()

    with pytest.raises(ValueError, match=r"pupils|school|changes"):
        write_roster_xml(
            out, **{"pupils": 3, "seed": 1, "school_year": 2026, "exported_at": EXPORTED_AT, **wrong}
        )
    assert not out.getvalue()


def test_a_large_school_is_never_held_in_memory(tmp_path: Path) -> None:
    peaks = []
    for pupils in (3_000, 9_000):
        with (tmp_path / "school.xml").open("wb") as out:
            tracemalloc.start()
            write_roster_xml(out, pupils=pupils, seed=1, school_year=2026, exported_at=EXPORTED_AT)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

    assert peaks[1] < 6_000_000
    assert peaks[1] < peaks[0] * 1.2


def test_the_command_writes_a_file_and_never_over_another(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["--pupils", "40", "--seed", "5", "--date", "01/09/2026"]

    assert main(asked) == 0
    first = Path("ExportXML_ElevesSansAdresses.zip").read_bytes()
    assert main([*asked, "--oddities"]) == 2
    assert "existe déjà" in capsys.readouterr().err
    assert Path("ExportXML_ElevesSansAdresses.zip").read_bytes() == first
    assert main([*asked, "--oddities", "--force"]) == 0
    assert Path("ExportXML_ElevesSansAdresses.zip").read_bytes() != first
    assert [path.name for path in Path().iterdir()] == ["ExportXML_ElevesSansAdresses.zip"]


def test_the_command_writes_to_a_pipe(capfdbinary) -> None:
    assert main(["--pupils", "4", "--xml", "-o", "-"]) == 0

    assert len(pupils_of(etree.fromstring(capfdbinary.readouterr().out))) == 4


def test_the_command_refuses_to_pour_a_file_into_a_terminal(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)

    assert main(["--pupils", "4", "-o", "-"]) == 2
    captured = capsys.readouterr()
    assert "terminal" in captured.err
    assert not captured.out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "combien d’élèves"),
        (["--pupils"], "--pupils est mal employée"),
        (["--pupils", "beaucoup"], "entier"),
        (["--pupils", "-3"], "--pupils"),
        (["--pupils", "9" * 5000], "entier"),
        (["--pupils", "3", "--seed", "x"], "--seed"),
        (["--pupils", "3", "--uai", "0750001A"], "0750001U"),
        (["--pupils", "3", "--uai", "Prévert"], "sept chiffres"),
        (["--pupils", "3", "--kind", "école"], "college ou lycee"),
        (["--pupils", "3", "--changes", "nan"], "entre 0 et 1"),
        (["--pupils", "3", "--changes", "5 %"], "entre 0 et 1"),
        (["--pupils", "3", "--date", "2026-09-01"], "JJ/MM/AAAA"),
        (["--pupils", "3", "--year", "26"], "--year"),
        (["--pupils", "3", "--xml=oui"], "--xml"),
        (["--pupils", "3", "--parents"], "--parents"),
        (["--pupils", "3", "-o", "."], "dossier"),
    ],
)
def test_a_command_misused_is_answered_in_words(
    argv: list[str], said: str, capsys, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(argv) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("target", "said"), [("absent/file.zip", "n’existe pas"), ("x" * 300, "trop long")])
def test_a_place_where_nothing_can_be_written_is_said_in_words(
    target: str, said: str, capsys, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["--pupils", "3", "-o", target]) == 1
    assert said in capsys.readouterr().err


def test_a_reader_who_closes_the_pipe_ends_the_command_quietly() -> None:
    command = [sys.executable, "-m", "preau", "generate-roster", "--pupils", "3000", "--xml", "-o", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.read(10)
        running.stdout.close()
        complaints = running.stderr.read()

    assert running.returncode == 1
    assert not complaints


def test_a_zip_goes_through_a_pipe() -> None:
    command = [sys.executable, "-m", "preau", "generate-roster", "--pupils", "3", "-o", "-"]
    piped = subprocess.run(command, check=True, capture_output=True).stdout

    with zipfile.ZipFile(io.BytesIO(piped)) as archive:
        assert archive.testzip() is None
        assert len(pupils_of(etree.fromstring(archive.read(XML_NAME)))) == 3


def test_the_help_is_in_french(capsys) -> None:
    assert main(["--help"]) == 0
    assert "Écrit l’export SIECLE" in capsys.readouterr().out
