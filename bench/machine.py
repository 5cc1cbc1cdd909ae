"""What the figures depend on besides the code: the disk's durable writes, and who else is busy."""

from __future__ import annotations

import os
import time
from pathlib import Path

WRITES = 100
PAGE = b"x" * 4096


def durable_write_ms(folder: Path) -> float:
    """The median time of appending 4 KB and waiting until it is on disk."""
    path, times = folder / "durable-write", []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        for _ in range(WRITES):
            began = time.perf_counter()
            os.write(descriptor, PAGE)
            os.fsync(descriptor)
            times.append(time.perf_counter() - began)
    finally:
        os.close(descriptor)
        path.unlink()
    return sorted(times)[WRITES // 2] * 1000


def busy() -> float:
    """How many processes wanted the processor in the last minute, on average."""
    return os.getloadavg()[0]
