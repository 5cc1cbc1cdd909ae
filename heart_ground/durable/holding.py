"""Which threads are inside a writing transaction: none of them may wait for the network.

A peer that keeps silent would hold the one write turn for as long as it likes, and nobody else
could stop a share meanwhile. So the rule is a guard: the HTTP client asks here before it sends.
"""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import Connection, Engine, event

_holders: dict[int, int] = {}
"""Open writing transactions, by the `info` of their connection, and the thread that each is of."""


class WaitsInsideTransaction(RuntimeError):
    """A call to another service was about to begin while this thread held a write turn."""


def watch(engine: Engine, *, only_reads: Any) -> None:
    """Keep account of the engine's transactions; `only_reads(connection)` leaves out the others."""

    def begun(connection: Connection) -> None:
        if not only_reads(connection):
            take(connection)

    event.listen(engine, "begin", begun)
    event.listen(engine, "commit", give_back)
    event.listen(engine, "rollback", give_back)
    event.listen(engine, "checkin", lambda _raw, record: _holders.pop(id(record.info), None))
    event.listen(engine, "invalidate", lambda _raw, record, _: _holders.pop(id(record.info), None))


def take(connection: Connection) -> None:
    """This thread writes on `connection` from here on."""
    _holders[id(connection.info)] = threading.get_ident()


def give_back(connection: Connection) -> None:
    """Nobody writes on `connection` for now."""
    if not connection.invalidated:
        _holders.pop(id(connection.info), None)


def refuse_to_wait(*_request: object) -> None:
    """Raise WaitsInsideTransaction when this thread is inside a writing transaction."""
    if threading.get_ident() in tuple(_holders.values()):
        raise WaitsInsideTransaction("commit before another service is called")
