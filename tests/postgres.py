"""PostgreSQL for the tests: the private server of `bench.postgres`, installed when it is absent."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bench.postgres import binaries, create_database, drop_database, server

__all__ = ["binaries", "create_database", "drop_database", "find_or_install", "server"]


def find_or_install() -> Path | None:
    """The folder of the binaries, after trying Debian's package when root."""
    if found := binaries():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("No PostgreSQL found; installing Debian's for the tests ...", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "postgresql"]):
            subprocess.run(["apt-get", *command], capture_output=True, env=environment)
    return binaries()
