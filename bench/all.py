"""`make bench`: every benchmark, one after the other, each in its own process."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":
    status = 0
    for bench in sorted(HERE.glob("*.py")):
        if bench.stem in {"all", "__init__"}:
            continue
        print(f"\n## {bench.stem}\n", flush=True)
        status |= subprocess.run(
            [sys.executable, "-m", f"bench.{bench.stem}"], cwd=HERE.parent, check=False
        ).returncode
    sys.exit(status)
