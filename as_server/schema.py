"""The tables of the authorization server, brought up to date at start-up."""

from __future__ import annotations

from heart_ground.migrations import Migrations, SchemaError

__all__ = ["HEAD", "MIGRATIONS", "SchemaError", "migrate", "run", "tables", "upgrade", "version"]
HEAD = "0003"
"""The newest migration in `migrations/versions`; a test compares."""
_own = Migrations("as_server", HEAD, lock=27429926536049270)
MIGRATIONS = _own.folder
migrate, version, upgrade, tables, run = (
    _own.migrate,
    _own.version,
    _own.upgrade,
    _own.tables,
    _own.run,
)
