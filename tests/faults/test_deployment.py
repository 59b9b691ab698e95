"""The files of deploy/: systemd and nginx understand them. `bench.deployment` runs them, and lets their parts fall."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench.deployment import DEPLOY, proxied, unit

UNITS = sorted((DEPLOY / "systemd").iterdir())


def understood(text: str, name: str, folder: Path) -> str:
    """What systemd says of a unit, its command being one that exists; nothing when all is well."""
    instance = name.replace("@.", "@8001.")
    (folder / instance).write_text(text.replace("/opt/preau/venv/bin/preau", "/bin/true"), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", f"./{instance}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode or instance in done.stderr else ""


def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    assert len(UNITS) == 4
    for one in sorted(UNITS, reverse=True):  # the service before its timer
        assert understood(one.read_text("utf-8"), one.name, tmp_path) == ""
    wrong = UNITS[0].read_text("utf-8").replace("Type=oneshot", "Type=oneshoot")
    assert "oneshoot" in understood(wrong, UNITS[0].name, tmp_path)


def test_units_start_the_commands_of_preau() -> None:
    assert unit("preau-pages@.service", 8002)[3:] == [
        *("serve", "--host", "127.0.0.1", "--port", "8002", "--workers", "2", "--tasks", "0")
    ]
    assert unit("preau-taches@.service", 1)[3:] == ["worker"]


def test_nginx_understands_the_proxy(tmp_path: Path) -> None:
    done = subprocess.run(
        [*proxied(str(tmp_path), 8443, [8001, 8002]), "-t"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
