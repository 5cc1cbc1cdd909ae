"""Run by Alembic: the migrations of the authorization server, inside `schema.migrate`."""

from __future__ import annotations

from as_server import schema

schema.run()
