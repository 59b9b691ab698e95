"""Where the fuzzer starts: files of our own generators, one way or another, for each reader."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime

from lxml import etree

from preau.parcours.bank import load_bank
from preau.parcours.exchange import write_questions
from preau.rosterfiles.generate import generate_roster
from tests.accounts.providers import gar
from tests.fuzz.readers import CUT, ONEROSTER
from tests.parcours.test_exchange import GIFT, MOODLE
from tests.rosterfiles import feed_files as feeds
from tests.rosterfiles import table_files as tables
from tests.rosterfiles.siecle_file import eleve, noe, siecle, structures, written, zipped
from tests.rosterfiles.table_files import LEA, NOE, TITLES


def _inside(workbook: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return archive.read(name)


def _generated(**wish: object) -> bytes:
    made = generate_roster(
        pupils=3,
        seed=1,
        school_year=2026,
        exported_at=datetime(2026, 9, 10, tzinfo=UTC),
        oddities=True,
        **wish,
    )
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        return archive.read(archive.namelist()[0])


def _siecle() -> list[bytes]:
    placed = (structures("1", "6A", ("6LATIN", "G")), structures("2", "Inactifs"))
    whole = siecle(eleve(DATE_SORTIE="01/09/2026"), noe(ID_NATIONAL=""), placed=placed)
    return [
        written(whole), written(whole, "utf-8"), written(whole, "utf-16"), written(whole, label=""),
        written(siecle(eleve(), root="ELEVES")), _generated()[:30_000],
    ]  # fmt: skip


def _table() -> list[bytes]:
    mapping = {
        "signature": "0" * 32, "columns": {"last_name": 0, "first_name": 1}, "titled": True,
        "division_from_sheet": False,
    }  # fmt: skip
    said = json.dumps(mapping).encode()
    onde = ("Nom élève", "Prénom élève", "Date naissance", "Sexe", "Cycle", "Niveau", "Libellé classe", "INE")
    return [
        tables.text(TITLES, LEA, NOE), tables.text(TITLES, LEA, NOE, separator="\t", encoding="utf-16"),
        tables.text(("Élève",), ("MARTIN Léa",), ("DUPONT Noé",), encoding="utf-8"),
        tables.text(("Collège",), (), TITLES, LEA, encoding="utf-8-sig", separator=","),
        tables.text(onde, ("MARTIN", "Léa", "03/05/2014", "F", "III", "CM2", "CM2", "123456789FJ")),
        b'sep=,\nNom,"Pr\xc3\xa9nom",Mot de passe\n"D""UPONT",No\xc3\xa9,secret\n',
        said + CUT + tables.text(TITLES, LEA, NOE),
    ]  # fmt: skip


def _workbook() -> list[bytes]:
    rows = (TITLES, LEA, NOE)
    return [
        b"x" + _inside(tables.xlsx(*rows), "xl/worksheets/sheet1.xml"),
        b"o" + _inside(tables.ods(*rows), "content.xml"),
        tables.xls(*rows), tables.xlsx(*rows), tables.ods(*rows),
    ]  # fmt: skip


def _aaf() -> list[bytes]:
    return [
        feeds.aaf(feeds.school(), feeds.pupil(), feeds.other_pupil()), feeds.aaf(feeds.pupil(), dtd=""),
        CUT.join([feeds.aaf(feeds.school()), feeds.aaf(feeds.pupil(), feeds.other_pupil())]),
    ]  # fmt: skip


def _oneroster() -> list[bytes]:
    made = (feeds.v11(), feeds.v12())
    return [
        CUT.join(feeds.written_csv(files[name]) if name in files else b"" for name in ONEROSTER)
        for files in made
    ]


def _archive() -> list[bytes]:
    xml, rows = _siecle()[0], _table()[0]
    return [
        zipped(("ElevesSansAdresses.xml", xml)), zipped(("a/ElevesSansAdresses.xml", xml), ("b.xml", xml)),
        zipped(("0931434D/e.csv", rows), ("0751234J/e.csv", rows), method=zipfile.ZIP_STORED),
        zipped(("a.zip", zipped(("e.csv", rows)))), feeds.packed(feeds.v12()), tables.ods(TITLES, LEA),
    ]  # fmt: skip


def _export() -> list[bytes]:
    gar_rows = (
        "Export des affectations;;;;;;", "Établissement;0931434D;;;;;", ";;;;;;",
        "Profil;Nom de famille;Prénom;Division;Ressource;Début;Identifiant",
        "Elève;MARTIN;LEA;6A;Préau;01/09/2026;a1", "Elève;DUPONT;NOE;6B;Préau;01/09/2026;a2",
        "Enseignant;GARÇÃO;RUI;;Préau;01/09/2026;a4",
    )  # fmt: skip
    ent_rows = (
        "login,nom,prenom,classes",
        'lea.m,Martin,Léa,"6A,5A"',
        "z.o,O’Neill,Zoé,",
        "x,INCONNU,Paul,6A",
    )
    return [
        "\r\n".join(gar_rows).encode("utf-8-sig"), "\n".join(gar_rows).encode("utf-16"),
        "\n".join(ent_rows).encode(), tables.text(("Élève", "Classe"), ("MARTIN Léa", "6A")),
        zipped(("affectations.csv", "\r\n".join(gar_rows).encode("cp1252", "replace")), method=zipfile.ZIP_STORED),
    ]  # fmt: skip


def _questions() -> list[bytes]:
    ours = [item for item in load_bank().items if not item.practical][:6]
    whole = [GIFT.encode(), MOODLE.encode(), write_questions(ours, to="json").content]
    # One question alone is small enough to be bent far.
    return whole + [write_questions([item], to=to).content for item in ours[:3] for to in ("gift", "json")]


def _ent() -> list[bytes]:
    logout = (
        '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0">'
        "<samlp:SessionIndex>ST-1-abc</samlp:SessionIndex></samlp:LogoutRequest>"
    )
    metadata = gar.metadata(gar.pair("gar").certificate_text)
    return [
        metadata.encode(), metadata.replace("entityID=", 'validUntil="2027-01-01T00:00:00Z" entityID=').encode(),
        logout.encode(), b'{"sub": "1", "UAI": ["0931434D"], "exp": 1}',
    ]  # fmt: skip


def _saml() -> list[bytes]:
    answer = gar.Answer("ONELOGIN_1")
    return [etree.tostring(one.tree()) for one in (answer, answer.but(signed=False))]


def seeds() -> dict[str, list[bytes]]:
    """By reader."""
    words = [
        "Léa\nMARTIN",
        "0931434D\n123456789FJ",
        "03/05/2014\n2014-05-03",
        "6e A\n=cmd",
        "ABCD-EFGH-JKMN\n",
    ]
    return {
        "siecle": _siecle(), "table": _table(), "workbook": _workbook(), "aaf": _aaf(),
        "oneroster": _oneroster(), "archive": _archive(), "export": _export(), "questions": _questions(),
        "answer": [bytes([at]) + b"answer=1&answer-1=1&answer-2=2&answer-3=3" for at in range(8)],
        "words": [one.encode() for one in words], "ent": _ent(), "saml": _saml(),
    }  # fmt: skip
