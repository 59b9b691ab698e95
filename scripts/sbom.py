"""The inventory of components (CycloneDX): what a host installs, and what browsers receive."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "var" / "sbom"


def main() -> int:
    """Two files in var/sbom/, made from the locks without asking anybody."""
    PLACE.mkdir(parents=True, exist_ok=True)
    python, browser = PLACE / "preau-python.cdx.json", PLACE / "preau-navigateur.cdx.json"
    asked = ["--output-reproducible", "--pyproject", "pyproject.toml", "-o", str(python), "requirements.txt"]
    subprocess.run([sys.executable, "-m", "cyclonedx_py", "requirements", *asked], cwd=ROOT, check=True)
    made = [python]
    npm = shutil.which("npm")
    if npm:
        asked = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"]
        said = subprocess.run([npm, *asked], cwd=ROOT, check=True, capture_output=True, text=True)
        browser.write_text(said.stdout, encoding="utf-8")
        made.append(browser)
    print("\n".join(str(one.relative_to(ROOT)) for one in made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
