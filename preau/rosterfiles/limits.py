"""How much a roster file may weigh before it is taken for a mistake or an attack."""

from __future__ import annotations

import sys
from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading; the largest lycée (3,700 pupils) weighs 11 MB of XML, a tenth of it zipped."""

    upload_bytes: int = 20 * MEGABYTE
    inflated_bytes: int = 100 * MEGABYTE
    workbook_bytes: int = 250 * MEGABYTE  # inflated, never held: SIECLE's extraction has 136 columns
    ratio: int = 100  # inflated over compressed
    entries: int = 100  # of a zip
    pupils: int = 25_000
    table_rows: int = 100_000  # one pupil may take a row for each group
    columns: int = 400
    structures_per_pupil: int = 200
    record_bytes: int = 1 * MEGABYTE  # one ELEVE weighs 3 kB

    @classmethod
    def lifted(cls) -> Limits:
        """No bound on sizes and counts, for measurements and for an academy's own files."""
        return cls(
            upload_bytes=sys.maxsize,
            inflated_bytes=sys.maxsize,
            workbook_bytes=sys.maxsize,
            ratio=sys.maxsize,
            pupils=sys.maxsize,
            table_rows=sys.maxsize,
        )
