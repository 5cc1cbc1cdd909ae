"""Run by Alembic: the migrations of the patient portal, inside `schema.migrate`."""

from __future__ import annotations

from patient_portal import schema

schema.run()
