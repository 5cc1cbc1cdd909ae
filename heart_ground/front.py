"""What stands before a service: a body is taken in before a place to work is used.

A server of threads has few of them, and a client that sends a byte a second would hold one for as
long as it likes: eight such clients, and nobody could stop a share. So there are more threads than
places to work. A thread that waits for a body holds no place, what has no body waits for nobody,
and only so many bodies are waited for at once.

The server gives a body no deadline of its own; a proxy that takes bodies in whole and gives up on
slow ones stands before a service on the open Internet (docs/how-to/run-one-service.md).
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterable
from queue import SimpleQueue
from typing import Any

from flask import Flask

from heart_ground.places import Place, at

PLACES = 8
"""Requests that a process works on at the same time."""
READERS = 56
"""Threads of a process beside those; what waits for a place waits in one of them."""
BODIES = 48
"""Bodies that are waited for at the same time."""
SLOW = 0.5
"""Seconds after which a body counts as slow."""
SLOW_OF_ONE = 24
"""Slow bodies of one address."""
BYTES = 64 * 1024 * 1024
"""All bodies together that are being taken in."""
_PIECE = 65_536
_EMPTY = [("Content-Length", "0"), ("Connection", "close")]


class _Refused(Exception):
    """There is no room for this body, or it is not whole."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Front:
    """WSGI middleware around `app`. Bodies over `most` bytes are left for the app to refuse."""

    def __init__(self, app: Any, *, most: int, places: int = PLACES) -> None:
        self._app, self._most = app, most
        self._places: SimpleQueue[Place] = SimpleQueue()
        for _ in range(places):
            self._places.put(Place())
        self._lock = threading.Lock()
        self._reading: dict[int, tuple[str, float, int]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            try:
                self._take_in(environ)
            except _Refused as refusal:
                again = [("Retry-After", "5")] if refusal.status.startswith("503") else []
                start_response(refusal.status, [*_EMPTY, *again])
                return [b""]
        place = self._places.get()
        try:
            with at(place):
                answer: Iterable[bytes] = self._app(environ, start_response)
                return answer
        finally:
            self._places.put(place)

    def _take_in(self, environ: dict[str, Any]) -> None:
        told = str(environ.get("CONTENT_LENGTH") or "")
        length = int(told) if told.isascii() and told.isdecimal() else None
        if length == 0 or (length is not None and length > self._most):
            return
        me, expected = threading.get_ident(), self._most if length is None else length
        self._admit(me, str(environ.get("REMOTE_ADDR", "")), expected)
        try:
            body = _whole(environ["wsgi.input"], expected + (length is None))
        finally:
            with self._lock:
                del self._reading[me]
        if length is not None and len(body) < length:
            # Half a form is another form.
            raise _Refused("400 Bad Request")
        environ["wsgi.input"] = io.BytesIO(body)

    def _admit(self, me: int, address: str, expected: int) -> None:
        now = time.monotonic()
        with self._lock:
            others = self._reading.values()
            slow = sum(1 for one, since, _ in others if one == address and now - since > SLOW)
            size = sum(size for _, _, size in others) + expected
            if len(others) >= BODIES or slow >= SLOW_OF_ONE or (others and size > BYTES):
                raise _Refused("503 Service Unavailable")
            self._reading[me] = (address, now, expected)


def stand_before(app: Flask, most: int) -> None:
    """Put a Front around `app`, whose own bound on bodies is `most` bytes."""
    app.wsgi_app = Front(app.wsgi_app, most=most)  # type: ignore[method-assign]


def _whole(stream: Any, most: int) -> bytes:
    parts, left = [], most
    while left > 0:
        part = stream.read(min(left, _PIECE))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
