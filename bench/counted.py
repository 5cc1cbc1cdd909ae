"""A service that counts the requests it is asked, for what a page of people costs the others.

`BENCH_COUNTED` names the app factory that is served. Only with one worker the count is the whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from importlib import import_module
from threading import Lock
from typing import Any

COUNT = "/bench-count"
PROBES = frozenset({"/healthz", "/readyz"})
Environ = dict[str, Any]
Respond = Callable[..., Any]


class Counted:
    """The app, and at `COUNT` how often it was asked before."""

    def __init__(self, app: Callable[[Environ, Respond], Iterable[bytes]]) -> None:
        self._app = app
        self._asked, self._lock = 0, Lock()

    def __call__(self, environ: Environ, respond: Respond) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == COUNT:
            said = str(self._asked).encode()
            respond("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(said)))])
            return [said]
        if path not in PROBES:
            with self._lock:
                self._asked += 1
        return self._app(environ, respond)


def create_app() -> Counted:
    module, _, factory = os.environ["BENCH_COUNTED"].partition(":")
    return Counted(getattr(import_module(module), factory)())
