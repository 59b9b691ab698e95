"""Every reader of what comes from outside, as a function of bytes: it answers or refuses by name, and nothing else.

`scripts/fuzz.py` guides each one by the code it reaches; `test_replay.py` replays what was kept.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from django.http import HttpRequest

from preau.accounts.providers.cas import ticket_to_end
from preau.accounts.providers.metadata import read_metadata
from preau.accounts.providers.oidc import _object, _texts
from preau.accounts.providers.refusals import ArrivalRefused, ProviderDown, SettingRefused, TooLate
from preau.accounts.providers.saml_library import saml_settings
from preau.accounts.providers.saml_response import _believe, _shape, read_response, unread
from preau.accounts.providers.seal import COOKIE, take
from preau.accounts.usernames import base_username
from preau.attachments.codes import normalise_card_code, show
from preau.attachments.matching import Candidate, Typed, match, nearest
from preau.parcours.bank import load_bank
from preau.parcours.exchange import UnreadableQuestions, read_questions, write_questions
from preau.parcours.exchange.shape import NOWHERE
from preau.parcours.items import AnswerRefused, Kind, check, present, read_item
from preau.rosterfiles import Limits, RosterFile, read_roster
from preau.rosterfiles.bundle import member_content, members_of, quick_uai, uai_in_name
from preau.rosterfiles.dates import UnreadableDate, parse_date, parse_stamp
from preau.rosterfiles.divisions import division_key, place, structure
from preau.rosterfiles.identifiers import check_uai, ine_problem, mask_ine, normalise_ine
from preau.rosterfiles.names import fold, sort_key
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.tables.columns import Mapping
from preau.rosterfiles.tables.values import date_text, split_name
from preau.scenarios.coverage import Enrolled, compare, not_given
from preau.web.spreadsheet import inert
from tests.accounts.providers import gar
from tests.rosterfiles.siecle_file import zipped

TODAY = date(2026, 9, 20)
# Files that only make sense together come as one text, cut here.
CUT = b"\x1e"
ONEROSTER = (
    "manifest.csv", "orgs.csv", "academicSessions.csv", "users.csv", "demographics.csv", "classes.csv",
    "enrollments.csv", "roles.csv",
)  # fmt: skip
# What stands around the one part of a workbook that is bent.
OOXML = "http://schemas.openxmlformats.org"
XLSX = tuple(
    (name, text.encode())
    for name, text in {
        "[Content_Types].xml": f'<Types xmlns="{OOXML}/package/2006/content-types"><Default Extension="xml"'
        ' ContentType="application/xml"/></Types>',
        "xl/workbook.xml": f'<workbook xmlns="{OOXML}/spreadsheetml/2006/main"'
        f' xmlns:r="{OOXML}/officeDocument/2006/relationships">'
        '<sheets><sheet name="6A" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{OOXML}/package/2006/relationships"><Relationship'
        f' Id="rId1" Type="{OOXML}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
    }.items()
)
ODS = (
    ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
    ("META-INF/manifest.xml", b"<manifest/>"),
)
# A fuzzer's files are small: the bounds must be within its reach.
SMALL = Limits(
    upload_bytes=200_000, inflated_bytes=400_000, workbook_bytes=1_000_000, entries=20, pupils=40,
    table_rows=60, columns=30, structures_per_pupil=8, record_bytes=4_000,
)  # fmt: skip


def _holds(roster: RosterFile) -> None:
    """Either everybody, or nobody with one reason; nothing that cannot be shown or kept."""
    for problem in roster.problems:
        problem.message.encode()
    if roster.unreadable:
        assert len(roster.pupils) == 0
        assert len(roster.problems) == 1
        return
    assert len(roster.pupils) + len(roster.blocked) > 0
    for pupil in roster.pupils:
        assert pupil.local_id or pupil.ine or (pupil.last_name and pupil.first_name)
        said = pupil.last_name + pupil.first_name + (pupil.division or "") + "".join(pupil.other_first_names)
        said.encode()  # half a pair of surrogates would stop a database, and a page
        assert not {"\0", "\x1f", "\x1e"} & set(said)
    for keys in ([p.local_id for p in roster.pupils], [p.ine for p in roster.pupils]):
        known = [key for key in keys if key]
        assert len(set(known)) == len(known)


def _roster(data: bytes, **more: Any) -> None:
    _holds(read_roster(data, today=TODAY, limits=SMALL, **more))


def siecle(data: bytes) -> None:
    """An export of SIECLE: XML."""
    _roster(data, expected_uais=frozenset({"0931434D"}))


def table(data: bytes) -> None:
    """A list in text, with what somebody said of its columns before it, or nothing."""
    said, cut, rows = data.partition(CUT)
    if not cut:
        _roster(data)
        return
    try:
        mapping = Mapping.from_json(said.decode("utf-8", "replace"))
    except ValueError:
        return
    assert Mapping.from_json(mapping.to_json()) == mapping
    _roster(rows, mapping=mapping)


def workbook(data: bytes) -> None:
    """A workbook: the sheet of an .xlsx, the content of an .ods, or any bytes for an .xls."""
    kind, inside = data[:1], data[1:]
    if kind == b"x":
        _roster(zipped(*XLSX, ("xl/worksheets/sheet1.xml", inside)))
    elif kind == b"o":
        _roster(zipped(*ODS, ("content.xml", inside)))
    else:
        _roster(data)


def aaf(data: bytes) -> None:
    """A file of the academies' directory; several make a zip."""
    parts = data.split(CUT)[:3]
    whole = zipped(*((f"ENT_0931434D_Complet_{at}.xml", part) for at, part in enumerate(parts)))
    _roster(whole if len(parts) > 1 else data, name="ENT_0931434D_Complet_20260915_Eleve_0000.xml")


