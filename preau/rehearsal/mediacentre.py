"""Start and stop the invented Médiacentre: an ENT with its identity providers, beside the rehearsal.

It lives in `mediacentre/`, outside the package, on independent libraries: Node for SAML and OpenID Connect, a CAS
server in a process of its own. Each child stops when whoever started it closes its standard input, however that
happens.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from preau.web.french import typeset

FOLDER = Path(__file__).resolve().parents[2] / "mediacentre"
HOST = "127.0.0.1"
CLIENT = "preau"
GAR = "gar"  # what Préau calls the provider by SAML
_OLDEST_NODE = 20
_INSTALLING = 180  # seconds, the first time
_STARTING = 60


class NoMediacentre(Exception):
    """It cannot run here; the message is a sentence that says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody the ENT knows; `tile` says whether the resource was distributed to them."""

    id: str
    name: str
    group: str
    ido: str = field(repr=False)
    uai: tuple[str, ...]
    pro: str = "National_elv"
    first_name: str = ""
    last_name: str = ""
    division: str = ""  # code##label, as the GAR writes it
    tile: bool = True

    def as_settings(self) -> dict[str, Any]:
        """As the providers read it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Mediacentre:
    """One that runs; every address is on this machine."""

    address: str
    saml_metadata: str
    openid_issuer: str
    client_secret: str = field(repr=False)
    cas: str  # "" when the CAS server is not installed
    settings: Path = field(repr=False)

    def say(self, **settings: Any) -> None:
        """Change who is there or how the providers behave, at once."""
        kept = {**json.loads(self.settings.read_text(encoding="utf-8")), **settings}
        _write(self.settings, kept)
        request = urllib.request.Request(
            f"http://{HOST}:{self.port}/reglages",
            json.dumps(settings).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - our own address, above

    def knows(self, people: Sequence[Person]) -> None:
        """From now on these people, and nobody else, go to the ENT."""
        self.say(people=[one.as_settings() for one in people])

    def serves(self, site: str) -> dict[str, str]:
        """Put tiles that lead to this Préau; return the environment by which it knows its providers.

        Slugs: `gar` by SAML, `gar-openid`, and `ent` by CAS where it runs.
        """
        entry = {"saml": GAR, "openid": "gar-openid", "cas": "ent"}
        if not self.cas:
            del entry["cas"]
        back = f"{site}/mediacentre/{entry['openid']}/retour/"
        self.say(
            tiles={way: f"{site}/mediacentre/{slug}/" for way, slug in entry.items()},
            service=f"{site}/mediacentre/{entry['saml']}/metadonnees/",
            client={"id": CLIENT, "secret": self.client_secret, "redirects": [back]},
        )
        key, certificate = self._our_pair()
        return {
            "PREAU_PROVIDERS": ",".join(entry.values()),
            "PREAU_GAR_KIND": "saml",
            "PREAU_GAR_METADATA": self.saml_metadata,
            "PREAU_GAR_KEY": str(key),
            "PREAU_GAR_CERTIFICATE": str(certificate),
            "PREAU_GAR_HOME": f"{self.address}/",
            "PREAU_GAR_OPENID_KIND": "oidc",
            "PREAU_GAR_OPENID_NAME": "Médiacentre (OpenID)",
            "PREAU_GAR_OPENID_ISSUER": self.openid_issuer,
            "PREAU_GAR_OPENID_CLIENT_ID": CLIENT,
            "PREAU_GAR_OPENID_SECRET": self.client_secret,
            "PREAU_GAR_OPENID_RESOURCE": "ark:/99999/preau",
            "PREAU_ENT_KIND": "cas",
            "PREAU_ENT_NAME": "ENT",
            "PREAU_ENT_SERVER": self.cas,
            "PREAU_ENT_UAI_ATTRIBUTE": "UAI",
            "PREAU_ENT_PROFILE_ATTRIBUTE": "PRO",
        }

    def _our_pair(self) -> tuple[Path, Path]:
        """The key by which Préau signs its requests to this GAR, made once a start, and its certificate."""
        folder = self.settings.parent
        files = folder / "preau.key", folder / "preau.crt"
        if not files[0].exists():
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Préau")]), datetime.now(UTC)
            made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
            signed = made.not_valid_after(now + timedelta(days=365)).sign(key, hashes.SHA256())
            files[0].write_bytes(
                key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
            files[1].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        return files

    @property
    def port(self) -> int:
        """Where the ENT listens."""
        return int(self.address.rpartition(":")[2])


@contextmanager
def running(*, ports: Sequence[int] = (), cas: bool = True) -> Iterator[Mediacentre]:
    """Start it, on these ports where they are free; stop it at the end. Raises NoMediacentre."""
    node = ready()
    free = iter([port for port in ports if _is_free(port)])
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="preau-mediacentre-"))
        settings, secret = Path(folder, "settings.json"), os.urandom(24).hex()
        _write(settings, {"people": [], "client": {"id": CLIENT, "secret": secret, "redirects": []}})
        commands = [[node, "main.mjs"]]
        if cas and importlib.util.find_spec("cas_server"):
            commands.append([sys.executable, "-m", "cas"])
        children = []
        for command in commands:
            port = next(free, None) or _any_port()
            words = [*command, "--port", str(port), "--settings", str(settings)]
            children.append(stack.enter_context(_child(words)))
        said = [_first_word(child) for child in children]
        yield Mediacentre(
            address=said[0]["address"],
            saml_metadata=said[0]["saml_metadata"],
            openid_issuer=said[0]["openid_issuer"],
            client_secret=secret,
            cas=said[1]["address"] if len(said) > 1 else "",
            settings=settings,
        )


