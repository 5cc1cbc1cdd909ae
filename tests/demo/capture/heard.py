"""An edge of a service in this process: what it heard, and what it would tell the stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from demo.capture.exchange import Exchange
from demo.capture.received import Received
from demo.capture.redaction import Redaction
from demo.capture.sent import Sent
from heart_uma.jose import KeySet

ISSUER = "http://localhost:8400"


class NoKeys:
    def holding(self, kid: str) -> KeySet:
        return KeySet([])


def redaction() -> Redaction:
    return Redaction(ISSUER, "salt", NoKeys())


def heard_wsgi(application: Any, call: Callable[[httpx.Client], object]) -> list[Exchange]:
    """What the ears before `application` heard of `call`."""
    kept: list[Exchange] = []
    transport = httpx.WSGITransport(app=Received(application, kept.append))
    with httpx.Client(transport=transport, base_url="http://localhost:8401") as client:
        call(client)
    return kept


def heard_sent(
    answer: Callable[[httpx.Request], httpx.Response], call: Callable[[httpx.Client], object]
) -> list[Exchange]:
    """What the ears of a client heard of `call`."""
    kept: list[Exchange] = []
    with httpx.Client(transport=Sent(httpx.MockTransport(answer), kept.append)) as client:
        call(client)
    return kept
