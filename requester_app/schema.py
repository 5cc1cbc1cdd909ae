"""The tables of the requester app, brought up to date at start-up."""

from __future__ import annotations

from heart_ground.migrations import Migrations, SchemaError

__all__ = ["HEAD", "MIGRATIONS", "SchemaError", "migrate", "run", "tables", "upgrade", "version"]
HEAD = "0002"
"""The newest migration in `migrations/versions`; a test compares."""
_own = Migrations("requester_app", HEAD, lock=32199685320307572)
MIGRATIONS = _own.folder
migrate, version, upgrade, tables, run = (
    _own.migrate,
    _own.version,
    _own.upgrade,
    _own.tables,
    _own.run,
)
