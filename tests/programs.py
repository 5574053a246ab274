"""Programs that are no Python packages: found, installed where this is Debian and we may, or plainly missed."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def program(name: str, package: str, what_for: str) -> str:
    """The path of a program; fails with what to install when there is none and it cannot be had.

    Args:
        package: Debian's.
        what_for: a sentence that says why a test needs it.
    """
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", package]):
            subprocess.run(["apt-get", *command], check=False, env=environ, stdout=subprocess.DEVNULL)
        found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        pytest.fail(f"{what_for}, and there is none: apt-get install {package}")
    return found
