"""Zips that hold the files of several schools, and what a file says of its school before it is read."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import PurePath
from typing import BinaryIO

from preau.rosterfiles import packaging
from preau.rosterfiles.identifiers import check_uai
from preau.rosterfiles.limits import MEGABYTE, Limits
from preau.rosterfiles.packaging import unpacked
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.prolog import AAF_ROOT, PUPIL_ROOTS
from preau.rosterfiles.recognise import Format, recognise

# A thousand schools of an academy: each file inside keeps the bounds of one file.
BUNDLE = replace(Limits(), upload_bytes=2_000 * MEGABYTE, entries=5_000)
BUNDLE_INFLATED_BYTES = 5_000 * MEGABYTE

_TABLES = frozenset({".csv", ".txt", ".xlsx", ".xls", ".ods"})
_UAJ = re.compile(r"<UAJ>\s*([^<\s]{1,20})\s*</UAJ>")
_UAI_IN_NAME = re.compile(r"(?<![0-9A-Za-z])[0-9]{7}[A-Za-z](?![0-9A-Za-z])")


def members_of(file: BinaryIO) -> list[str]:
    """The names of the files that a zip of several schools holds; none when the file is one file of pupils.

    Raises UnreadableFile for a zip that is damaged, or too large in all.
    """
    start = file.read(4)
    size = file.seek(0, 2)
    if not start.startswith(b"PK"):
        return []
    if size > BUNDLE.upload_bytes:
        raise UnreadableFile("TOO_LARGE", limit=BUNDLE.upload_bytes // MEGABYTE)
    with packaging.open_zip(file, size, BUNDLE) as archive:
        if packaging.is_one_file(archive, BUNDLE):
            return []
        visible = packaging.visible_entries(archive)
        if not any(entry.filename.lower().endswith(".zip") for entry in visible):
            candidates = [entry for entry in visible if _may_list_pupils(archive, entry)]
            if len(candidates) < 2:
                return []
        if sum(entry.file_size for entry in visible) > BUNDLE_INFLATED_BYTES:
            raise UnreadableFile("INFLATED_TOO_LARGE", limit=BUNDLE_INFLATED_BYTES // MEGABYTE)
        return sorted(entry.filename for entry in visible)


def member_content(file: BinaryIO, name: str) -> bytes:
    """One of `members_of`, a byte more than the reader takes at most. Raises UnreadableFile."""
    size = file.seek(0, 2)
    with packaging.open_zip(file, size, BUNDLE) as archive:
        return packaging.entry_content(archive, name, Limits())


def quick_uai(content: bytes) -> str | None:
    """The school that an export of SIECLE names at its start, without reading it; None when it takes more."""
    try:
        with unpacked(content, Limits(), tables=True) as document:
            recognised = recognise(document)
            if recognised.format is not Format.SIECLE:
                return None
            head = document.head().decode(recognised.encoding.codec, errors="ignore")
    except UnreadableFile:
        return None
    found = _UAJ.search(head)
    check = check_uai(found[1]) if found else None
    return check.uai if check and check.valid else None


def uai_in_name(name: str) -> str | None:
    """The school that a path names, the file before its folders: « 0931434D/eleves.csv »."""
    for part in reversed(PurePath(name).parts):
        for found in _UAI_IN_NAME.findall(part):
            if (check := check_uai(found)).valid:
                return check.uai
    return None


def _may_list_pupils(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    suffix = PurePath(entry.filename).suffix.lower()
    if suffix != ".xml":
        return suffix in _TABLES
    root = packaging.root_of_entry(archive, entry)
    return root is None or root in PUPIL_ROOTS or root == AAF_ROOT
