"""Run by Alembic inside `Migrations.upgrade`: the migrations of one service."""

from __future__ import annotations

from alembic import context

from heart_ground.migrations import CONNECTION, TABLES

context.configure(
    connection=context.config.attributes[CONNECTION],
    target_metadata=context.config.attributes[TABLES](),
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
