"""How long the whole demo takes: its first start, a second one, and a reset."""

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


def starts(folder: Path, port_base: int, *, times: int) -> tuple[list[float], float]:
    """Seconds until the demo says that it is ready, `times` over, and of a reset in the last."""
    waited = []
    for left in reversed(range(times)):
        with _demo(folder, port_base) as seconds:
            waited.append(seconds)
            if not left:
                reset = _reset(folder, port_base)
    return waited, reset


def _reset(folder: Path, port_base: int) -> float:
    began = time.monotonic()
    command = [sys.executable, "-m", "demo.command", "reset"]
    command += ["--data-dir", str(folder), "--port-base", str(port_base)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.monotonic() - began


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
