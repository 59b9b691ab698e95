"""What people deposit instead of an export, and what a file may hide."""

import io
import struct
import zipfile

import pytest

from preau.rosterfiles import CATALOGUE, Limits, Severity, Who
from tests.rosterfiles.siecle_file import codes, eleve, noe, read, siecle, structures, written, zipped

GOOD = siecle(eleve(), placed=[structures("1", "6A")])
NAMES = "CŒUR Œdipe L’HAŸ ŽIŽEK š €"


def refused_as(content, **options):
    """The code of a file that lists nobody."""
    roster = read(content, **options)
    assert roster.unreadable
    assert roster.refused
    assert len(roster.pupils) == 0
    (problem,) = roster.problems
    assert problem.severity is Severity.REFUSED
    assert "{" not in problem.message
    return problem.code


def test_a_zip_and_its_xml_say_the_same():
    bare = read(written(GOOD))
    packed = read(zipped(("ElevesSansAdresses.xml", written(GOOD))))
    assert list(packed.pupils) == list(bare.pupils)
    assert codes(packed) == []


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("iso-8859-15", "ISO-8859-15"),
        ("iso-8859-15", ""),
        ("utf-8", "UTF-8"),
        ("utf-8", ""),
        ("utf-8-sig", "ISO-8859-15"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"),
        ("cp1252", "windows-1252"),
        ("cp1252", "ISO-8859-15"),
        ("cp1252", "iso-8859-1"),
        ("cp1252", ""),
    ],
)
def test_coeur_and_zizek_keep_their_letters_in_every_encoding(encoding, label):
    names = NAMES if encoding != "iso-8859-15" else NAMES.replace("’", "'")
    text = siecle(eleve(NOM_DE_FAMILLE=names), placed=[structures("1", "6A")])
    data = written(text, encoding, label)
    if encoding == "utf-8-sig":
        data = b"\xef\xbb\xbf" + written(text, "utf-8", label)
    roster = read(data)
    assert roster.pupils[0].last_name == names
    assert codes(roster) == []


def test_single_quotes_around_the_encoding():
    data = written(GOOD.replace("MARTIN", "CŒUR")).replace(b'"ISO-8859-15"', b"'ISO-8859-15'")
    assert read(data).pupils[0].last_name == "CŒUR"


def test_iso_8859_1_is_not_iso_8859_15():
    data = written(GOOD.replace("MARTIN", "M¼"), "iso-8859-1")
    assert read(data).pupils[0].last_name == "M¼"


def test_windows_bytes_under_a_utf_8_label_are_read_with_a_warning():
    roster = read(written(GOOD.replace("MARTIN", "CŒUR"), "cp1252", "UTF-8"))
    assert roster.pupils[0].last_name == "CŒUR"
    assert codes(roster) == ["ENCODING_MISMATCH"]


