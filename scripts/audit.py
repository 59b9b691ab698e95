"""Known vulnerabilities of what is pinned: fails on one, says so when the service that knows them does not answer.

Python's locks are asked of PyPI, or of the OSV service at PREAU_AUDIT_OSV; those of Node of the registry npm is set to.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
NODE_LOCKS = ("package-lock.json", "mediacentre/package-lock.json")
# A vulnerability that does not concern us: its number, and why, one sentence.
ACCEPTED: dict[str, str] = {
    # numexpr, drawn in by catsim: mended in 2.8.5, though the notice names no version.
    "PYSEC-2023-163": "un outil de développement n’évalue aucun texte venu d’ailleurs",
}
Report = dict[str, Any]


def _said(command: list[str], folder: Path) -> Report:
    """The JSON that a command prints; nothing when it could not ask."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
        return dict(json.loads(done.stdout))
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError):
        return {}


def read(lock: str) -> Report:
    """What pip-audit says of a lock file; an empty report when it could not ask."""
    osv = os.environ.get("PREAU_AUDIT_OSV")
    service = ["--vulnerability-service", "osv", "--osv-url", osv] if osv else []
    asked = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "-r", lock, "-f", "json"]
    return {"dependencies": [], **_said([*asked, *service], ROOT)}


def read_node(lock: str) -> Report:
    """What npm audit says of a lock file; an empty report when it could not ask."""
    npm = shutil.which("npm")
    return _said([npm, "audit", "--package-lock-only", "--json"], (ROOT / lock).parent) if npm else {}


def verdict(report: Report) -> tuple[list[str], int, int]:
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


def verdict_node(report: Report) -> tuple[list[str], int, int]:
    """The same of npm's report: one line an advisory, whoever it reaches through."""
    if "vulnerabilities" not in report:
        return [], 0, 0
    advisories = {
        (name, str(one["url"]).rpartition("/")[2], str(one["severity"]))
        for name, about in report["vulnerabilities"].items()
        for one in about["via"]
        if isinstance(one, dict)
    }
    kept = sorted(one for one in advisories if one[1] not in ACCEPTED)
    seen = int(report.get("metadata", {}).get("dependencies", {}).get("total", 0))
    return [f"{name} : {number} ({severity})" for name, number, severity in kept], seen, 0


def main() -> int:
    """Print a line a lock file; 1 when something is known to be vulnerable."""
    worst = 0
    reports = [(lock, verdict(read(lock))) for lock in LOCKS]
    reports += [(lock, verdict_node(read_node(lock))) for lock in NODE_LOCKS]
    for lock, (found, seen, unseen) in reports:
        if not seen:
            print(f"{lock} : le service des failles ne répond pas d’ici. RIEN n’a été vérifié.")
            continue
        print(f"{lock} : {seen} paquets vérifiés, {unseen} sans réponse, {len(found)} faille(s) connue(s).")
        print("".join(f"  ✗ {line}\n" for line in found), end="")
        worst = max(worst, int(bool(found)))
    return worst


if __name__ == "__main__":
    sys.exit(main())
