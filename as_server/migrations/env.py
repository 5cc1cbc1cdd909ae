"""Run by Alembic: the migrations of the authorization server, inside `schema.migrate`."""

from __future__ import annotations

from alembic import context

from as_server.schema import tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=tables(),
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
