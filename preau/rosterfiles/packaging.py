"""From what a person deposits to the bytes of one file to read: first bytes, zip, sizes."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePosixPath
from typing import BinaryIO

from preau.rosterfiles.limits import MEGABYTE, Limits
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.prolog import AAF_ROOT, HEAD_BYTES, PUPIL_ROOTS, quick_root

CHUNK_BYTES = 1 << 16

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SIGNATURES = (
    (_OLE, "WORKBOOK", "Excel (.xls)"),
    (b"%PDF", "PDF_FILE", "PDF"),
    (b"7z\xbc\xaf\x27\x1c", "OTHER_ARCHIVE", "7z"),
    (b"Rar!\x1a\x07", "OTHER_ARCHIVE", "rar"),
    (b"\x1f\x8b", "OTHER_ARCHIVE", "gzip"),
    (b"\xfd7zXZ\0", "OTHER_ARCHIVE", "xz"),
    (b"BZh", "OTHER_ARCHIVE", "bzip2"),
)
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ARCHIVES = frozenset({".zip", ".7z", ".rar", ".gz"})
# The files of OneRoster that are ever opened: not the ones of accounts, marks and means.
_ONEROSTER = frozenset(
    {
        *("manifest.csv", "users.csv", "roles.csv", "orgs.csv", "academicsessions.csv"),
        *("demographics.csv", "classes.csv", "enrollments.csv"),
    }
)
_END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
_DIRECTORY_BYTES_PER_ENTRY = 1_024
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class Container(StrEnum):
    """What holds the pupils: characters (XML or a table), a workbook, or files that only make sense together."""

    PLAIN = "plain"
    WORKBOOK = "workbook"
    SET = "set"


@dataclass(frozen=True, slots=True)
class Document:
    """One file, deposited bare or taken out of its zip; can be read several times."""

    file: BinaryIO
    size: int  # bytes, inflated
    among_others: str | None = None  # its name, when the zip held other XML files
    container: Container = Container.PLAIN
    name: str = ""  # in its zip; "" when deposited bare
    parts: tuple[Document, ...] = ()  # of a set

    def chunks(self) -> Iterator[bytes]:
        """All the bytes, from the start. Raises UnreadableFile when the zip turns out damaged."""
        try:
            self.file.seek(0)
            while chunk := self.file.read(CHUNK_BYTES):
                yield chunk
        except _DAMAGE:
            raise UnreadableFile("ZIP_DAMAGED") from None

    def head(self) -> bytes:
        """The first bytes, enough to find the root."""
        head = b""
        for chunk in self.chunks():
            head += chunk
            if len(head) >= HEAD_BYTES:
                break
        return head


@contextmanager
def unpacked(source: bytes | BinaryIO, limits: Limits, *, tables: bool = False) -> Iterator[Document]:
    """Give the file of pupils that `source` is or holds, closing what was opened for it.

    Workbooks, and zips with one file that is no XML, only with `tables`. Raises UnreadableFile for
    anything else that is neither characters nor a zip with one XML file of pupils.
    """
    file = _seekable(source, limits)
    size = file.seek(0, io.SEEK_END)
    if size > limits.upload_bytes:
        raise UnreadableFile("TOO_LARGE", limit=limits.upload_bytes // MEGABYTE)
    file.seek(0)
    start = file.read(16)
    if not size:
        raise UnreadableFile("EMPTY_FILE")
    if tables and start.startswith(_OLE):
        yield Document(file, size, container=Container.WORKBOOK)
        return
    for signature, code, kind in _SIGNATURES:
        if start.startswith(signature):
            raise UnreadableFile(code, kind=kind)
    if not start.startswith(_ZIP_STARTS):
        if size > limits.inflated_bytes:
            raise UnreadableFile("INFLATED_TOO_LARGE", limit=limits.inflated_bytes // MEGABYTE)
        yield Document(file, size)
        return
    with open_zip(file, size, limits) as archive:
        if tables and _is_workbook(archive, limits):
            yield Document(file, size, container=Container.WORKBOOK)
            return
        with _member(archive, limits, tables=tables) as document:
            yield document


@contextmanager
def _member(archive: zipfile.ZipFile, limits: Limits, *, tables: bool) -> Iterator[Document]:
    """The file of pupils of an archive that is no workbook, or the set of files that is one."""
    if tables and (members := _set_of(archive, limits)):
        with ExitStack() as stack:
            parts = tuple(
                Document(stack.enter_context(_opened(archive, entry)), entry.file_size, name=entry.filename)
                for entry in members
            )
            size = sum(part.size for part in parts)
            yield Document(parts[0].file, size, container=Container.SET, parts=parts)
        return
    if tables and (table := _only_table(archive, limits)) is not None:
        with _opened(archive, table) as member, _unpacked_table(member, table, limits) as document:
            yield document
        return
    entry, among_others = _only_xml(archive, limits)
    with _opened(archive, entry) as member:
        others = entry.filename if among_others else None
        yield Document(member, entry.file_size, others, name=entry.filename)


@contextmanager
def _unpacked_table(member: BinaryIO, entry: zipfile.ZipInfo, limits: Limits) -> Iterator[Document]:
    """The one file of a zip that holds no XML: a table, or else the zip holds nothing to read."""
    start = Document(member, entry.file_size).head()[:16]
    if not start.startswith((_OLE, *_ZIP_STARTS)):
        try:
            yield Document(member, entry.file_size)
        except UnreadableFile as refusal:
            if refusal.problem.code in {"NOT_XML", "TEXT_TABLE"}:
                raise UnreadableFile("ZIP_NO_XML") from None
            raise
        return
    if entry.file_size > limits.upload_bytes:
        raise UnreadableFile("TOO_LARGE", limit=limits.upload_bytes // MEGABYTE)
    inner = io.BytesIO(b"".join(Document(member, entry.file_size).chunks()))
    if start.startswith(_ZIP_STARTS):
        with open_zip(inner, entry.file_size, limits) as archive:
            if not _is_workbook(archive, limits):
                raise UnreadableFile("ZIP_NESTED")
    yield Document(inner, entry.file_size, container=Container.WORKBOOK)


def _is_workbook(archive: zipfile.ZipFile, limits: Limits) -> bool:
    """Whether an archive is a workbook; its size once inflated is bounded before anything opens it."""
    names = {entry.filename for entry in archive.infolist()}
    if "[Content_Types].xml" in names:
        found = any(name.startswith("xl/") for name in names)
    else:
        found = {"mimetype", "content.xml"} <= names and _says_spreadsheet(archive)
    if found:
        bounds = replace(limits, inflated_bytes=limits.workbook_bytes)
        for entry in archive.infolist():
            _check_entry(entry, bounds)
        if sum(entry.file_size for entry in archive.infolist()) > limits.workbook_bytes:
            raise UnreadableFile("WORKBOOK_TOO_LARGE")
    return found


def _says_spreadsheet(archive: zipfile.ZipFile) -> bool:
    with _opened(archive, archive.getinfo("mimetype")) as member:
        try:
            return b"spreadsheet" in member.read(200)
        except _DAMAGE:
            return False


def _only_table(archive: zipfile.ZipFile, limits: Limits) -> zipfile.ZipInfo | None:
    """The one visible file of an archive, when it is not XML by its name."""
    visible = visible_entries(archive)
    if len(visible) != 1 or _suffix(visible[0]) in {".xml", *_ARCHIVES}:
        return None
    _check_entry(visible[0], limits)
    return visible[0]


def _set_of(archive: zipfile.ZipFile, limits: Limits) -> list[zipfile.ZipInfo]:
    """The files of OneRoster or of the academies' directory; none when the archive is something else."""
    if len(archive.infolist()) > limits.entries:
        return []
    visible = visible_entries(archive)
    members = _oneroster(visible)
    for entry in members:
        _check_entry(entry, limits)
    members = members or _directory(archive, visible, limits)
    if sum(entry.file_size for entry in members) > limits.inflated_bytes:
        raise UnreadableFile("INFLATED_TOO_LARGE", limit=limits.inflated_bytes // MEGABYTE)
    return members


def _oneroster(visible: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The files of one folder that have OneRoster's names. Raises UnreadableFile for two such folders."""
    folders: dict[str, dict[str, zipfile.ZipInfo]] = {}
    for entry in visible:
        folder, _, name = entry.filename.replace("\\", "/").rpartition("/")
        if (name := name.lower()) in _ONEROSTER:
            known = folders.setdefault(folder, {})
            if name in known:
                raise UnreadableFile("ONEROSTER_SEVERAL")
            known[name] = entry
    found = [
        files
        for files in folders.values()
        if len(files) > 1 and ("manifest.csv" in files or {"users.csv", "orgs.csv"} <= files.keys())
    ]
    if len(found) > 1:
        raise UnreadableFile("ONEROSTER_SEVERAL")
    return list(found[0].values()) if found else []


def _directory(
    archive: zipfile.ZipFile, visible: list[zipfile.ZipInfo], limits: Limits
) -> list[zipfile.ZipInfo]:
    """The files of the academies' directory, when there are several XML and no export of SIECLE."""
    found = [entry for entry in visible if _suffix(entry) == ".xml"]
    if len(found) < 2:
        return []
    for entry in found:
        _check_entry(entry, limits)
    roots = [root_of_entry(archive, entry) for entry in found]
    if PUPIL_ROOTS.intersection(roots):
        return []
    if AAF_ROOT not in roots:
        return []
    # One whose root cannot be found goes along, so that what is wrong with it is said.
    return [entry for entry, root in zip(found, roots, strict=True) if root in (AAF_ROOT, None)]


def _seekable(source: bytes | BinaryIO, limits: Limits) -> BinaryIO:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return io.BytesIO(source)
    if source.seekable():
        return source
    return io.BytesIO(source.read(min(limits.upload_bytes + 1, limits.inflated_bytes + 1)))


def open_zip(file: BinaryIO, size: int, limits: Limits) -> zipfile.ZipFile:
    """Open the archive once its directory is known to be short: opening one reads it whole.

    `size` is the file's. Raises UnreadableFile.
    """
    file.seek(max(0, size - 65_557))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_OF_DIRECTORY.size:
        raise UnreadableFile("ZIP_DAMAGED")
    fields = _END_OF_DIRECTORY.unpack_from(tail, at)
    entries, directory_bytes = fields[4], fields[5]
    if entries > limits.entries or directory_bytes > limits.entries * _DIRECTORY_BYTES_PER_ENTRY:
        raise UnreadableFile("ZIP_TOO_MANY_ENTRIES", limit=limits.entries)
    if b"PK\x06\x07" in tail[max(0, at - 20) : at]:  # zip64: for files of more than 4 GB
        raise UnreadableFile("ZIP_SUSPECT")
    try:
        return zipfile.ZipFile(file)
    except _DAMAGE:
        raise UnreadableFile("ZIP_DAMAGED") from None


def _only_xml(archive: zipfile.ZipFile, limits: Limits) -> tuple[zipfile.ZipInfo, bool]:
    """The one file of pupils, and whether it had neighbours."""
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise UnreadableFile("ZIP_TOO_MANY_ENTRIES", limit=limits.entries)
    visible = visible_entries(archive)
    _refuse_office(entries)
    for entry in visible:
        _check_entry(entry, limits)
    if any(_suffix(entry) in _ARCHIVES for entry in visible):
        raise UnreadableFile("ZIP_NESTED")
    found = [entry for entry in visible if _suffix(entry) == ".xml"]
    if not found:
        raise UnreadableFile("ZIP_NO_XML")
    if len(found) == 1:
        return found[0], False
    pupils = [entry for entry in found if root_of_entry(archive, entry) in PUPIL_ROOTS]
    if len(pupils) != 1:
        names = ", ".join(PurePosixPath(entry.filename).name[:60] for entry in found[:5])
        raise UnreadableFile("ZIP_SEVERAL_XML", names=names)
    return pupils[0], True


def visible_entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of an archive, without those that computers hide in it."""
    return [
        entry
        for entry in archive.infolist()
        if entry.filename and not entry.is_dir() and not _hidden(entry.filename)
    ]


def is_one_file(archive: zipfile.ZipFile, limits: Limits) -> bool:
    """Whether the files of an archive only make sense together: a workbook, OneRoster, the directory."""
    return _is_workbook(archive, limits) or bool(_set_of(archive, limits))


def entry_content(archive: zipfile.ZipFile, name: str, limits: Limits) -> bytes:
    """The bytes of one file of an archive, one more than a deposit may weigh at most. Raises UnreadableFile."""
    entry = archive.getinfo(name)
    _check_entry(entry, limits)
    with _opened(archive, entry) as member:
        try:
            return member.read(limits.upload_bytes + 1)
        except _DAMAGE:
            raise UnreadableFile("ZIP_DAMAGED") from None


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _suffix(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(entry.filename).suffix.lower()


def _refuse_office(entries: list[zipfile.ZipInfo]) -> None:
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" in names:
        kind = "Excel (.xlsx)" if any(name.startswith("xl/") for name in names) else "Office"
        raise UnreadableFile("WORKBOOK", kind=kind)
    if {"mimetype", "content.xml"} <= names:
        raise UnreadableFile("WORKBOOK", kind="LibreOffice")


def _check_entry(entry: zipfile.ZipInfo, limits: Limits) -> None:
    if entry.flag_bits & 0x1:
        raise UnreadableFile("ZIP_ENCRYPTED")
    if entry.file_size > limits.inflated_bytes:
        raise UnreadableFile("INFLATED_TOO_LARGE", limit=limits.inflated_bytes // MEGABYTE)
    if entry.file_size > limits.ratio * max(entry.compress_size, 1):
        raise UnreadableFile("ZIP_SUSPECT")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableFile("ZIP_SUSPECT")


@contextmanager
def _opened(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[BinaryIO]:
    try:
        member = archive.open(entry)
    except _DAMAGE:
        raise UnreadableFile("ZIP_DAMAGED") from None
    with member:
        yield member  # type: ignore[misc]  # an IO[bytes] is what every reader here needs


def root_of_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str | None:
    """The root of an XML file of an archive, None when it cannot be found. Raises UnreadableFile."""
    with _opened(archive, entry) as member:
        try:
            return quick_root(member.read(HEAD_BYTES))
        except _DAMAGE:
            return None
