"""A file of SQLite that goes with the process: where the URL of a database names none.

A process that is killed removes nothing, so the next one that needs such a file does it. Who still
lives is told by a lock on the folder, which the system takes away with the process.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

PREFIX = "heart-uma-passing-"


def new() -> tuple[Path, Callable[[], None]]:
    """The place for a new file, and what removes it when it is no longer needed."""
    _sweep(tempfile.gettempdir())
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = _take(folder)
        if lock is not None:  # else somebody swept it before it was locked
            return folder / "passing.db", partial(_remove, folder, lock)


@cache
def _sweep(place: str) -> None:
    """Remove the folders of processes that are gone, once in the life of this one."""
    for folder in Path(place).glob(f"{PREFIX}*"):
        lock = _take(folder)
        if lock is not None:
            _remove(folder, lock)


def _take(folder: Path) -> int | None:
    """The lock on a folder of our own user; None where it is another's or gone."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = os.fstat(lock)
        # Locked and still there: what was removed before the lock was taken has another number.
        if found.st_uid == os.geteuid() and os.path.samestat(found, folder.lstat()):
            return lock
    except OSError:
        pass
    os.close(lock)
    return None


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)
