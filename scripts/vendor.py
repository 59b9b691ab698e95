"""Copy the browser libraries from node_modules into preau/web/static/vendor.

Run `npm ci --ignore-scripts` first; `--check` copies nothing and fails when a vendored file differs.
"""

import argparse
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "preau" / "web" / "static" / "vendor"

COPIES = {
    "bootstrap/dist/css/bootstrap.min.css": "bootstrap/bootstrap.min.css",
    "bootstrap/dist/css/bootstrap.rtl.min.css": "bootstrap/bootstrap.rtl.min.css",
    "bootstrap/LICENSE": "bootstrap/LICENSE",
    "bootstrap-icons/font/bootstrap-icons.min.css": "bootstrap-icons/bootstrap-icons.min.css",
    "bootstrap-icons/font/fonts/bootstrap-icons.woff2": "bootstrap-icons/fonts/bootstrap-icons.woff2",
    "bootstrap-icons/LICENSE": "bootstrap-icons/LICENSE",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    "htmx.org/LICENSE": "htmx/LICENSE",
}

# The hashed static storage refuses a style sheet that names a file we do not ship.
TRIMMED = (
    re.compile(rb"\n?/\*# sourceMappingURL=[^*]*\*/"),
    re.compile(rb',url\("fonts/bootstrap-icons\.woff\?[^"]*"\) format\("woff"\)'),
)


def wanted_files() -> dict[Path, bytes]:
    """Say what the vendor folder must hold, trimmed of references to files we leave out."""
    files = {}
    for source, target in COPIES.items():
        content = (MODULES / source).read_bytes()
        if target.endswith(".css"):
            for pattern in TRIMMED:
                content = pattern.sub(b"", content)
        files[VENDOR / target] = content
    return files


def check_versions() -> None:
    """Stop when node_modules is not what package.json asks for."""
    asked = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    for name, version in asked.items():
        installed = json.loads((MODULES / name / "package.json").read_text("utf-8"))["version"]
        if installed != version:
            sys.exit(f"{name} : {installed} est installé, package.json demande {version}. Relancez npm ci.")


def main() -> None:
    """Copy, or compare with `--check`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare sans rien copier")
    arguments = parser.parse_args()
    if not MODULES.is_dir():
        sys.exit("node_modules manque : lancez d’abord « npm ci --ignore-scripts ».")
    check_versions()
    files = wanted_files()
    if arguments.check:
        different = [
            path.relative_to(ROOT)
            for path, content in files.items()
            if not path.is_file() or path.read_bytes() != content
        ]
        if different:
            sys.exit("Fichiers différents : " + ", ".join(map(str, different)))
        return
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
