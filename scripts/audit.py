"""Known vulnerabilities of what is pinned: fails on one, says so when the service that knows them does not answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
# A vulnerability that does not concern us: its number, and why, one sentence.
ACCEPTED: dict[str, str] = {}


def read(lock: str) -> dict[str, Any]:
    """What pip-audit says of a lock file; an empty report when it could not ask."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--disable-pip",
        "--require-hashes",
        "-r",
        lock,
        "-f",
        "json",
    ]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
        return dict(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return {"dependencies": []}


def verdict(report: dict[str, Any]) -> tuple[list[str], int, int]:
    """The vulnerabilities that are not accepted, how many packages were looked at, how many could not be."""
    found, seen, unseen = [], 0, 0
    for package in report["dependencies"]:
        if "skip_reason" in package:
            unseen += 1
            continue
        seen += 1
        for one in package.get("vulns", []):
            if one["id"] not in ACCEPTED:
                fixed = ", ".join(one.get("fix_versions", [])) or "aucune version"
                found.append(f"{package['name']} {package['version']} : {one['id']} (corrigé dans {fixed})")
    return found, seen, unseen


def main() -> int:
    """Print a line a lock file; 1 when something is known to be vulnerable."""
    worst = 0
    for lock in LOCKS:
        found, seen, unseen = verdict(read(lock))
        if not seen:
            print(f"{lock} : le service des failles ne répond pas d’ici. RIEN n’a été vérifié.")
            continue
        print(f"{lock} : {seen} paquets vérifiés, {unseen} sans réponse, {len(found)} faille(s) connue(s).")
        print("".join(f"  ✗ {line}\n" for line in found), end="")
        worst = max(worst, int(bool(found)))
    return worst


if __name__ == "__main__":
    sys.exit(main())
