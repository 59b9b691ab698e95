"""The files of deploy/: systemd, nginx and Compose understand them, and they name settings that exist.

`bench.deployment` runs them, and lets their parts fall. `compose-spec.json` is the schema of the Compose specification
(github.com/compose-spec/compose-spec, 170098ba, Apache-2.0), as it is.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bench.deployed import DEPLOY, proxied, unit

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


COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def reference() -> set[str]:
    """The settings that docs/hebergement.md explains."""
    said = (DEPLOY.parent / "docs" / "hebergement.md").read_text("utf-8")
    return set(re.findall(r"`([A-Z][A-Z_]+)`", said))


def given(name: str) -> dict[str, str]:
    """What a file of settings gives."""
    lines = (DEPLOY / name).read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_compose_is_what_its_specification_says() -> None:
    schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text("utf-8"))
    specification = jsonschema.Draft7Validator(schema)
    specification.validate(COMPOSE)
    wrong = {**COMPOSE, "services": {"pages": {"image": "preau", "restarts": "always"}}}
    with pytest.raises(jsonschema.ValidationError, match="restarts"):
        specification.validate(wrong)


def test_images_are_of_one_version_and_backups_find_its_programs() -> None:
    container = (DEPLOY / "Containerfile").read_text("utf-8")
    images = {name: one["image"] for name, one in COMPOSE["services"].items() if "build" not in one}
    (ours,) = re.findall(r"^FROM (\S+)$", container, re.MULTILINE)
    for image in (*images.values(), ours):
        assert re.fullmatch(r"[a-z/]+:\d+\.\d+(\.\d+)?(-[a-z-]+)?", image), image
    # Debian 12 has the client programs of PostgreSQL 15: those of another version refuse to dump.
    assert ours.endswith("-bookworm")
    assert images["base"].startswith("postgres:15.")


def test_every_setting_that_a_deployment_gives_exists() -> None:
    files = given("preau.env.example") | given("compose.env.example") | COMPOSE["x-preau"]["environment"]
    told = re.findall(r"PREAU_[A-Z_]+", (DEPLOY / "Containerfile").read_text("utf-8"))
    told += re.findall(r"PREAU_[A-Z_]+", (DEPLOY / "pgbouncer" / "pgbouncer.ini").read_text("utf-8"))
    names = {name.removesuffix("_FILE") for name in (*files, *told)}
    assert len(names) > 10
    assert names - reference() == set()


def test_compose_gives_every_secret_that_it_names_to_whoever_reads_it() -> None:
    for name in ("pages", "taches", "base"):
        one = COMPOSE["services"][name]
        merged = (given("compose.env.example") if "env_file" in one else {}) | one["environment"]
        read = {Path(value).name for key, value in merged.items() if key.endswith("_FILE")}
        assert read == set(one["secrets"])
        assert read <= set(COMPOSE["secrets"])
        assert not [key for key in merged if f"{key}_FILE" in merged]  # which of the two would it be?


def relancer(folder: Path, *instances: str, never: str = "") -> tuple[subprocess.CompletedProcess[str], str]:
    """Run deploy/relancer where systemctl and curl only write down what they are asked; `never` is never ready."""
    asked = folder / "asked"
    asked.write_text("")
    programs = {
        "systemctl": f'echo "$2" >> {asked}',
        "curl": f'case "$*" in *:{never or 0}/pret) exit 22;; esac; echo "$*" | sed "s/.*127/127/" >> {asked}',
        "sleep": ":",
    }
    for name, does in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)
    env = {"PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(
        [str(DEPLOY / "relancer"), *instances], env=env, capture_output=True, text=True, check=False
    )
    return done, asked.read_text()


def test_each_instance_restarts_when_the_one_before_is_ready(tmp_path: Path) -> None:
    done, asked = relancer(tmp_path)
    assert done.returncode == 0
    assert asked.split() == [
        *("preau-pages@8001", "127.0.0.1:8001/pret", "preau-pages@8002", "127.0.0.1:8002/pret"),
        "preau-taches@*",
    ]


def test_an_instance_that_does_not_come_back_stops_the_restart_and_the_other_one_serves(
    tmp_path: Path,
) -> None:
    done, asked = relancer(tmp_path, never="8001")
    assert done.returncode == 1
    assert asked.split() == ["preau-pages@8001"]
    assert "journalctl -u preau-pages@8001" in done.stderr