def oneroster(data: bytes) -> None:
    """The files of OneRoster, in their zip."""
    _roster(zipped(*zip(ONEROSTER, data.split(CUT), strict=False), method=0))


def archive(data: bytes) -> None:
    """A zip, whatever is in it: one file, or those of several schools."""
    _roster(data, name="0931434D/eleves.zip")
    quick_uai(data)
    with suppress(UnreadableFile):
        for name in members_of(io.BytesIO(data))[:3]:
            uai_in_name(name)
            member_content(io.BytesIO(data), name)


# A class as the roster says it, with every name an export may write.
CLASS = (
    Enrolled("6A", "Léa MARTIN", ("leamartin",)),
    Enrolled("6B", "Noé DUPONT", ("noedupont", "noedurand", "noedupontdurand")),
    Enrolled("", "Zoé O’NEILL", ("zoeoneill",)),
)


def export(data: bytes) -> None:
    """Who has the resource, from the console of the GAR or of an ENT: a sentence, or every pupil counted once."""
    read = read_roster(data, name="affectations.csv", today=TODAY, limits=SMALL)
    if read.needs_mapping or read.unreadable:
        for problem in read.problems:
            problem.message.encode()
        return
    named = [*read.pupils, *read.blocked]
    found = compare(CLASS, named)
    assert sum(one.pupils for one in found.classes) == len(CLASS)
    assert all(one.inside + len(one.absent) == one.pupils for one in found.classes)
    assert 0 <= found.unknown <= len(named)
    missing = [one.name for one in found.classes if one.name and not one.inside]
    not_given(missing)


def questions(data: bytes) -> None:
    """Questions of a school, in GIFT, Moodle XML or JSON; what was understood can be asked and taken elsewhere."""
    try:
        reading = read_questions(data)
    except UnreadableQuestions:
        return
    items = [read_item({"id": f"e{at}", **one}, NOWHERE) for at, one in enumerate(reading.sources[:4])]
    for item in items:
        present(item, "essai")
        with suppress(AnswerRefused):
            check(item, "essai", {"answer": ["1"], "answer-1": ["1"], "answer-2": ["2"]})
    for to in ("gift", "qti", "json"):
        write_questions(items, to=to)


@cache
def _asked() -> list[Any]:
    """One question of each kind."""
    kinds = {item.kind: item for item in load_bank().items}
    return [kinds[kind] for kind in Kind]


def answer(data: bytes) -> None:
    """What a pupil's form says, for one question of each kind."""
    asked = _asked()
    item = asked[data[0] % len(asked)] if data else asked[0]
    given = parse_qs(data[1:].decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=None)
    with suppress(AnswerRefused):
        check(item, "essai", given)


def words(data: bytes) -> None:
    """What people type: names, dates, numbers of schools and pupils, codes."""
    first, _, last = data.decode("utf-8", "replace").partition("\n")
    for text in (first, last):
        check_uai(text)
        ine_problem(text)
        assert len(mask_ine(text)) == len(normalise_ine(text))
        code = normalise_card_code(text)
        assert code is None or normalise_card_code(show(code)) == code
        for read in (parse_date, parse_stamp):
            with suppress(UnreadableDate):
                read(text)
        date_text(text, from_1904=False)
        place([structure("D", text), structure("G", division_key(text))])
        assert inert(text)[:1] not in {"=", "+", "-", "@", "\t", "\r"}
        split_name(text)
        fold(text)
        sort_key(text)
    assert base_username(first, last)
    typed = Typed(first_name=first, last_name=last, birth_date=date(2014, 5, 3))
    lea = Candidate(1, "MARTIN", "", "Léa", "Rose, Anne", date(2014, 5, 3))
    match(typed, [lea])
    nearest(typed, [lea])


def ent(data: bytes) -> None:
    """What an ENT sends, or somebody in its name: metadata, CAS, claims, a sealed cookie."""
    with suppress(SettingRefused):
        read_metadata.__wrapped__(data)
    text = data.decode("utf-8", "replace")
    with suppress(ArrivalRefused):
        ticket_to_end(text)
    with suppress(ProviderDown):
        _texts(_object(data))
    request = HttpRequest()
    request.COOKIES[COOKIE] = text
    with suppress(TooLate):
        take(request, slug="mediacentre")


@cache
def _gar() -> Any:
    ours = gar.pair("preau")
    other = read_metadata(gar.metadata(gar.pair("gar").certificate_text).encode())
    acs = f"{gar.SITE}/acs/"
    return saml_settings(gar.SITE, acs, ours.key_pem, ours.certificate_pem, "", "", other)


def saml(data: bytes) -> None:
    """The response of the GAR."""
    with suppress(ArrivalRefused):
        answer = unread(base64.b64encode(data).decode())
        read_response(answer, ours=[_gar()])
    with suppress(ArrivalRefused):  # and as if a signature could be bent
        answer = unread(base64.b64encode(data).decode())
        _shape(answer.root)
        _believe(answer.root, _gar())


READERS: dict[str, Callable[[bytes], None]] = {
    one.__name__: one
    for one in (
        siecle,
        table,
        workbook,
        aaf,
        oneroster,
        archive,
        export,
        questions,
        answer,
        words,
        ent,
        saml,
    )
}
