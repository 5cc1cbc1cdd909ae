"""Room for a stop on a full disk: a file that is given up when nothing can be written (F-6).

A full disk fails every write, a withdrawal too. Then the ballast is deleted and the request runs
once more. While it is spent nothing new is granted; signing in, policies and revocation go on.
"""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Response, g, request
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError

from as_server.db import close
from as_server.errors import WireError
from heart_uma.metadata import UMA_TICKET_GRANT

REFILL_AT = 4
"""The ballast comes back when this many times its size is free."""
_GRANTING = frozenset({"permission", "registration", "resource_registration"})
_log = logging.getLogger("as_server")


class NothingNew(WireError):
    """The disk is full: what takes access away still works, what gives it does not."""

    error = "temporarily_unavailable"
    status_code = 503

    def __init__(self) -> None:
        super().__init__("The disk is full; nothing new is granted.", headers={"Retry-After": "60"})


class Ballast:
    """The file of `size` bytes beside a SQLite database; nothing at all for other databases."""

    def __init__(self, engine: Engine, size: int) -> None:
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
        _log.critical("the disk is full: the ballast is spent, nothing new is granted")
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
        close()
        return dispatch()

    def _helped(self) -> bool:
        return bool(g.pop("disk_full", False)) and self.release()


def _note_full_disk(context: ExceptionContext) -> Any:
    # In whichever transaction; outside a request (start-up, commands) there is nobody to help.
    if "disk is full" in str(context.original_exception) and g:
        g.disk_full = True


def refuse_granting(ballast: Ballast) -> None:
    """While the ballast is spent, refuse what only adds: tickets, registrations, RPTs."""
    if not ballast.spent or request.method != "POST":
        return
    ballast.fill()
    trading = request.blueprint == "token" and request.form.get("grant_type") == UMA_TICKET_GRANT
    if ballast.spent and (request.blueprint in _GRANTING or trading):
        raise NothingNew
