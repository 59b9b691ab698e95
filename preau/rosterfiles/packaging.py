"""From what a person deposits to the bytes of one XML file: first bytes, zip, sizes."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from preau.rosterfiles.limits import MEGABYTE, Limits
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.prolog import HEAD_BYTES, PUPIL_ROOTS, quick_root

CHUNK_BYTES = 1 << 16

_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "WORKBOOK", "Excel (.xls)"),
    (b"%PDF", "PDF_FILE", "PDF"),
    (b"7z\xbc\xaf\x27\x1c", "OTHER_ARCHIVE", "7z"),
    (b"Rar!\x1a\x07", "OTHER_ARCHIVE", "rar"),
    (b"\x1f\x8b", "OTHER_ARCHIVE", "gzip"),
    (b"\xfd7zXZ\0", "OTHER_ARCHIVE", "xz"),
    (b"BZh", "OTHER_ARCHIVE", "bzip2"),
)
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
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


@dataclass(frozen=True, slots=True)
class Document:
    """One XML file, deposited bare or taken out of its zip; can be read several times."""

    file: BinaryIO
    size: int  # bytes, inflated
    among_others: str | None = None  # its name, when the zip held other XML files

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
def unpacked(source: bytes | BinaryIO, limits: Limits) -> Iterator[Document]:
    """Give the XML file that `source` is or holds, closing what was opened for it.

    Raises UnreadableFile for anything that is neither XML nor a zip with one XML file of pupils.
    """
    file = _seekable(source, limits)
    size = file.seek(0, io.SEEK_END)
    if size > limits.upload_bytes:
        raise UnreadableFile("TOO_LARGE", limit=limits.upload_bytes // MEGABYTE)
    file.seek(0)
    start = file.read(16)
    if not size:
        raise UnreadableFile("EMPTY_FILE")
    for signature, code, kind in _SIGNATURES:
        if start.startswith(signature):
            raise UnreadableFile(code, kind=kind)
    if not start.startswith(_ZIP_STARTS):
        if size > limits.inflated_bytes:
            raise UnreadableFile("INFLATED_TOO_LARGE", limit=limits.inflated_bytes // MEGABYTE)
        yield Document(file, size)
        return
    with _zip_of(file, size, limits) as archive:
        entry, among_others = _only_xml(archive, limits)
        with _opened(archive, entry) as member:
            yield Document(member, entry.file_size, entry.filename if among_others else None)


def _seekable(source: bytes | BinaryIO, limits: Limits) -> BinaryIO:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return io.BytesIO(source)
    if source.seekable():
        return source
    return io.BytesIO(source.read(min(limits.upload_bytes + 1, limits.inflated_bytes + 1)))


def _zip_of(file: BinaryIO, size: int, limits: Limits) -> zipfile.ZipFile:
    """Open the archive once its directory is known to be short: opening one reads it whole."""
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
    visible = [entry for entry in entries if not entry.is_dir() and not _hidden(entry.filename)]
    _refuse_office(entries)
    for entry in visible:
        _check_entry(entry, limits)
    if any(_suffix(entry) in {".zip", ".7z", ".rar", ".gz"} for entry in visible):
        raise UnreadableFile("ZIP_NESTED")
    found = [entry for entry in visible if _suffix(entry) == ".xml"]
    if not found:
        raise UnreadableFile("ZIP_NO_XML")
    if len(found) == 1:
        return found[0], False
    pupils = [entry for entry in found if _root_of(archive, entry) in PUPIL_ROOTS]
    if len(pupils) != 1:
        names = ", ".join(PurePosixPath(entry.filename).name[:60] for entry in found[:5])
        raise UnreadableFile("ZIP_SEVERAL_XML", names=names)
    return pupils[0], True


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


def _root_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str | None:
    with _opened(archive, entry) as member:
        try:
            return quick_root(member.read(HEAD_BYTES))
        except _DAMAGE:
            return None
