"""The log of a service: on from its start, and without what people wrote or hold.

Python keeps `info` to itself unless somebody asks for it, so a promise to log would be kept by
nobody. And an exception says what it stumbled over: a name, a record, a token. Its kind and its
places are enough to find the fault.
"""

from __future__ import annotations

import logging
import sys
import traceback

OURS = ("as_server", "fhir_rs", "patient_portal", "requester_app", "heart_ground")
QUIET = ("authlib", "httpx", "httpcore")
"""Loggers of libraries that write addresses or tokens when they are asked to say more."""
LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"


class _WithoutWords(logging.Formatter):
    """Names the kind of an exception and where it happened, never what it says."""

    def formatException(self, ei: object) -> str:
        error = ei[1] if isinstance(ei, tuple) else None
        lines: list[str] = []
        seen: set[int] = set()
        while isinstance(error, BaseException) and id(error) not in seen:
            seen.add(id(error))
            places = traceback.format_tb(error.__traceback__)
            lines[:0] = [*places, f"{type(error).__module__}.{type(error).__qualname__}\n"]
            error = error.__cause__ or error.__context__
        return "".join(lines).rstrip()


class _ToStandardError(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to what standard error is at that moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(_WithoutWords(LINE))

    @property
    def stream(self) -> object:
        return sys.stderr


def switch_on() -> None:
    """Let our loggers say what they have to say, from INFO on, on standard error.

    Safe to call for every service of a process. Where the operator gave the root logger handlers
    of his own, those alone are used.
    """
    for name in QUIET:
        if logging.getLogger(name).level < logging.WARNING:
            logging.getLogger(name).setLevel(logging.WARNING)
    for name in OURS:
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.INFO)
        ours = [one for one in logger.handlers if isinstance(one, _ToStandardError)]
        if not logging.getLogger().handlers and not ours:
            logger.addHandler(_ToStandardError())
