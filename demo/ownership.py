"""One demo to a folder: who holds its lock runs it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from demo.layout import Layout
from demo.processes import LaunchError


@contextmanager
def owned(layout: Layout) -> Iterator[None]:
    """One demo per data directory: two would write the same databases."""
    try:
        layout.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = layout.lock_file.open("a+", encoding="utf-8")
    except OSError as problem:
        raise LaunchError(
            f"Cannot write to {layout.data_dir} ({problem.strerror}); choose another --data-dir."
        ) from None
    with lock:
        _lock(lock, layout.data_dir)
        yield


def _lock(lock: IO[str], data_dir: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        raise LaunchError(
            f"A demo already runs in {data_dir} (process {lock.read().strip() or 'unknown'}); "
            "stop it first, or choose another --data-dir and --port-base."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


def is_running(layout: Layout) -> bool:
    """True while a launcher holds this data directory."""
    if not layout.lock_file.exists():
        return False
    with layout.lock_file.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