def test_an_unknown_encoding_is_named():
    roster = read(written(GOOD.replace("é", "e"), "ascii", "x-macthai"))
    assert codes(roster) == ["ENCODING_UNKNOWN"]
    assert "x-macthai" in roster.problems[0].message


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY_FILE"),
        (b"\n \r\n", "EMPTY_FILE"),
        (b"\0" * 4_000, "EMPTY_FILE"),
        (b"<!DOCTYPE html>\n<html><body>Connexion</body></html>", "HTML_PAGE"),
        (b"\n\n<HTML><head>", "HTML_PAGE"),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "y"><html/>', "HTML_PAGE"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "WORKBOOK_DAMAGED"),
        (
            zipped(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")),
            "WORKBOOK_DAMAGED",
        ),
        (zipped(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<x/>")), "WORKBOOK"),
        (zipped(("mimetype", b"x"), ("content.xml", b"<x/>")), "WORKBOOK"),
        (b"%PDF-1.7\n", "PDF_FILE"),
        ("Nom;Prénom\nMARTIN;Léa\n".encode("cp1252"), "COLUMNS_UNKNOWN"),
        ("\ufeffNom\tPrénom\n".encode("utf-16"), "TABLE_NO_PUPILS"),
        (b"Rar!\x1a\x07\x00", "OTHER_ARCHIVE"),
        (b"bonjour", "NOT_XML"),
        (b"\x00\x01\x02\x03", "NOT_XML"),
        (b"<?xml version='1.0'?>", "MALFORMED"),
        (b"<!-- rien", "MALFORMED"),
        (b"<annuaire/>", "UNKNOWN_ROOT"),
        (siecle(), "NO_PUPILS"),
    ],
)
def test_17_what_is_not_an_export_is_called_by_its_name(content, code):
    assert refused_as(content) == code


@pytest.mark.parametrize(
    "root",
    [
        *("BEE_RESPONSABLES", "BEE_STRUCTURES", "BEE_NOMENCLATURES", "BEE_COMMUN", "BEE_GEOGRAPHIQUE"),
        *("BEE_ETABLISSEMENTS", "IMPORT_ELEVES", "STS_EDT", "EDT_STS"),
    ],
)
def test_the_neighbours_of_the_pupils_file_are_recognised(root):
    assert refused_as(f'<{root} VERSION="1.0"><ELEVE ELEVE_ID="1"/></{root}>') == "NEIGHBOUR_FILE"


@pytest.mark.parametrize(
    "doctype",
    ["<!DOCTYPE BEE_ELEVES>", '<!DOCTYPE x [<!ENTITY a "b">]>', '<!DOCTYPE x SYSTEM "file:///etc/passwd">'],
)
def test_a_doctype_is_refused(doctype):
    assert refused_as(written(doctype + GOOD)) == "DOCTYPE"
    assert refused_as(written("<!-- x -->\n" + doctype + GOOD, "utf-16")) == "DOCTYPE"


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (written(GOOD)[:400], 10),
        (written(GOOD.replace("</PRENOM>", "</PRENON>")), 9),
        (written(GOOD.replace("</PRENOM>", "")), 14),
        (written(GOOD.replace("Léa", "L&eacute;a")), 9),
        (written(GOOD.replace("Léa", "L&#1;a")), 9),
        (written(GOOD + "<x/>"), 22),
    ],
)
def test_16_a_damaged_file_is_refused_whole_with_the_line(broken, line):
    roster = read(broken)
    assert codes(roster) == ["MALFORMED"]
    assert len(roster.pupils) == 0
    assert roster.problems[0].line == line
    assert f"ligne {line}" in roster.problems[0].message
    assert "Téléchargez à nouveau" in roster.problems[0].message


def test_16_what_follows_an_error_is_not_taken_for_another_file():
    filler = "<x/>" * 40_000  # so that the error and the second file come in different pieces
    broken = GOOD.replace("<DONNEES>", "<DONNEES>&eacute;").replace("</DONNEES>", filler + "</DONNEES>")
    assert refused_as(broken + GOOD) == "MALFORMED"
    prefix = GOOD.replace("<ELEVES>", "<s:ELEVES>").replace("</ELEVES>", "</s:ELEVES>")
    assert refused_as(prefix) == "MALFORMED"


def test_24_hidden_files_and_folders_of_a_zip_do_not_count():
    data = zipped(
        ("export/", b""),
        ("export/ElevesSansAdresses.XML", written(GOOD)),
        ("__MACOSX/export/._ElevesSansAdresses.xml", b"\0\5\x16\7"),
        ("export/.DS_Store", b"x"),
        ("export/.cache.xml", b"<x/>"),
        ("lisez-moi.txt", b"bonjour"),
    )
    assert codes(read(data)) == []


def test_24_the_one_file_of_pupils_is_found_among_its_neighbours():
    data = zipped(("Structures.xml", b"<BEE_STRUCTURES/>"), ("Eleves.xml", written(GOOD)))
    assert codes(read(data)) == ["ZIP_OTHER_XML"]
    assert len(read(data).pupils) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (zipped(), "ZIP_NO_XML"),
        (zipped((".cache.xml", b"<x/>")), "ZIP_NO_XML"),
        (zipped(("a.txt", b"x")), "ZIP_NO_XML"),
        (zipped(("a.xml", written(GOOD)), ("b.xml", written(GOOD))), "ZIP_SEVERAL_XML"),
        (zipped(("a.xml", b"<a/>"), ("b.xml", b"<b/>")), "ZIP_SEVERAL_XML"),
        (zipped(("a.zip", zipped(("a.xml", written(GOOD))))), "ZIP_NESTED"),
        (zipped(("a.xml", written(GOOD)), ("b.zip", b"PK")), "ZIP_NESTED"),
        (zipped(*((f"{at}.txt", b"x") for at in range(101))), "ZIP_TOO_MANY_ENTRIES"),
        (zipped(("a.xml", b" " * 2_000_000)), "ZIP_SUSPECT"),
        (zipped(("a.xml", written(GOOD)), method=zipfile.ZIP_LZMA), "ZIP_SUSPECT"),
        (zipped(("a.xml", b"")), "EMPTY_FILE"),
        (zipped(("a.xml", written(GOOD)))[:-30], "ZIP_DAMAGED"),
        (b"PK\x03\x04", "ZIP_DAMAGED"),
        (zipped(("Structures.xml", b"<BEE_STRUCTURES/>")), "NEIGHBOUR_FILE"),
    ],
)
def test_24_a_zip_holds_one_file_of_pupils_and_no_trap(data, code):
    assert refused_as(data) == code


