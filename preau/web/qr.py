"""QR codes as PDF paths, quick enough for a whole school's cards."""

from collections.abc import Iterable
from dataclasses import dataclass

import segno

ERROR_LEVEL = "m"


@dataclass(frozen=True, slots=True)
class QrPath:
    """A QR code as PDF path operators.

    `operators` draw in a square of `modules` units a side, origin at the bottom left, and are to be filled
    with the non-zero rule. The quiet zone (4 modules, ISO/IEC 18004) is left to whoever places it.
    """

    modules: int
    operators: str


class QrPress:
    """Makes many QR codes that differ by a few characters, as the addresses of one batch of cards do.

    With version, error level and mask fixed, a symbol is linear over GF(2): flipping one bit of the message
    always flips the same modules, error correction included. So segno encodes the first address and, once,
    each bit that ever changes; every other symbol is a handful of XORs instead of a Reed-Solomon division.
    The mask is the one segno finds best for the first address; readers take it from the symbol itself.
    """

    def __init__(self) -> None:
        self._families: dict[int, _Family] = {}
        self._runs: dict[int, _Runs] = {}

    def path(self, content: str) -> QrPath:
        """Return the QR code of `content` (error level M, byte mode) as PDF path operators."""
        message = content.encode()
        family = self._families.get(len(message))
        if family is None:
            family = self._families[len(message)] = _Family(message)
        runs = self._runs.get(family.modules)
        if runs is None:
            runs = self._runs[family.modules] = _Runs(family.modules)
        return QrPath(family.modules, runs.operators(family.symbol(message)))


class _Family:
    """All messages of one length: the symbol of the first, and what each flipped bit changes in it.

    A symbol is one integer, row after row from the top, each row padded on the right to whole bytes.
    """

    def __init__(self, first: bytes) -> None:
        code = segno.make(first, error=ERROR_LEVEL, mode="byte", micro=False, boost_error=False)
        self.modules = len(code.matrix)
        self._first = first
        self._version = code.version
        self._mask = code.mask
        self._base = _packed(code.matrix)
        self._bits: dict[tuple[int, int], int] = {}
        self._flips: dict[tuple[int, int], int] = {}

    def symbol(self, message: bytes) -> int:
        symbol = self._base
        for place, (was, now) in enumerate(zip(self._first, message, strict=True)):
            if was != now:
                symbol ^= self._flip(place, was ^ now)
        return symbol

    def _flip(self, place: int, change: int) -> int:
        flip = self._flips.get((place, change))
        if flip is None:
            flip = 0
            for bit in (1 << n for n in range(8) if change >> n & 1):
                flip ^= self._bit(place, bit)
            self._flips[place, change] = flip
        return flip

    def _bit(self, place: int, bit: int) -> int:
        change = self._bits.get((place, bit))
        if change is None:
            message = bytearray(self._first)
            message[place] ^= bit
            code = segno.make(
                bytes(message),
                error=ERROR_LEVEL,
                mode="byte",
                version=self._version,
                mask=self._mask,
                boost_error=False,
            )
            change = self._bits[place, bit] = _packed(code.matrix) ^ self._base
        return change


class _Runs:
    """PDF rectangles of each byte of a symbol, made the first time the byte is met at that place."""

    def __init__(self, modules: int) -> None:
        self._modules = modules
        self._row_bytes = -(-modules // 8)
        self._known: list[dict[int, str]] = [{} for _ in range(modules * self._row_bytes)]

    def operators(self, symbol: int) -> str:
        packed = symbol.to_bytes(len(self._known), "big")
        pieces = []
        for place, (known, byte) in enumerate(zip(self._known, packed, strict=True)):
            piece = known.get(byte)
            if piece is None:
                piece = known[byte] = self._rectangles(place, byte)
            pieces.append(piece)
        return "".join(pieces)

    def _rectangles(self, place: int, byte: int) -> str:
        row, column = divmod(place, self._row_bytes)
        left, bottom = column * 8, self._modules - 1 - row
        pieces = []
        start = 0
        for run in f"{byte:08b}".replace("01", "0 1").replace("10", "1 0").split():
            if run[0] == "1":
                pieces.append(f"{left + start} {bottom} {len(run)} 1 re\n")
            start += len(run)
        return "".join(pieces)


def _packed(matrix: Iterable[Iterable[int]]) -> int:
    rows = ["".join("1" if module else "0" for module in row) for row in matrix]
    width = -(-len(rows) // 8) * 8
    return int("".join(row.ljust(width, "0") for row in rows), 2)
