"""`python -m pathscope`: the command `pathscope`, which this package brings."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path


def _command() -> Path:
    """Returns the command that was installed with this package."""
    name = "pathscope.exe" if os.name == "nt" else "pathscope"
    schemes = [sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user")]
    places = [Path(sysconfig.get_path("scripts", scheme), name) for scheme in schemes]
    for place in places:
        if place.is_file():
            return place
    sys.exit(f"error: the command is not in {places[0].parent}: install the package again with pip")


def main() -> None:
    command = [str(_command()), *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.run(command, check=False).returncode)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