def test_24_a_zip_with_a_password_or_a_wrong_sum_is_refused():
    data = bytearray(zipped(("a.xml", written(GOOD)), method=zipfile.ZIP_STORED))
    locked = bytearray(data)
    locked[6] |= 1
    at = locked.rindex(b"PK\x01\x02")
    locked[at + 8] |= 1
    assert refused_as(bytes(locked)) == "ZIP_ENCRYPTED"
    data[data.index(b"MARTIN")] = ord("N")
    assert refused_as(bytes(data)) == "ZIP_DAMAGED"


def test_24_a_zip_that_lies_about_its_size_is_refused():
    data = bytearray(zipped(("a.xml", written(GOOD) + b" " * 50_000)))
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, 600)
    assert refused_as(bytes(data)) in {"ZIP_DAMAGED", "MALFORMED"}


def test_limits_are_said_in_numbers():
    big = written(GOOD) + b" " * 3_000_000
    assert refused_as(big, limits=Limits(upload_bytes=2_000_000)) == "TOO_LARGE"
    assert refused_as(big, limits=Limits(inflated_bytes=2_000_000)) == "INFLATED_TOO_LARGE"
    packed = zipped(("a.xml", big), method=zipfile.ZIP_STORED)
    assert refused_as(packed, limits=Limits(inflated_bytes=2_000_000)) == "INFLATED_TOO_LARGE"
    assert (Limits().upload_bytes, Limits().inflated_bytes) == (20_000_000, 100_000_000)  # what the form says
    two = siecle(eleve(), noe())
    assert refused_as(two, limits=Limits(pupils=1)) == "TOO_MANY_PUPILS"
    crowded = siecle(eleve(), placed=[structures("1", *(f"G{at}" for at in range(201)))])
    assert refused_as(crowded) == "TOO_MANY_STRUCTURES"


@pytest.mark.parametrize(
    "inside",
    [
        "<x/>" * 600_000,  # one endless record
        "<x>" * 5_000,  # a deep one
        f"<PRENOM>{'A' * 12_000_000}</PRENOM>",
        "".join(f'<x{at} a="1"/>' for at in range(120_000)),
    ],
)
def test_a_monstrous_record_is_refused(inside):
    assert refused_as(siecle(eleve().replace("</ELEVE>", inside + "</ELEVE>"))) in {
        "OVERSIZED_RECORD",
        "MALFORMED",
    }
    assert codes(read(GOOD)) == []


def test_endless_sections_that_are_not_ours_cost_nothing_and_change_nothing():
    adresses = (
        "<ADRESSES>" + '<ADRESSE ADRESSE_ID="1"><LIGNE1>rue</LIGNE1></ADRESSE>' * 50_000 + "</ADRESSES>"
    )
    unknown = "<NOUVEAU>" + "<x><y/></x>" * 50_000 + "</NOUVEAU>"
    roster = read(GOOD.replace("<ELEVES>", adresses + unknown + "<ELEVES>"))
    assert codes(roster) == []
    assert len(roster.pupils) == 1


def test_a_source_that_cannot_go_back_is_read_too():
    class Pipe(io.RawIOBase):
        def __init__(self, data):
            self.inner = io.BytesIO(data)

        def readable(self):
            return True

        def readinto(self, buffer):
            return self.inner.readinto(buffer)

    assert codes(read_pipe := read(io.BufferedReader(Pipe(written(GOOD))))) == []
    assert len(read_pipe.pupils) == 1


def test_progress_is_told_at_most_a_hundred_times_and_ends_at_the_end():
    told = []
    data = written(siecle(*(noe(str(at), ID_NATIONAL=f"{at:08d}") for at in range(20_000))))
    read(data, progress=lambda done, size: told.append((done, size)))
    assert told == sorted(told)
    assert told[-1] == (len(data), len(data))
    assert 10 < len(told) <= 100


def test_every_sentence_says_what_to_do_in_french_typography():
    for code, rule in CATALOGUE.items():
        assert rule.sentence.endswith("."), code
        assert not {"'", "« ", " »", " :", " ;", " !", " ?"} & {
            rule.sentence[at : at + width] for width in (1, 2) for at in range(len(rule.sentence))
        }, code
        assert rule.who in Who
