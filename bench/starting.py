"""How long the whole demo takes: its first start, a second one, and putting it back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.servers import PREFIXES

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 120.0


def first_and_second_start(folder: Path, port_base: int) -> tuple[float, float, float]:
    """Seconds until the demo says that it is ready, twice, and of a reset while it runs."""
    with _demo(folder, port_base) as first:
        pass
    with _demo(folder, port_base) as second:
        began = time.monotonic()
        command = [sys.executable, "-m", "demo.command", "reset"]
        command += ["--data-dir", str(folder), "--port-base", str(port_base)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        reset = time.monotonic() - began
    return first, second, reset


@contextmanager
def _demo(folder: Path, port_base: int) -> Iterator[float]:
    command = [sys.executable, "-m", "demo.command", "demo", "--no-browser"]
    command += ["--data-dir", str(folder), "--port-base", str(port_base)]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(PREFIXES)}
    log = folder.with_suffix(".log")
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=kept, stdout=output, stderr=output)
    try:
        while not re.search(rb"is ready", log.read_bytes()):
            if process.poll() is not None or time.monotonic() - began > LONGEST:
                raise RuntimeError(f"the demo did not start: {log.read_text()[-800:]}")
            time.sleep(0.02)
        yield time.monotonic() - began
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
