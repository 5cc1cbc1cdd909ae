"""What only PostgreSQL needs: how long it is waited for, and what its errors say."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, event
from sqlalchemy.engine import ExceptionContext

READ_ONLY = "25006"
"""The state of an error: this server is a standby, or was the primary until just now."""
REACHED = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A machine that is gone says nothing: without these the system waits minutes for its next word.
Where the URL names one of them it is the URL's that counts."""


def connect_args(url: URL, *, prepare: bool) -> dict[str, Any]:
    """What each connection is opened with; `prepare` as in `engines.Connections`."""
    found: dict[str, Any] = {k: v for k, v in REACHED.items() if k not in url.query}
    return found if prepare else found | {"prepare_threshold": None}


def take_charge(engine: Engine) -> None:
    """Errors name no values, and a server that may not write is left."""
    event.listen(engine, "handle_error", _name_no_values)
    event.listen(engine, "handle_error", _leave_a_standby)


def _leave_a_standby(context: ExceptionContext) -> None:
    """It answers, so a look at the connection finds nothing wrong; a new one finds the primary."""
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


def _name_no_values(context: ExceptionContext) -> None:
    """PostgreSQL tells the failing row in what it says; what an exception says ends up in a log."""
    original, wrapped = context.original_exception, context.sqlalchemy_exception
    told = getattr(original, "diag", None)
    if told is None or told.sqlstate is None:
        return  # nothing came from the server
    # Class 22 quotes the value itself, other classes in their details only.
    words = type(original).__name__ if told.sqlstate[:2] == "22" else str(told.message_primary)
    original.args = (words,)
    if wrapped is not None:
        wrapped.args = (f"({type(original).__name__}) {words}", *wrapped.args[1:])
