"""No secret in the repository: keys, tokens, passwords in addresses."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIGNS = {
    "private key": re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*[A-Za-z0-9+/=]{40}"),
    "cloud key": re.compile(rb"\bAKIA[0-9A-Z]{16}\b"),
    "forge token": re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20}|pypi-AgEI[A-Za-z0-9_-]{50})"),
    "token": re.compile(rb"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}"),
    "password in an address": re.compile(rb"\b(?:postgres|postgresql|redis|smtp)://[\w.-]+:(?!\.\.\.|\xe2|MOT|PASS|\$|\{|\*|mot|secret)[^@\s/'\"<>]{6,}@"),
}  # fmt: skip


def found_in(content: bytes) -> list[str]:
    return [name for name, sign in SIGNS.items() if sign.search(content)]


def test_no_tracked_file_holds_a_secret() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    paths = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    assert len(paths) > 500
    held = {str(p.relative_to(ROOT)): found_in(p.read_bytes()) for p in paths if p.is_file()}
    assert {path: signs for path, signs in held.items() if signs} == {}


def test_each_kind_of_secret_would_be_seen() -> None:
    samples = [
        b"-----BEGIN " + b"PRIVATE KEY-----\n" + b"A" * 64,
        b"AKIA" + b"ABCDEFGHIJKLMNOP",
        b"ghp_" + b"a" * 36,
        b"eyJ" + b"a" * 24 + b".eyJ" + b"a" * 24 + b"." + b"a" * 24,
        b"postgres://preau:" + b"hunter2hunter2@db/preau",
    ]
    assert [found_in(sample) for sample in samples] == [[name] for name in SIGNS]
