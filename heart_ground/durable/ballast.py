"""Room for a stop on a full disk: a file that is given up when nothing can be written (F-6).

A full disk fails every write, a withdrawal too. Then the ballast is deleted and the request runs
once more. What a service still does while it is spent is for the service to say.
"""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Response, g
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError

REFILL_AT = 4
"""The ballast comes back when this many times its size is free."""
_log = logging.getLogger("heart_ground")


def _nothing() -> None:
    """There is no transaction to end."""


class Ballast:
    """The file of `size` bytes beside a SQLite database; nothing at all for other databases.

    `close` ends the failed request's transaction before the request runs again.
    """

    def __init__(self, engine: Engine, size: int, close: Callable[[], None] = _nothing) -> None:
        self._close = close
        database = engine.url.database
        durable = engine.dialect.name == "sqlite" and database not in (None, "", ":memory:")
        self._path = Path(f"{database}.ballast") if durable and size else None
        self._size = size
        self.fill()
        event.listen(engine, "handle_error", _note_full_disk)

    @property
    def spent(self) -> bool:
        """The disk was full and may still be."""
        return self._path is not None and not self._path.exists()

    def fill(self) -> None:
        """Take the room, if it is there."""
        if self._path is None or self._path.exists():
            return
        if shutil.disk_usage(self._path.parent).free < REFILL_AT * self._size:
            _log.critical("the disk is almost full: no ballast at %s", self._path)
            return
        descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, self._size)
        except OSError:
            self._path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)

    def release(self) -> bool:
        """Give the room to whoever must write now; False when it was given already."""
        if self._path is None:
            return False
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        _log.critical("the disk is full: the ballast is spent, nothing new is taken in")
        return True

    def run(self, dispatch: Callable[[], Response]) -> Response:
        """Run a request, and once more when it found the disk full and the ballast gave room."""
        try:
            answer = dispatch()
        except OperationalError:
            if not self._helped():
                raise
        else:
            if not self._helped():
                return answer
        self._close()
        return dispatch()

    def _helped(self) -> bool:
        return bool(g.pop("disk_full", False)) and self.release()


def _note_full_disk(context: ExceptionContext) -> Any:
    # In whichever transaction; outside a request (start-up, commands) there is nobody to help.
    if "disk is full" in str(context.original_exception) and g:
        g.disk_full = True
