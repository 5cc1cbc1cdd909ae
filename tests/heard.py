"""Who listens to an engine hears what goes past SQLAlchemy to SQLite's driver too."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from heart_ground import prepared


def install() -> None:
    """Called when pytest is configured: `before_cursor_execute` tells of prepared statements too,
    on the connection that they are put to."""
    on_driver = prepared.on_driver

    def heard(connection: Connection, sql: str, parameters: tuple[Any, ...]) -> list[Any]:
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, None, sql, parameters, None, False)
        return on_driver(connection, sql, parameters)

    prepared.on_driver = heard
