"""Run by Alembic: the migrations of the resource server, inside `schema.migrate`."""

from __future__ import annotations

from fhir_rs import schema

schema.run()
