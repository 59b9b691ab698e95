"""What fuzzing kept is replayed: every case that reached new code, and every case that once broke a reader."""

from __future__ import annotations

import time
import zipfile
from base64 import b64decode, b64encode
from pathlib import Path
from random import Random

import pytest

from tests.accounts.providers import gar
from tests.fuzz.readers import READERS
from tests.fuzz.seeds import seeds
from tests.rosterfiles.siecle_file import zipped
from tests.rosterfiles.table_files import LEA, NOE, TITLES, text

KEPT = Path(__file__).with_name("corpus")
# Each starts a process for each case: a few are enough here.
SLOW = {"workbook": 12}
BENT_BYTES = 4_000
SIGNS = (b"<", b">", b'"', b";", b"\n", b"\0", b"&#1;", b"\xff\xfe", b"{", b"=", b"\xc3", b"\x1e", b"9" * 30)


def cases(name: str) -> list[bytes]:
    with zipfile.ZipFile(KEPT / f"{name}.zip") as archive:
        return [archive.read(one) for one in archive.namelist()]


@pytest.mark.parametrize("name", READERS)
def test_every_kept_case_is_answered_or_refused_by_name(name: str) -> None:
    kept = cases(name)
    assert len(kept) >= 5
    for case in [*seeds()[name], *kept][: SLOW.get(name)]:
        READERS[name](case)


def bent(case: bytes, rng: Random) -> bytes:
    """A case with a few bytes taken away, repeated, changed, or put where others were."""
    out = bytearray(case[:BENT_BYTES])
    for _ in range(rng.randint(1, 4)):
        at, end = sorted(rng.randrange(len(out) + 1) for _ in range(2))
        end = min(end, at + 40)
        what = rng.choice((b"", out[at:end] * 2, rng.randbytes(3), rng.choice(SIGNS)))
        out[at:end] = what
    return bytes(out)


@pytest.mark.parametrize("name", [name for name in READERS if name not in SLOW])
def test_a_moment_of_bending_breaks_no_reader(name: str) -> None:
    """Not guided: `make fuzz` is. The same cases every time, as many as half a second of processor takes."""
    rng, files = Random(name), [*seeds()[name], *cases(name)]
    until, tried = time.process_time() + 0.5, 0
    while time.process_time() < until:
        READERS[name](bent(rng.choice(files), rng))
        tried += 1
    assert tried >= 5


# What broke a reader once, shortened: nothing may be raised any more.
ROWS = text(TITLES, LEA, NOE)
DER = gar.pair("gar").certificate_text
# The version of an X.509 certificate is a small number, near its start.
BENT = b64encode(b64decode(DER).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x22", 1)).decode()
METADATA = gar.metadata(gar.pair("gar").certificate_text)
BROKE = {
    "a file without a name in a zip": ("archive", zipped(("a.csv", ROWS)).replace(b"a.csv", b"\0.csv")),
    "a date of metadata that is none": (
        "ent",
        METADATA.replace("entityID=", 'validUntil="2027-01-Mn01" entityID=').encode(),
    ),
    "a control character in the HTML of a question": (
        "questions",
        b"[html]<p>Quel signe&#1; ?\x02</p>{=un ~deux}",
    ),
    "a certificate of no known version": ("ent", METADATA.replace(DER, BENT).encode()),
    "a control character in a question": ("questions", b"Quel signe\x01 ?{=un ~deux}"),
}


@pytest.mark.parametrize("what", BROKE)
def test_what_broke_a_reader_does_not_any_more(what: str) -> None:
    name, case = BROKE[what]
    READERS[name](case)
