"""Run by Alembic: the migrations of the requester app, inside `schema.migrate`."""

from __future__ import annotations

from requester_app import schema

schema.run()