def ready() -> str:
    """The path of Node, once what the Médiacentre needs is installed. Raises NoMediacentre."""
    if not FOLDER.is_dir():
        raise NoMediacentre(
            "Le Médiacentre inventé n’est pas dans le paquet installé : il vient avec les sources."
        )
    node, npm = shutil.which("node") or shutil.which("nodejs"), shutil.which("npm")
    if node is None or npm is None:
        raise NoMediacentre(
            f"Le Médiacentre inventé demande Node ({_OLDEST_NODE} ou plus) et npm : installez-les pour l’essayer."
        )
    said = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)  # noqa: S603 - found above
    version = re.match(r"v(\d+)", said.stdout)
    if version is None or int(version[1]) < _OLDEST_NODE:
        raise NoMediacentre(f"Le Médiacentre inventé demande Node {_OLDEST_NODE} ou plus.")
    _install(npm)
    return node


def _install(npm: str) -> None:
    """Install the locked packages, unless they are there; two who start at once install one after the other."""
    wanted = hashlib.sha256(Path(FOLDER, "package-lock.json").read_bytes()).hexdigest()
    stamp = Path(FOLDER, "node_modules", ".preau-lock")
    with Path(FOLDER, "package.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
            return
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        try:
            subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, timeout=_INSTALLING)  # noqa: S603
        except (OSError, subprocess.SubprocessError) as problem:
            raise NoMediacentre(
                "Les paquets du Médiacentre inventé n’ont pas pu être installés (npm ci, dans mediacentre/)."
            ) from problem
        stamp.write_text(wanted, encoding="ascii")


@contextmanager
def _child(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Run this in the Médiacentre's folder; closing its standard input ends it."""
    # Its own group: Ctrl-C is for us, who stop it in our turn.
    child = subprocess.Popen(  # noqa: S603 - our own words
        command,
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        if child.stdin is not None:
            child.stdin.close()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _first_word(child: subprocess.Popen[str]) -> Mapping[str, str]:
    """The line of JSON by which it says that it answers. Raises NoMediacentre."""
    patience = Timer(_STARTING, child.kill)
    patience.start()
    try:
        for line in child.stdout or ():
            if line.startswith("{"):
                found: Mapping[str, str] = json.loads(line)
                return found
    finally:
        patience.cancel()
    raise NoMediacentre("Le Médiacentre inventé n’a pas démarré.")


def _write(path: Path, settings: Mapping[str, Any]) -> None:
    """Whole or not at all: the CAS server may be reading."""
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(settings), encoding="utf-8")
    beside.replace(path)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _any_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


def sentence(problem: NoMediacentre) -> str:
    """The problem as it is printed."""
    return typeset(str(problem))
