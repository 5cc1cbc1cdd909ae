"""The moment at which a whole exchange is over, and what is left until then.

httpx counts its time-outs per phase and per read, so a peer that sends a byte a second holds a
thread for as long as it likes. Here a moment is set when a request starts, and every look-up,
connect, handshake, write and read waits for no longer than until then.
"""

from __future__ import annotations

import math
import time

DEADLINE = 10.0
"""Seconds that a whole exchange may take, unless the client or the request says otherwise."""


class Until(float):
    """A time-out of httpcore that knows the moment at which the whole exchange is over.

    httpcore hands time-outs down to its sockets untouched, so the moment of one request travels
    with it; a connection is used by many. `address` is where to connect to, if it was looked up
    and checked before.
    """

    moment: float
    address: str | None

    @classmethod
    def of(cls, phase: float | None, moment: float, address: str | None) -> Until:
        made = cls(min(math.inf if phase is None else phase, _left(moment)))
        made.moment, made.address = moment, address
        return made


def _left(moment: float) -> float:
    return max(moment - time.monotonic(), 0.0)


def wait(timeout: float | None, error: type[Exception]) -> float | None:
    """Seconds that this step may take; raise `error` when the exchange is over."""
    if not isinstance(timeout, Until):
        return timeout
    left = _left(timeout.moment)
    if not left:
        raise error("the deadline has passed")
    return min(float(timeout), left)
