"""How the command `ivr` is typed where somebody stands: what messages tell people to do must work as it is written."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def command_here() -> str:
    """How the command `ivr` is typed from here: alone when it is on the path, else with its folder."""
    ours = Path(sys.executable).parent / "ivr"
    found = shutil.which("ivr")
    if not ours.exists():
        return "python -m ivr"
    return "ivr" if found and Path(found) == ours else min(os.path.relpath(ours), str(ours), key=len)
