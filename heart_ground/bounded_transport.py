"""What carries requests out: connections of our own network, and answers of a bounded size."""

from __future__ import annotations

import time
from typing import Any

import httpcore
import httpx

from heart_ground.answer_size import UNPACKED, BoundedStream
from heart_ground.deadline import Until
from heart_ground.network import Network


class BoundedTransport(httpx.HTTPTransport):
    """httpx's transport with a deadline over each exchange and a bound on each answer."""

    def __init__(
        self, verify: Any, limits: httpx.Limits, *, deadline: float, max_bytes: int
    ) -> None:
        super().__init__(verify=verify, trust_env=False, limits=limits)
        self._deadline, self._max_bytes = deadline, max_bytes
        # httpx has no way to name a network of one's own; its pool is all that it wraps.
        self._pool = httpcore.ConnectionPool(
            ssl_context=verify,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=Network(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        given = request.extensions
        moment = time.monotonic() + given.get("deadline", self._deadline)
        phases, address = given.get("timeout", {}), given.get("address")
        bounded = {
            name: Until.of(phases.get(name), moment, address)
            for name in ("connect", "read", "write", "pool")
        }
        request.extensions = {**given, "timeout": bounded}
        answer = super().handle_request(request)
        assert isinstance(answer.stream, httpx.SyncByteStream)  # noqa: S101 - for the types
        packed = answer.headers.pop("Content-Encoding", "identity").strip().lower()
        most = given.get("max_bytes", self._max_bytes)
        if packed not in UNPACKED:
            answer.close()
            raise httpx.DecodingError(f"cannot unpack {packed[:20]!r}", request=request)
        answer.stream = BoundedStream(answer.stream, UNPACKED[packed], most)
        return answer
