"""Put the working tree on the environment's path, with the command `preau`, without building a package."""

import stat
import sys
import sysconfig
from pathlib import Path

root = Path(__file__).resolve().parent.parent
Path(sysconfig.get_path("purelib"), "preau-source.pth").write_text(f"{root}\n", encoding="utf-8")
command = Path(sysconfig.get_path("scripts"), "preau")
command.write_text(
    f"#!{sys.executable}\nfrom preau.__main__ import main\n\nraise SystemExit(main())\n", encoding="utf-8"
)
command.chmod(command.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
