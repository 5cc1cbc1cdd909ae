"""The outbound client that a service would make for itself, with ears."""

from __future__ import annotations

import httpx

from demo.capture.exchange import Keep
from demo.capture.sent import Sent
from heart_ground.answer_size import MAX_BYTES
from heart_ground.bounded_transport import BoundedTransport
from heart_ground.deadline import DEADLINE
from heart_ground.transport import http_client

CONNECTIONS = 256
ALL = "all://"


def heard_client(keep: Keep, *, timeout: float = 5.0, deadline: float = DEADLINE) -> httpx.Client:
    """`timeout` and `deadline` in seconds, as in heart_ground.transport."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    verify = httpx.create_ssl_context()
    inner = BoundedTransport(verify, limits, deadline=deadline, max_bytes=MAX_BYTES)
    return http_client(timeout=timeout, mounts={ALL: Sent(inner, keep)}, verify=verify)
