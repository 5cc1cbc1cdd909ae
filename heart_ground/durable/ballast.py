"""Room for a stop on a full disk: a file that is given up when nothing can be written.

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

from heart_ground.durable.unavailable import CommitFailed, is_full_disk, is_outage

REFILL_AT = 4
"""The ballast comes back when this many times its size is free."""
_FULL = "disk_full"
_KEPT = "kept_a_part"
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
        try:
            self._take_room(self._path)
        except OSError as error:
            # No room, or the whole folder is gone: the request itself will find out.
            _log.error("no ballast at %s: %s", self._path, error.strerror)

    def _take_room(self, path: Path) -> None:
        if shutil.disk_usage(path.parent).free < REFILL_AT * self._size:
            _log.critical("the disk is almost full: no ballast at %s", path)
            return
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, self._size)
        except OSError:
            path.unlink(missing_ok=True)
            raise
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

    def helps(self, error: BaseException | None = None) -> bool:
        """True when this request found the disk full, or shared the fate of one that did, and
        there is room now: the ballast, given up here or for another request of this moment."""
        noted = bool(g.pop(_FULL, False))
        # What speaks to the driver itself is noted by nobody.
        found = error is not None and is_full_disk(error)
        full = noted or found or (isinstance(error, CommitFailed) and error.full)
        if not full or self._path is None:
            return False
        return self.release() or not self._path.exists()

    def run(self, dispatch: Callable[[], Response]) -> Response:
        """Run a request, and once more when it found the disk full and the ballast gave room.

        Not when a part of it is on disk already (`kept_a_part`): what was spent would look stolen.
        """
        try:
            answer = dispatch()
        except Exception as error:
            if not is_outage(error) or has_kept_a_part() or not self.helps(error):
                raise
        else:
            failed = answer.status_code >= 500 and not has_kept_a_part()
            if not (failed and self.helps(g.get("outage"))):
                return answer
        self._close()
        for noted in list(g):
            g.pop(noted)
        return dispatch()


def kept_a_part() -> None:
    """Note that this request has written something and has it on disk, and goes on."""
    if g:
        setattr(g, _KEPT, True)


def has_kept_a_part() -> bool:
    """True when this request has something on disk."""
    return bool(g) and bool(g.get(_KEPT))


def _note_full_disk(context: ExceptionContext) -> Any:
    # In whichever transaction; outside a request (start-up, commands) there is nobody to help.
    if is_full_disk(context.original_exception) and g:
        setattr(g, _FULL, True)
