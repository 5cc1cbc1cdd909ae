"""Before the tests: a Chromium and a PostgreSQL, found or installed; one sentence when not.

And all tests compiled once: else each of the processes that share them would compile them all.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests import chromium, postgres

TESTS = Path(__file__).resolve().parent
AT_ONCE = 2
PATIENCE = 300.0
"""Seconds for all of them together."""


def compile_tests() -> list[subprocess.Popen[bytes]]:
    """Begin to collect the tests, in `AT_ONCE` processes: pytest keeps what it compiled."""
    files = sorted(map(str, TESTS.rglob("test_*.py")))
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    return [
        subprocess.Popen([*command, *files[n::AT_ONCE]], cwd=TESTS.parent, env=environment,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for n in range(AT_ONCE)
    ]  # fmt: skip


def main() -> None:
    """Say what is there; what is missing makes the tests that need it skip with a reason."""
    compiling = compile_tests()
    if chromium.find_or_install() is None:
        print("No Chromium: the browser tests are skipped; install one, or set CHROMIUM_PATH.")
    if postgres.find_or_install() is None:
        print("No PostgreSQL: its tests are skipped; install Debian's postgresql package.")
    until = time.monotonic() + PATIENCE
    for process in compiling:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()  # the tests compile what is left themselves


if __name__ == "__main__":
    main()
